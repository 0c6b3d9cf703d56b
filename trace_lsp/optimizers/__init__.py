"""OPTO: from a trace graph with feedback to better values of its parameters."""

from typing import TYPE_CHECKING, Any

from trace_lsp.optimizers.opro import OPRO
from trace_lsp.optimizers.opro_v2 import OPROv2
from trace_lsp.optimizers.optimizer import Optimizer
from trace_lsp.optimizers.optoprime import OptoPrime
from trace_lsp.optimizers.optoprime_batchopt import OptoprimeBatchOpt
from trace_lsp.optimizers.optoprime_v2 import OptoPrimeV2
from trace_lsp.optimizers.optoprimemulti import OptoPrimeMulti
from trace_lsp.optimizers.textgrad import TextGrad

if TYPE_CHECKING:
    from trace_lsp.optimizers.search.optimizer import Search

OptoPrimeV1 = OptoPrime

__all__ = [
    "OPRO",
    "OPROv2",
    "Optimizer",
    "OptoPrime",
    "OptoPrimeMulti",
    "OptoPrimeV1",
    "OptoPrimeV2",
    "OptoprimeBatchOpt",
    "Search",
    "TextGrad",
]


def __getattr__(name: str) -> Any:
    if name != "Search":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The search is as large as all the others, and most programs take another.
    from trace_lsp.optimizers.search.optimizer import Search

    return Search
