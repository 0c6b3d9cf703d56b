"""What a step may try next: other numbers, or another version of one function.

A turn begins at a record, what is best so far, and proposes whole sets of values.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional, Protocol

from trace_lsp.optimizers.search.climb import Attempt, Climb, ClimbLimits
from trace_lsp.optimizers.search.mutation import changed_arguments
from trace_lsp.optimizers.search.outcome import Candidate, Limits
from trace_lsp.optimizers.search.ranges import Dimension
from trace_lsp.optimizers.search.repair import Repair
from trace_lsp.optimizers.search.told import Result, outcome_of
from trace_lsp.optimizers.search.tuning import ROUNDING, Tuning

_TRIFLE = 0.01  # what betters less is no reason to go on with the numbers before the code

Values = tuple[Any, ...]


class Record(NamedTuple):
    """Values that were tried, what was told of them, and what that comes to: less is better."""

    values: Values
    told: tuple[Result, ...]
    loss: float

    def with_value(self, at: int, value: Any) -> Values:
        """The values with another one in one place."""
        return (*self.values[:at], value, *self.values[at + 1 :])


class Turn(Protocol):
    """One search of several that come one after the other."""

    @property
    def why(self) -> str:
        """How it stands, in a sentence or two for a person."""
        ...

    def ask(self) -> Optional[Values]:
        """What to try next; None if the turn is over."""
        ...

    def tell(self, told: tuple[Result, ...], loss: float) -> None:
        """How what was asked for last did."""
        ...

    def best(self) -> Record:
        """The best so far; what it began with if nothing was better."""
        ...


class NumbersTurn:
    """All numbers and choices at once. `dimensions` are by their place among the values.

    It is over when every check passes, or nothing got better for long; with code yet to come
    (`is_first`), after less.
    """

    def __init__(
        self,
        base: Record,
        dimensions: Mapping[int, Dimension],
        limits: ClimbLimits,
        seed: int,
        is_first: bool,
    ) -> None:
        self._base = self._best = base
        self._left = limits.candidates
        self._tried = 0
        self._is_right = False
        idle = min(12 + 6 * len(dimensions), limits.idle) if is_first else limits.idle
        trifle = _TRIFLE if is_first else ROUNDING
        by_place = {str(at): dimension for at, dimension in dimensions.items()}
        start = {name: base.values[int(name)] for name in by_place}
        self._tuning = Tuning(by_place, start, base.loss, seed, idle, trifle)
        self._asked: Mapping[str, Any] = {}

    def ask(self) -> Optional[Values]:
        is_over = self._tuning.is_stalled or self._tuning.is_exhausted or self._is_right
        found = None if is_over or self._tried >= self._left else self._tuning.ask()
        if found is None:
            return None
        self._asked = found
        return tuple(found.get(str(at), value) for at, value in enumerate(self._base.values))

    def tell(self, told: tuple[Result, ...], loss: float) -> None:
        self._tried += 1
        self._tuning.tell(self._asked, loss)
        if loss < self._best.loss:
            values = tuple(
                self._asked.get(str(at), value) for at, value in enumerate(self._base.values)
            )
            self._best = Record(values, told, loss)
        self._is_right = bool(told) and all(each is True for each in told)

    def best(self) -> Record:
        return self._best

    @property
    def why(self) -> str:
        if self._best is self._base:
            return f"None of {self._tried} sets of values is better than the one at the start."
        return f"The best of {self._tried} sets of values is better than the one at the start."


class RepairTurn:
    """Small edits of the function in one place among the values, by checks that fail."""

    def __init__(self, base: Record, at: int, limits: Limits) -> None:
        self._base = self._best = base
        self._at = at
        source = base.values[at]
        self._known = len(base.told)
        outcome = outcome_of(base.told, self._known)
        self._name = name_of(source)
        self._changes = changed_arguments(source, self._name)
        self._search = Repair(source, self._name, outcome, limits)
        self._asked: Optional[Candidate] = None
        self._records: dict[int, Record] = {}

    def ask(self) -> Optional[Values]:
        while True:
            found = self._search.ask()
            if not found:
                return None
            (self._asked,) = found
            if changed_arguments(self._asked.source, self._name) <= self._changes:
                return self._base.with_value(self._at, self._asked.source)
            self._search.tell(self._asked, outcome_of((None,), self._known))

    def tell(self, told: tuple[Result, ...], loss: float) -> None:
        assert self._asked is not None
        record = Record(self._base.with_value(self._at, self._asked.source), told, loss)
        self._records[self._asked.number] = record
        # Failing with what was not told apart before is no gain.
        if loss < self._best.loss and len(told) >= self._known:
            self._best = record
        self._search.tell(self._asked, outcome_of(told, self._known))

    def best(self) -> Record:
        patch = self._search.best()
        return self._records[patch.candidate.number] if patch else self._best

    @property
    def why(self) -> str:
        return self._search.why


class ClimbTurn:
    """Other versions of the function in one place among the values, by an objective."""

    def __init__(
        self, base: Record, at: int, limits: ClimbLimits, seed: int, maximize: bool
    ) -> None:
        self._base = base
        self._at = at
        self._sign = -1.0 if maximize else 1.0
        source = base.values[at]
        self._name = name_of(source)
        self._changes = changed_arguments(source, self._name)
        objective = self._sign * base.loss
        self._search = Climb(source, self._name, objective, maximize, limits, seed)
        self._asked: Optional[Attempt] = None
        self._told: dict[str, tuple[Result, ...]] = {source: base.told}

    def ask(self) -> Optional[Values]:
        while True:
            found = self._search.ask()
            if not found:
                return None
            (self._asked,) = found
            if changed_arguments(self._asked.source, self._name) <= self._changes:
                return self._base.with_value(self._at, self._asked.source)
            self._search.tell(self._asked, None)

    def tell(self, told: tuple[Result, ...], loss: float) -> None:
        assert self._asked is not None
        self._told[self._asked.source] = told
        self._search.tell(self._asked, self._sign * loss)

    def best(self) -> Record:
        source, objective = self._search.best()
        loss = math.inf if objective is None else self._sign * objective
        return Record(self._base.with_value(self._at, source), self._told[source], loss)

    @property
    def why(self) -> str:
        return self._search.why


def name_of(source: str) -> str:
    """The name of the function that a text defines."""
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    return next(each.name for each in ast.parse(source).body if isinstance(each, defined))
