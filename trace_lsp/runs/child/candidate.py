"""One candidate, in the fork that is made for it: the program, and what is told of it."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, Optional

from trace_lsp.errors import NoModel
from trace_lsp.runs.child import checks
from trace_lsp.runs.child.channel import overridden
from trace_lsp.runs.child.depth import Depth
from trace_lsp.runs.child.execution import Ending, execute
from trace_lsp.runs.child.objective import as_number
from trace_lsp.runs.child.report import raised
from trace_lsp.runs.child.telling import Teller
from trace_lsp.runs.child.watching import Stopped, Watch
from trace_lsp.runs.wire import UNCHANGED, Action, OverrideRow, Try, Warm
from trace_lsp.trace.message_types import MessageNode
from trace_lsp.trace.nodes import Node, ParameterNode
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.records import Places


@dataclass(frozen=True)
class Prepared:
    """What all candidates of a program share: its code, how much memory each may have besides what
    it asks for, in bytes, and the file that it reads as its input."""

    warm: Warm
    code: CodeType
    memory: int
    stdin: str


def run_candidate(prepared: Prepared, asked: Try, writing: int) -> None:
    """Runs the program with the overrides, within the limits, and tells of it at that descriptor.

    What it prints goes nowhere.
    """
    warm = prepared.warm
    _redirect(prepared.stdin)
    _limit(asked.cpu, prepared.memory + asked.memory)
    _start_afresh()
    started = time.process_time()
    teller = Teller(writing)
    recorder.host = host = _CandidateHost(asked.overrides, teller, warm.objective)
    checks.tell(lambda line, holds: teller.check("assert", warm.program, line, holds))
    if warm.allowed is not None:
        Watch(lambda action, stopped: _note(teller, action, stopped), warm.allowed).install()
    if asked.watch:
        _watch(warm, teller)
    ending = execute(prepared.code, warm.program, warm.objective, host.depth)
    sys.settrace(None)
    # As at the end of any program: threads are waited for, and may check something still.
    threading._shutdown()  # type: ignore[attr-defined]
    teller.end(*_told(ending), ending.objective, time.process_time() - started)
    atexit._run_exitfuncs()


def _redirect(stdin: str) -> None:
    for path, flags, descriptors in ((stdin, os.O_RDONLY, (0,)), (os.devnull, os.O_WRONLY, (1, 2))):
        opened = os.open(path, flags)
        for descriptor in descriptors:
            os.dup2(opened, descriptor)
        os.close(opened)


def _limit(cpu: float, memory: int) -> None:
    """Bounds CPU time, by a signal that ends C code as well, and memory."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, max(cpu, 0.001))
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _start_afresh() -> None:
    """Leaves what is the warm process's to it: its random numbers (`random` sees to itself), and
    what it does when it ends."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "random"):
        numpy.random.seed()
    atexit._clear()


def _watch(warm: Warm, teller: Teller) -> None:
    lines = _Lines(warm.watched)
    teller.lines = lines.taken
    threading.settrace(lines)
    sys.settrace(lines)


def _note(teller: Teller, action: Action, is_stopped: bool) -> None:
    if is_stopped:
        verb, what = action
        teller.stopped(f"It would {verb} {what}, which the program does not do.")


def _told(ending: Ending) -> tuple[str, str]:
    if isinstance(ending.error, Stopped):
        return "stopped", str(ending.error)
    if ending.error is not None:
        failure = raised(ending.error, "").failure
        return "raised", f"{failure.type}: {failure.message}"[:500]
    return ("exited" if ending.code else "finished"), ""


class _CandidateHost:
    """The engine's host in a candidate's run: it looks for checks, and keeps nothing."""

    trains = False

    def __init__(self, overrides: tuple[OverrideRow, ...], teller: Teller, objective: str) -> None:
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
