"""What a candidate's run came to: its checks and its number, of a whole run or of what a fork told."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Optional

from trace_lsp.runs.child.checks import MOST_AT_PLACE
from trace_lsp.runs.record import OutcomeKind, Trace
from trace_lsp.runs.wire import Tried


class CheckKey(NamedTuple):
    """A check, by what it is: the nth of its kind (``assert`` or ``eq``) at that line; or ``end``,
    that the program runs to its end. Of a thousand and more the rest at a line are one."""

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
    checks, the objective if there is one, and CPU seconds (0 where they are not known).

    A program that was cut short may go on, in a candidate, to where it would do something to the
    world around it that it did not do before. There it is stopped, which is its end then.
    """

    kind: OutcomeKind
    message: str = ""
    checks: Mapping[CheckKey, CheckSeen] = field(default_factory=dict)
    objective: Optional[float] = None
    cpu: float = 0.0

    @property
    def failing(self) -> int:
        """How many checks do not hold."""
        return sum(not each.holds for each in self.checks.values())


class _Checks:
    """Checks as they are seen, one after the other."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._seen: dict[CheckKey, CheckSeen] = {}

    def add(self, kind: str, file: str, line: int, check: CheckSeen) -> None:
        place = (kind, file, line)
        number = self._counts.get(place, 0)
        self._counts[place] = number + 1
        if number < MOST_AT_PLACE:
            self._seen[CheckKey(kind, file, line, number)] = check
            return
        rest = CheckKey(kind, file, line, MOST_AT_PLACE)
        before = self._seen.get(rest, check)
        self._seen[rest] = replace(check, holds=check.holds and before.holds)

    def until(self, end: CheckSeen) -> dict[CheckKey, CheckSeen]:
        """All of them, the end last."""
        return {**self._seen, END: end}


def result_of(trace: Trace, is_cut_short: bool = False) -> CandidateResult:
    """What a whole run came to, as a candidate's is told. `is_cut_short` is true if the program as
    it is does not run to its end."""
    checks = _Checks()
    for each in trace.checks:
        kind, file = ("test", each.name) if each.name else ("assert", trace.configuration.program)
        checks.add(kind, file, each.line, CheckSeen(each.holds))
    for node in trace.nodes.values():
        if node.type == "bool" and node.operator is not None and node.operator.name == "eq":
            place, first = node.place, trace.nodes.get(node.parents[0])
            if place is not None:
                kind = "" if first is None else first.type
                checks.add("eq", place.file, place.line, CheckSeen(node.value == "True", kind))
    outcome = _kind_of(trace, is_cut_short)
    end = CheckSeen(outcome == "finished")
    return CandidateResult(outcome, trace.outcome.message, checks.until(end), objective_of(trace))


def _kind_of(trace: Trace, is_cut_short: bool) -> OutcomeKind:
    if is_cut_short and is_stopped_beyond(trace):
        return "finished"
    is_stopped = any(each.stopped for each in trace.actions)
    return "raised" if is_stopped and trace.outcome.kind == "finished" else trace.outcome.kind


def is_stopped_beyond(trace: Trace) -> bool:
    """True if it was the program's own code, and nothing trainable, that was stopped from doing
    something to the world around it, and that ended it."""
    return trace.failure is not None and trace.failure.type == "Stopped"


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


def result_told(tried: Tried, is_cut_short: bool = False) -> CandidateResult:
    """What a forked candidate told of itself; the last line may be cut off."""
    told = _Told()
    for row in _rows(tried.rows):
        told.read(row)
    if told.end is None:
        kind, message = _cut_off(tried)
        return told.result(kind, message)
    kind, message, objective, cpu = told.end
    if kind == "stopped":
        kind = "finished" if is_cut_short else "raised"
    elif told.stopped:
        kind, message = "raised", told.stopped
    number = told.number if objective is None else objective
    return told.result(kind, message, number, cpu)


class _Told:
    """What is read of a candidate, row by row."""

    def __init__(self) -> None:
        self.number: Optional[float] = None
        self.stopped = ""
        self.end: Optional[list[Any]] = None
        self._checks = _Checks()
        self._places: dict[int, tuple[str, str, int, str]] = {}
        self._plain: dict[int, CheckSeen] = {}
        self._lines: tuple[int, ...] = ()

    def read(self, row: Any) -> None:
        if isinstance(row, int):
            self._check(row)
            return
        kind, *rest = row
        if kind == "s":
            self._places[rest[0]] = tuple(rest[1:])
        elif kind == "l":
            self._lines = tuple(rest[0])
        elif kind == "n":
            self.number = rest[0]
        elif kind == "d":
            self.stopped = rest[0]
        else:
            self.end = rest

    def _check(self, row: int) -> None:
        kind, file, line, type = self._places[row >> 1]
        if self._lines:
            check = CheckSeen(bool(row & 1), type, self._lines)
            self._lines = ()
        else:
            check = self._plain.get(row) or self._plain.setdefault(
                row, CheckSeen(bool(row & 1), type)
            )
        self._checks.add(kind, file, line, check)

    def result(
        self, kind: OutcomeKind, message: str, number: Optional[float] = None, cpu: float = 0.0
    ) -> CandidateResult:
        holds = kind == "finished"
        checks = self._checks.until(CheckSeen(holds, "", self._lines))
        return CandidateResult(kind, message, checks, number if holds else None, cpu)


def _rows(text: str) -> Iterable[Any]:
    for line in text.split("\n")[:-1]:
        try:
            yield int(line) if line.isdigit() else json.loads(line)
        except ValueError:
            return


def _cut_off(tried: Tried) -> tuple[OutcomeKind, str]:
    if tried.is_late or tried.ended_by == getattr(signal, "SIGPROF", 0):
        return "timedOut", "It was not over within its time."
    return "crashed", "Its process ended before it was over."
