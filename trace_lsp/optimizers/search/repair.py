"""The search for a fix: small edits of a function, the likeliest first, then two at once."""

from __future__ import annotations

import ast
from collections import deque
from typing import Optional

from trace_lsp.optimizers.search.checks import Checks
from trace_lsp.optimizers.search.outcome import Candidate, Limits, Outcome, Patch
from trace_lsp.optimizers.search.queue import Base, EditQueue, Next
from trace_lsp.optimizers.search.ranking import rank
from trace_lsp.optimizers.search.suspicion import suspicion
from trace_lsp.optimizers.search.target import Target

_PAIR = 0.3  # two faults are that much rarer than one
_STEPS = 6  # that many candidates that help are taken further
_AGAIN = 20  # that many of those that timed out are tried again
_WORTH = 0.2  # of the first patch's score: what promises less is not tried beyond it

VERDICTS = {
    "searching": "There is more to try.",
    "found": "An edit passes every check.",
    "nothing to do": "Every check passes already.",
    "out of reach": "No small edit is a fix.",
}
"""How a search stands, by the name that `Repair.verdict` has."""


class Repair:
    """Proposes edits of a function and is told how they did.

    `source` is the text, `name` the function in it, dotted where it stands in a class. `baseline`
    is how each check went with the source as it is. Ask for candidates, several at once if there is
    somebody to run them, tell how each did, and go on until `is_done`; then `best()` is the patch
    to offer, and `why` says how it ended.

    Raises SyntaxError if the source is not Python, ValueError if it has no such function or there
    is no check.
    """

    def __init__(
        self, source: str, name: str, baseline: Outcome, limits: Optional[Limits] = None
    ) -> None:
        if not baseline:
            raise ValueError("A search goes by checks, and it was given none.")
        target = Target(source, name)
        self.limits = limits or Limits()
        self.checks = Checks(baseline, self.limits)
        self.tried = 0
        self._queue = EditQueue(target, suspicion(baseline))
        self._is_stub = is_stub(target)
        self._name = name
        self._asked = 0
        self._waiting: dict[tuple[int, int], Candidate] = {}
        self._timed_out: deque[Candidate] = deque()
        self._patches: list[Patch] = []
        self._helpful = 0
        self._most_healed = 0
        self._left_beyond: Optional[int] = None
        self._is_over = False

    # Asking and telling

    def ask(self, n: int = 1) -> list[Candidate]:
        """Up to n candidates that were not asked for before; none if the search is done.

        They may be run side by side and told in any order. Fewer come where the answers to others
        decide how to go on.
        """
        found: list[Candidate] = []
        while len(found) < n and not self.is_done:
            candidate = self._next()
            if candidate is None:
                break
            self._waiting[candidate.number, candidate.attempt] = candidate
            found.append(candidate)
        return found

    def _next(self) -> Optional[Candidate]:
        is_spent = self._asked >= self.limits.candidates
        following = None if is_spent else self._queue.take()
        if following is not None and not self._is_beyond_worth(following):
            self._asked += 1
            return self._candidate(following)
        if following is not None:
            self._left_beyond = 0
        elif not self._waiting and self._timed_out and not self._patches:
            return self._again(self._timed_out.popleft())
        elif not self._waiting:
            self._is_over = True
        return None

    def _is_beyond_worth(self, following: Next) -> bool:
        first = self._patches[0].candidate.score if self._patches else 0.0
        return following.score < first * _WORTH

    def _candidate(self, following: Next) -> Candidate:
        return Candidate(
            self._asked,
            following.source,
            following.edits,
            self.checks.stages,
            self.checks.limit(),
            following.score,
        )

    def _again(self, late: Candidate) -> Candidate:
        limit = self.checks.limit(attempt=2)
        return Candidate(
            late.number, late.source, late.edits, late.stages, limit, late.score, attempt=2
        )

    def tell(self, candidate: Candidate, outcome: Outcome) -> None:
        """How a candidate's checks went. Raises ValueError for one that is not waited for."""
        if self._waiting.pop((candidate.number, candidate.attempt), None) is None:
            raise ValueError(f"Candidate {candidate.number} was not asked for, or is told twice.")
        self.tried += 1
        if self._left_beyond:
            self._left_beyond -= 1
        if self.checks.is_fix(outcome):
            self._keep(Patch(candidate, outcome, self.checks.doubts(outcome)))
        elif any(result.timed_out for result in outcome.values()):
            if candidate.attempt == 1 and len(self._timed_out) < _AGAIN:
                self._timed_out.append(candidate)
        else:
            self._take_further(candidate, outcome)

    def _keep(self, patch: Patch) -> None:
        self._patches.append(patch)
        if self._left_beyond is None:
            self._left_beyond = self.limits.beyond

    def _take_further(self, candidate: Candidate, outcome: Outcome) -> None:
        healed = self.checks.healed(outcome)
        self._most_healed = max(self._most_healed, healed)
        gain = self.checks.gain(outcome)
        is_short = len(candidate.edits) < self.limits.depth
        if gain > 0 and is_short and not self._patches and self._helpful < _STEPS:
            self._helpful += 1
            target = Target(candidate.source, self._name)
            self._queue.add(Base(target, candidate.edits, gain * _PAIR))

    # How it stands

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to ask for."""
        return self.verdict != "searching"

    @property
    def verdict(self) -> str:
        """A key of `VERDICTS`."""
        if not self.checks.failing:
            return "nothing to do"
        if self._patches and (self._left_beyond == 0 or self._is_over):
            return "found"
        if self._is_stub or self._is_hopeless or (self._is_over and not self._patches):
            return "out of reach"
        return "searching"

    @property
    def _is_hopeless(self) -> bool:
        return self.tried >= self.limits.hopeless and not self._most_healed and not self._patches

    @property
    def why(self) -> str:
        """How the search stands, in a sentence or two for a person."""
        if self.verdict != "out of reach":
            return VERDICTS[self.verdict]
        failing = len(self.checks.failing)
        if self._is_stub:
            return "The function has no code yet: there is nothing that small edits could mend."
        if not self._most_healed:
            return (
                f"None of {self.tried} small edits makes one of the {failing} failing checks pass. "
                "More than a line seems to be wrong, or something outside this function."
            )
        return (
            f"Of {self.tried} small edits none passes every check; the best mends "
            f"{self._most_healed} of {failing} that fail. More than one thing seems to be wrong."
        )

    def ranked(self) -> list[Patch]:
        """The patches found so far, the likeliest to be right first."""
        return sorted(self._patches, key=rank)

    def best(self) -> Optional[Patch]:
        """The patch to offer; None if none was found yet."""
        return next(iter(self.ranked()), None)


def is_stub(target: Target) -> bool:
    """Whether the function does nothing but say that it is not written."""
    return all(
        isinstance(each, (ast.Pass, ast.Raise))
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in target.body
    )
