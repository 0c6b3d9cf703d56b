"""Which processes there are, and waiting for something to be so."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

DEADLINE = 30.0
MARK = "TRACE_LSP_TEST"
"""The environment variable by which a test knows every process that it is to blame for."""

T = TypeVar("T")


def until(found: Callable[[], T], what: str = "what was waited for") -> T:
    """The first thing found that is true; fails at the deadline."""
    end = time.monotonic() + DEADLINE
    while not (thing := found()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.01)  # only so as not to keep the processor from what is waited for
    return thing


def marked(mark: str) -> set[int]:
    """The processes that have the mark in their environment; zombies have none."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    wanted = f"{MARK}={mark}".encode()
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in path.read_bytes().split(b"\0"):
                found.add(int(path.parent.name))
        except OSError:
            continue  # it ended meanwhile, or is not ours
    return found


def none_left(mark: str, but: int = 0) -> None:
    """Waits until no marked process is there, but for that one."""
    until(lambda: marked(mark) <= {but}, f"the end of {marked(mark) - {but}}")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A zombie has ended, though nobody has asked after it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def pids_in(file: Path) -> list[int]:
    """The process ids that a program wrote, as soon as it has."""
    until(file.exists, f"{file.name}")
    return [int(each) for each in file.read_text().split()]
