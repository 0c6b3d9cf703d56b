"""TextGrad: its arguments. It cannot take a step yet."""

from __future__ import annotations

from typing import Any

from trace_lsp.models.adapter import as_chat_model
from trace_lsp.optimizers.later import StepsLater
from trace_lsp.optimizers.optimizer import Optimizer


class TextGrad(StepsLater, Optimizer):
    """Carries criticism back from node to node by asking a model. `step` and `propose` raise
    CannotStep.

    `llm` is as in `OptoPrime`; the other arguments are those of `Optimizer`.
    """

    def __init__(self, parameters: Any, llm: Any = None, *, log: bool = False, **more: Any) -> None:
        super().__init__(parameters, log=log, **more)
        if llm is not None:
            as_chat_model(llm)
        self.llm = llm
