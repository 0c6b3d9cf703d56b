"""The command line, as a shell starts it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runs.processes import DEADLINE, MARK, none_left


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def start(folder: Path, *arguments: str, **environment: str) -> tuple[subprocess.Popen[str], str]:
    """`trace-lsp` with these arguments, in the folder; and the mark of what it starts."""
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-m", "trace_lsp", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", **environment, MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
    )
    return process, mark


def trace_lsp(folder: Path, *arguments: str, **environment: str) -> Done:
    """What came of it. Fails if a process is left."""
    process, mark = start(folder, *arguments, **environment)
    out, err = process.communicate(timeout=2 * DEADLINE)
    none_left(mark)
    assert f"{os.sep}trace_lsp{os.sep}" not in err, err  # no frame of ours is shown
    return Done(process.returncode, out, err)


def program(command: str, *arguments: str) -> list[str]:
    """A command that runs a program, with the Python that runs the tests."""
    return [command, "--python", sys.executable, *arguments]
