"""Runs the user's program as `python FILE` would, with the engine listening."""

from __future__ import annotations

import ast
import builtins
import contextlib
import gc
import io
import linecache
import os
import socket
import sys
from collections.abc import Collection, Sequence
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType
from typing import Any, NoReturn, Optional

from trace_lsp import compat
from trace_lsp.runs.child import checks
from trace_lsp.runs.child.channel import Channel, ChannelHost
from trace_lsp.runs.child.depth import Depth
from trace_lsp.runs.child.figures import saved_figures
from trace_lsp.runs.child.guard import WORKERS, guard, has_workers
from trace_lsp.runs.child.objective import objective_in
from trace_lsp.runs.child.report import printed, raised
from trace_lsp.runs.child.surroundings import arrange
from trace_lsp.runs.wire import Checked, Did, Drawn, Ended, Guarded, Imported, Measured, Start, Warm
from trace_lsp.trace.recorder import recorder


def main(descriptor: int) -> NoReturn:
    """Runs what the server says over the wire at that descriptor, and ends the process."""
    os.set_inheritable(descriptor, False)
    channel = Channel(socket.socket(fileno=descriptor))
    start = channel.first_command()
    compat.install()
    if isinstance(start, Warm):
        from trace_lsp.runs.child.candidates import serve

        serve(channel, start)
    assert isinstance(start, Start)
    _run_once(channel, start)


def _run_once(channel: Channel, start: Start) -> NoReturn:
    recorder.host = host = ChannelHost(channel, start.overrides, start.trains)
    channel.open()
    before = set(sys.modules)
    prepare(start.program, start.arguments)
    checks.tell(lambda line, holds: channel.sender.send(Checked(line, holds)))
    in_force = guard(
        start.allowed, lambda action, is_stopped: channel.sender.send(Did(*action, is_stopped))
    )
    if in_force:
        channel.sender.send(Guarded(in_force))
    ending = _ended(start, channel, host.depth)
    figures = () if start.overrides else saved_figures()
    if figures:
        channel.sender.send(Drawn(figures))
    if has_workers():
        channel.sender.send(Did(*WORKERS))
    _flush_streams()
    channel.sender.send(Imported(modules_outside(before, os.path.dirname(start.program))))
    channel.sender.send(Ended(ending.code, ending.parsed))
    channel.sender.finish()
    sys.exit(ending.code)


class Ending:
    """How the program ended: the code that its interpreter would end with, the exception that was
    the reason, whether its text was Python, and the number it was to be judged by."""

    def __init__(
        self,
        code: int = 0,
        error: Optional[BaseException] = None,
        parsed: bool = True,
        objective: Optional[float] = None,
    ) -> None:
        self.code = code
        self.error = error
        self.parsed = parsed
        self.objective = objective


NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What compiling a text that is not Python raises."""

_COLLECT_AFTER = 50_000
"""Objects made between two runs of the cyclic collector; a graph grows by several a call."""


def prepare(program: str, arguments: Sequence[str]) -> None:
    """Makes this process what `python PROGRAM ARGUMENTS` is before the first line."""
    # At Python's own threshold, walking the growing graph costs more than recording it.
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
    sys.argv = [program, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.abspath(program)))
    arrange()
    # Output shows up when it is printed, as it does in a terminal.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)


def _ended(start: Start, channel: Channel, depth: Depth) -> Ending:
    """Runs the program, and tells how it ended."""
    try:
        code = compiled(start.text, start.program)
    except NOT_PYTHON as error:
        ending = Ending(1, error, parsed=False)
    else:
        ending = execute(code, start.program, start.objective, depth)
    if ending.error is not None:
        _report(ending.error, channel)
    if ending.objective is not None:
        channel.sender.send(Measured(ending.objective))
    return ending


def compiled(text: str, program: str) -> CodeType:
    """The program's code, with its checks told of; raises one of `NOT_PYTHON`.

    Tracebacks and `inspect` show the text from here on, which the file may not hold yet.
    """
    lines = io.StringIO(text, newline=None).readlines()
    linecache.cache[program] = (len(text), None, lines, program)
    source: Any = text
    try:
        if "assert" in text:
            source = checks.with_checks(ast.parse(text, program))
        # Not this file's own future imports: the program has its own.
        return compile(source, program, "exec", dont_inherit=True)
    except SyntaxError as error:
        if error.lineno is not None:
            # Python looks the line up on disk, where another text may stand.
            error.text = linecache.getline(program, error.lineno) or error.text
        raise


def execute(code: CodeType, program: str, objective: str, depth: Depth) -> Ending:
    """Runs the code as the program's main module. `objective` names a number of it, "" for none."""
    module = _main_module(program)
    depth.install()
    try:
        exec(code, module.__dict__)  # noqa: S102  this is what the process is for
    except SystemExit as stop:
        return Ending(_exit_code(stop.code))
    except BaseException as error:  # noqa: BLE001  the program may end by anything
        return Ending(130 if isinstance(error, KeyboardInterrupt) else 1, error)
    return Ending(objective=objective_in(module.__dict__, objective) if objective else None)


def modules_outside(before: Collection[str], folder: str) -> tuple[str, ...]:
    """The modules that were imported since, but for those of the program's own folder."""
    inside = os.path.join(os.path.realpath(folder), "")
    names = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name in before or name in _MAIN or not isinstance(file, str):
            continue
        if not os.path.realpath(file).startswith(inside) or _is_installed(file):
            names.append(name)
    return tuple(names)


_MAIN = ("__main__", "__mp_main__")


def _is_installed(file: str) -> bool:
    """True for what lies in an environment, which may itself lie in the program's folder."""
    return f"{os.sep}site-packages{os.sep}" in file


def _main_module(program: str) -> ModuleType:
    module = ModuleType("__main__")
    module.__file__ = program
    module.__loader__ = SourceFileLoader("__main__", program)
    module.__dict__.update(__annotations__={}, __cached__=None)
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
