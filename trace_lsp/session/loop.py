"""The loop: trace → feedback → suggestion → candidate runs → verdict → the next step.

It goes on until the program's own checks hold, the objective stops improving, or the steps, or the
budget, are used up. A candidate that is not better than the best so far is never taken.
"""

from __future__ import annotations

import ast
import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Optional

from trace_lsp.errors import ModelError, ReplyRefused, TraceLspError
from trace_lsp.models.chat import ChatModel
from trace_lsp.optimizers import OptoPrime
from trace_lsp.optimizers.counting import tokens_of
from trace_lsp.optimizers.new_values import as_text
from trace_lsp.optimizers.optoprime import answer_step, problem_of, prompt_of_step
from trace_lsp.optimizers.problem import Problem, Variable
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
_NO_CHANGE = "The model wants no change."


@dataclass(frozen=True)
class Question:
    """What a step asks of a run: the graph with its feedback, the trainables' nodes there by name,
    and the requests."""

    graph: TraceGraph
    ids: dict[str, list[int]]
    requests: list[StepRequest]

    @property
    def variables(self) -> list[int]:
        """The nodes of all the trainables."""
        return [id for each in self.ids.values() for id in each]


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

    async def run(self, before: Trace, name: OptimizerName) -> Improvement:
        """Takes steps from the program as it ran before. Where one cannot be taken, what was found
        until then is the result; raises a TraceLspError if nothing was."""
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
                self._listener.on_step(StepEnded(number, False, error.message))
                if not self._is_found:
                    raise
                ended = error.message
            self._on_step(self)
            if ended:
                break
        return self._result(ended or _used_up(self._until.steps))

    @property
    def _is_found(self) -> bool:
        """True if there is something to offer that is not known to be no better."""
        second = self._second_best
        return self.best is not None or (second is not None and second.gain.judgement == "unknown")

    async def _take_up(self, begun: Entry) -> None:
        """Goes on from what an earlier optimization came to, if it is better than the program as
        it is now; what it tried is remembered either way."""
        question = self._question()
        model = begun.steps[-1].model if begun.steps else ""
        self._answer = StepAnswer(reasoning=begun.reason, model=model)
        for trial in (trial for step in begun.steps for trial in step.trials):
            values = {
                id: trial.values[each.name]
                for each in self.wanted.known
                if each.name in trial.values
                for id in question.ids[each.name]
            }
            if values:
                self._remember(values, f"{trial.judgement}: {trial.reason}")
        changes = self.wanted.taken_up
        if changes:
            candidate = await self._try(self._answer, changes, question)
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
        question = self._question()
        self._listener.on_problem(self._problem)
        prompt = prompt_of_step(question.requests[0])
        self._listener.on_step(Asking(prompt, tokens_of(prompt) * len(question.requests)))
        self._listener.on_phase("asking the model")
        read = [self._read(each, question.ids) for each in await self._answers(question, model)]
        self._listener.on_phase("checking")
        tried = await self._tried(read, question)
        chosen = min(tried, key=self._rank, default=None)
        accepted = chosen is not None and chosen.gain.judgement == "better"
        answers = [answer for answer, _ in read]
        ended, outcome = self._decided(chosen, accepted, answers)
        seconds = time.monotonic() - started
        for at, answer in enumerate(answers, start=1):
            trials = [
                trial_of(number, at, each.changes, each.gain, each is chosen and accepted)
                for each in tried
                if each.answer is answer
            ]
            self.steps.append(step_of(number, name, answer, seconds, outcome, trials))
        self._listener.on_step(StepEnded(number, accepted, outcome))
        return ended

    def _question(self) -> Question:
        """What is to be asked of the best run so far."""
        self._listener.on_phase("building the problem")
        current = self._current
        graph, ids = oracle(current, self.wanted.trainables, said_of(self.wanted, current))
        variables = [id for each in ids.values() for id in each]
        question = Question(graph, ids, self._optimizer.requests(graph, variables))
        self._problem = problem_of(question.requests[0])
        if self.best is None:
            self._first = question
        return question

    async def _answers(self, question: Question, model: ChatModel) -> list[StepAnswer]:
        """The answers to the requests, asked side by side; raises a ModelError if there is none."""
        work = [
            answer_step(each, model, self._listener.on_text if at == 0 else None)
            for at, each in enumerate(question.requests)
        ]
        if len(work) == 1:
            return [await work[0]]
        found = await asyncio.gather(*work, return_exceptions=True)
        answers = [each for each in found if isinstance(each, StepAnswer)]
        failures = [each for each in found if isinstance(each, BaseException)]
        unexpected = [each for each in failures if not isinstance(each, ModelError)]
        if failures and (unexpected or not answers):
            raise (unexpected or failures)[0]
        if failures:
            count = f"{len(failures)} of {len(found)} suggestions"
            self._listener.on_warning(f"{count} got no reply: {failures[0]}")
        return answers

    async def _tried(
        self, read: Sequence[tuple[StepAnswer, tuple[Change, ...]]], question: Question
    ) -> list[Candidate]:
        """The answers that mean a change, each tried out; equal ones once."""
        wanted: dict[frozenset[Change], tuple[StepAnswer, tuple[Change, ...]]] = {}
        for answer, changes in read:
            if changes:
                wanted.setdefault(frozenset(changes), (answer, changes))
        free = asyncio.Semaphore(os.cpu_count() or 1)

        async def tried(answer: StepAnswer, changes: tuple[Change, ...]) -> Candidate:
            async with free:
                return await self._try(answer, changes, question)

        return list(await asyncio.gather(*(tried(*each) for each in wanted.values())))

    @property
    def _current(self) -> Trace:
        """The run of the best candidate so far, or of the program as it is."""
        return self.best.trace if self.best else self._before

    def _read(
        self, answer: StepAnswer, ids: dict[str, list[int]]
    ) -> tuple[StepAnswer, tuple[Change, ...]]:
        """The answer, as a refusal if it cannot be used; and what would change in the text by it,
        with what the best candidate changes: nothing if no change is wanted."""
        changes: tuple[Change, ...] = ()
        try:
            if answer.values:
                changes = changes_of(answer, self._current, ids, self.wanted)
        except ReplyRefused as error:
            answer = replace(answer, values={}, refusal=str(error), reason=error.reason)
        self._answer = answer
        self._listener.on_step(Understood(answer.reasoning, answer.refusal))
        if not changes:
            return answer, ()
        all_of_them = (*(self.best.changes if self.best else ()), *changes)
        return answer, tuple({each.trainable.name: each for each in all_of_them}.values())

    async def _try(
        self, answer: StepAnswer, changes: tuple[Change, ...], question: Question
    ) -> Candidate:
        trace = await self._programs.run_candidate(self._before, changes)
        goal, first = self.wanted.aim, self._first
        gain = compare(self._current, trace, question.graph, goal, question.variables)
        verdict = gain
        if question is not first:
            verdict = compare(self._before, trace, first.graph, goal, first.variables)
        self._listener.on_step(CandidateTried(verdict))
        return Candidate(changes, trace, verdict, gain, answer, self._problem)

    def _rank(self, candidate: Candidate) -> tuple[int, bool, int, float]:
        """The order in which candidates are taken: the smallest is the best."""
        goal, verdict = self.wanted.aim, candidate.verdict
        number, loss = verdict.objective[1], 0.0
        if goal is not None:
            loss = float("inf") if number is None else (-number if goal.maximize else number)
        judged = _RANKS.index(candidate.gain.judgement)
        return judged, not verdict.passes, -verdict.checks[0], loss

    # Deciding

    def _decided(
        self, chosen: Optional[Candidate], accepted: bool, answers: Sequence[StepAnswer]
    ) -> tuple[str, str]:
        """Takes the candidate if it is better; returns why that was the last step, "" if it was
        not, and what came of this one."""
        self._idle += 1
        if chosen is None:
            refused = [each for each in answers if each.refusal]
            if len(refused) < len(answers):
                self._refused = None
                return _NO_CHANGE, _NO_CHANGE
            last = refused[-1]
            self._refused = ReplyRefused(last.refusal, last.reason, last.reply)
            return self._end(), last.refusal
        self._remember(chosen.answer.values, f"{chosen.gain.judgement}: {chosen.gain.reason}")
        second = self._second_best
        if accepted:
            self.best, self._idle = chosen, 0
        elif second is None or self._rank(chosen) < self._rank(second):
            self._second_best = chosen
        return self._end(), chosen.gain.reason

    def _end(self) -> str:
        """Why no further step is taken, "" if one is."""
        goal = self.wanted.aim
        if goal is None and self.best is not None and self.best.verdict.passes:
            return _passed(self.best.verdict)
        if not self._is_judged and self._is_found:
            return "No check fails and no objective is named: nothing could tell a better one."
        if goal is not None and self._idle >= self._until.patience:
            return f"`{goal.name}` has not improved for {_steps(self._idle)}."
        return ""

    def _remember(self, values: Mapping[int, str], said: str) -> None:
        """What the next step is shown of values that were tried."""
        if not isinstance(self._optimizer, OptoPrime):
            return
        variables = tuple(
            replace(each, value=_shown(each, values[each.node])) if each.node in values else each
            for each in self._problem.variables
        )
        lines = replace(self._problem, variables=variables).lines()
        self._optimizer.memory.append(Remembered(lines, said))


def _shown(variable: Variable, text: str) -> str:
    """A new value, source or a literal, as the problem shows the variable's own."""
    return text if variable.type == "code" else as_text(ast.literal_eval(text))


def _is_judged(wanted: Wanted, before: Trace) -> bool:
    """True if a run says by itself whether it is better than the one before: by a number, by a
    check that fails now, or by running to its end where that did not."""
    if wanted.aim is not None or before.outcome.kind != "finished":
        return True
    parameters = [id for each in used(before, wanted.trainables).values() for id in each]
    compared = filter(is_check, dependents(before, parameters).values())
    return not (
        all(each.holds for each in before.checks) and all(each.value == "True" for each in compared)
    )


def _passed(verdict: Verdict) -> str:
    if not verdict.checks[1]:
        return "The program runs to its end, and it has no other check."
    return "Every check that depends on what may change holds."


def _steps(number: int) -> str:
    return "1 step" if number == 1 else f"{number} steps"


def _used_up(steps: int) -> str:
    return "One step was to be taken." if steps == 1 else f"{steps} steps were to be taken."
