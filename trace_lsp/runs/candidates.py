"""Candidate runs by the hundred: the same program with other values, and only what its checks say.

A warm process that has imported what the program needs is forked for each, where that is safe;
elsewhere each has a fresh process.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional

from trace_lsp.runs.configuration import Override
from trace_lsp.runs.process import run
from trace_lsp.runs.record import OutcomeKind, Trace
from trace_lsp.runs.warm import WarmProcess
from trace_lsp.runs.wire import UNCHANGED, Tried, Try, Warm

MEMORY = 2 << 30
"""Bytes that a candidate may take besides what the warm process has."""


class CheckKey(NamedTuple):
    """A check, by what it is: the nth of its kind (``assert`` or ``eq``) at that line; or ``end``,
    that the program runs to its end."""

    kind: str
    file: str
    line: int
    number: int


END = CheckKey("end", "", 0, 0)


@dataclass(frozen=True)
class CheckSeen:
    """How a check came out. `type` is that of what was compared, "" where it is not known; `lines`
    are those of the watched functions that ran since the check before, the last one last."""

    holds: bool
    type: str = ""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class CandidateResult:
    """What a candidate's run came to: how it ended, in a sentence where it did not end well, its
    checks, the objective if there is one, and CPU seconds (0 where they are not known)."""

    kind: OutcomeKind
    message: str = ""
    checks: Mapping[CheckKey, CheckSeen] = field(default_factory=dict)
    objective: Optional[float] = None
    cpu: float = 0.0

    @property
    def failing(self) -> int:
        """How many checks do not hold."""
        return sum(not each.holds for each in self.checks.values())


class CandidateRuns:
    """Runs candidates of a traced program, at most `slots` at a time; see `candidate_runs`."""

    def __init__(self, trace: Trace, watched: Sequence[tuple[str, int, int]], slots: int) -> None:
        self.slots = slots
        self._configuration = trace.configuration
        self._text = trace.text
        self._free = asyncio.Semaphore(self.slots)
        self._numbers = iter(range(1 << 62))
        configuration = trace.configuration
        self.warm = WarmProcess(
            configuration,
            Warm(
                configuration.program,
                trace.text,
                configuration.arguments,
                configuration.objective,
                trace.modules,
                tuple(watched),
            ),
        )

    @property
    def why_fresh(self) -> str:
        """Why each candidate has a fresh process, "" where a warm one is forked."""
        return self.warm.why_not

    async def run(
        self, overrides: Sequence[Override] = (), cpu: Optional[float] = None, watch: bool = False
    ) -> CandidateResult:
        """What the program comes to with the overrides, within `cpu` seconds of CPU time (None:
        what a run may take). With `watch` the checks tell which lines ran, if the warm process can
        be forked."""
        seconds = self._configuration.limits.seconds
        cpu = min(cpu or seconds, seconds)
        async with self._free:
            # Wall-clock time goes on while others have the processor.
            wall = min(seconds, 1.0 + 4 * cpu)
            rows = tuple(each.row for each in overrides)
            tried = await self.warm.ask(Try(next(self._numbers), rows, cpu, wall, MEMORY, watch))
            return await self._run_fresh(overrides) if tried is None else _read(tried)

    async def _run_fresh(self, overrides: Sequence[Override]) -> CandidateResult:
        trace = await run(
            self._configuration,
            self._text,
            on_event=lambda event: None,
            answer_step=_no_change,
            overrides=overrides,
            trains=False,
        )
        return result_of(trace)


@asynccontextmanager
async def candidate_runs(
    trace: Trace,
    watched: Sequence[tuple[str, int, int]] = (),
    slots: Optional[int] = None,
) -> AsyncIterator[CandidateRuns]:
    """Candidate runs of a traced program, at most `slots` at a time (as many as there are cores).

    What runs when this ends is ended. `watched` are the functions whose lines may be asked for:
    file, first line and last.
    """
    runs = CandidateRuns(trace, watched, slots or os.cpu_count() or 1)
    await runs.warm.start()
    try:
        yield runs
    finally:
        await runs.warm.stop()


async def _no_change(request: Mapping[str, Any]) -> dict[str, Any]:
    return UNCHANGED


def result_of(trace: Trace) -> CandidateResult:
    """What a whole run came to, as a candidate's is told."""
    program = trace.configuration.program
    seen: list[tuple[str, str, int, CheckSeen]] = [
        (
            *(("test", each.name) if each.name else ("assert", program)),
            each.line,
            CheckSeen(each.holds),
        )
        for each in trace.checks
    ]
    for node in trace.nodes.values():
        if node.type == "bool" and node.operator is not None and node.operator.name == "eq":
            place, first = node.place, trace.nodes.get(node.parents[0])
            if place is not None:
                kind = "" if first is None else first.type
                seen.append(("eq", place.file, place.line, CheckSeen(node.value == "True", kind)))
    kind, message = trace.outcome.kind, trace.outcome.message
    number = objective_of(trace)
    return CandidateResult(kind, message, _numbered(seen, CheckSeen(kind == "finished")), number)


def objective_of(trace: Trace) -> Optional[float]:
    """The number that a run is judged by: what the program has of that name at its end, else the
    last node of that name. None if it did not run to its end, or has neither, or none is named."""
    name = trace.configuration.objective
    if not name or trace.outcome.kind != "finished":
        return None
    if trace.measured is not None:
        return trace.measured
    for node in reversed(list(trace.nodes.values())):
        if node.name.rstrip("0123456789").rstrip("_") == name:
            try:
                return float(node.value)
            except ValueError:
                continue
    return None


def _numbered(
    seen: Iterable[tuple[str, str, int, CheckSeen]], end: CheckSeen
) -> dict[CheckKey, CheckSeen]:
    counts: Counter[tuple[str, str, int]] = Counter()
    checks: dict[CheckKey, CheckSeen] = {}
    for kind, file, line, check in seen:
        checks[CheckKey(kind, file, line, counts[kind, file, line])] = check
        counts[kind, file, line] += 1
    return {**checks, END: end}


def _read(tried: Tried) -> CandidateResult:
    """What a forked candidate told of itself; the last line may be cut off."""
    seen: list[tuple[str, str, int, CheckSeen]] = []
    lines: tuple[int, ...] = ()
    number: Optional[float] = None
    end: Optional[list[Any]] = None
    for row in _rows(tried.rows):
        if row[0] == "l":
            lines = tuple(row[1])
        elif row[0] == "c":
            _, kind, file, line, holds, type = row
            seen.append((kind, file, line, CheckSeen(bool(holds), type, lines)))
            lines = ()
        elif row[0] == "n":
            number = row[1]
        else:
            end = row
    if end is None:
        kind, message = _cut_off(tried)
        return CandidateResult(kind, message, _numbered(seen, CheckSeen(False, "", lines)))
    _, kind, message, _, objective, cpu = end
    holds = kind == "finished"
    if holds and objective is None:
        objective = number
    checks = _numbered(seen, CheckSeen(holds, "", lines))
    return CandidateResult(kind, message, checks, objective if holds else None, cpu)


def _rows(text: str) -> Iterable[list[Any]]:
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def _cut_off(tried: Tried) -> tuple[OutcomeKind, str]:
    if tried.is_late or tried.ended_by == getattr(signal, "SIGPROF", 0):
        return "timedOut", "It was not over within its time."
    return "crashed", "Its process ended before it was over."
