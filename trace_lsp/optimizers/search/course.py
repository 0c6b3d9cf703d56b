"""A whole search: the numbers together, then the functions one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

from trace_lsp.errors import FeedbackUnclear
from trace_lsp.optimizers.search.climb import ClimbLimits
from trace_lsp.optimizers.search.outcome import Limits
from trace_lsp.optimizers.search.ranges import Dimension
from trace_lsp.optimizers.search.told import Result, kind_of, loss_of
from trace_lsp.optimizers.search.turns import (
    ClimbTurn,
    NumbersTurn,
    Record,
    RepairTurn,
    Turn,
    Values,
)

Told = tuple[Result, ...]


class Way(NamedTuple):
    """How a search goes: which way is good, by which seed, and how far."""

    maximize: bool = False
    seed: int = 0
    limits: ClimbLimits = ClimbLimits()
    repair_limits: Limits = Limits()


class Course:
    """Proposes sets of values, each told before the next.

    `dimensions` say for each value what it may become, None where it is a function's source. The
    first values that are told are where it begins. The same history leads to the same proposals.
    """

    def __init__(self, dimensions: Sequence[Optional[Dimension]], way: Way) -> None:
        self.way = way
        self.kind = ""
        self.asked: Optional[Values] = None
        self.history: list[tuple[Values, Told]] = []
        self._dimensions = tuple(dimensions)
        self._base: Optional[Record] = None
        self._turns = self._order()
        self._at: Optional[int] = None
        self._turn: Optional[Turn] = None
        self._ended: list[str] = []

    def _order(self) -> list[Optional[int]]:
        """The turns: None for that of the numbers, else the place of a function."""
        codes = [at for at, each in enumerate(self._dimensions) if each is None]
        has_numbers = len(codes) < len(self._dimensions)
        return [*([None] if has_numbers else []), *codes]

    def tell(self, values: Values, told: Told) -> None:
        """How values did, those that were `asked` for or others.

        Raises FeedbackUnclear if before it was numbers and now it is checks, or the other way
        round.
        """
        kind = kind_of(told)
        if kind and self.kind and kind != self.kind:
            raise FeedbackUnclear(
                f"The feedback of earlier steps was {self.kind}, and now it is {kind}: a search "
                "goes by one of them to the end."
            )
        is_news = bool(kind and not self.kind)
        self.kind = kind or self.kind
        self.history.append((values, told))
        self._take(Record(values, told, loss_of(told, self.way.maximize)), is_news)
        while self.asked is None and not self.is_done:
            self._go_on()

    def _take(self, record: Record, is_news: bool) -> None:
        if self._base is None:
            self._base = record
            self._next_turn()
        elif self._turn is not None and record.values == self.asked:
            self.asked = None
            self._turn.tell(record.told, record.loss)
            if is_news and self._at is not None:
                # A function is edited in another way by numbers than by checks.
                self._begin(record)
        elif record.loss < self.best().loss:
            self.asked = None
            self._begin(record)

    def _go_on(self) -> None:
        assert self._turn is not None
        self.asked = self._turn.ask()
        if self.asked is None:
            self._base = self._turn.best()
            self._ended.append(self._turn.why)
            self._next_turn()

    def _next_turn(self) -> None:
        self._turn = None
        if self._turns:
            assert self._base is not None
            self._at = self._turns.pop(0)
            self._begin(self._base)

    def _begin(self, record: Record) -> None:
        """The turn that it is, from that record on if it is better."""
        assert self._base is not None
        known = self.best()
        base = self._base = record if record.loss < known.loss else known
        way, at = self.way, self._at
        if at is None:
            numbers = {n: each for n, each in enumerate(self._dimensions) if each is not None}
            is_first = len(numbers) < len(self._dimensions)
            self._turn = NumbersTurn(base, numbers, way.limits, way.seed, is_first)
        elif self.kind == "numbers":
            self._turn = ClimbTurn(base, at, way.limits, way.seed, way.maximize)
        else:
            self._turn = RepairTurn(base, at, way.repair_limits)

    def best(self) -> Record:
        """The best so far. Raises ValueError if nothing was told."""
        if self._base is None:
            raise ValueError("Nothing was told yet.")
        return self._turn.best() if self._turn is not None else self._base

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to try."""
        return self._base is not None and self._turn is None

    @property
    def why(self) -> str:
        """How it stands, in a few sentences for a person."""
        now = [self._turn.why] if self._turn is not None else []
        return " ".join([*self._ended, *now]) or "Nothing was told yet."

    def __deepcopy__(self, memo: dict[int, Any]) -> Course:
        # A search under way is held by a generator, which cannot be copied: it is gone through again.
        return replayed(self._dimensions, self.way, self.history)


def replayed(
    dimensions: Sequence[Optional[Dimension]], way: Way, history: Sequence[tuple[Values, Told]]
) -> Course:
    """The search as it stands after all this was told."""
    course = Course(dimensions, way)
    for values, told in history:
        course.tell(values, told)
    return course
