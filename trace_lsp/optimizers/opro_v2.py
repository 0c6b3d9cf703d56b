"""OPROv2: OPRO with values, and answers, in tags."""

from __future__ import annotations

from typing import Any, Optional

from trace_lsp.optimizers.optoprime_v2 import OptimizerPromptSymbolSet, OptoPrimeV2
from trace_lsp.optimizers.prompts import OBJECTIVE_WITHOUT_GRAPH
from trace_lsp.optimizers.style import WITHOUT_GRAPH


class OPROPromptSymbolSet(OptimizerPromptSymbolSet):
    """The variables are a solution."""

    variables_section_title = "# Solution"
    variable_tag = "solution"


class OPROv2(OptoPrimeV2):
    """OPRO with values, and answers, in tags.

    The arguments are those of `OptoPrimeV2`.
    """

    default_objective = OBJECTIVE_WITHOUT_GRAPH
    sections = WITHOUT_GRAPH

    def __init__(
        self, parameters: Any, llm: Any = None, *, memory_size: Optional[int] = 5, **more: Any
    ) -> None:
        super().__init__(parameters, llm, memory_size=memory_size, **more)

    @staticmethod
    def _symbol_set() -> OptimizerPromptSymbolSet:
        return OPROPromptSymbolSet()
