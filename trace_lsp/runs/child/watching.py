"""What a program does to the world around it, seen through an audit hook. (PEP 578)

It sees what Python itself does: files opened for writing, removed or renamed, hosts and programs.
It is a seat belt against mistakes, not a sandbox: what a library does in C, or somebody does on
purpose, may pass it by.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from typing import Any, Optional

from trace_lsp.runs.wire import Action

MOST = 1_000
"""Different actions that are told of."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_NUMBERS = re.compile(r"\d{4,}")
_HARMLESS = ("/dev/null/", "/dev/tty/", "/dev/stdout/", "/dev/stderr/", "/dev/fd/", "/dev/pts/")
_CACHE = f"{os.sep}__pycache__{os.sep}"


class Stopped(PermissionError):
    """A candidate was about to do what the program itself does not do."""


class Watch:
    """Notes what is done, each thing once, and tells of it: what it is, and whether it was stopped.

    With `allowed` anything else is stopped: it raises `Stopped`, which the program may swallow; it
    does not happen all the same.
    """

    def __init__(
        self,
        on_action: Callable[[Action, bool], None],
        allowed: Optional[Collection[Action]] = None,
    ) -> None:
        self._on_action = on_action
        self._allowed = allowed
        self._seen: set[Action] = set()
        self._temporary = tuple(
            os.path.join(os.path.realpath(folder), "")
            for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm")  # noqa: S108
        )
        self._process = 0

    def install(self) -> None:
        """Watches this process from here on; a hook cannot be taken away again."""
        self._process = os.getpid()
        events = _EVENTS

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            # Nearly all events are none of ours: each of the engine's nodes makes two.
            if event in events:
                self._hear(event, arguments)

        sys.addaudithook(hook)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        action = _EVENTS[event](self, *arguments)
        if action is not None:
            self._note(action)

    def _note(self, action: Action) -> None:
        is_stopped = self._allowed is not None and action not in self._allowed
        if action not in self._seen and len(self._seen) < MOST and os.getpid() == self._process:
            self._seen.add(action)
            self._on_action(action, is_stopped)
        if is_stopped:
            verb, what = action
            raise Stopped(f"A candidate may not {verb} {what}: the program itself does not.")

    # Events, each as the action that it is; None for what may always be done

    def _opened(self, path: Any, mode: Any, flags: Any) -> Optional[Action]:
        is_writing = any(each in (mode or "") for each in "wax+") or (
            isinstance(flags, int) and bool(flags & _WRITING)
        )
        return self._changed(path) if is_writing else None

    def _changed(self, path: Any, *more: Any) -> Optional[Action]:
        folder = next((each for each in more if isinstance(each, int) and each >= 0), None)
        place = self._place(path, folder)
        return None if place is None else ("write", place)

    def _renamed(
        self, path: Any, other: Any, folder: Any = None, other_folder: Any = None
    ) -> Optional[Action]:
        return self._changed(other, other_folder) or self._changed(path, folder)

    def _place(self, path: Any, folder: Optional[int] = None) -> Optional[str]:
        """The path as it is known by, None for what is temporary or no file."""
        if isinstance(path, int) or path is None:
            return None
        name = os.fsdecode(path)
        if folder is not None and not os.path.isabs(name):
            name = os.path.join(os.path.realpath(f"/proc/self/fd/{folder}"), name)
        real = os.path.realpath(name)
        is_temporary = os.path.join(real, "").startswith((*self._temporary, *_HARMLESS))
        if is_temporary or _CACHE in real:
            return None
        around, own = os.path.split(real)
        # What is named after the day or the process has another name tomorrow.
        return os.path.join(around, _NUMBERS.sub("#", own))

    def _database(self, name: Any) -> Optional[Action]:
        return None if name in (":memory:", "") else self._changed(name)

    def _started(self, program: Any, *more: Any) -> Optional[Action]:
        name = os.fsdecode(program) if isinstance(program, (str, bytes, os.PathLike)) else ""
        return ("start", name or "another program")

    def _ran(self, command: Any) -> Optional[Action]:
        return ("run", os.fsdecode(command)[:200])

    def _connected(self, socket: Any, address: Any) -> Optional[Action]:
        if isinstance(address, tuple) and len(address) >= 2:
            return ("connect to", f"{address[0]}:{address[1]}")
        return None if isinstance(address, (str, bytes)) else ("connect to", "a socket")

    def _looked_up(self, host: Any, *more: Any) -> Optional[Action]:
        name = host.decode("utf-8", "replace") if isinstance(host, bytes) else str(host or "")
        return ("look up", name) if name else None

    def _killed(self, pid: Any, *more: Any) -> Optional[Action]:
        return None if pid in (os.getpid(), 0) else ("send signals to", "another process")


_EVENTS: Mapping[str, Callable[..., Optional[Action]]] = {
    "open": Watch._opened,
    "os.remove": Watch._changed,
    "os.rmdir": Watch._changed,
    "os.mkdir": lambda watch, path, mode, folder: watch._changed(path, folder),
    "os.truncate": lambda watch, path, length: watch._changed(path),
    "os.chmod": lambda watch, path, mode, folder: watch._changed(path, folder),
    "os.rename": Watch._renamed,
    "os.link": Watch._renamed,
    "os.symlink": lambda watch, source, other, folder: watch._changed(other, folder),
    "shutil.rmtree": Watch._changed,
    "sqlite3.connect": Watch._database,
    "subprocess.Popen": Watch._started,
    "os.exec": Watch._started,
    "os.posix_spawn": Watch._started,
    "os.spawn": lambda watch, mode, path, *more: watch._started(path),
    "os.system": Watch._ran,
    "socket.connect": Watch._connected,
    "socket.sendto": Watch._connected,
    "socket.bind": Watch._connected,
    "socket.getaddrinfo": Watch._looked_up,
    "socket.gethostbyname": Watch._looked_up,
    "os.kill": Watch._killed,
    "os.killpg": Watch._killed,
}
