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
from types import ModuleType
from typing import Any, NoReturn

from trace_lsp import compat
from trace_lsp.runs.child.channel import Channel, ChannelHost
from trace_lsp.runs.child.report import printed, raised
from trace_lsp.runs.wire import Ended, Start
from trace_lsp.trace.recorder import recorder


def main(descriptor: int) -> NoReturn:
    """Runs what the server says over the wire at that descriptor, and ends the process."""
    os.set_inheritable(descriptor, False)
    channel = Channel(socket.socket(fileno=descriptor))
    start = channel.first_command()
    assert isinstance(start, Start)
    recorder.host = host = ChannelHost(channel, start.overrides)
    compat.install()
    channel.open()
    _prepare(start)
    host.depth.install()
    code = _run(start, channel)
    _flush_streams()
    channel.sender.send(Ended(code.value, code.parsed))
    channel.sender.finish()
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
    """The traceback on stderr, and on the wire."""
    text = printed(error)
    channel.sender.send(raised(error, text))
    _tell(text)


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the program may have closed or replaced it
            stream.flush()
