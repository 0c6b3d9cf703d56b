"""Exceptions as feedback: what is left in the graph where an operator raised."""

from __future__ import annotations

import builtins
import linecache
import os
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple, NoReturn, Optional

from trace_lsp.trace.definitions import lines_of
from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import ExceptionNode, Node, exception
from trace_lsp.trace.recorder import is_tracing, nodes_read, recorder
from trace_lsp.trace.values import shortened

_ENGINE = str(Path(__file__).resolve().parent.parent) + os.sep
_LIBRARY = os.path.dirname(os.__file__) + os.sep
_GROUPS: Any = getattr(builtins, "BaseExceptionGroup", ())  # new in 3.11
_TOLD = 10
"""Exceptions of a group that are told at most."""

_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class ExecutionError(Exception):
    """A traced function raised. `exception_node` stands in the graph where its result would."""

    def __init__(self, exception_node: ExceptionNode) -> None:
        super().__init__(exception_node)
        self.exception_node = exception_node

    def __str__(self) -> str:
        return f"{self.exception_node._data}\n\n{self.exception_node.comment}"


class NoAttributeError(ExecutionError, AttributeError):
    """A node's value has not the method or attribute that was asked of the node."""


class NotIterableError(ExecutionError, TypeError):
    """A node was iterated over, and its value cannot be: to Python's own means a TypeError."""


class TraceMissingInputsError(Exception):
    """A bundled function read a node that is not among its arguments, so the graph would lie."""


def is_engine(file: str) -> bool:
    """True for this package's own files: their frames are never shown to a person."""
    return file.startswith(_ENGINE)


def is_users(file: str) -> bool:
    """True for the user's own code: not this package, the standard library or an installed one."""
    if file.startswith((_ENGINE, _LIBRARY, "<frozen ")):
        return False
    return not any(folder in file for folder in _INSTALLED)


def levels(traceback: Optional[TracebackType]) -> Iterator[tuple[FrameType, int]]:
    """The frames of a traceback, outermost first, each with the line it stood at."""
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def summary(error: BaseException) -> str:
    """``(ErrorClass) message``: what an exception node holds as its value."""
    if isinstance(error, ExecutionError):
        return str(error.exception_node._data)
    try:
        message = str(error)
    except Exception as other:  # noqa: BLE001  the class is the user's
        message = f"its message raised {type(other).__name__}"
    return f"({type(error).__name__}) {message}".rstrip()


class Story(NamedTuple):
    """How an error came about: what is needed to tell it, should somebody ask.

    `levels` are the places that the error went through, outermost first; `said` is its summary;
    `inside` the comment's source for the rest, where an operator inside failed first; `group` the
    stories of what an exception group holds.
    """

    levels: tuple[tuple[CodeType, int], ...]
    said: str
    inside: Optional[ExceptionNode]
    group: tuple[Story, ...] = ()

    def text(self) -> str:
        """The source of each level of the user's code, each with the failing line marked, and the
        error once more. Levels that repeat, as in a recursion, are told once."""
        blocks: dict[tuple[int, int], str] = {}
        times: dict[tuple[int, int], int] = {}
        told: Any = self
        while True:
            for code, line in told.levels:
                if is_users(code.co_filename):
                    at = (id(code), line)
                    blocks[at] = blocks.get(at) or _marked(code, line, told.said)
                    times[at] = times.get(at, 0) + 1
            if told.inside is None:
                rest = [told.said, *(each.text() for each in told.group)]
                break
            told = told.inside._story
            if isinstance(told, str):
                rest = [told]
                break
        return "\n\n".join([*map(_once, blocks.values(), times.values()), *rest])


def _once(block: str, times: int) -> str:
    return block if times == 1 else f"{block}\n\n({times} levels like this one)"


def story(error: BaseException) -> Story:
    """How the error came about."""
    places: list[tuple[CodeType, int]] = []
    inside = error.exception_node if isinstance(error, ExecutionError) else None
    traceback = error.__traceback__
    has_users = False
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if inside is not None and has_users and is_engine(code.co_filename):
            # From here on the failed node inside has told the story already.
            return Story(tuple(places), summary(error), inside)
        has_users = has_users or is_users(code.co_filename)
        places.append((code, traceback.tb_lineno or code.co_firstlineno))
        traceback = traceback.tb_next
    group = error.exceptions[:_TOLD] if isinstance(error, _GROUPS) else ()
    return Story(tuple(places), summary(error), inside, tuple(map(story, group)))


def _marked(code: CodeType, line: int, said: str) -> str:
    text, first = recorder.texts.get(code, ("", code.co_firstlineno))
    lines = text.split("\n") if text else lines_of(code)
    # In a line, or what follows would stand in the code. The whole is told at the end.
    mark = f"  # <--- {shortened(said.splitlines()[0].rstrip())[0]}"
    if not lines:
        text = linecache.getline(code.co_filename, line).strip()
        return f"{code.co_name}, line {line}: {text}{mark}"
    failing = line - first
    return "\n".join(shown + mark if at == failing else shown for at, shown in enumerate(lines))


def fail(
    error: Exception,
    operator: Operator,
    names: tuple[str, ...],
    parents: tuple[Node, ...],
    where: tuple[CodeType, int],
    raised: type[ExecutionError] = ExecutionError,
) -> NoReturn:
    """Records an exception node in place of a result and raises ExecutionError, or a kind of it,
    from `error`."""
    if not is_tracing():
        names, parents = (), ()
    told = story(error)
    node = exception(told.said, operator.failed, names, parents, where, told)
    around = nodes_read.get()
    if around is not None:
        around.append(parents)
    raise raised(node) from error
