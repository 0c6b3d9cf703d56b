"""What a candidate may do to the world around it: what the program itself did, and nothing else.

The strongest guard that the system has is put in force, and named; none of them is a sandbox.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from typing import Optional

from trace_lsp.runs.child.watching import Watch
from trace_lsp.runs.wire import Action

AUDIT_HOOK = "audit hook"
LANDLOCK = "Landlock"

WORKERS: Action = ("start", "worker processes")
"""What `multiprocessing` does in a way that no audit hook sees."""

_STARTING = ("multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver")
_DEVICES = ("/dev/null", "/dev/tty", "/dev/full", "/dev/zero", "/dev/pts", "/dev/shm")  # noqa: S108


def guard(
    allowed: Optional[Collection[Action]], on_action: Callable[[Action, bool], None]
) -> tuple[str, ...]:
    """Watches what is done from here on; where something is `allowed`, stops all else.

    Returns the names of the guards that are in force: none where everything may be done.
    """
    watch = Watch(on_action, allowed)
    in_force: tuple[str, ...] = ()
    if allowed is not None:
        in_force = (AUDIT_HOOK,)
        if lock(allowed):
            in_force = (AUDIT_HOOK, LANDLOCK)
    watch.install()
    return in_force


def has_workers() -> bool:
    """True if the program has started processes by `multiprocessing` that are no forks of it."""
    return any(name in sys.modules for name in _STARTING)


def lock(allowed: Collection[Action]) -> bool:
    """Lets the kernel bound this process, and all that it starts, for good; False if it cannot."""
    from trace_lsp.runs.child.landlock import restrict  # only candidates need ctypes

    verbs = {verb for verb, _ in allowed}
    may_start = not verbs.isdisjoint(("start", "run"))
    return restrict(_writable(allowed), may_start, "connect to" in verbs)


def _writable(allowed: Collection[Action]) -> Iterator[str]:
    """Temporary folders, and those in which the program itself wrote."""
    yield from dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp"))  # noqa: S108
    yield from _DEVICES
    yield from dict.fromkeys(os.path.dirname(what) for verb, what in allowed if verb == "write")
