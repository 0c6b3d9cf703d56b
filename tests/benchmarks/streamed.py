"""This engine in a traced run: a real child process, and a reader at the other end of its wire."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from pathlib import Path
from typing import Any

from turns import Failed

from trace_lsp.runs.configuration import Limits, RunConfiguration
from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Trace

FOLDER = Path(__file__).parent
WORK = """
from works import WORKS

prepare, do = WORKS[{work!r}]
held = do(prepare({size}))
"""
CALL = """
import json

import {module}

print(json.dumps({module}.{function}(**{arguments!r})))
"""


def work_seconds(work: str, size: int) -> float:
    """Seconds of CPU time of the child for each of the work's size, its events sent; or Failed.

    It is the time of the whole process, from its start to its end, less that of one whose work
    has no size.
    """
    empty, _ = _seconds(WORK.format(work=work, size=0))
    whole, trace = _seconds(WORK.format(work=work, size=size))
    if len(trace.nodes) < size:
        raise Failed(f"{len(trace.nodes):,} nodes came over the wire, and not {size:,}")
    return (whole - empty) / size


def called(module: str, function: str, **arguments: Any) -> Any:
    """What a function of these benchmarks returns in a traced run; raises Failed."""
    text = CALL.format(module=module, function=function, arguments=arguments)
    return json.loads(_run(text).output)


def _seconds(text: str) -> tuple[float, Trace]:
    before = _of_children()
    trace = _run(text)
    return _of_children() - before, trace


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(text: str) -> Trace:
    interpreter = Interpreter(sys.executable, sys.version_info[:2], "the one that runs this")
    # The text is what runs: there is no such file, but its folder is where it imports from.
    program = str(FOLDER / "program.py")
    configuration = RunConfiguration(program, interpreter, str(FOLDER), limits=Limits(120.0))
    trace = asyncio.run(run(configuration, text, on_event=_hear, answer_step=_no_step))
    if trace.outcome.kind != "finished":
        raise Failed(trace.outcome.message)
    return trace


def _hear(event: object) -> None:
    """The run keeps what comes; nobody else needs it."""


async def _no_step(request: object) -> dict[str, Any]:
    raise Failed("nothing here asks for a step")
