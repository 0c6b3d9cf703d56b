"""Which Python runs a program, and why that one."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from trace_lsp.errors import InterpreterMissing

OLDEST = (3, 9)
# Python 2 has to understand it, too.
_PROBE = "import sys; print('%d %d %s' % (sys.version_info[:2] + (sys.executable,)))"
_PROBE_SECONDS = 20


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter: its path, its version, and why it was taken."""

    path: str
    version: tuple[int, int]
    reason: str


def find_interpreter(workspace: str, setting: str, environment: Mapping[str, str]) -> Interpreter:
    """The interpreter to run a workspace's programs with.

    In this order: the setting, ``VIRTUAL_ENV``, the workspace's ``.venv`` or ``venv``, the first on
    ``PATH`` that is new enough, the one that runs this. Raises InterpreterMissing if what the
    setting or an environment names cannot be used: another one would lack what the program needs.
    """
    if setting:
        path = _expand(setting, workspace)
        return Interpreter(path, _probed(path)[1], "from the setting")
    for path, reason in _environments(workspace, environment):
        return Interpreter(path, _probed(path)[1], reason)
    for name in ("python3", "python"):
        on_path = shutil.which(name, path=environment.get("PATH"))
        with contextlib.suppress(InterpreterMissing):
            if on_path is not None:
                # Behind a version manager's shim, which is slow, stands the interpreter itself.
                return Interpreter(*_probed(on_path), f"{name} on PATH")
    return Interpreter(sys.executable, sys.version_info[:2], "the one that runs trace-lsp")


def _expand(path: str, workspace: str) -> str:
    path = os.path.expanduser(path.replace("${workspaceFolder}", workspace))
    if os.sep not in path:
        return shutil.which(path) or path
    return os.path.join(workspace, path)


def _environments(workspace: str, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    places = [(environment.get("VIRTUAL_ENV", ""), "the active virtual environment")]
    places += [
        (str(Path(workspace, name)), f"the workspace's {name}") for name in (".venv", "venv")
    ]
    for folder, reason in places:
        path = _python_of(folder) if folder else None
        if path:
            yield path, reason


def _python_of(folder: str) -> str | None:
    for relative in ("bin/python", "Scripts/python.exe"):
        path = Path(folder, relative)
        if path.is_file():
            return str(path)
    return None


def _probed(path: str) -> tuple[str, tuple[int, int]]:
    """The interpreter's own path and version, as it says itself; raises InterpreterMissing if it
    does not answer or is too old."""
    try:
        answer = subprocess.run(  # noqa: S603  an interpreter that the person chose
            [path, "-E", "-s", "-S", "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            stdin=subprocess.DEVNULL,
            check=True,
        )
        major, minor, executable = answer.stdout.strip().split(" ", 2)
        version = int(major), int(minor)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise InterpreterMissing(
            f"{path} cannot run programs: it did not answer as Python does ({error}). "
            "Choose another interpreter with the setting `python`."
        ) from error
    if version < OLDEST:
        raise InterpreterMissing(
            f"{path} is Python {major}.{minor}; 3.9 or newer is needed. "
            "Choose another interpreter with the setting `python`."
        )
    return executable, version
