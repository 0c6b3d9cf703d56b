"""The warm process: it has imported what the program needs, and is forked for each candidate.

It is single-threaded, because a lock that another thread holds would stay locked in the fork. It
reads `Try`s from the wire, forks, and says `Tried` when the fork has ended and nothing of its
process group is left.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
import threading
import time
import warnings
from dataclasses import dataclass
from types import CodeType
from typing import NoReturn, Optional

from trace_lsp.runs.child.candidate import run_candidate
from trace_lsp.runs.child.channel import Channel
from trace_lsp.runs.child.execution import NOT_PYTHON, compiled
from trace_lsp.runs.child.program import prepare
from trace_lsp.runs.lines import decode_command, encode_event
from trace_lsp.runs.wire import Ready, Tried, Try, Warm
from trace_lsp.trace.definitions import read_ahead

_CHUNK = 1 << 16
_SUBREAPER = 36  # prctl(2): orphans of this process's children become its own
_PARENT_DEATH = 1  # prctl(2): a signal that comes when the parent dies


def serve(channel: Channel, warm: Warm) -> NoReturn:
    """Answers the server's tries until it goes."""
    _prctl(_SUBREAPER, 1)
    prepare(warm.program, warm.arguments)
    for name in warm.modules:
        _import(name)
    try:
        code: Optional[CodeType] = compiled(warm.text, warm.program)
    except NOT_PYTHON:
        code = None
    read_ahead(warm.program)
    gc.collect()
    gc.freeze()  # so that forks share these objects' memory
    try:
        _WarmProcess(channel.wire, warm, code).serve()
    finally:
        os._exit(0)


def _import(name: str) -> None:
    # A program may have prepared something before it imported this. Then it imports it itself.
    with contextlib.suppress(BaseException), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(name)


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):  # Linux only
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


@dataclass
class _Fork:
    """A candidate that runs: its process, what it has told, when it must be over."""

    number: int
    pid: int
    told: bytearray
    deadline: float
    is_late: bool = False


class _WarmProcess:
    def __init__(self, wire: socket.socket, warm: Warm, code: Optional[CodeType]) -> None:
        self._wire = wire
        self._warm = warm
        self._code = code
        self._unread = b""
        self._forks: dict[int, _Fork] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(wire, selectors.EVENT_READ)

    def serve(self) -> None:
        self._say(Ready(self._why_not()))
        while True:
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj is self._wire:
                    if not self._read_commands():
                        self._end_all()
                        return
                else:
                    self._read_fork(key.fd)
            self._end_late()

    def _why_not(self) -> str:
        if self._code is None:
            return "The program's text is not Python."
        if not hasattr(os, "fork") or sys.platform == "darwin":
            return "Processes cannot be forked safely on this system."
        count = threading.active_count() - 1
        if count:
            return f"What the program imports has started {count} threads."
        return ""

    def _patience(self) -> Optional[float]:
        """Seconds until the next candidate is late."""
        deadlines = [each.deadline for each in self._forks.values() if not each.is_late]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _say(self, event: Ready | Tried) -> None:
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
        pid = os.fork()
        if pid == 0:
            self._become(asked, writing)
        os.close(writing)
        with contextlib.suppress(OSError):  # it does so itself, too: whoever comes first
            os.setpgid(pid, pid)
        self._selector.register(reading, selectors.EVENT_READ)
        self._forks[reading] = _Fork(asked.number, pid, bytearray(), time.monotonic() + asked.wall)

    def _become(self, asked: Try, writing: int) -> NoReturn:
        """The forked process, from its first moment to its last."""
        code = 1
        try:
            os.setpgid(0, 0)
            _prctl(_PARENT_DEATH, signal.SIGKILL)
            self._wire.close()
            for reading in self._forks:
                os.close(reading)
            assert self._code is not None
            run_candidate(self._warm, asked, self._code, writing)
            code = 0
        finally:
            os._exit(code)

    def _read_fork(self, reading: int) -> None:
        chunk = os.read(reading, _CHUNK)
        fork = self._forks[reading]
        if chunk:
            fork.told += chunk
            return
        self._selector.unregister(reading)
        os.close(reading)
        del self._forks[reading]
        ended_by = _ended(fork.pid)
        rows = bytes(fork.told).decode("utf-8", "replace")
        self._say(Tried(fork.number, rows, ended_by, fork.is_late))

    def _end_late(self) -> None:
        now = time.monotonic()
        for fork in self._forks.values():
            if fork.deadline <= now and not fork.is_late:
                fork.is_late = True
                _kill(fork.pid)

    def _end_all(self) -> None:
        for fork in self._forks.values():
            _ended(fork.pid)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _ended(pid: int) -> int:
    """Ends what is left of a process's group, and reaps it; returns the signal that ended the
    process itself, 0 if none did."""
    # It may have closed its end of the pipe, and go on.
    with contextlib.suppress(ChildProcessError):
        done, status = os.waitpid(pid, os.WNOHANG)
        if not done:
            _kill(pid)
            _, status = os.waitpid(pid, 0)
    _kill(pid)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-pid, 0)[0]:
            pass
    return status & 0x7F
