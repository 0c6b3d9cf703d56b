"""The search for a better function where no check fails: by its numbers, then by small edits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, Optional

from trace_lsp.optimizers.search.changes import changed, distance
from trace_lsp.optimizers.search.constants import Constants
from trace_lsp.optimizers.search.edits import Edit, fingerprint
from trace_lsp.optimizers.search.queue import Base, EditQueue
from trace_lsp.optimizers.search.target import Target
from trace_lsp.optimizers.search.tuning import Tuning, is_less

_TRIFLE = 0.01  # what betters less is no reason to go on with the numbers before the edits
_LOOK = 80  # so many more edits of a source are tried after one that helps: a later may help more
_DELETED = "statement deleted"


@dataclass(frozen=True)
class ClimbLimits:
    """How far a search by an objective goes: the most `candidates` that are tried, and after how
    many in a row that were no better, `idle`, it ends."""

    candidates: int = 600
    idle: int = 150


@dataclass(frozen=True)
class Attempt:
    """A source to try: with other numbers, or with an `edit` more than the best before it."""

    number: int
    source: str
    edit: Optional[Edit] = None


class _Numbers(NamedTuple):
    """The numbers of a source, and the search for better ones."""

    constants: Constants
    tuning: Tuning


class _Asked(NamedTuple):
    """What an attempt was made of, until it is told."""

    numbers: Optional[_Numbers] = None
    values: Mapping[str, Any] = MappingProxyType({})


class Climb:
    """Proposes other versions of a function and is told how good they are, less being better unless
    it is to `maximize`.

    `source` is the text, `name` the function in it as `Target` takes it, and `objective` how good
    it is as it stands, None if it fails. First its numbers are searched, then small edits are tried
    in the order of what their kinds have earned. One that is better is the best from then on, and
    its numbers are searched anew. The same seed and the same answers lead to the same proposals.

    Raises SyntaxError if the source is not Python, ValueError if it has no such function.
    """

    def __init__(
        self,
        source: str,
        name: str,
        objective: Optional[float],
        maximize: bool = False,
        limits: Optional[ClimbLimits] = None,
        seed: int = 0,
    ) -> None:
        Target(source, name)
        self.maximize = maximize
        self.limits = limits or ClimbLimits()
        self.tried = 0
        self._source = source
        self._name = name
        self._seed = seed
        self._first = self._loss(objective)
        self._best = (source, self._first)
        self._untuned = source
        self._seen = {fingerprint(source), None}
        self._asked = 0
        self._idle = 0
        self._waiting: dict[int, _Asked] = {}
        self._numbers = self._numbers_of(source, self._first)
        self._edits: Optional[EditQueue] = None
        self._look = 0
        self._is_edited = False
        self._is_exhausted = False

    def _loss(self, objective: Optional[float]) -> float:
        """The objective as what should be small; infinite if it failed."""
        if objective is None or not math.isfinite(objective):
            return math.inf
        return -float(objective) if self.maximize else float(objective)

    def _numbers_of(self, source: str, loss: float) -> Optional[_Numbers]:
        constants = Constants(source, self._name)
        count = len(constants.dimensions)
        if not count:
            return None
        # Long enough to see which way is down, and the edits get the larger part.
        idle = max(1, min(12 + 6 * count, self.limits.idle // 3))
        tuning = Tuning(
            constants.dimensions, constants.values, loss, self._seed, idle, trifle=_TRIFLE
        )
        return _Numbers(constants, tuning)

    # Asking and telling

    def ask(self, n: int = 1) -> list[Attempt]:
        """Up to n sources to try that were not asked for before; none if the search is done.

        They may be tried side by side and told in any order. Fewer come where the answers to others
        decide how to go on.
        """
        found: list[Attempt] = []
        while len(found) < n and not self._is_spent:
            attempt = self._next()
            if attempt is None:
                break
            found.append(attempt)
        return found

    @property
    def _is_spent(self) -> bool:
        is_idle = self._idle >= self.limits.idle
        return self._asked >= self.limits.candidates or is_idle or self._is_exhausted

    def _next(self) -> Optional[Attempt]:
        numbers = self._numbers
        if numbers is not None and not (self._is_edited or numbers.tuning.is_over):
            return self._other_numbers(numbers)
        if self._is_edited and self._look <= 0:
            return self._go_on()
        following = self._other_edit()
        if following is not None or self._waiting:
            return following
        if self._is_edited:
            return self._go_on()
        # Nothing is left to edit: what remains of the candidates goes to the numbers.
        following = self._other_numbers(numbers) if numbers is not None else None
        self._is_exhausted = following is None
        return following

    def _go_on(self) -> Optional[Attempt]:
        """From the best edit: first its numbers, then edits of it."""
        self._is_edited, self._edits, self._untuned = False, None, self._best[0]
        self._numbers = self._numbers_of(*self._best)
        return self._next()

    def _other_numbers(self, numbers: _Numbers) -> Optional[Attempt]:
        values = numbers.tuning.ask()
        if values is None:
            return None
        source = numbers.constants.with_values(values)
        self._seen.add(fingerprint(source))
        return self._attempt(source, None, _Asked(numbers, values))

    def _other_edit(self) -> Optional[Attempt]:
        if self._edits is None:
            # Numbers that fit the wrong function best are wrong for the right one.
            self._edits = EditQueue(Target(self._untuned, self._name), {})
            if self._best[0] != self._untuned:
                self._edits.add(Base(Target(self._best[0], self._name)))
        while True:
            following = self._edits.take()
            if following is None:
                return None
            mark = fingerprint(following.source)
            if mark not in self._seen:
                self._seen.add(mark)
                return self._attempt(following.source, following.edits[-1], _Asked())

    def _attempt(self, source: str, edit: Optional[Edit], asked: _Asked) -> Attempt:
        self._asked += 1
        self._waiting[self._asked] = asked
        return Attempt(self._asked, source, edit)

    def tell(self, attempt: Attempt, objective: Optional[float]) -> None:
        """How good an attempt is, None or NaN if it failed.

        Raises ValueError for one that is not waited for.
        """
        asked = self._waiting.pop(attempt.number, None)
        if asked is None:
            raise ValueError(f"Attempt {attempt.number} was not asked for, or is told twice.")
        self.tried += 1
        loss = self._loss(objective)
        if asked.numbers is not None:
            asked.numbers.tuning.tell(asked.values, loss)
        self._look -= attempt.edit is not None
        if is_less(loss, self._best[1], self._first):
            self._accept(attempt, loss)
            return
        self._idle += 1
        if self._is_plainer(attempt, loss):
            self._best = (attempt.source, loss)

    def _accept(self, attempt: Attempt, loss: float) -> None:
        self._best = (attempt.source, loss)
        self._idle = 0
        if attempt.edit is not None:
            self._look = self._look if self._is_edited else _LOOK
            self._is_edited = True
        elif self._numbers is not None and not self._numbers.tuning.is_over:
            self._edits = None  # of a source that is another by a trifle they are as good

    def _is_plainer(self, attempt: Attempt, loss: float) -> bool:
        """Whether an attempt is as good as the best and nearer to the source as it was given.

        One with a statement fewer is not: that the objective does not miss it says little.
        """
        source, best = self._best
        if is_less(best, loss, self._first) or not math.isfinite(loss):
            return False
        if source == self._source or (attempt.edit is not None and attempt.edit.kind == _DELETED):
            return False
        return distance(self._source, attempt.source) < distance(self._source, source)

    # How it stands

    def best(self) -> tuple[str, Optional[float]]:
        """The best source so far, and how good it is: None if all failed."""
        source, loss = self._best
        return source, self._objective(loss)

    def _objective(self, loss: float) -> Optional[float]:
        if math.isinf(loss):
            return None
        return -loss if self.maximize else loss

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to ask for, and nothing waited for."""
        return self._is_spent and not self._waiting

    @property
    def why(self) -> str:
        """How the search stands, in a sentence or two for a person."""
        source, loss = self._best
        before = said(self._objective(self._first))
        if source == self._source:
            return f"None of {self.tried} candidates is better than the function as it is ({before})."  # fmt: skip
        change = changed(self._source, source)
        return f"{change[0].upper()}{change[1:]}: from {before} to {said(self._objective(loss))}, after {self.tried} candidates."  # fmt: skip


def said(objective: Optional[float]) -> str:
    """The objective in a sentence."""
    return "failing" if objective is None else f"{objective:.6g}"
