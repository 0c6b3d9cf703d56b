"""A run as data: what the child said, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Optional

from trace_lsp.runs.configuration import RunConfiguration
from trace_lsp.runs.wire import (
    Checked,
    Did,
    Drawn,
    Event,
    FeedbackGiven,
    Guarded,
    Imported,
    Measured,
    Printed,
    Raised,
    Recorded,
    Updated,
)
from trace_lsp.trace.graph import Failure, NodeRecord, Output

OutcomeKind = Literal[
    "finished",  # it ran to its end
    "raised",  # an exception ended it
    "exited",  # it called exit with a code other than 0
    "timedOut",  # the time limit ended it
    "outputLimit",  # it printed more than it may
    "cancelled",  # a person, or the client's end, ended it
    "crashed",  # the interpreter died
    "notParsable",  # its text is not Python
    "notStarted",  # there was no way to start it
]


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `message` is a sentence for a person; `code` the exit code, where known."""

    kind: OutcomeKind
    message: str
    code: Optional[int] = None

    @property
    def is_complete(self) -> bool:
        """True if the program itself came to an end, well or badly, so that its graph is whole."""
        return self.kind in ("finished", "raised", "exited")


@dataclass(frozen=True)
class Update:
    """A trainable's value after a step of the program's own optimizer."""

    node: int
    value: str


@dataclass(frozen=True)
class Trace:
    """One finished or cut-off run.

    `nodes` are by id, in the order of recording. `feedback` holds, for each time the program
    itself called `backward`, the outputs and feedback pending then. `output` is what it printed
    (stdout and stderr as they came, at most the limit). `seconds` is wall-clock time.
    `text` is the program as it was run. `checks` are its assertions, in the order in which they
    were made; `measured` is the number that its configuration names as objective, None if it has none of
    that name at its end; `modules` are those it imported that are not its own; `actions` is what it
    did to the world around it, each thing once; `figures` are the files of what it drew for no display. `guard` names what stopped a candidate from doing anything
    else to the world around it.
    """

    configuration: RunConfiguration
    outcome: Outcome
    nodes: Mapping[int, NodeRecord] = field(default_factory=dict)
    feedback: tuple[tuple[Output, ...], ...] = ()
    updates: tuple[Update, ...] = ()
    failure: Optional[Failure] = None
    output: str = ""
    seconds: float = 0.0
    text: str = ""
    checks: tuple[Checked, ...] = ()
    measured: Optional[float] = None
    modules: tuple[str, ...] = ()
    actions: tuple[Did, ...] = ()
    figures: tuple[str, ...] = ()
    guard: tuple[str, ...] = ()


class TraceBuilder:
    """Puts a run's events together."""

    def __init__(self, configuration: RunConfiguration, text: str) -> None:
        self._configuration = configuration
        self._text = text
        self._nodes: dict[int, NodeRecord] = {}
        self._feedback: list[tuple[Output, ...]] = []
        self._updates: list[Update] = []
        self._failure: Optional[Failure] = None
        self._output: list[str] = []
        self._checks: list[Checked] = []
        self._measured: Optional[float] = None
        self._modules: tuple[str, ...] = ()
        self._actions: list[Did] = []
        self._figures: tuple[str, ...] = ()
        self._guard: tuple[str, ...] = ()

    def add(self, event: Event) -> None:
        if isinstance(event, Recorded):
            self._nodes.update((node.id, node) for node in event.nodes)
        elif isinstance(event, Printed):
            self._output.append(event.text)
        elif isinstance(event, FeedbackGiven):
            self._feedback.append(event.outputs)
        elif isinstance(event, Updated):
            self._updates.append(Update(event.node, event.value))
        elif isinstance(event, Checked):
            self._checks.append(event)
        elif isinstance(event, Raised):
            self._failure = event.failure
        elif isinstance(event, Measured):
            self._measured = event.value
        elif isinstance(event, Imported):
            self._modules = event.names
        elif isinstance(event, Did):
            self._actions.append(event)
        elif isinstance(event, Drawn):
            self._figures = event.paths
        elif isinstance(event, Guarded):
            self._guard = event.by

    @property
    def failure(self) -> Optional[Failure]:
        return self._failure

    def trace(self, outcome: Outcome, seconds: float) -> Trace:
        """What was said so far, as the run that ended so."""
        return Trace(
            configuration=self._configuration,
            outcome=outcome,
            nodes=self._nodes,
            feedback=tuple(self._feedback),
            updates=tuple(self._updates),
            failure=self._failure,
            output="".join(self._output),
            seconds=seconds,
            text=self._text,
            checks=tuple(self._checks),
            measured=self._measured,
            modules=self._modules,
            actions=tuple(self._actions),
            figures=self._figures,
            guard=self._guard,
        )
