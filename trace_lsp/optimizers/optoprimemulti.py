"""OptoPrimeMulti: its arguments. It cannot take a step yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Optional

from trace_lsp.optimizers.later import StepsLater
from trace_lsp.optimizers.optoprime import OptoPrime


class OptoPrimeMulti(StepsLater, OptoPrime):
    """OptoPrime that chooses among several answers. `step` and `propose` raise CannotStep.

    `num_responses` are asked for in the way of `generation_technique`, at temperatures within
    `temperature_min_max` (lowest, highest) or `temperature_range` (highest, lowest), of
    `experts_list` and `llm_profiles` with their `llm_weights`. `selector` or
    `selection_technique` chooses one. The other arguments are those of `OptoPrime`.
    """

    def __init__(
        self,
        parameters: Any,
        llm: Any = None,
        *,
        num_responses: int = 3,
        temperature_range: Optional[Sequence[float]] = None,
        temperature_min_max: Optional[Sequence[float]] = None,
        selector: Optional[Callable[[list[Any]], Any]] = None,
        generation_technique: str = "temperature_variation",
        selection_technique: str = "best_of_n",
        experts_list: Optional[Sequence[str]] = None,
        llm_profiles: Optional[Sequence[str]] = None,
        llm_weights: Optional[Sequence[float]] = None,
        **more: Any,
    ) -> None:
        super().__init__(parameters, llm, **more)
        lowest, highest = temperature_min_max or tuple(temperature_range or (1.0, 0.0))[::-1]
        self.temperature_min_max = [lowest, highest]
        self.temperature_range = [highest, lowest]
        self.num_responses = num_responses
        self.selector = selector
        self.generation_technique = generation_technique
        self.selection_technique = selection_technique
        self.experts_list = experts_list
        self.llm_profiles = llm_profiles
        self.llm_weights = llm_weights or ([1.0] * len(llm_profiles) if llm_profiles else None)
        self.candidates: list[Any] = []
        self.selected_candidate: Any = None
