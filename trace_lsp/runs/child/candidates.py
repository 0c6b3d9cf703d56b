"""The warm process: it has imported what the program needs, and is forked for each candidate.

It is single-threaded, because a lock that another thread holds would stay locked in the fork. It
reads `Try`s from the wire, forks, and says `Tried` when the fork has ended and nothing that it
started is left.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import NoReturn, Optional, Union

from trace_lsp.runs.child.candidate import Prepared, run_candidate
from trace_lsp.runs.child.channel import Channel
from trace_lsp.runs.child.preparing import prepared
from trace_lsp.runs.child.processes import Processes
from trace_lsp.runs.lines import decode_command, encode_event
from trace_lsp.runs.wire import Ready, Tried, Try, Warm

_CHUNK = 1 << 16
_HIGH = 512
"""From here on descriptors are looked for that a program does not come by, even if it closes all
that it finds and opens others."""


def serve(channel: Channel, warm: Warm) -> NoReturn:
    """Answers the server's tries until it goes."""
    try:
        processes = Processes()
        processes.adopt_orphans()
        _WarmProcess(channel.wire, prepared(warm), processes).serve()
    finally:
        os._exit(0)


@dataclass
class _Fork:
    """A candidate that runs: its number, its process and the descriptor that tells of its end, what
    it has told and where that is read, and when it must be over."""

    number: int
    pid: int
    process: int
    reading: int
    deadline: float
    told: bytearray = field(default_factory=bytearray)
    is_late: bool = False


class _WarmProcess:
    def __init__(
        self, wire: socket.socket, prepared: Optional[Prepared], processes: Processes
    ) -> None:
        self._wire = wire
        self._prepared = prepared
        self._processes = processes
        self._unread = b""
        self._forks: dict[int, _Fork] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(wire, selectors.EVENT_READ)

    def serve(self) -> None:
        self._say(Ready(self._why_not()))
        while True:
            for key, _ in self._selector.select(self._patience()):
                fork: Optional[_Fork] = key.data
                if fork is None:
                    if not self._read_commands():
                        self._end_all()
                        return
                elif key.fd == fork.process:
                    self._finish(fork)
                elif fork.pid in self._forks:
                    self._read_fork(fork)
            self._end_late()

    def _why_not(self) -> str:
        if self._prepared is None:
            return "The program's text is not Python."
        if sys.platform != "linux":
            return "Processes cannot be forked safely on this system."
        count = threading.active_count() - 1
        if count:
            return f"What the program imports has started {count} threads."
        return self._processes.why_not()

    def _patience(self) -> Optional[float]:
        """Seconds until the next candidate is late."""
        deadlines = [each.deadline for each in self._forks.values() if not each.is_late]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _say(self, event: Union[Ready, Tried]) -> None:
        with contextlib.suppress(OSError):  # the server is gone: the next read says so
            self._wire.sendall(encode_event(event))

    def _read_commands(self) -> bool:
        """Starts what is asked for; False if the server is gone."""
        try:
            chunk = self._wire.recv(_CHUNK)
        except OSError:
            return False
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        for line in lines:
            command = decode_command(line)
            assert isinstance(command, Try)
            self._start(command)
        return bool(chunk)

    def _start(self, asked: Try) -> None:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        pid = os.fork()
        if pid == 0:
            self._become(asked, writing)
        os.close(writing)
        with contextlib.suppress(OSError):  # it does so itself, too: whoever comes first
            os.setpgid(pid, pid)
        process = os.pidfd_open(pid)
        deadline = time.monotonic() + asked.wall
        fork = self._forks[pid] = _Fork(asked.number, pid, process, reading, deadline)
        for descriptor in (reading, process):
            self._selector.register(descriptor, selectors.EVENT_READ, fork)

    def _become(self, asked: Try, writing: int) -> NoReturn:
        """The forked process, from its first moment to its last."""
        code = 1
        try:
            os.setpgid(0, 0)
            self._processes.end_with_parent()
            self._processes.adopt_orphans()
            self._wire.close()
            for fork in self._forks.values():
                os.close(fork.reading)
                os.close(fork.process)
            assert self._prepared is not None
            run_candidate(self._prepared, asked, _moved_up(writing))
            code = 0
        finally:
            os._exit(code)

    def _read_fork(self, fork: _Fork) -> None:
        """Takes what it has told, as far as it is there."""
        with contextlib.suppress(BlockingIOError, KeyError):
            while chunk := os.read(fork.reading, _CHUNK):
                fork.told += chunk
            self._selector.unregister(fork.reading)

    def _finish(self, fork: _Fork) -> None:
        """The candidate's own process has ended: what else there is of it ends here."""
        self._processes.end(fork.pid)
        ended_by = self._processes.reap(fork.pid)
        del self._forks[fork.pid]
        self._processes.end_orphans(but=self._forks)
        self._read_fork(fork)
        for descriptor in (fork.reading, fork.process):
            with contextlib.suppress(KeyError):
                self._selector.unregister(descriptor)
            os.close(descriptor)
        rows = bytes(fork.told).decode("utf-8", "replace")
        self._say(Tried(fork.number, rows, ended_by, fork.is_late))

    def _end_late(self) -> None:
        now = time.monotonic()
        for fork in self._forks.values():
            if fork.deadline <= now and not fork.is_late:
                fork.is_late = True
                self._processes.end(fork.pid)

    def _end_all(self) -> None:
        for pid in self._forks:
            self._processes.end(pid)
            self._processes.reap(pid)
        self._processes.end_orphans(but=())


def _moved_up(descriptor: int) -> int:
    """The descriptor, where it is out of the program's way."""
    try:
        higher = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    except OSError:  # there may not be so many
        return descriptor
    os.close(descriptor)
    return higher
