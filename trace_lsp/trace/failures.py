"""Exceptions as feedback: what is left in the graph where an operator raised."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import NoReturn, Optional

from trace_lsp.trace.definitions import lines_of
from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import ExceptionNode, Node

_ENGINE = str(Path(__file__).resolve().parent.parent) + os.sep
_LIBRARY = os.path.dirname(os.__file__) + os.sep
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class ExecutionError(Exception):
    """A traced function raised. `exception_node` stands in the graph where its result would."""

    def __init__(self, exception_node: ExceptionNode) -> None:
        super().__init__(exception_node)
        self.exception_node = exception_node

    def __str__(self) -> str:
        return f"{self.exception_node._data}\n\n{self.exception_node.comment}"


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
    return f"({type(error).__name__}) {error}".rstrip()


def comment(error: BaseException, source: Optional[tuple[CodeType, str]] = None) -> str:
    """The source of each level of the user's code that the error went through, each with the
    failing line marked, and the error once more.

    `source` is the text of a trainable's code object, which its file may not hold.
    """
    blocks: list[str] = []
    for frame, line in levels(error.__traceback__):
        file = frame.f_code.co_filename
        if isinstance(error, ExecutionError) and blocks and is_engine(file):
            # From here on the failed node inside has told the story already.
            return "\n\n".join([*blocks, error.exception_node.comment])
        if is_users(file):
            text = source[1] if source is not None and frame.f_code is source[0] else None
            blocks.append(_marked(frame.f_code, line, error, text))
    return "\n\n".join([*blocks, summary(error)])


def _marked(code: CodeType, line: int, error: BaseException, text: Optional[str]) -> str:
    lines = text.splitlines() if text is not None else lines_of(code)
    mark = f"  # <--- {summary(error)}"
    if not lines:
        return f"{code.co_name}, line {line}{mark}"
    failing = line - code.co_firstlineno
    return "\n".join(shown + mark if at == failing else shown for at, shown in enumerate(lines))


def fail(
    error: Exception,
    operator: Operator,
    names: tuple[str, ...],
    parents: tuple[Node, ...],
    where: tuple[CodeType, int],
    source: Optional[tuple[CodeType, str]] = None,
) -> NoReturn:
    """Records an exception node in place of a result and raises ExecutionError from `error`."""
    failed = Operator(
        f"exception_{operator.name}",
        f"{operator.name} raised an exception instead of returning a value.",
        operator.function,
        operator.place,
    )
    told = comment(error, source)
    node = ExceptionNode(summary(error), failed, names, parents, where[0], where[1], told)
    raise ExecutionError(node) from error
