"""What the child has to say, on its way to the wire."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any, Union

from trace_lsp.runs.lines import EventWriter
from trace_lsp.runs.wire import Event
from trace_lsp.trace.codec import Row
from trace_lsp.trace.nodes import Node
from trace_lsp.trace.records import LiveEncoder

BATCH = 256
"""Nodes that are sent together."""

LATEST = 0.05
"""Seconds that a node waits for others at most."""

_BACKLOG = 64
"""Batches that may wait to be written, before the program waits for them."""
_PAUSE = 0.001


class Sender:
    """Sends nodes and events, in the order in which they were given. Safe to use from any thread.

    The program's threads make rows and lines, and only a thread of ours writes these to the wire:
    the program may be interrupted anywhere by what a signal handler of its own raises, and half a
    line must never be left behind. For the same reason a lock is only taken by `with`, what is
    taken from a list is taken after it went on, and nothing is waited for that this thread may
    itself be in the middle of.

    A fork of the program sends nothing: the wire is not its own.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._encoder = LiveEncoder()
        self._writer = EventWriter(self._encoder)
        self._pending: list[Union[Row, bytes]] = []
        self._passing_on = threading.Lock()
        self._ready: SimpleQueue[Union[bytes, threading.Event]] = SimpleQueue()
        self._noted: SimpleQueue[None] = SimpleQueue()
        self._process = os.getpid()
        self._writing = 0

    def open(self) -> None:
        """Starts writing what is ready, and passing on what is pending now and then."""
        for work in (self._write_what_is_ready, self._pass_on_regularly):
            threading.Thread(target=work, name="trace-lsp", daemon=True).start()

    def add(self, node: Node) -> None:
        """Sends the node as it is now, together with others."""
        self._pending.append(self._encoder.live_row(node))
        if self._noted.empty():
            self._noted.put(None)
        if len(self._pending) >= BATCH:
            self._pass_on_if_free()
            self._wait_for_the_wire()

    def send(self, event: Event) -> None:
        """Sends the event, soon."""
        self._pending.append(self._writer.line(event))
        if self._noted.empty():
            self._noted.put(None)
        self._pass_on_if_free()

    def finish(self) -> None:
        """Waits until all that was given is written."""
        if os.getpid() != self._process:
            return
        with self._passing_on:
            self._pass_on()
        written = threading.Event()
        self._ready.put(written)
        written.wait()

    def _wait_for_the_wire(self) -> None:
        """Lets the program make no more than can be written."""
        # The garbage collector may run the program's code on the writing thread, too.
        while self._ready.qsize() > _BACKLOG and threading.get_ident() != self._writing:
            time.sleep(_PAUSE)

    def _pass_on_if_free(self) -> None:
        if os.getpid() != self._process:
            self._pending.clear()
        elif not self._passing_on.locked():
            with self._passing_on:
                self._pass_on()

    def _pass_on(self) -> None:
        pending = self._pending[:]
        if pending:
            self._ready.put(b"".join(self._lines(pending)))
            del self._pending[: len(pending)]
            self._writer.sent()

    def _lines(self, pending: list[Union[Row, bytes]]) -> Iterator[bytes]:
        for kind, group in itertools.groupby(pending, type):
            if kind is bytes:
                yield from group  # type: ignore[misc]
            else:
                yield self._writer.recorded(list(group))

    def _pass_on_regularly(self) -> None:
        """Passes on what came after the last note, and waits for the next."""
        while True:
            self._noted.get()
            time.sleep(LATEST)
            with self._passing_on:
                self._pass_on()

    def _write_what_is_ready(self) -> None:
        self._writing = threading.get_ident()
        while True:
            ready: list[Any] = [self._ready.get()]
            ready += [self._ready.get() for _ in range(self._ready.qsize())]
            self._write(b"".join(each for each in ready if isinstance(each, bytes)))
            for each in ready:
                if isinstance(each, threading.Event):
                    each.set()
