"""A suggestion as something a person can accept: the edits it means, and how it did when tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Optional

from trace_lsp.optimizers.problem import Problem
from trace_lsp.optimizers.suggestion import Suggestion
from trace_lsp.runs.record import Outcome
from trace_lsp.session.history_types import Step
from trace_lsp.source.text import TextEdit
from trace_lsp.source.trainables import Trainable

Judgement = Literal["better", "same", "worse", "unknown"]


@dataclass(frozen=True)
class Comparison:
    """One output before and after: its label, and both values as text (None: it was not made)."""

    label: str
    before: Optional[str]
    after: Optional[str]

    @property
    def changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Verdict:
    """What the candidate run showed. `reason` is a sentence that says why it was judged so.

    `objective` is the number that the program is judged by, before and after, None where there was
    none. `checks` are how many checks hold after, and how many there are: of what the program
    asserts all, of what it compares with `.eq` those that depend on what may change. `passes` is
    true if the program ran to its end and every one of them held.
    """

    judgement: Judgement
    reason: str
    before: Outcome
    after: Outcome
    outputs: tuple[Comparison, ...] = ()
    objective: tuple[Optional[float], Optional[float]] = (None, None)
    checks: tuple[int, int] = (0, 0)
    passes: bool = False


@dataclass(frozen=True)
class Change:
    """A trainable and the text that is to take its place: a function's source, or a literal."""

    trainable: Trainable
    value: str


@dataclass(frozen=True)
class Proposal:
    """A suggestion, the edits it means for one file, and the candidate run's verdict.

    `trainables` are what might change. `text` is what the edits were computed from, and `diff` is
    unified, against it. `feedback` is what was asked for. `changes` and `edits` are empty if no
    change is wanted. `verdict` is None if there was nothing to try. `steps` are all that were taken
    to come to it, and `ended` is a sentence that says why no more were.
    """

    id: str
    file: str
    trainables: tuple[Trainable, ...]
    feedback: str
    problem: Problem
    suggestion: Suggestion
    changes: tuple[Change, ...]
    edits: tuple[TextEdit, ...]
    diff: str
    text: str
    verdict: Optional[Verdict] = None
    steps: tuple[Step, ...] = ()
    ended: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what might change."""
        return tuple(each.name for each in self.trainables)

    def is_for(self, trainable: Trainable) -> bool:
        """True if the trainable still reads as it did when this was suggested for it."""
        return (trainable.name, trainable.text) in [
            (each.name, each.text) for each in self.trainables
        ]
