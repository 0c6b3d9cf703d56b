"""Real runs of small programs, under each Python that there is on this machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

import pytest

from trace_lsp.optimizers.steps import StepAnswer, encode_answer
from trace_lsp.runs.configuration import Launch, Limits, ProgramLaunch, RunConfiguration
from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Trace
from trace_lsp.runs.wire import Event

PYTHONS = ["3.9", "3.10", "3.11", "3.12", "3.13"]


@lru_cache
def python(version: str) -> Optional[str]:
    """A Python of that version on this machine, if there is one."""
    places = Path.home().joinpath(".pyenv", "versions").glob(f"{version}.*/bin/python")
    on_path = [
        str(Path(folder, f"python{version}")) for folder in os.environ["PATH"].split(os.pathsep)
    ]
    for candidate in [*sorted(map(str, places)), *on_path]:
        asked = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        try:
            said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            continue
        if said.strip() == version:
            return candidate
    return None


def needs(version: str) -> str:
    found = python(version)
    if found is None:
        pytest.skip(f"there is no Python {version} on this machine")
    return found


def traced(
    folder: Path,
    text: str,
    path: str = sys.executable,
    hear: Callable[[Event], object] = id,
    seconds: float = 120.0,
    objective: str = "",
    stdin: str = "",
    launch: Optional[Launch] = None,
    arguments: tuple[str, ...] = (),
) -> Trace:
    """The trace of a run of that text, as ``program.py`` in that folder. Its steps change nothing."""
    program = str(folder / "program.py")
    interpreter = Interpreter(path, sys.version_info[:2], "for this test")
    configuration = RunConfiguration(
        program,
        interpreter,
        str(folder),
        arguments,
        limits=Limits(seconds),
        objective=objective,
        stdin=stdin,
        launch=launch or ProgramLaunch(),
    )
    return asyncio.run(run(configuration, text, on_event=hear, answer_step=_unchanged))


async def _unchanged(request: Any) -> dict[str, Any]:
    return encode_answer(StepAnswer())


def untraced(folder: Path, text: str, path: str = sys.executable) -> str:
    """What ``python program.py`` prints."""
    program = folder / "program.py"
    program.write_text(text, "utf-8")
    done = subprocess.run([path, program], capture_output=True, text=True, check=True, cwd=folder)
    return done.stdout
