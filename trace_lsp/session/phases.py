"""What a search tries, one phase after the other: edits, numbers and choices, both by an objective.

A phase proposes texts for trainables and is told what a candidate with them came to. The searches
themselves are in `optimizers/search/`; here they meet a program's runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional, Protocol

from trace_lsp.runs.results import CandidateResult

_LEAST_CPU = 0.2
_CPU = 10.0
"""What a candidate may take: so many times what the program takes, and so many seconds at least."""


@dataclass(frozen=True)
class Try:
    """Texts to try, by the names of their trainables, within so many seconds of CPU time."""

    texts: Mapping[str, str]
    cpu: float
    asked: Any = None


class Phase(Protocol):
    """A search, as the session drives it."""

    def ask(self) -> Optional[Try]:
        """What to try next; None if there is nothing, or nothing before others are told."""

    def tell(self, tried: Try, result: CandidateResult) -> None:
        """What came of it."""

    @property
    def is_done(self) -> bool:
        """True if there is nothing more to try."""

    def best(self) -> Optional[Mapping[str, str]]:
        """The texts that were found; None if none is better."""

    @property
    def why(self) -> str:
        """How it stands, in a sentence or two."""


def passes(result: CandidateResult) -> bool:
    """True if the program ran to its end, and every check held."""
    return result.kind == "finished" and not result.failing


def held(result: CandidateResult) -> int:
    """How many checks held."""
    return len(result.checks) - result.failing


def cpu_for(baseline: CandidateResult) -> float:
    """The seconds of CPU time that a candidate may take."""
    return max(_LEAST_CPU, _CPU * baseline.cpu)
