"""An exception that ends the program, as the interpreter prints it, and as data."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Optional

from trace_lsp.runs.wire import Raised
from trace_lsp.trace.failures import ExecutionError, is_engine, is_users, levels
from trace_lsp.trace.graph import Failure, Place

SHOWN = 5
"""Exceptions of a chain that are printed at its start, and at its end."""

_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
_HANDLED = "\nDuring handling of the above exception, another exception occurred:\n\n"


def printed(error: BaseException) -> str:
    """What the interpreter prints for the exception, without our frames.

    Of a long chain the middle is left out: bundled functions that call each other chain one
    exception for each call.
    """
    chain = _chain(error)
    parts: list[str] = []
    for at, (each, link) in enumerate(chain):
        if SHOWN <= at < len(chain) - SHOWN:
            if at == SHOWN:
                parts.append(f"{link}[{len(chain) - 2 * SHOWN} more exceptions]\n")
            continue
        lines = traceback.format_exception(
            type(each), each, _without_ours(each.__traceback__), chain=False
        )
        parts += [link, *lines]
    return "".join(parts)


def raised(error: BaseException, text: str) -> Raised:
    """The event of an exception that ends the program, printed as that text."""
    node = None
    message = _message(error)
    if isinstance(error, ExecutionError):
        node = error.exception_node._serial
        message = str(error.exception_node._data)
    elif isinstance(error, SyntaxError):
        message = str(error.msg)  # where it is, is told by its place
    return Raised(Failure(type(error).__name__, message, text, _place(error), node))


def _message(error: BaseException) -> str:
    """What the exception says, whatever its ``__str__`` does."""
    try:
        return str(error)
    except BaseException as other:  # noqa: BLE001  it is the program's
        return f"its message raised {type(other).__name__}"


def _chain(error: BaseException) -> list[tuple[BaseException, str]]:
    """The exceptions that led to this one and itself, each with what is printed ahead of it."""
    found: list[tuple[BaseException, str]] = []
    seen: set[int] = set()
    next_one: Optional[BaseException] = error
    while next_one is not None and id(next_one) not in seen:
        each = next_one
        seen.add(id(each))
        hidden = each.__suppress_context__
        next_one = each.__cause__ or (None if hidden else each.__context__)
        link = _CAUSED if each.__cause__ is not None else _HANDLED
        is_first = next_one is None or id(next_one) in seen
        found.append((each, "" if is_first else link))
    return found[::-1]


def _without_ours(found: Optional[TracebackType]) -> Optional[TracebackType]:
    """The traceback without our frames. It may be as deep as the interpreter allows."""
    first = last = None
    while found is not None:
        if not is_engine(found.tb_frame.f_code.co_filename):
            if last is None:
                first = found
            else:
                last.tb_next = found
            last = found
        found = found.tb_next
    if last is not None:
        last.tb_next = None
    return first


def _place(error: BaseException) -> Optional[Place]:
    """The innermost line of the user's that the error went through."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return Place(error.filename, error.lineno or 1)
    while isinstance(error, ExecutionError) and error.__cause__ is not None:
        error = error.__cause__
    place = None
    for frame, line in levels(error.__traceback__):
        if is_users(frame.f_code.co_filename):
            place = Place(frame.f_code.co_filename, line)
    return place
