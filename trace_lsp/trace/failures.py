"""Exceptions as feedback: what is left in the graph where an operator raised."""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import NamedTuple, NoReturn, Optional

from trace_lsp.trace.definitions import lines_of
from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import ExceptionNode, Node
from trace_lsp.trace.recorder import is_tracing

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
    try:
        message = str(error)
    except Exception as other:  # noqa: BLE001  the class is the user's
        message = f"its message raised {type(other).__name__}"
    return f"({type(error).__name__}) {message}".rstrip()


class Source(NamedTuple):
    """The text of a trainable's code object, which its file may not hold, and its first line."""

    code: CodeType
    text: str
    line: int


def comment(error: BaseException, source: Optional[Source] = None) -> str:
    """The source of each level of the user's code that the error went through, each with the
    failing line marked, and the error once more. `source` is that of a trainable that raised.
    """
    blocks: list[str] = []
    for frame, line in levels(error.__traceback__):
        file = frame.f_code.co_filename
        if isinstance(error, ExecutionError) and blocks and is_engine(file):
            # From here on the failed node inside has told the story already.
            return "\n\n".join([*blocks, error.exception_node.comment])
        if is_users(file):
            shown = source if source is not None and _is_in(frame.f_code, source.code) else None
            blocks.append(_marked(frame.f_code, line, error, shown))
    return "\n\n".join([*blocks, summary(error)])


def _is_in(code: CodeType, outer: CodeType) -> bool:
    """True for the code of a function and of what is defined in it."""
    return code is outer or any(
        _is_in(code, each) for each in outer.co_consts if isinstance(each, CodeType)
    )


def _marked(code: CodeType, line: int, error: BaseException, source: Optional[Source]) -> str:
    lines = source.text.split("\n") if source is not None else lines_of(code)
    mark = f"  # <--- {summary(error)}"
    if not lines:
        text = linecache.getline(code.co_filename, line).strip()
        return f"{code.co_name}, line {line}: {text}{mark}"
    failing = line - (code.co_firstlineno if source is None else source.line)
    return "\n".join(shown + mark if at == failing else shown for at, shown in enumerate(lines))


def fail(
    error: Exception,
    operator: Operator,
    names: tuple[str, ...],
    parents: tuple[Node, ...],
    where: tuple[CodeType, int],
    source: Optional[Source] = None,
) -> NoReturn:
    """Records an exception node in place of a result and raises ExecutionError from `error`."""
    failed = Operator(
        f"exception_{operator.name}",
        f"{operator.name} raised an exception instead of returning a value.",
        operator.function,
        operator.place,
    )
    if not is_tracing.get():
        names, parents = (), ()
    told = comment(error, source)
    node = ExceptionNode(summary(error), failed, names, parents, where[0], where[1], told)
    raise ExecutionError(node) from error
