"""Runs the user's program as `python FILE` would, with the engine listening."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import socket
import sys
from collections.abc import Collection, Sequence
from typing import NoReturn

from trace_lsp import compat
from trace_lsp.runs.child import checks
from trace_lsp.runs.child.channel import Channel, ChannelHost
from trace_lsp.runs.child.depth import Depth
from trace_lsp.runs.child.execution import (
    NOT_PYTHON,
    PROGRAM,
    Ending,
    LaunchRow,
    compiled,
    execute,
    tell,
    text_of_module,
)
from trace_lsp.runs.child.figures import saved_figures
from trace_lsp.runs.child.guard import WORKERS, guard, has_workers
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
    prepare(start.program, start.arguments, start.launch)
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


_COLLECT_AFTER = 50_000
"""Objects made between two runs of the cyclic collector; a graph grows by several a call."""


def prepare(program: str, arguments: Sequence[str], launch: LaunchRow = PROGRAM) -> None:
    """Makes this process what `python PROGRAM ARGUMENTS` is before the first line."""
    # At Python's own threshold, walking the growing graph costs more than recording it.
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
    sys.argv = [program, *arguments]
    by_path = launch[0] in ("program", "function", "notebook")
    sys.path.insert(0, os.path.dirname(os.path.abspath(program)) if by_path else os.getcwd())
    arrange()
    # Output shows up when it is printed, as it does in a terminal.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)


def _ended(start: Start, channel: Channel, depth: Depth) -> Ending:
    """Runs what is wanted, and tells how it ended."""
    if start.launch[0] == "tests":
        from trace_lsp.runs.child.testing import run_tests  # it asks for the user's pytest

        ending = run_tests(start.launch[1:], start.arguments, channel.sender.send, depth)
    elif start.launch[0] == "notebook":
        from trace_lsp.runs.child.notebook import run_notebook

        last = int(start.launch[1])
        ending = run_notebook(start.text, start.program, last, start.objective, depth)
    else:
        ending = _executed(start, depth)
    if ending.error is not None:
        _report(ending.error, channel)
    if ending.objective is not None:
        channel.sender.send(Measured(ending.objective))
    return ending


def _executed(start: Start, depth: Depth) -> Ending:
    program, text = start.program, start.text
    try:
        if start.launch[0] == "module":
            program, text = text_of_module(start.launch[1], program, text)
            sys.argv[0] = program
        code = compiled(text, program)
    except (ImportError, OSError) as error:
        return Ending(1, error)
    except NOT_PYTHON as error:
        return Ending(1, error, parsed=False)
    return execute(code, program, start.objective, depth, start.launch)


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


def _report(error: BaseException, channel: Channel) -> None:
    """The traceback on stderr, and on the wire."""
    text = printed(error)
    channel.sender.send(raised(error, text))
    tell(text)


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the program may have closed or replaced it
            stream.flush()
