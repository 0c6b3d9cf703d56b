"""A number of the program's that is to be as small, or as large, as possible."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import isclose, isnan
from typing import Optional

from trace_lsp.runs.candidates import objective_of
from trace_lsp.runs.record import Trace

_GOAL = re.compile(
    r"(minimi[sz]e|maximi[sz]e)\s+([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\.?", re.IGNORECASE
)
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Goal:
    """`name` is a global variable of the program, as it is at its end, or a node's name."""

    name: str
    maximize: bool = False

    def __str__(self) -> str:
        return f"{'maximize' if self.maximize else 'minimize'} {self.name}"

    def is_better(self, new: Optional[float], old: Optional[float]) -> bool:
        """True if the new number is better by more than rounding; any is better than none."""
        if new is None or old is None:
            return new is not None
        if isclose(new, old, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE**2):
            return False
        return (new > old) if self.maximize else (new < old)

    def feedback(self, value: Optional[float]) -> str:
        """What an optimizer is told of the number that a run came to."""
        wanted = "large" if self.maximize else "small"
        now = "it has no value now" if value is None else f"it is {value:g} now"
        return f"`{self.name}` should be as {wanted} as possible; {now}."


def number_of(trace: Trace) -> Optional[float]:
    """The number that the run is judged by; None if it has none, or what it has is not a number."""
    found = objective_of(trace)
    return None if found is None or isnan(found) else found


def goal_from(text: str) -> Optional[Goal]:
    """The goal that a text names, like ``minimize loss``; None if it says anything else."""
    found = _GOAL.fullmatch(text.strip())
    return Goal(found[2], found[1].lower().startswith("max")) if found else None


def goal_in(comments: Iterable[str]) -> Optional[Goal]:
    """The first goal among the lines of feedback comments."""
    lines = (line for comment in comments for line in comment.splitlines())
    return next(filter(None, map(goal_from, lines)), None)


def without_goals(comment: str) -> str:
    """The lines of a feedback comment that name no goal."""
    return "\n".join(line for line in comment.splitlines() if goal_from(line) is None)
