"""The search for better numbers and choices: a look around, then downhill, again and again."""

from __future__ import annotations

import math
import random
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Optional

from trace_lsp.optimizers.search.ranges import Choice, Dimension, Number
from trace_lsp.optimizers.search.simplex import Place, hypercube, nelder_mead

_STEP = 0.2  # of a range: how far the first simplex reaches
_SMALLEST = 1e-7  # of a range: simplexes smaller than that are begun anew
_IDLE = 300  # so many known places one after the other, and it is time for one by chance
_LAST = 1500  # and so many, and there may be no other that is worth a look

Point = tuple[Place, tuple[int, ...]]
"""The numbers' places, and which option each choice takes."""

Rounds = Generator[list[Point], Sequence[float], None]
Better = Generator[list[Point], Sequence[float], tuple[Point, float]]


class NumberSearch:
    """Proposes values and is told how good they are, less being better unless it is to `maximize`.

    `dimensions` says by name what each value may become. The same seed and the same answers lead to
    the same proposals. `side_by_side` is how many can be tried at once: with more than one, a step
    downhill asks for all that it may need. The first proposal is the start, unless it was told.
    """

    def __init__(
        self,
        dimensions: Mapping[str, Dimension],
        seed: int = 0,
        maximize: bool = False,
        side_by_side: int = 1,
    ) -> None:
        if not dimensions:
            raise ValueError("There is nothing to search: no number and no choice was given.")
        self.dimensions = dict(dimensions)
        self.maximize = maximize
        self._side_by_side = side_by_side
        self._numbers = [each for each in dimensions.values() if isinstance(each, Number)]
        self._choices = [each for each in dimensions.values() if isinstance(each, Choice)]
        self._random = random.Random(seed)  # noqa: S311
        self._told: dict[tuple[Any, ...], float] = {}
        self._waiting: set[tuple[Any, ...]] = set()
        self._rounds = self._looking()
        self._round = next(self._rounds)
        self._at = 0

    # Asking and telling

    def ask(self, n: int = 1) -> list[dict[str, Any]]:
        """Up to n sets of values that were not asked for before.

        Fewer come where the answers to others decide how to go on; none where every combination
        was tried, or every whole number far around.
        """
        found: list[dict[str, Any]] = []
        idle = 0
        while len(found) < n and not self.is_done and idle < _LAST:
            if self._at == len(self._round):
                if self._is_waiting():
                    break
                self._next_round()
                continue
            point = self._round[self._at] if idle < _IDLE else self._by_chance(idle // _IDLE)
            self._at += idle < _IDLE
            key = self._key(point)
            if key in self._told or key in self._waiting:
                idle += 1
                continue
            idle = 0
            self._waiting.add(key)
            found.append(dict(zip(self.dimensions, key)))
        return found

    def _is_waiting(self) -> bool:
        return any(self._key(point) not in self._told for point in self._round)

    def _next_round(self) -> None:
        self._round = self._rounds.send([self._told[self._key(each)] for each in self._round])
        self._at = 0

    def tell(self, values: Mapping[str, Any], objective: Optional[float]) -> None:
        """How good these values are, asked for or not; None or NaN if they failed.

        Raises KeyError if a value is missing.
        """
        key = tuple(values[name] for name in self.dimensions)
        self._waiting.discard(key)
        failed = objective is None or math.isnan(objective)
        sign = -1.0 if self.maximize else 1.0
        self._told[key] = math.inf if failed else sign * float(objective or 0.0)

    def best(self) -> Optional[tuple[dict[str, Any], float]]:
        """The best values so far, and how good they are; None if none succeeded."""
        key = min(self._told, key=self._told.__getitem__, default=None)
        if key is None or self._told[key] == math.inf:
            return None
        loss = self._told[key]
        return dict(zip(self.dimensions, key)), -loss if self.maximize else loss

    @property
    def is_done(self) -> bool:
        """Whether every combination was asked for. With floats there is always another."""
        if math.isinf(self._combinations):
            return False
        within = sum(map(self._holds, self._told))
        return within + len(self._waiting) >= self._combinations

    def _holds(self, key: tuple[Any, ...]) -> bool:
        return all(each.holds(value) for each, value in zip(self.dimensions.values(), key))

    @cached_property
    def _combinations(self) -> float:
        total = 1.0
        for each in self.dimensions.values():
            if isinstance(each, Choice):
                total *= len(each.options)
            elif each.is_whole:
                total *= each.most - each.least + 1
            elif each.most > each.least:
                total = math.inf
        return total

    # Looking

    def _looking(self) -> Rounds:
        """A look around, then each choice in turn and downhill from the best, again and again."""
        start = tuple(each.place(each.start) for each in self._numbers)
        point: Point = (start, tuple(each.start for each in self._choices))
        loss = (yield [point])[0]
        point, loss = yield from self._around(point, loss)
        for step in self._steps():
            point, loss = yield from self._sweep(point, loss)
            point, loss = yield from self._downhill(point, loss, step)
            if not self._numbers:
                point, loss = yield from self._around(point, loss)

    def _steps(self) -> Iterator[float]:
        yield _STEP
        while True:
            yield self._random.choice((0.5, 0.25, 0.1, 0.03))

    def _around(self, point: Point, loss: float) -> Better:
        count = max(4, len(self.dimensions) + 1)
        places = hypercube(count, len(self._numbers), self._random)
        points = [(place, self._options_by_chance()) for place in places]
        return _better(point, loss, points, (yield points))

    def _sweep(self, point: Point, loss: float) -> Better:
        """Every option of each choice, the others as they are at their best."""
        for at, choice in enumerate(self._choices):
            place, options = point
            others = [
                (place, (*options[:at], other, *options[at + 1 :]))
                for other in range(len(choice.options))
                if other != options[at]
            ]
            if others:
                point, loss = _better(point, loss, others, (yield others))
        return point, loss

    def _downhill(self, point: Point, loss: float, step: float) -> Better:
        if not self._numbers:
            return point, loss
        start, options = point
        steps = [self._first_step(each, x, step) for each, x in zip(self._numbers, start)]
        walk = nelder_mead(start, loss, steps, _SMALLEST, self._side_by_side)
        places = next(walk)
        while True:
            points = [(self._inside(place), options) for place in places]
            losses = yield points
            point, loss = _better(point, loss, points, losses)
            try:
                places = walk.send(losses)
            except StopIteration:
                return point, loss

    def _first_step(self, number: Number, place: float, step: float) -> float:
        """How far, and which way: into the range, and one whole number at least."""
        if number.is_whole and number.high > number.low:
            step = max(step, 1.0 / (number.high - number.low))
        towards = 1.0 if self._random.random() < 0.5 else -1.0
        lowest, highest = number.place(number.least), number.place(number.most)
        fits = lowest <= place + towards * step <= highest
        return towards * step if fits else -towards * step

    def _inside(self, place: Place) -> Place:
        return tuple(
            min(max(x, each.place(each.least)), each.place(each.most))
            if each.high > each.low
            else 0.0
            for each, x in zip(self._numbers, place)
        )

    def _by_chance(self, reach: int) -> Point:
        (place,) = hypercube(1, len(self._numbers), self._random)
        # Wider than the range, and ever wider, for where nothing closes it.
        wide = 2.0**reach
        return tuple(wide * (x - 0.5) + 0.5 for x in place), self._options_by_chance()

    def _options_by_chance(self) -> tuple[int, ...]:
        return tuple(self._random.randrange(len(each.options)) for each in self._choices)

    def _key(self, point: Point) -> tuple[Any, ...]:
        """The values at a point, in the order of the dimensions."""
        numbers, choices = iter(point[0]), iter(point[1])
        return tuple(
            each.options[next(choices)] if isinstance(each, Choice) else each.value(next(numbers))
            for each in self.dimensions.values()
        )


def _better(
    point: Point, loss: float, points: Sequence[Point], losses: Sequence[float]
) -> tuple[Point, float]:
    """The best of what was known and what is."""
    best = min(range(len(points)), key=losses.__getitem__)
    return (points[best], losses[best]) if losses[best] < loss else (point, loss)
