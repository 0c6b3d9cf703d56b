"""The loop: trace → feedback → suggestion → candidate runs → verdict → the next step.

It goes on until the program's own checks hold, the objective stops improving, or the steps, or the
budget, are used up. A candidate that is not better than the best so far is never taken.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Optional

from trace_lsp.errors import ModelError, ReplyRefused, TraceLspError
from trace_lsp.models.chat import ChatModel
from trace_lsp.optimizers import OptoPrime
from trace_lsp.optimizers.counting import tokens_of
from trace_lsp.optimizers.optoprime import answer_step, problem_of, prompt_of_step
from trace_lsp.optimizers.problem import Problem
from trace_lsp.optimizers.steps import Remembered, StepAnswer, StepRequest
from trace_lsp.runs.record import Trace
from trace_lsp.session.answers import (
    changes_of,
    said_of,
    step_of,
    suggestion_of,
    trial_of,
)
from trace_lsp.session.calls import dependents, is_check
from trace_lsp.session.events import (
    Asking,
    CandidateTried,
    Listener,
    StepBegan,
    StepEnded,
    Understood,
)
from trace_lsp.session.history_types import Entry, Step
from trace_lsp.session.improvement import Improvement
from trace_lsp.session.optimizers import optimizer_of
from trace_lsp.session.oracle import oracle, used
from trace_lsp.session.programs import Programs
from trace_lsp.session.proposal import Change, Verdict
from trace_lsp.session.verdict import compare
from trace_lsp.session.wanted import OptimizerName, Until, Wanted
from trace_lsp.trace.graph import TraceGraph

_RANKS = ("better", "unknown", "same", "worse")


@dataclass(frozen=True)
class Candidate:
    """Changes that were tried: the run that they made, how it did against the best one before it
    (`gain`), and against the program as it is."""

    changes: tuple[Change, ...]
    trace: Trace
    verdict: Verdict
    gain: Verdict
    answer: StepAnswer
    problem: Problem


class Loop:
    """One optimization with a model. `on_step` hears of the loop after each step, so that nothing
    is lost if it is ended."""

    def __init__(
        self,
        programs: Programs,
        wanted: Wanted,
        until: Until,
        listener: Listener,
        on_step: Callable[[Loop], None],
    ) -> None:
        self.wanted = wanted
        self.steps: list[Step] = []
        self.best: Optional[Candidate] = None
        self._programs = programs
        self._until = until
        self._listener = listener
        self._on_step = on_step
        self._second_best: Optional[Candidate] = None
        self._refused: Optional[ReplyRefused] = None
        self._idle = 0
        self._first_graph: Optional[TraceGraph] = None

    async def run(self, before: Trace, name: OptimizerName) -> Improvement:
        """Takes steps from the program as it ran before. Raises a TraceLspError if nothing came of
        the first ones."""
        model = self._programs.model()
        self._before = before
        self._is_judged = _is_judged(self.wanted, before)
        self._optimizer = optimizer_of(name, self.wanted.candidates)
        if self.wanted.begun is not None:
            await self._take_up(self.wanted.begun)
        ended = self._end() if self.best else ""
        for number in range(1, 1 if ended else self._until.steps + 1):
            self._listener.on_step(StepBegan(number, self._until.steps, name, model.name))
            try:
                ended = await self._step(number, name, model)
            except TraceLspError as error:
                if self.best is None:
                    raise
                ended = error.message
            self._on_step(self)
            if ended:
                break
        return self._result(ended or _used_up(self._until.steps))

    async def _take_up(self, begun: Entry) -> None:
        """Goes on from what an earlier optimization came to, if it is better than the program as
        it is now; what it tried is remembered either way."""
        graph, _, _ = self._asked()
        model = begun.steps[-1].model if begun.steps else ""
        self._answer = StepAnswer(reasoning=begun.reason, model=model)
        changes = tuple(
            Change(each, begun.after[each.name])
            for each in self.wanted.trainables
            if begun.after.get(each.name, each.text) != each.text
        )
        for trial in (trial for step in begun.steps for trial in step.trials):
            if isinstance(self._optimizer, OptoPrime):
                said = f"{trial.judgement}: {trial.reason}"
                self._optimizer.memory.append(Remembered(tuple(trial.values.values()), said))
        if changes:
            candidate = await self._try(self._answer, changes, graph)
            if candidate.gain.judgement == "better":
                self.best = candidate

    def _result(self, ended: str) -> Improvement:
        best = self.best or self._second_best
        if best is None and self._refused is not None:
            raise self._refused
        answer = best.answer if best else self._answer
        problem = best.problem if best else self._problem
        changes, verdict = (best.changes, best.verdict) if best else ((), None)
        return Improvement(
            changes, verdict, tuple(self.steps), ended, problem, suggestion_of(answer)
        )

    # One step

    async def _step(self, number: int, name: OptimizerName, model: ChatModel) -> str:
        """Takes a step; returns why it was the last one, "" if it was not."""
        started = time.monotonic()
        graph, ids, requests = self._asked()
        self._listener.on_phase("asking the model")
        answers = await self._answers(requests, model)
        self._listener.on_phase("checking")
        tried = await self._tried(answers, graph, ids)
        chosen = min(tried, key=self._rank, default=None)
        accepted = chosen is not None and chosen.gain.judgement == "better"
        ended, outcome = self._decided(chosen, accepted, answers)
        seconds = time.monotonic() - started
        for at, answer in enumerate(answers):
            trials = [
                trial_of(number, at, each.changes, each.gain, each is chosen and accepted)
                for each in tried
                if each.answer is answer
            ]
            self.steps.append(step_of(number, name, answer, seconds, outcome, trials))
        self._listener.on_step(StepEnded(number, accepted, outcome))
        return ended

    def _asked(self) -> tuple[TraceGraph, dict[str, list[int]], list[StepRequest]]:
        self._listener.on_phase("building the problem")
        current = self._current
        graph, ids = oracle(current, self.wanted.trainables, said_of(self.wanted, current))
        variables = [id for each in ids.values() for id in each]
        requests = self._optimizer.requests(graph, variables)
        self._problem = problem_of(requests[0])
        self._listener.on_problem(self._problem)
        prompt = prompt_of_step(requests[0])
        self._listener.on_step(Asking(prompt, tokens_of(prompt) * len(requests)))
        return graph, ids, requests

    async def _answers(self, requests: Sequence[StepRequest], model: ChatModel) -> list[StepAnswer]:
        """The answers to the requests, asked side by side; raises a ModelError if there is none."""
        work = [
            answer_step(each, model, self._listener.on_text if at == 0 else None)
            for at, each in enumerate(requests)
        ]
        if len(work) == 1:
            return [await work[0]]
        found = await asyncio.gather(*work, return_exceptions=True)
        answers = [each for each in found if isinstance(each, StepAnswer)]
        failures = [each for each in found if isinstance(each, BaseException)]
        unexpected = [each for each in failures if not isinstance(each, ModelError)]
        if failures and (unexpected or not answers):
            raise (unexpected or failures)[0]
        return answers

    async def _tried(
        self, answers: Sequence[StepAnswer], graph: TraceGraph, ids: dict[str, list[int]]
    ) -> list[Candidate]:
        """The answers that mean a change, each tried out; equal ones once."""
        wanted: dict[tuple[str, ...], tuple[StepAnswer, tuple[Change, ...]]] = {}
        for answer in answers:
            self._answer = answer
            changes = self._changes(answer, ids)
            if changes:
                wanted.setdefault(tuple(each.value for each in changes), (answer, changes))
        free = asyncio.Semaphore(os.cpu_count() or 1)

        async def tried(answer: StepAnswer, changes: tuple[Change, ...]) -> Candidate:
            async with free:
                return await self._try(answer, changes, graph)

        return list(await asyncio.gather(*(tried(*each) for each in wanted.values())))

    @property
    def _current(self) -> Trace:
        """The run of the best candidate so far, or of the program as it is."""
        return self.best.trace if self.best else self._before

    def _changes(self, answer: StepAnswer, ids: dict[str, list[int]]) -> tuple[Change, ...]:
        """What would change in the text, with what the best candidate changes; nothing for a reply
        that cannot be used, or that wants no change."""
        refusal = ReplyRefused(answer.refusal, answer.reason, answer.reply)
        if not answer.refusal and answer.values:
            try:
                changes = changes_of(answer, self._current, ids, self.wanted)
            except ReplyRefused as error:
                refusal = error
            else:
                self._listener.on_step(Understood(answer.reasoning, ""))
                kept = (
                    {each.trainable.name: each for each in self.best.changes} if self.best else {}
                )
                kept.update((each.trainable.name, each) for each in changes)
                return tuple(kept.values())
        if str(refusal):
            self._refused = refusal
        self._listener.on_step(Understood(answer.reasoning, str(refusal)))
        return ()

    async def _try(
        self, answer: StepAnswer, changes: tuple[Change, ...], graph: TraceGraph
    ) -> Candidate:
        trace = await self._programs.run_candidate(self._before, changes)
        goal = self.wanted.aim
        gain = compare(self._current, trace, graph, goal)
        verdict = gain
        if self.best is None:
            self._first_graph = graph
        elif self._first_graph is not None:
            verdict = compare(self._before, trace, self._first_graph, goal)
        self._listener.on_step(CandidateTried(verdict))
        return Candidate(changes, trace, verdict, gain, answer, self._problem)

    def _rank(self, candidate: Candidate) -> tuple[int, bool, float]:
        """The order in which candidates are taken: the smallest is the best."""
        goal, number = self.wanted.aim, candidate.verdict.objective[1]
        loss = 0.0
        if goal is not None:
            loss = float("inf") if number is None else (-number if goal.maximize else number)
        return _RANKS.index(candidate.gain.judgement), not candidate.verdict.passes, loss

    # Deciding

    def _decided(
        self, chosen: Optional[Candidate], accepted: bool, answers: Sequence[StepAnswer]
    ) -> tuple[str, str]:
        """Takes the candidate if it is better; returns why that was the last step, "" if it was
        not, and what came of this one."""
        if chosen is None:
            refusals = [each.refusal for each in answers if each.refusal]
            if len(refusals) < len(answers) and not self._refused:
                return "The model wants no change.", "The model wants no change."
            return "", str(self._refused)
        self._remember(chosen)
        second = self._second_best
        if accepted:
            self.best, self._idle = chosen, 0
        else:
            self._idle += 1
            if second is None or self._rank(chosen) < self._rank(second):
                self._second_best = chosen
        return self._end(), chosen.gain.reason

    def _end(self) -> str:
        goal = self.wanted.aim
        if goal is None and self.best is not None and self.best.verdict.passes:
            return "Every check holds."
        if not self._is_judged:
            return "The program has no check and no objective that could tell a better one."
        if goal is not None and self._idle >= self._until.patience:
            return f"`{goal.name}` has not improved for {self._idle} steps."
        return ""

    def _remember(self, tried: Candidate) -> None:
        """What the next step is shown of this one."""
        if not isinstance(self._optimizer, OptoPrime):
            return
        values = tried.answer.values
        variables = tuple(
            replace(each, value=values.get(each.node, each.value))
            for each in tried.problem.variables
        )
        lines = replace(tried.problem, variables=variables).lines()
        said = f"{tried.gain.judgement}: {tried.gain.reason}"
        self._optimizer.memory.append(Remembered(lines, said))


def _is_judged(wanted: Wanted, before: Trace) -> bool:
    """True if a run says by itself whether it is better than another: by a number, by a check, or
    by running to its end where the other did not."""
    if wanted.aim is not None or before.checks or before.outcome.kind != "finished":
        return True
    parameters = [id for each in used(before, wanted.trainables).values() for id in each]
    return any(is_check(node) for node in dependents(before, parameters).values())


def _used_up(steps: int) -> str:
    return "One step was to be taken." if steps == 1 else f"{steps} steps were to be taken."
