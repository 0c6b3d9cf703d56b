"""Search in a session: better values found by trying, with no model to ask.

Candidates run side by side, each judged by the program's own checks or by the goal; what is offered
was run once more like any other suggestion.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from trace_lsp.errors import NothingFound
from trace_lsp.optimizers.problem import Problem, build_problem
from trace_lsp.optimizers.suggestion import Suggestion
from trace_lsp.runs.candidates import CandidateRuns, candidate_runs
from trace_lsp.runs.configuration import Override
from trace_lsp.runs.record import Trace
from trace_lsp.runs.results import CandidateResult
from trace_lsp.session.calls import parameters_of
from trace_lsp.session.climbing import Climbing
from trace_lsp.session.events import (
    CandidateTried,
    Listener,
    SearchTried,
    StepBegan,
    StepEnded,
)
from trace_lsp.session.history_types import Step, Trial
from trace_lsp.session.improvement import Improvement
from trace_lsp.session.mending import Mending
from trace_lsp.session.oracle import NoFeedback, searched
from trace_lsp.session.phases import Phase, Try, held, passes
from trace_lsp.session.plainer import Plainer
from trace_lsp.session.programs import Programs, override_of
from trace_lsp.session.proposal import Change, Judgement, Verdict
from trace_lsp.session.tuned import Tuned, dimensions_of, tuned
from trace_lsp.session.verdict import compare
from trace_lsp.session.wanted import Wanted
from trace_lsp.source.trainables import Trainable
from trace_lsp.trace.graph import TraceGraph

NAME = "search"
_ASK_A_MODEL = "A model may find more: set OPENAI_API_KEY, or OPENAI_BASE_URL for a local one."


@dataclass(frozen=True)
class SearchLimits:
    """The most candidates that are tried, and the most seconds that this may take."""

    candidates: int = 2000
    seconds: float = 120.0


async def search(
    programs: Programs,
    wanted: Wanted,
    before: Trace,
    listener: Listener,
    limits: Optional[SearchLimits] = None,
    on_step: Callable[[Step], None] = lambda step: None,
) -> Improvement:
    """The best that could be found by trying. `on_step` gets all that was tried, whatever it came to.

    Raises NoFeedback if neither a failing check nor a goal says what is better, NothingFound if
    nothing that was tried is.
    """
    searching = _Search(programs, wanted, before, listener, limits or SearchLimits())
    return await searching.run(on_step)


class _Search:
    def __init__(
        self,
        programs: Programs,
        wanted: Wanted,
        before: Trace,
        listener: Listener,
        limits: SearchLimits,
    ) -> None:
        self._programs = programs
        self._wanted = wanted
        self._before = before
        self._listener = listener
        self._limits = limits
        self._by_name = {each.name: each for each in wanted.trainables}
        self._tried = 0
        self._held = 0
        self._trials: list[Trial] = []

    async def run(self, on_step: Callable[[Step], None]) -> Improvement:
        started = time.monotonic()
        self._listener.on_step(StepBegan(1, 1, NAME, ""))
        graph, problem = self._problem()
        self._listener.on_problem(problem)
        self._listener.on_phase("searching")
        texts, why = await self._found(started + self._limits.seconds)
        if texts is None:
            self._listener.on_step(StepEnded(1, False, why))
            on_step(self._step(why, why, time.monotonic() - started))
            raise NothingFound(f"{why} {_ASK_A_MODEL}")
        self._listener.on_phase("checking")
        changes = tuple(Change(self._by_name[name], text) for name, text in texts.items())
        after = await self._programs.run_candidate(self._before, changes)
        verdict = compare(self._before, after, graph, self._wanted.aim)
        self._listener.on_step(CandidateTried(verdict))
        accepted = verdict.judgement == "better"
        self._listener.on_step(StepEnded(1, accepted, verdict.reason))
        return self._improvement(problem, changes, verdict, why, time.monotonic() - started)

    def _problem(self) -> tuple[TraceGraph, Problem]:
        """What a model would have been shown: the person reads the same."""
        goal = self._wanted.aim
        graph, ids = searched(self._before, self._wanted.trainables, str(goal) if goal else "")
        return graph, build_problem(graph, [id for each in ids.values() for id in each])

    async def _found(self, deadline: float) -> tuple[Optional[Mapping[str, str]], str]:
        """The texts that do better, and in words how they came about; or why there are none."""
        watched = [
            (each.file, each.statement.start.line + 1, each.statement.end.line + 1)
            for each in self._wanted.trainables
            if each.kind == "function"
        ]
        async with candidate_runs(self._before, watched) as runs:
            baseline, lines = await self._baseline(runs)
            self._held = held(baseline)
            whys = []
            for phase in self._phases(baseline, lines):
                await self._drive(phase, runs, deadline)
                texts = phase.best()
                if texts:
                    return await self._plain(phase, texts, baseline, runs, deadline)
                whys.append(phase.why)
        return None, " ".join(whys) or _nothing_to_search(self._wanted)

    async def _plain(
        self,
        phase: Phase,
        texts: Mapping[str, str],
        baseline: CandidateResult,
        runs: CandidateRuns,
        deadline: float,
    ) -> tuple[Mapping[str, str], str]:
        """What was found as a person would write it, and in words how it came about."""
        found = phase
        if isinstance(phase, Mending) and phase.is_odd:
            (name,) = texts
            other = tuned({}, [self._by_name[name]], baseline, None)
            if other is not None:
                await self._drive(other, runs, deadline)
                numbers = other.best()
                if numbers is not None:
                    texts, found = numbers, other
        if not isinstance(found, (Tuned, Climbing)):
            return texts, found.why
        goal = None if isinstance(found, Tuned) and not found.is_by_goal else self._wanted.aim
        plainer = Plainer(texts, self._by_name, baseline, goal)
        await self._drive(plainer, runs, deadline)
        plain = plainer.best()
        return plain, found.told(plain)

    async def _baseline(self, runs: CandidateRuns) -> tuple[CandidateResult, CandidateResult]:
        """The program as it is, and once more with the lines that run."""
        baseline = await runs.run()
        lines = await runs.run(watch=True)
        goal = self._wanted.aim
        if goal is not None and baseline.objective is None and baseline.kind == "finished":
            raise NothingFound(
                f"The program has no number `{goal.name}` when it ends: name a variable of its "
                "main module, or a node."
            )
        if goal is None and passes(baseline):
            unread = (
                "A search cannot read feedback, and nothing else"
                if self._wanted.said
                else "Nothing"
            )
            raise NoFeedback(
                f"{unread} says what should be better: the program ends well, and every check of it "
                "holds. A search goes by an `assert` or `.eq(…)` that fails, or by a number to "
                "`minimize` or `maximize`."
            )
        if [each.holds for each in baseline.checks.values()] != [
            each.holds for each in lines.checks.values()
        ]:
            raise NothingFound(
                "The program's checks come out differently from one run to the next, so that they "
                "cannot judge a candidate. Seed what is left to chance."
            )
        return baseline, lines

    def _phases(self, baseline: CandidateResult, lines: CandidateResult) -> Iterator[Phase]:
        goal = self._wanted.aim
        functions = [each for each in self._wanted.trainables if each.kind == "function"]
        values = dimensions_of(self._wanted.trainables, self._constraints())
        if not passes(baseline):
            if values:
                yield Tuned(values, (), baseline, None)
            for function in _by_blame(functions, lines):
                yield Mending(function, baseline, lines)
            rest = tuned(values, functions, baseline, None) if functions else None
            if rest is not None:
                yield rest
        if goal is not None and baseline.objective is not None:
            if values:
                yield Tuned(values, (), baseline, goal)
            for function in functions:
                yield Climbing(function, baseline, goal)

    def _constraints(self) -> dict[str, str]:
        return {
            each.name: node.constraint
            for each in self._wanted.trainables
            for node in parameters_of(self._before, each)
        }

    # Driving

    async def _drive(self, phase: Phase, runs: CandidateRuns, deadline: float) -> None:
        """Asks and tells until the phase is done, or the limits are reached."""
        running: set[asyncio.Task[tuple[Try, CandidateResult]]] = set()
        try:
            while True:
                while len(running) < runs.slots + 1 and self._is_within(deadline, len(running)):
                    asked = phase.ask()
                    if asked is None:
                        break
                    running.add(asyncio.create_task(self._try(asked, runs)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    self._told(phase, *task.result())
                if phase.is_done:
                    return
        finally:
            for task in running:
                task.cancel()

    def _is_within(self, deadline: float, running: int) -> bool:
        is_early = time.monotonic() < deadline
        return is_early and self._tried + running < self._limits.candidates

    async def _try(self, asked: Try, runs: CandidateRuns) -> tuple[Try, CandidateResult]:
        overrides = [self._override(name, text) for name, text in asked.texts.items()]
        return asked, await runs.run(overrides, asked.cpu)

    def _override(self, name: str, text: str) -> Override:
        trainable = self._by_name[name]
        if trainable.kind == "function" and trainable.range.start.column == 0:
            # As it is, it is as it will stand in the file.
            first, last = trainable.statement.start.line + 1, trainable.statement.end.line + 1
            return Override(trainable.file, first, last, text, True)
        return override_of(Change(trainable, text), self._before.text)

    def _told(self, phase: Phase, asked: Try, result: CandidateResult) -> None:
        self._tried += 1
        phase.tell(asked, result)
        self._trials.append(self._trial(asked, result))
        most = self._limits.candidates
        self._listener.on_step(SearchTried(self._tried, most, result.failing, result.objective))

    def _trial(self, asked: Try, result: CandidateResult) -> Trial:
        """A candidate as the history keeps it: judged by how many checks hold."""
        holds, count = held(result), len(result.checks)
        more = holds - self._held
        judgement: Judgement = "better" if more > 0 else "worse" if more < 0 else "same"
        reason = f"{holds} of {count} checks hold."
        return Trial(1, self._tried, dict(asked.texts), judgement, reason, result.objective)

    # What came of it

    def _improvement(
        self,
        problem: Problem,
        changes: tuple[Change, ...],
        verdict: Verdict,
        why: str,
        seconds: float,
    ) -> Improvement:
        values = {each.trainable.name: each.value for each in changes}
        accepted = verdict.judgement == "better"
        objective = verdict.objective[1]
        number = self._tried + 1
        trial = Trial(1, number, values, verdict.judgement, verdict.reason, objective, accepted)
        self._trials.append(trial)
        step = self._step(why, verdict.reason, seconds, "suggestion")
        reasoning = f"{why}\n\n(No model was asked: {self._tried} candidates were tried.)"
        suggestion = Suggestion(reasoning, values=values, model=NAME)
        return Improvement(changes, verdict, (step,), "The search ended.", problem, suggestion)

    def _step(self, why: str, outcome: str, seconds: float, understood: str = "no change") -> Step:
        """All that was tried, as one step of the history."""
        return Step(
            number=1,
            optimizer=NAME,
            understood=understood,
            reasoning=why,
            tokens_sent=0,
            tokens_received=0,
            seconds=seconds,
            outcome=f"{self._tried} candidates were tried. {outcome}",
            trials=tuple(self._trials),
        )


def _by_blame(functions: Sequence[Trainable], lines: CandidateResult) -> list[Trainable]:
    """The functions that ran before a check failed, ahead of those that did not."""
    failing = [check.lines for check in lines.checks.values() if not check.holds]

    def innocence(function: Trainable) -> int:
        first, last = function.range.start.line + 1, function.range.end.line + 1
        return -sum(any(first <= line <= last for line in each) for each in failing)

    return sorted(functions, key=innocence)


def _nothing_to_search(wanted: Wanted) -> str:
    named = ", ".join(f"`{name}`" for name in wanted.names)
    return (
        f"A search can change numbers, choices (a constraint like `one of 'a', 'b'`) and code; "
        f"there is nothing of that in {named}."
    )
