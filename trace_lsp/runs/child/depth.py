"""How deep the program may call: as deep as it may without us.

Python's recursion limit counts every frame, ours as well. So the limit is higher by what ours
take: always by those that the program stands on, and inside of bundled functions by one call's
for each that is under way. The program sets, and is told, its own limit.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any, Optional

_EXEC = 0 if sys.version_info >= (3, 12) else 1
"""What Python counts for the `exec` that the program's first frame stands on."""

_CALL = 2 if sys.version_info >= (3, 12) else 4
"""What Python counts for ours in a bundled function's call of another, `Depth.call` included.

It is that of a trainable method; before 3.12 any other call takes one less.
"""

_ROOM = 50
"""For what our own innermost frames do; and before 3.11, Python takes no limit that is nearer."""

_HIGHEST = 2**31 - 1


class Depth:
    """The recursion limit, ours and the program's.

    There is one for all threads, so only the main thread's calls raise it. Bundled functions that
    call each other on another thread go as deep as our frames leave room for.
    """

    def __init__(self) -> None:
        self._set_limit = sys.setrecursionlimit
        self._thread = threading.get_ident()
        self._below = 0
        self._asked = self._limit = self._highest = sys.getrecursionlimit()

    def install(self) -> None:
        """From here on the program, which the caller executes, sets and reads its own limit."""
        self._below = _frames(sys._getframe(1)) + _EXEC
        self._limit = self._asked + self._below
        self._highest = self._most(self._asked)
        self._set_limit(self._limit)
        sys.setrecursionlimit = self.setrecursionlimit
        sys.getrecursionlimit = self.getrecursionlimit

    def getrecursionlimit(self) -> int:
        """The program's recursion limit."""
        return self._asked

    def setrecursionlimit(self, limit: int, /) -> None:
        """Sets the program's recursion limit; raises what Python raises for one that cannot be."""
        if not isinstance(limit, int) or not 0 < limit <= _HIGHEST:
            self._set_limit(limit)
            return
        highest = self._most(limit)
        self._set_limit(min(self._limit - self._asked + limit, highest))
        self._limit += limit - self._asked
        self._asked, self._highest = limit, highest

    def call(
        self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        """What the function returns, called by a bundled function that was called by another."""
        if threading.get_ident() != self._thread:
            return function(*args, **kwargs)
        try:
            self._limit += _CALL
            self._set(self._limit + _ROOM)
            return function(*args, **kwargs)
        finally:
            self._limit -= _CALL
            self._set(self._limit)

    def _set(self, limit: int) -> None:
        try:  # noqa: SIM105  a context manager would take frames, and there may be few left
            self._set_limit(min(limit, self._highest))
        except RecursionError:
            pass  # too near for a lower limit: what is called next, or returns next, sets its own

    def _most(self, asked: int) -> int:
        """The most there may ever be: a call's worth for each frame that the program may have."""
        return min(self._below + _ROOM + asked * (1 + _CALL), _HIGHEST)


def _frames(frame: Optional[FrameType]) -> int:
    """How many frames there are, this one and those below it."""
    count = 0
    while frame is not None:
        count, frame = count + 1, frame.f_back
    return count
