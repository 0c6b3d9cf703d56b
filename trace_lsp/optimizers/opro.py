"""OPRO: values and the feedback on them, step after step, and nothing of the graph.

(C. Yang et al., "Large Language Models as Optimizers", 2023.)
"""

from __future__ import annotations

from collections import deque
from typing import Any, Optional

from trace_lsp.optimizers.optoprime import OptoPrime
from trace_lsp.optimizers.prompts import OBJECTIVE_WITHOUT_GRAPH
from trace_lsp.optimizers.steps import Remembered
from trace_lsp.optimizers.style import WITHOUT_GRAPH


class OPRO(OptoPrime):
    """Asks a chat model once a step, showing it the variables with their feedback, of this step
    and of the last `memory_size` before it (None: of all).

    The other arguments are those of `OptoPrime`.
    """

    default_objective = OBJECTIVE_WITHOUT_GRAPH
    sections = WITHOUT_GRAPH

    def __init__(
        self, parameters: Any, llm: Any = None, *, memory_size: Optional[int] = None, **more: Any
    ) -> None:
        super().__init__(parameters, llm, memory_size=memory_size, **more)

    @property
    def buffer(self) -> deque[Remembered]:
        """What is remembered, oldest first."""
        return self.memory
