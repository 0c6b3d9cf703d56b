"""Which Python runs a program, and why that one."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from trace_lsp.errors import InterpreterMissing
from trace_lsp.runs.layouts import made_for, python_in

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


def find_interpreter(
    workspace: str, setting: str, environment: Mapping[str, str], client: str = ""
) -> Interpreter:
    """The interpreter to run a workspace's programs with; `client` is the one that the editor chose.

    In this order: the editor's, the setting, ``VIRTUAL_ENV``, the workspace's ``.venv`` or
    ``venv``, what a tool made for the project (see `layouts`), the first on ``PATH`` that is new
    enough, the one that runs this. Raises InterpreterMissing if what is named or found, other than
    on ``PATH``, cannot be used: another one would lack what the program needs.
    """
    for named, reason in ((client, "chosen in the editor"), (setting, "from the setting")):
        if named:
            return interpreter_at(named, workspace, reason)
    for path, reason in _environments(workspace, environment):
        return Interpreter(path, _probed(path)[1], reason)
    for name in ("python3", "python"):
        on_path = shutil.which(name, path=environment.get("PATH"))
        with contextlib.suppress(InterpreterMissing):
            if on_path is not None:
                # Behind a version manager's shim, which is slow, stands the interpreter itself.
                return Interpreter(*_probed(on_path), f"{name} on PATH")
    return Interpreter(sys.executable, sys.version_info[:2], "the one that runs trace-lsp")


def interpreter_at(path: str, workspace: str, reason: str) -> Interpreter:
    """The interpreter of that path, from the workspace, or of that name on ``PATH``; ``~`` and
    ``${workspaceFolder}`` have their values. Raises InterpreterMissing."""
    path = _expand(path, workspace)
    return Interpreter(path, _probed(path)[1], reason)


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
        path = python_in(folder) if folder else None
        if path:
            yield path, reason
    yield from made_for(workspace, environment)


def _probed(path: str) -> tuple[str, tuple[int, int]]:
    """The interpreter's own path and version, as it says itself; raises InterpreterMissing if it
    does not answer or is too old. Asked once, until the file is another."""
    stamp = _stamp(path)
    return _ask(path) if stamp is None else _asked(path, stamp)


def _stamp(path: str) -> tuple[int, ...] | None:
    """What changes with the file; None for a script, such as a version manager's shim, which may
    answer as another interpreter the next time."""
    try:
        with open(path, "rb") as opened:
            is_script = opened.read(2) == b"#!"
            status = os.stat(opened.fileno())
    except OSError:
        return None
    return None if is_script else (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _asked(path: str, stamp: tuple[int, ...]) -> tuple[str, tuple[int, int]]:
    return _ask(path)


def _ask(path: str) -> tuple[str, tuple[int, int]]:
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
