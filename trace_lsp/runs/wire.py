"""The wire between server and child: JSON lines on a socket of its own.

Loaded by both ends, so it uses the standard library alone. The server speaks first. After a
`Start` the child runs a program, and says `Event`s; the server answers each `StepAsked` with a
`StepAnswered`, and each `ModelAsked` with a `ModelAnswered`. After a `Warm` the child waits for
`Try`s, says `Ready`, and for each `Try` a `Tried`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional, Union

from trace_lsp.errors import WireError
from trace_lsp.trace.codec import Decoder, Encoder, Row
from trace_lsp.trace.graph import Failure, NodeRecord, Output, Place

VERSION = 3

OverrideRow = tuple[str, int, int, str, bool]
"""A file, the first line and the last, the new value, and whether it is code."""

Action = tuple[str, str]
"""What a program does to the world around it: a verb, and to what."""

UNCHANGED: dict[str, Any] = {"values": {}}
"""The answer to a step where none is taken."""


@dataclass(frozen=True)
class Start:
    """What the child is to run: the program's path and text (the file may hold another version).

    `objective` names the number that the program is to be judged by, "" for none. `trains` is false
    where the program's own optimizers take no steps. Where something is `allowed`, nothing else may
    be done to the world around the program.
    """

    program: str
    text: str
    arguments: tuple[str, ...] = ()
    overrides: tuple[OverrideRow, ...] = ()
    objective: str = ""
    trains: bool = True
    allowed: Optional[tuple[Action, ...]] = None
    version: int = VERSION


@dataclass(frozen=True)
class Warm:
    """The program that candidates are to be tried of, and what to import before it.

    `watched` are the functions whose lines may be asked for: file, first line and last.
    """

    program: str
    text: str
    arguments: tuple[str, ...] = ()
    objective: str = ""
    modules: tuple[str, ...] = ()
    watched: tuple[tuple[str, int, int], ...] = ()
    version: int = VERSION


@dataclass(frozen=True)
class Try:
    """Run the program with these overrides, and no longer than it may.

    `cpu` is in seconds of CPU time, `wall` in seconds; `memory` is what it may take besides what
    the warm process has, in bytes. With `watch` the lines that run are told, too.
    """

    number: int
    overrides: tuple[OverrideRow, ...] = ()
    cpu: float = 60.0
    wall: float = 60.0
    memory: int = 0
    watch: bool = False


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
class Checked:
    """The program asserted something at that line of its own file."""

    line: int
    holds: bool


@dataclass(frozen=True)
class Measured:
    """What the program is judged by, now that it is at its end."""

    value: float


@dataclass(frozen=True)
class Imported:
    """The modules that the program imported and that are not its own."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Did:
    """The program did something to the world around it, for the first time; or was about to, and was
    stopped."""

    verb: str
    what: str
    stopped: bool = False


@dataclass(frozen=True)
class Drawn:
    """Figures that the program drew and had no display for: where they are saved."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class Ready:
    """The warm process has imported what it could. `why` says why it cannot be forked, "" if it
    can."""

    why: str = ""


@dataclass(frozen=True)
class Tried:
    """A candidate's run is over.

    `rows` is what it told of itself, as lines of JSON. `ended_by` is the signal that ended it, 0 if
    none did; `is_late` is true if it was over its limit of `wall`.
    """

    number: int
    rows: str
    ended_by: int = 0
    is_late: bool = False


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


Event = Union[
    Recorded,
    FeedbackGiven,
    Updated,
    StepAsked,
    ModelAsked,
    Checked,
    Measured,
    Imported,
    Did,
    Drawn,
    Ready,
    Tried,
    Raised,
    Ended,
    Printed,
]
Command = Union[Start, StepAnswered, ModelAnswered, Warm, Try]


def encode_command(command: Command) -> bytes:
    """The command as one line."""
    data = dataclasses.asdict(command)
    return _line({"is": type(command).__name__, **data})


def decode_command(line: bytes) -> Command:
    """The command of a line; raises WireError."""
    data = _object(line)
    try:
        return _COMMANDS[str(data.pop("is"))](data)
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"The server sent what is not a command: {error!r}.") from error


_COMMANDS: Mapping[str, Callable[[dict[str, Any]], Command]] = {
    "StepAnswered": lambda data: StepAnswered(int(data["number"]), dict(data["answer"])),
    "ModelAnswered": lambda data: ModelAnswered(int(data["number"]), dict(data["answer"])),
    "Start": lambda data: Start(
        str(data["program"]),
        str(data["text"]),
        _texts(data["arguments"]),
        _overrides(data["overrides"]),
        str(data["objective"]),
        bool(data["trains"]),
        None if data["allowed"] is None else _actions(data["allowed"]),
        int(data["version"]),
    ),
    "Warm": lambda data: Warm(
        str(data["program"]),
        str(data["text"]),
        _texts(data["arguments"]),
        str(data["objective"]),
        _texts(data["modules"]),
        tuple((str(file), int(line), int(end)) for file, line, end in data["watched"]),
        int(data["version"]),
    ),
    "Try": lambda data: Try(
        int(data["number"]),
        _overrides(data["overrides"]),
        float(data["cpu"]),
        float(data["wall"]),
        int(data["memory"]),
        bool(data["watch"]),
    ),
}


def _actions(data: Any) -> tuple[Action, ...]:
    return tuple((str(verb), str(what)) for verb, what in data)


def _texts(data: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in data)


def _overrides(data: Any) -> tuple[OverrideRow, ...]:
    return tuple(
        (str(file), int(line), int(end), str(value), bool(is_code))
        for file, line, end, value, is_code in data
    )


def encode_event(event: Event) -> bytes:
    """The line of an event that refers to nothing said before."""
    return _line({"is": type(event).__name__, **dataclasses.asdict(event)})


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
        return encode_event(event)


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
            "Checked": lambda data: Checked(int(data["line"]), bool(data["holds"])),
            "Measured": lambda data: Measured(float(data["value"])),
            "Imported": lambda data: Imported(_texts(data["names"])),
            "Did": lambda data: Did(str(data["verb"]), str(data["what"]), bool(data["stopped"])),
            "Drawn": lambda data: Drawn(_texts(data["paths"])),
            "Ready": lambda data: Ready(str(data["why"])),
            "Tried": lambda data: Tried(
                int(data["number"]), str(data["rows"]), int(data["ended_by"]), bool(data["is_late"])
            ),
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
