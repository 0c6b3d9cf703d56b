"""One candidate, in the fork that is made for it: the program, and what is told of it.

What is told are lines of JSON: ``["c", kind, file, line, holds, type]`` for each check as it is
made, ``["l", lines]`` ahead of it for what ran since the one before, where lines are asked for,
``["n", number]`` for a node that is named as the objective, and at the end
``["e", kind, message, code, objective, cpu]``.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FrameType
from typing import Any, Optional

from trace_lsp.errors import NoModel
from trace_lsp.runs.child import checks
from trace_lsp.runs.child.channel import overridden
from trace_lsp.runs.child.depth import Depth
from trace_lsp.runs.child.execution import Ending, execute
from trace_lsp.runs.child.objective import as_number
from trace_lsp.runs.child.report import raised
from trace_lsp.runs.wire import UNCHANGED, OverrideRow, Try, Warm
from trace_lsp.trace.message_types import MessageNode
from trace_lsp.trace.nodes import Node, ParameterNode
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.records import Places


def run_candidate(warm: Warm, asked: Try, code: CodeType, writing: int) -> None:
    """Runs the program with the overrides, within the limits, and tells of it at that descriptor.

    What it prints goes nowhere.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    _limit(asked)
    started = time.process_time()
    teller = _Teller(writing)
    recorder.host = host = _CandidateHost(asked.overrides, teller, warm.objective)
    checks.tell(lambda line, holds: teller.check("assert", warm.program, line, holds))
    _seed_again()
    lines = _Lines(warm.watched) if asked.watch else None
    if lines is not None:
        teller.lines = lines.taken
        sys.settrace(lines)
    ending = execute(code, warm.program, warm.objective, host.depth)
    sys.settrace(None)
    teller.end(*_told(ending), ending.objective, time.process_time() - started)


def _limit(asked: Try) -> None:
    """Bounds CPU time, by a signal that ends C code as well, and memory."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, max(asked.cpu, 0.001))
    if asked.memory:
        with contextlib.suppress(ImportError, OSError, ValueError):
            import resource

            with open("/proc/self/statm", encoding="ascii") as file:
                size = int(file.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (size + asked.memory,) * 2)


def _seed_again() -> None:
    """Forks would all draw the same numbers from numpy's generator; `random` sees to itself."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "random"):
        numpy.random.seed()


def _told(ending: Ending) -> tuple[str, str, int]:
    if ending.error is not None:
        failure = raised(ending.error, "").failure
        return "raised", f"{failure.type}: {failure.message}"[:500], ending.code
    return ("exited" if ending.code else "finished"), "", ending.code


class _Teller:
    """Writes what happens as it happens: a candidate may be ended at any moment."""

    def __init__(self, writing: int) -> None:
        self._writing = writing
        self._left = checks.MOST
        self.lines: Callable[[], Sequence[int]] = list

    def check(self, kind: str, file: str, line: int, holds: bool, type: str = "") -> None:
        if self._left:
            self._left -= 1
            lines = self.lines()
            if lines:
                self._write(["l", lines])
            self._write(["c", kind, file, line, int(holds), type])

    def number(self, value: float) -> None:
        self._write(["n", value])

    def end(self, kind: str, message: str, code: int, objective: object, cpu: float) -> None:
        lines = self.lines()
        if lines:
            self._write(["l", lines])
        self._write(["e", kind, message, code, objective, cpu])

    def _write(self, row: list[Any]) -> None:
        data = json.dumps(row).encode("ascii") + b"\n"
        while data:
            data = data[os.write(self._writing, data) :]


class _CandidateHost:
    """The engine's host in a candidate's run: it looks for checks, and keeps nothing."""

    trains = False

    def __init__(self, overrides: tuple[OverrideRow, ...], teller: _Teller, objective: str) -> None:
        self._overrides = overrides
        self._teller = teller
        self._objective = objective
        self._places = Places()
        self.depth = Depth()
        self.call = self.depth.call

    def on_node(self, node: Node) -> None:
        if type(node._data) is bool and isinstance(node, MessageNode):
            if node.operator.name == "eq":
                self._compared(node)
        elif self._objective and node._base == self._objective:
            number = as_number(node)
            if number is not None:
                self._teller.number(number)

    def _compared(self, node: MessageNode) -> None:
        place = self._places.of(node._code, node._at)
        if place is not None:
            kind = type(node._parents[0]._data).__name__
            self._teller.check("eq", place.file, place.line, node._data, kind)

    def on_backward(self, outputs: list[tuple[Node, str]]) -> None:
        pass

    def on_update(self, parameter: ParameterNode) -> None:
        pass

    def step(self, request: dict[str, Any]) -> dict[str, Any]:
        return UNCHANGED

    def ask_model(self, request: Mapping[str, Any]) -> dict[str, Any]:
        raise NoModel("The program asks a model, and candidates of a search have none to ask.")

    def override(self, file: str, line: int, is_code: bool) -> Optional[str]:
        return overridden(self._overrides, file, line, is_code)


class _Lines:
    """Notes the lines that run in some functions, in the order in which they are first run."""

    def __init__(self, watched: Sequence[tuple[str, int, int]]) -> None:
        self._watched = watched
        self._seen: dict[int, None] = {}

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        for file, first, last in self._watched:
            if code.co_filename == file and first <= code.co_firstlineno <= last:
                return self._line
        return None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._seen.pop(frame.f_lineno, None)
            self._seen[frame.f_lineno] = None
        return self._line

    def taken(self) -> list[int]:
        """What ran since this was last asked: the last line that ran is the last."""
        lines, self._seen = list(self._seen), {}
        return lines
