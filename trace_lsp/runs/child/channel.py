"""The child's end of the wire."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import threading
from typing import Any, Optional

from trace_lsp import errors
from trace_lsp.runs.wire import (
    Command,
    Event,
    EventWriter,
    FeedbackGiven,
    Recorded,
    StepAnswered,
    StepAsked,
    Updated,
    decode_command,
)
from trace_lsp.trace.graph import NodeRecord, Output
from trace_lsp.trace.nodes import Node, ParameterNode
from trace_lsp.trace.records import record

BATCH = 256
"""Nodes that are sent together."""

FLUSH_SECONDS = 0.05
"""How long a node waits for others at most."""


class Channel:
    """Sends events and waits for answers. Safe to use from any thread.

    Nodes are sent in batches, by a thread of its own when the program makes few of them. When the
    server's end closes, the program has nobody to run for, and its process group ends.
    """

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._reader = wire.makefile("rb")
        self._writer = EventWriter()
        self._pending: list[NodeRecord] = []
        self._lock = threading.RLock()
        self._has_pending = threading.Event()
        self._answers: dict[int, Any] = {}
        self._answered = threading.Condition()
        self._steps = 0
        self._process = os.getpid()

    def first_command(self) -> Command:
        """The server's `Start`."""
        return decode_command(self._reader.readline())

    def open(self) -> None:
        """Starts listening to the server, and sending what is pending now and then."""
        for work in (self._listen, self._flush_regularly):
            threading.Thread(target=work, name="trace-lsp", daemon=True).start()
        atexit.register(self.flush)

    def send(self, event: Event) -> None:
        """Sends an event, after the nodes made before it."""
        if os.getpid() != self._process:
            return  # a fork of the program: it is not traced, and the wire is not its own
        with self._lock:
            lines = self._pending_lines() + self._writer.line(event)
            self._write(lines)

    def flush(self) -> None:
        if os.getpid() == self._process:
            with self._lock:
                self._write(self._pending_lines())

    def add(self, node: NodeRecord) -> None:
        if os.getpid() != self._process:
            return
        with self._lock:
            self._pending.append(node)
            full = len(self._pending) >= BATCH
        if full:
            self.flush()
        elif not self._has_pending.is_set():
            self._has_pending.set()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The server's answer to a step. Blocks until it comes."""
        with self._answered:
            self._steps += 1
            number = self._steps
        self.send(StepAsked(number, request))
        with self._answered:
            while number not in self._answers:
                self._answered.wait()
            answer: dict[str, Any] = self._answers.pop(number)
        return answer

    def _pending_lines(self) -> bytes:
        self._has_pending.clear()
        if not self._pending:
            return b""
        nodes, self._pending = self._pending, []
        return self._writer.line(Recorded(tuple(nodes)))

    def _write(self, lines: bytes) -> None:
        try:
            self._wire.sendall(lines)
        except OSError:
            self._end()

    def _flush_regularly(self) -> None:
        late = threading.Event()
        while True:
            self._has_pending.wait()
            late.wait(FLUSH_SECONDS)
            self.flush()

    def _listen(self) -> None:
        for line in self._reader:
            command = decode_command(line)
            if isinstance(command, StepAnswered):
                with self._answered:
                    self._answers[command.number] = command.answer
                    self._answered.notify_all()
        self._end()

    def _end(self) -> None:
        """The server is gone: nobody is left to end this process group but itself."""
        if os.getpid() != self._process:
            return
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os._exit(1)


class ChannelHost:
    """The engine's host in a run: what is recorded goes to the wire."""

    def __init__(
        self, channel: Channel, overrides: tuple[tuple[str, int, int, str, bool], ...]
    ) -> None:
        self._channel = channel
        self._overrides = overrides

    def on_node(self, node: Node) -> None:
        self._channel.add(record(node))

    def on_backward(self, outputs: list[tuple[Node, str]]) -> None:
        given = tuple(Output(node._serial, feedback) for node, feedback in outputs)
        self._channel.send(FeedbackGiven(given))

    def on_update(self, parameter: ParameterNode) -> None:
        value = parameter._data if parameter.is_code else repr(parameter._data)
        self._channel.send(Updated(parameter._serial, value))

    def step(self, request: dict[str, Any]) -> dict[str, Any]:
        answer = self._channel.ask(request)
        if "error" in answer:
            kind = getattr(errors, str(answer["error"]), errors.ModelError)
            raise kind(answer["message"])
        return answer

    def override(self, file: str, line: int, is_code: bool) -> Optional[str]:
        for overridden, first, last, value, replaces_code in self._overrides:
            if replaces_code == is_code and first <= line <= last and _same_file(file, overridden):
                return value
        return None


def _same_file(one: str, other: str) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)
