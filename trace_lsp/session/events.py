"""What a session tells while it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Optional, Union

from trace_lsp.optimizers.problem import Problem
from trace_lsp.runs.wire import Event
from trace_lsp.session.proposal import Verdict

Phase = Literal[
    "tracing", "building the problem", "asking the model", "searching", "checking", "ready"
]


@dataclass(frozen=True)
class StepBegan:
    """A step begins: its number, from 1, of at most so many; which optimizer takes it, and what
    model it asks, "" for none."""

    number: int
    most: int
    optimizer: str
    model: str


@dataclass(frozen=True)
class Asking:
    """A question is about to be sent: its text, and how many tokens it is, estimated."""

    prompt: str
    tokens: int


@dataclass(frozen=True)
class Understood:
    """A reply was read: what was reasoned, and why it cannot be used, "" if it can."""

    reasoning: str
    refusal: str


@dataclass(frozen=True)
class CandidateTried:
    """A candidate was run."""

    verdict: Verdict


@dataclass(frozen=True)
class SearchTried:
    """The search has tried so many candidates of at most so many; the fewest checks that did not
    hold, or the best objective, so far."""

    tried: int
    most: int
    failing: Optional[int]
    objective: Optional[float]


@dataclass(frozen=True)
class StepEnded:
    """A step is over: whether its candidate is the best so far, and a sentence why."""

    number: int
    accepted: bool
    reason: str


StepEvent = Union[StepBegan, Asking, Understood, CandidateTried, SearchTried, StepEnded]


class Listener:
    """Hears what a session does while it does it. Each method does nothing here."""

    def on_phase(self, phase: Phase) -> None:
        """Another part of the work begins."""

    def on_event(self, event: Event) -> None:
        """The program, on a run of its own (not a candidate's), said something."""

    def on_problem(self, problem: Problem) -> None:
        """The problem is about to be sent."""

    def on_text(self, text: str) -> None:
        """A piece of the model's reply arrived."""

    def on_warning(self, message: str) -> None:
        """Something is not as it should be, and the work goes on without it."""

    def on_step(self, event: StepEvent) -> None:
        """A step of the optimization came further."""
