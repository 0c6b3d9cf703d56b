"""The child's end of the wire."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any, Optional, Union

from trace_lsp import errors
from trace_lsp.runs.child.depth import Depth
from trace_lsp.runs.child.sender import Sender
from trace_lsp.runs.lines import decode_command
from trace_lsp.runs.wire import (
    Command,
    FeedbackGiven,
    ModelAnswered,
    ModelAsked,
    OverrideRow,
    StepAnswered,
    StepAsked,
    Updated,
)
from trace_lsp.trace.graph import Output
from trace_lsp.trace.nodes import Node, ParameterNode
from trace_lsp.trace.values import whole_text


class Channel:
    """Sends events, by its `sender`, and waits for answers. Safe to use from any thread.

    When the server's end closes, the program has nobody to run for, and its process group ends.
    """

    def __init__(self, wire: socket.socket) -> None:
        self.wire = wire
        self._reader = wire.makefile("rb")
        self.sender = Sender(self._write)
        self._answers: dict[int, Any] = {}
        self._answered = threading.Condition()
        self._asked = 0
        self._process = os.getpid()

    def first_command(self) -> Command:
        """The server's `Start`."""
        return decode_command(self._reader.readline())

    def open(self) -> None:
        """Starts listening to the server, and sending."""
        self.sender.open()
        threading.Thread(target=self._listen, name="trace-lsp", daemon=True).start()
        atexit.register(self.sender.finish)

    def ask(
        self, kind: type[Union[StepAsked, ModelAsked]], request: dict[str, Any]
    ) -> dict[str, Any]:
        """The server's answer to a step, or to a question for its model. Blocks until it comes.

        Raises RunError in a fork of the program, which the server does not hear.
        """
        if os.getpid() != self._process:
            raise errors.RunError(
                "A model is asked by the program's own process. This one was forked from it: "
                "ask before the fork, or use threads."
            )
        with self._answered:
            self._asked += 1
            number = self._asked
        self.sender.send(kind(number, request))
        with self._answered:
            while number not in self._answers:
                self._answered.wait()
            answer: dict[str, Any] = self._answers.pop(number)
        return answer

    def _write(self, lines: bytes) -> None:
        try:
            self.wire.sendall(lines)
        except OSError:
            self._end()

    def _listen(self) -> None:
        for line in self._reader:
            command = decode_command(line)
            if isinstance(command, (StepAnswered, ModelAnswered)):
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

    def __init__(self, channel: Channel, overrides: tuple[OverrideRow, ...], trains: bool) -> None:
        self.trains = trains
        self._channel = channel
        self._overrides = overrides
        self.depth = Depth()
        self.on_node: Callable[[Node], None] = channel.sender.add
        self.call = self.depth.call

    def on_backward(self, outputs: list[tuple[Node, str]]) -> None:
        given = tuple(Output(node._serial, feedback) for node, feedback in outputs)
        self._channel.sender.send(FeedbackGiven(given))

    def on_update(self, parameter: ParameterNode) -> None:
        data = parameter._data
        value = data if parameter.is_code else _literal(data)
        self._channel.sender.send(Updated(parameter._serial, value))

    def step(self, request: dict[str, Any]) -> dict[str, Any]:
        return _answer(self._channel.ask(StepAsked, request))

    def ask_model(self, request: dict[str, Any]) -> dict[str, Any]:
        return _answer(self._channel.ask(ModelAsked, request))

    def override(self, file: str, line: int, is_code: bool) -> Optional[str]:
        return overridden(self._overrides, file, line, is_code)


def overridden(
    overrides: tuple[OverrideRow, ...], file: str, line: int, is_code: bool
) -> Optional[str]:
    """The value that takes the place of what is made at that line, None to keep it."""
    for other, first, last, value, replaces_code in overrides:
        if replaces_code == is_code and first <= line <= last and _same_file(file, other):
            return value
    return None


def _literal(data: Any) -> str:
    """The value as a literal, as far as it has one."""
    return repr(data) if type(data) is str else whole_text(data)


def _answer(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer; raises the error if it is one."""
    if "error" not in answer:
        return answer
    kind = getattr(errors, str(answer["error"]), errors.ModelError)
    if issubclass(kind, errors.ModelError):
        raise kind(answer["message"], answer.get("retry_after"))
    raise kind(answer["message"])


def _same_file(one: str, other: str) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)
