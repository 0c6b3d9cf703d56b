"""OptoPrimeMulti: several suggestions asked for side by side, of which one is taken."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, Optional, Union

from trace_lsp.errors import ModelError
from trace_lsp.models.adapter import CalledModel, result_of
from trace_lsp.models.chat import ChatModel
from trace_lsp.models.llm import is_of_run
from trace_lsp.models.notices import notice
from trace_lsp.optimizers.optoprime import OptoPrime, answer_step
from trace_lsp.optimizers.steps import StepAnswer, StepRequest
from trace_lsp.trace.graph import TraceGraph
from trace_lsp.trace.recorder import recorder

_Found = Union[StepAnswer, ModelError]


class OptoPrimeMulti(OptoPrime):
    """OptoPrime that chooses among several answers.

    `num_responses` are asked for at temperatures within `temperature_min_max` (lowest, highest) or
    `temperature_range` (highest, lowest); with `generation_technique` ``multi_experts`` also each
    in the name of one of `experts_list`. A `selector` gets them, as a list of `StepAnswer`, and
    returns one; without it they are put to the vote (`select`). `candidates` are those of the last
    step, `selected_candidate` the one that was taken. The other arguments are those of `OptoPrime`.

    `selection_technique`, `llm_profiles` and `llm_weights`, and other generation techniques, are
    taken, and make no difference.
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
        self.candidates: list[StepAnswer] = []
        self.selected_candidate: Optional[StepAnswer] = None

    def solve(self, request: StepRequest) -> StepAnswer:
        found = self._answers(self._alternatives(request))
        failures = [each for each in found if isinstance(each, ModelError)]
        self.candidates = [each for each in found if isinstance(each, StepAnswer)]
        if not self.candidates:
            raise failures[0]
        if failures:
            notice(f"{len(failures)} of {len(found)} candidates got no reply: {failures[0]}")
        self.selected_candidate = (self.selector or self.select)(self.candidates)
        return self.selected_candidate

    def select(self, candidates: list[StepAnswer]) -> StepAnswer:
        """The candidate to take: of those that can be used the one that most others agree with,
        and the one of the lowest temperature where none is ahead.

        A subclass that can try candidates out may know better.
        """
        usable = [each for each in candidates if not each.refusal] or candidates
        votes = Counter(_meaning(each) for each in usable)
        return max(usable, key=lambda each: votes[_meaning(each)])

    def temperatures(self) -> list[float]:
        """The temperature of each candidate, from the lowest to the highest."""
        lowest, highest = self.temperature_min_max
        step = (highest - lowest) / max(1, self.num_responses - 1)
        return [round(lowest + step * at, 4) for at in range(self.num_responses)]

    def requests(self, graph: TraceGraph, variables: Collection[int]) -> list[StepRequest]:
        (request,) = super().requests(graph, variables)
        return self._alternatives(request)

    def _alternatives(self, request: StepRequest) -> list[StepRequest]:
        style = request.style
        styles = [
            replace(style, sampling={**style.sampling, "temperature": temperature})
            for temperature in self.temperatures()
        ]
        if self.generation_technique == "multi_experts" and self.experts_list:
            experts = self.experts_list
            styles = [
                replace(each, context=f"Answer as {experts[at % len(experts)]} would.")
                for at, each in enumerate(styles)
            ]
        return [replace(request, style=each) for each in styles]

    def _answers(self, requests: list[StepRequest]) -> list[_Found]:
        if recorder.host is not None and (self.llm is None or is_of_run(self.llm)):
            return _in_threads(super().solve, requests)
        model = self._model()
        if isinstance(model, CalledModel):
            # A function of the program's is called in its own thread, one call after the other.
            return [_caught(self.solve_here, each) for each in requests]
        return result_of(_side_by_side(requests, model), model)


def _meaning(answer: StepAnswer) -> tuple[tuple[int, str], ...]:
    """The values, so that those which differ in layout and comments only are the same."""
    return tuple(sorted((id, ast.dump(ast.parse(text))) for id, text in answer.values.items()))


async def _side_by_side(requests: list[StepRequest], model: ChatModel) -> list[_Found]:
    import asyncio

    async def answer(request: StepRequest) -> _Found:
        try:
            return await answer_step(request, model)
        except ModelError as error:
            return error

    return list(await asyncio.gather(*(answer(each) for each in requests)))


def _in_threads(
    solve: Callable[[StepRequest], StepAnswer], requests: list[StepRequest]
) -> list[_Found]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max(1, len(requests))) as pool:
        return list(pool.map(lambda request: _caught(solve, request), requests))


def _caught(solve: Callable[[StepRequest], StepAnswer], request: StepRequest) -> _Found:
    try:
        return solve(request)
    except ModelError as error:
        return error
