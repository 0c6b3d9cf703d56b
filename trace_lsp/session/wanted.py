"""What is to be optimized, and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Optional

from trace_lsp.session.goal import Goal, goal_in, without_goals
from trace_lsp.session.history_types import Entry
from trace_lsp.session.proposal import Change
from trace_lsp.source.trainables import Trainable

OptimizerName = Literal[
    "", "OptoPrime", "OptoPrimeV2", "OptoPrimeMulti", "OPRO", "OPROv2", "TextGrad", "search"
]
"""What may suggest; "" is OptoPrime where there is a model, and search where there is none."""


@dataclass(frozen=True)
class Wanted:
    """What a person wants optimized.

    `text` is the program's, `trainables` what of it may change. `feedback` is what they said, "" to
    go by the code's comments, the program's own feedback, its failing checks or its failure. `goal`
    is what they named, None for what the comments name. `candidates` is how many suggestions each
    step asks for: of OptoPrimeMulti, two at least; the others give one. `begun` is an earlier
    optimization that this one goes on from.
    """

    file: str
    text: str
    trainables: tuple[Trainable, ...]
    feedback: str = ""
    goal: Optional[Goal] = None
    optimizer: OptimizerName = ""
    candidates: int = 1
    begun: Optional[Entry] = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what may change."""
        return tuple(each.name for each in self.trainables)

    @property
    def known(self) -> tuple[Trainable, ...]:
        """What the earlier optimization was about as well: of the same name, and of its kind."""
        kinds = self.begun.kinds if self.begun is not None else {}
        return tuple(each for each in self.trainables if kinds.get(each.name) == each.kind)

    @property
    def taken_up(self) -> tuple[Change, ...]:
        """What the earlier optimization came to, where the text does not have it already."""
        after = self.begun.after if self.begun is not None else {}
        return tuple(
            Change(each, after[each.name])
            for each in self.known
            if after.get(each.name, each.text) != each.text
        )

    @property
    def aim(self) -> Optional[Goal]:
        """The goal that was named, here or in the code."""
        return self.goal or goal_in(each.comment for each in self.trainables)

    @property
    def said(self) -> str:
        """The feedback in words: what the person said, or else the comments."""
        comments = (without_goals(each.comment) for each in self.trainables)
        return self.feedback or "\n".join(dict.fromkeys(filter(None, comments)))


@dataclass(frozen=True)
class Until:
    """When an optimization ends: after so many `steps`, or when the objective has not improved for
    `patience` of them; or before, when every check holds."""

    steps: int = 1
    patience: int = 3


def wanted_of(
    file: str, text: str, trainables: Trainable | Sequence[Trainable], feedback: str = ""
) -> Wanted:
    """What is wanted where nothing is said but in words."""
    chosen = (trainables,) if isinstance(trainables, Trainable) else tuple(trainables)
    return Wanted(file, text, chosen, feedback)
