"""OptoPrime for several inputs at a time: it names the variables at the end of the question."""

from __future__ import annotations

from typing import Any

from trace_lsp.optimizers.optoprime import OptoPrime


class OptoprimeBatchOpt(OptoPrime):
    """`OptoPrime` with `highlight_variables` turned on."""

    def __init__(
        self, parameters: Any, llm: Any = None, *, highlight_variables: bool = True, **more: Any
    ) -> None:
        super().__init__(parameters, llm, highlight_variables=highlight_variables, **more)
