"""Commands and events as lines of JSON: what both ends of the wire write and read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any, Optional

from trace_lsp.errors import WireError
from trace_lsp.runs.wire import (
    Action,
    Checked,
    Command,
    Did,
    Drawn,
    Ended,
    Event,
    FeedbackGiven,
    Guarded,
    Imported,
    Measured,
    ModelAnswered,
    ModelAsked,
    OverrideRow,
    Raised,
    Ready,
    Recorded,
    Start,
    StepAnswered,
    StepAsked,
    Tried,
    Try,
    Updated,
    Warm,
)
from trace_lsp.trace.codec import Decoder, Encoder, Row
from trace_lsp.trace.graph import Failure, Output, Place


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
        _texts(data["launch"]),
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
        None if data["allowed"] is None else _actions(data["allowed"]),
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
            "Checked": lambda data: Checked(
                int(data["line"]), bool(data["holds"]), str(data["name"])
            ),
            "Measured": lambda data: Measured(float(data["value"])),
            "Imported": lambda data: Imported(_texts(data["names"])),
            "Did": lambda data: Did(str(data["verb"]), str(data["what"]), bool(data["stopped"])),
            "Guarded": lambda data: Guarded(_texts(data["by"])),
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
