"""The processes that candidates leave: how they are found and ended, wherever they have gone. (Linux)"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Collection

_SUBREAPER = 36  # prctl(2): orphans of this process's children become its own
_PARENT_DEATH = 1  # prctl(2): a signal that comes when the parent dies


class Processes:
    """The children of this process, and theirs.

    Each candidate adopts what its own processes leave, and when it ends the warm process adopts all
    of that. So what the warm process has besides candidates that run is left of one that ended,
    whatever its group and session.
    """

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        self._children = f"/proc/self/task/{os.getpid()}/children"

    def why_not(self) -> str:
        """Why they cannot be watched, "" if they can."""
        try:
            os.close(os.pidfd_open(os.getpid()))
        except (AttributeError, OSError):
            return "Processes cannot be forked safely on this system."
        return ""

    def adopt_orphans(self) -> None:
        """From here on what is left of this process's children becomes its own child."""
        self._prctl(_SUBREAPER, 1)

    def end_with_parent(self) -> None:
        """Has this process end when its parent does."""
        self._prctl(_PARENT_DEATH, signal.SIGKILL)

    def _prctl(self, option: int, value: int) -> None:
        with contextlib.suppress(AttributeError):  # Linux only
            self._library.prctl(option, value, 0, 0, 0)

    def end(self, pid: int) -> None:
        """Ends a child, and its process group, which it may have left."""
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)

    def reap(self, pid: int) -> int:
        """Waits for the end of a child; the signal that ended it, 0 if none did."""
        _, status = os.waitpid(pid, 0)
        return status & 0x7F

    def end_orphans(self, but: Collection[int]) -> None:
        """Ends all children but those, and what they leave in turn."""
        while orphans := [each for each in self._all() if each not in but]:
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            for pid in orphans:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def _all(self) -> list[int]:
        try:
            with open(self._children, "rb", buffering=0) as file:
                return [int(each) for each in file.read().split()]
        except OSError:  # a kernel that does not tell
            return []
