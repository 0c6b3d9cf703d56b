"""The wire between server and child: JSON lines on a socket of its own.

Loaded by both ends, so it uses the standard library alone. The server speaks first. After a
`Start` the child runs a program, and says `Event`s; the server answers each `StepAsked` with a
`StepAnswered`, and each `ModelAsked` with a `ModelAnswered`. After a `Warm` the child waits for
`Try`s, says `Ready`, and for each `Try` a `Tried`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Union

from trace_lsp.trace.graph import Failure, NodeRecord, Output

VERSION = 3

OverrideRow = tuple[str, int, int, str, bool]
"""A file, the first line and the last, the new value, and whether it is code."""

LaunchRow = tuple[str, ...]
"""What is run: ``program``; ``module`` with its name; ``function`` with its name and its arguments as
text; ``tests`` with pytest's names for them; or ``notebook`` with the index of the last cell."""

PROGRAM: LaunchRow = ("program",)

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
    launch: LaunchRow = PROGRAM
    allowed: Optional[tuple[Action, ...]] = None
    version: int = VERSION


@dataclass(frozen=True)
class Warm:
    """The program that candidates are to be tried of, and what to import before it.

    `watched` are the functions whose lines may be asked for: file, first line and last. Where
    something is `allowed`, nothing else may be done to the world around the program.
    """

    program: str
    text: str
    arguments: tuple[str, ...] = ()
    objective: str = ""
    modules: tuple[str, ...] = ()
    watched: tuple[tuple[str, int, int], ...] = ()
    allowed: Optional[tuple[Action, ...]] = None
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
    """The program asserted something at that line of its own file; or a test of that name, which
    begins there, came out so."""

    line: int
    holds: bool
    name: str = ""


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
class Guarded:
    """What stops the candidate from doing what the program itself does not, by its names."""

    by: tuple[str, ...]


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
    Guarded,
    Drawn,
    Ready,
    Tried,
    Raised,
    Ended,
    Printed,
]
Command = Union[Start, StepAnswered, ModelAnswered, Warm, Try]
