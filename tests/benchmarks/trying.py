"""Runs candidates for the search's benchmark and tests: each in a forked child, with limits.

Costs are lines of the function's source that ran, so that a figure is the same on every machine.
"""

from __future__ import annotations

import copy
import math
import os
import pickle
import resource
import signal
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from trace_lsp.optimizers.search.outcome import CheckResult, Outcome

FILE = "<candidate>"
FLOOR = 2000.0
"""The least that a check may cost, in lines."""

_SECONDS = 1.0  # for what no line counts: a call that goes on in C
_MEMORY = 1 << 30


class TooLong(BaseException):
    """The check went over its limit of lines."""


@dataclass(frozen=True)
class Check:
    """Arguments, and what should come back; `after` is what the arguments should be then."""

    arguments: tuple[Any, ...]
    expected: Any
    after: tuple[Any, ...] | None = None


class Watch:
    """Counts the lines that run in a candidate, and notes which."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.steps = 0
        self.lines: set[int] = set()
        self.last = 0

    def __call__(self, frame: types.FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != FILE:
            return None
        if event == "line":
            self.steps += 1
            self.lines.add(frame.f_lineno)
            self.last = frame.f_lineno
            if self.steps > self.limit:
                raise TooLong
        return self


def same(first: Any, second: Any) -> bool:
    """Whether two values are equal and of the same type, floats but for rounding."""
    if type(first) is not type(second):
        return False
    if isinstance(first, float):
        return math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-12) or first is second
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


def loaded(source: str, name: str) -> Any:
    """The function that the source defines."""
    namespace: dict[str, Any] = {"__name__": "candidate"}
    exec(compile(source, FILE, "exec", dont_inherit=True), namespace)
    found: Any = namespace[name.split(".")[0]]
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return found


def called(function: Any, arguments: tuple[Any, ...]) -> Any:
    """What the function returns, or what it yields, as a list."""
    result = function(*arguments)
    return list(result) if isinstance(result, (types.GeneratorType, map, zip, filter)) else result


@contextmanager
def limited(limit: float) -> Iterator[Watch]:
    """Watches the candidate's lines; raises TooLong beyond the limit."""
    watch = Watch(limit)
    sys.settrace(watch)
    try:
        yield watch
    finally:
        sys.settrace(None)


def checked(function: Any, check: Check, limit: float) -> CheckResult:
    """One check, in this process."""
    arguments = copy.deepcopy(check.arguments)
    result, raised, is_late = None, None, False
    with limited(limit) as watch:
        try:
            result = called(function, arguments)
        except TooLong:
            is_late = True
        except Exception:  # noqa: BLE001
            raised = watch.last
    is_same = raised is None and not is_late and same(result, check.expected)
    if check.after is not None:
        is_same = is_same and same(arguments, check.after)
    kind = "" if raised is not None or is_late else type(result).__name__
    lines = frozenset(watch.lines)
    return CheckResult(is_same, watch.steps, kind, is_late, lines, raised)


def tried(
    source: str,
    name: str,
    checks: Sequence[Check],
    stages: Sequence[Sequence[int]],
    limit: float,
    to_the_end: bool = False,
) -> Outcome:
    """The checks by stages, in a child: what is unfinished when the child ends counts as hanging."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            _limit_child()
            with os.fdopen(writing, "wb") as pipe:
                _run(pipe, source, name, checks, stages, limit, to_the_end)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        outcome = dict(_read(pipe))
    os.waitpid(child, 0)
    return outcome


def _limit_child() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    sys.setrecursionlimit(400)


def _run(
    pipe: Any,
    source: str,
    name: str,
    checks: Sequence[Check],
    stages: Sequence[Sequence[int]],
    limit: float,
    to_the_end: bool,
) -> None:
    try:
        function = loaded(source, name)
    except Exception:  # noqa: BLE001
        function = _missing
    for stage in stages:
        has_passed = False
        for number in stage:
            pipe.write(pickle.dumps(number))
            pipe.flush()
            result = checked(function, checks[number], limit)
            pipe.write(pickle.dumps(result))
            has_passed = has_passed or result.passed
            if result.timed_out and not to_the_end:
                return
        if not has_passed and not to_the_end:
            return


def _missing(*_: Any) -> None:
    raise TypeError("The source could not be loaded.")


def _read(pipe: Any) -> Iterator[tuple[int, CheckResult]]:
    while True:
        try:
            number = pickle.load(pipe)
        except EOFError:
            return
        try:
            yield number, pickle.load(pipe)
        except (EOFError, pickle.UnpicklingError):
            yield number, CheckResult(False, timed_out=True)
            return


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings that compiling odd code gives."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
