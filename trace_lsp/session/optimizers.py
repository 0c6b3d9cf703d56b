"""The optimizers that a session may ask, by name: the same as a program's own loop has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trace_lsp.errors import NoneConfigured
from trace_lsp.optimizers import (
    OPRO,
    OPROv2,
    Optimizer,
    OptoPrime,
    OptoPrimeMulti,
    OptoPrimeV2,
    TextGrad,
)
from trace_lsp.session.programs import Programs
from trace_lsp.session.wanted import OptimizerName, Wanted

SEARCH: OptimizerName = "search"
REMEMBERED = 5
"""Steps whose values and outcome the next one is shown."""

_KINDS: Mapping[str, Callable[..., Optimizer]] = {
    "OptoPrime": OptoPrime,
    "OptoPrimeV2": OptoPrimeV2,
    "OptoPrimeMulti": OptoPrimeMulti,
    "OPRO": OPRO,
    "OPROv2": OPROv2,
    "TextGrad": TextGrad,
}


def chosen_name(wanted: Wanted, programs: Programs) -> OptimizerName:
    """The name of the optimizer that is wanted; where none is named, that of what can be had."""
    if wanted.optimizer:
        return wanted.optimizer
    try:
        programs.model()
    except NoneConfigured:
        if programs.settings.model.provider not in ("", "none"):
            raise
        return SEARCH
    return "OptoPrime" if wanted.candidates == 1 else "OptoPrimeMulti"


def ignored_by(name: OptimizerName, wanted: Wanted) -> Iterator[str]:
    """What is wanted that the optimizer of that name does not do, each in a sentence."""
    if wanted.candidates > 1 and name not in (SEARCH, "OptoPrimeMulti"):
        yield (
            f"{name} gives one suggestion a step, not {wanted.candidates}: OptoPrimeMulti gives "
            "several."
        )
    if wanted.begun is not None and name == SEARCH:
        yield "A search begins anew: what the earlier optimization tried is not taken up."


def optimizer_of(name: OptimizerName, candidates: int) -> Optimizer:
    """An optimizer of that name, for graphs as data: it has no parameters of its own."""
    more: dict[str, Any] = {}
    if name != "TextGrad":
        more["memory_size"] = REMEMBERED
    if name == "OptoPrimeMulti":
        more["num_responses"] = max(2, candidates)
    return _KINDS[name]([], log=False, **more)
