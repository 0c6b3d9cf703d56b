"""Runs the user's program as `python FILE` would, with the engine listening."""

from __future__ import annotations

import builtins
import contextlib
import gc
import io
import linecache
import os
import socket
import sys
import traceback
from types import ModuleType
from typing import Any, NoReturn, Optional

from trace_lsp import compat
from trace_lsp.runs.child.channel import Channel, ChannelHost
from trace_lsp.runs.wire import Ended, Raised, Start
from trace_lsp.trace.failures import ExecutionError, is_engine, is_users, levels
from trace_lsp.trace.graph import Failure, Place
from trace_lsp.trace.recorder import recorder


def main(descriptor: int) -> NoReturn:
    """Runs what the server says over the wire at that descriptor, and ends the process."""
    os.set_inheritable(descriptor, False)
    channel = Channel(socket.socket(fileno=descriptor))
    start = channel.first_command()
    assert isinstance(start, Start)
    recorder.host = ChannelHost(channel, start.overrides)
    compat.install()
    channel.open()
    _prepare(start)
    code = _run(start, channel)
    _flush_streams()
    channel.send(Ended(code.value, code.parsed))
    sys.exit(code.value)


class _Code:
    def __init__(self, value: int, parsed: bool = True) -> None:
        self.value = value
        self.parsed = parsed


_COLLECT_AFTER = 50_000
"""Objects made between two runs of the cyclic collector; a graph grows by several a call."""


def _prepare(start: Start) -> None:
    # At Python's own threshold, walking the growing graph costs more than recording it.
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
    sys.argv = [start.program, *start.arguments]
    sys.path.insert(0, os.path.dirname(os.path.abspath(start.program)))
    # Output shows up when it is printed, as it does in a terminal.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)


def _run(start: Start, channel: Channel) -> _Code:
    """The exit code that the interpreter would end with."""
    _show_lines(start)
    try:
        # Not this file's own future imports: the program has its own.
        code = compile(start.text, start.program, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, SyntaxError) and error.lineno is not None:
            # Python looks the line up on disk, where another text may stand.
            error.text = linecache.getline(start.program, error.lineno) or error.text
        _report(error, channel)
        return _Code(1, parsed=False)
    module = _main_module(start.program)
    try:
        exec(code, module.__dict__)  # noqa: S102  this is what the process is for
    except SystemExit as stop:
        return _Code(_exit_code(stop.code))
    except BaseException as error:  # noqa: BLE001  the program may end by anything
        _report(error, channel)
        return _Code(130 if isinstance(error, KeyboardInterrupt) else 1)
    return _Code(0)


def _show_lines(start: Start) -> None:
    """Tracebacks and `inspect` show the text that runs, which the file may not hold yet."""
    lines = io.StringIO(start.text, newline=None).readlines()
    linecache.cache[start.program] = (len(start.text), None, lines, start.program)


def _main_module(program: str) -> ModuleType:
    module = ModuleType("__main__")
    module.__file__ = program
    module.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = module
    return module


def _exit_code(code: Any) -> int:
    """What `sys.exit(code)` makes the interpreter end with."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    _tell(f"{code}\n")
    return 1


def _tell(text: str) -> None:
    """Writes to stderr, unless the program put something in its place that takes no text."""
    with contextlib.suppress(Exception):
        sys.stderr.write(text)


def _report(error: BaseException, channel: Channel) -> None:
    """The traceback on stderr, as the interpreter prints it but without our frames; and on the
    wire."""
    text = "".join(traceback.format_exception(type(error), error, _without_ours(error)))
    channel.send(Raised(_failure(error, text)))
    _tell(text)


def _without_ours(error: BaseException) -> Any:
    """The traceback from the user's first frame on; each chained error loses ours as well."""
    chained = error.__cause__ or error.__context__
    if chained is not None:
        chained.__traceback__ = _without_ours(chained)
    return _filtered(error.__traceback__)


def _filtered(found: Any) -> Any:
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


def _failure(error: BaseException, text: str) -> Failure:
    node = None
    if isinstance(error, ExecutionError):
        node = error.exception_node._serial
    kind = type(error).__name__
    message = str(error)
    if isinstance(error, ExecutionError):
        message = str(error.exception_node._data)
    elif isinstance(error, SyntaxError):
        message = str(error.msg)  # where it is, is told by its place
    return Failure(kind, message, text, _place(error), node)


def _place(error: BaseException) -> Optional[Place]:
    """The innermost line of the user's that the error went through."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return Place(error.filename, error.lineno or 1)
    if isinstance(error, ExecutionError) and error.__cause__ is not None:
        error = error.__cause__
    place = None
    for frame, line in levels(error.__traceback__):
        if is_users(frame.f_code.co_filename):
            place = Place(frame.f_code.co_filename, line)
    return place


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the program may have closed or replaced it
            stream.flush()
