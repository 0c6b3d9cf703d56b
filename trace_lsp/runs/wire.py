"""The wire between server and child: JSON lines on a socket of its own.

Loaded by both ends, so it uses the standard library alone. The server speaks first, with a
`Start`; then the child says `Event`s, and the server answers each `StepAsked` with a `StepAnswered`,
and each `ModelAsked` with a `ModelAnswered`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional, Union

from trace_lsp.errors import WireError
from trace_lsp.trace.codec import Decoder, Encoder, Row
from trace_lsp.trace.graph import Failure, NodeRecord, Output, Place

VERSION = 2


@dataclass(frozen=True)
class Start:
    """What the child is to run: the program's path and text (the file may hold another version).

    `overrides` are rows of file, line, end line, value, and whether it is code.
    """

    program: str
    text: str
    arguments: tuple[str, ...] = ()
    overrides: tuple[tuple[str, int, int, str, bool], ...] = ()
    version: int = VERSION


@dataclass(frozen=True)
class StepAnswered:
    """The answer to the step of that number: the fields of a `StepAnswer`."""

    number: int
    answer: dict[str, Any]


@dataclass(frozen=True)
class ModelAnswered:
    """The answer to the question of that number: a reply, or an ``error`` with its ``message``."""

    number: int
    answer: dict[str, Any]


@dataclass(frozen=True)
class Recorded:
    """Nodes, in the order in which they were made."""

    nodes: tuple[NodeRecord, ...]


@dataclass(frozen=True)
class FeedbackGiven:
    """The program called `backward`: all outputs with feedback pending now."""

    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Updated:
    """A trainable has a new value."""

    node: int
    value: str


@dataclass(frozen=True)
class StepAsked:
    """The program's optimizer takes a step; the child waits for the answer."""

    number: int
    request: dict[str, Any]


@dataclass(frozen=True)
class ModelAsked:
    """The program asks the run's model; the thread that asks waits for the answer. Steps and
    questions are numbered together."""

    number: int
    request: dict[str, Any]


@dataclass(frozen=True)
class Raised:
    """An exception ends the program."""

    failure: Failure


@dataclass(frozen=True)
class Ended:
    """The program is at its end; the interpreter ends with this code. `parsed` is false if its
    text was not Python."""

    code: int
    parsed: bool = True


@dataclass(frozen=True)
class Printed:
    """The program wrote to stdout or stderr. Made by the server, which reads both."""

    text: str
    is_error: bool = False


Event = Union[Recorded, FeedbackGiven, Updated, StepAsked, ModelAsked, Raised, Ended, Printed]
Command = Union[Start, StepAnswered, ModelAnswered]


def encode_command(command: Command) -> bytes:
    """The command as one line."""
    data = dataclasses.asdict(command)
    return _line({"is": type(command).__name__, **data})


def decode_command(line: bytes) -> Command:
    """The command of a line; raises WireError."""
    data = _object(line)
    try:
        kind = data.pop("is", None)
        if kind == "StepAnswered":
            return StepAnswered(int(data["number"]), dict(data["answer"]))
        if kind == "ModelAnswered":
            return ModelAnswered(int(data["number"]), dict(data["answer"]))
        rows = tuple(
            (str(file), int(line), int(end), str(value), bool(is_code))
            for file, line, end, value, is_code in data["overrides"]
        )
        arguments = tuple(str(each) for each in data["arguments"])
        program, text = str(data["program"]), str(data["text"])
        return Start(program, text, arguments, rows, int(data["version"]))
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"The server sent what is not a command: {error!r}.") from error


class EventWriter:
    """Events as lines. One for each run: what was said once is referred to afterwards.

    Nodes come as rows of the `encoder`. Their lines repeat what the rows refer to until `sent`.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._said: dict[str, Any] = {}

    def recorded(self, rows: list[Row]) -> bytes:
        """The line of a `Recorded`, of these rows."""
        self._said = self._encoder.batch(rows)
        return _line({"is": "Recorded", **self._said}, check_circular=False)

    def sent(self) -> None:
        """The last line of rows is on its way."""
        if self._said:
            self._encoder.sent(self._said)
            self._said = {}

    def line(self, event: Event) -> bytes:
        """The line of any other event."""
        if isinstance(event, FeedbackGiven):
            rows = [[each.node, each.feedback] for each in event.outputs]
            return _line({"is": "FeedbackGiven", "outputs": rows})
        return _line({"is": type(event).__name__, **dataclasses.asdict(event)})


class EventReader:
    """Lines as events."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._readers: Mapping[str, Any] = {
            "Recorded": lambda data: Recorded(self._decoder.batch(data)),
            "FeedbackGiven": lambda data: FeedbackGiven(
                tuple(Output(int(node), str(text)) for node, text in data["outputs"])
            ),
            "Updated": lambda data: Updated(int(data["node"]), str(data["value"])),
            "StepAsked": lambda data: StepAsked(int(data["number"]), dict(data["request"])),
            "ModelAsked": lambda data: ModelAsked(int(data["number"]), dict(data["request"])),
            "Raised": lambda data: Raised(_failure(data["failure"])),
            "Ended": lambda data: Ended(int(data["code"]), bool(data["parsed"])),
        }

    def event(self, line: bytes) -> Event:
        """The event of a line; raises WireError."""
        data = _object(line)
        read = self._readers.get(str(data.get("is")))
        try:
            if read is None:
                raise ValueError(f"unknown event {data.get('is')!r}")
            event: Event = read(data)
        except (KeyError, TypeError, ValueError) as error:
            raise WireError(f"The program's process sent what is not an event: {error}.") from error
        return event


def _failure(data: dict[str, Any]) -> Failure:
    place: Optional[dict[str, Any]] = data["place"]
    return Failure(
        str(data["type"]),
        str(data["message"]),
        str(data["traceback"]),
        None if place is None else Place(**place),
        data["node"],
    )


def _line(data: dict[str, Any], check_circular: bool = True) -> bytes:
    # Lone surrogates, which os.fsdecode makes of odd file names, stay escaped in ASCII.
    text = json.dumps(data, separators=(",", ":"), check_circular=check_circular)
    return text.encode("ascii") + b"\n"


def _object(line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError(f"A line on the wire is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise WireError("A line on the wire is not a JSON object.")
    return data
