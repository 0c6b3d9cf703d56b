"""Functions to be made better by an objective, for the search's benchmark and tests."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trace_lsp.optimizers.search.climb import Climb, ClimbLimits

# The benchmark runs in this folder, the tests import it as a package.
trying = importlib.import_module("benchmarks.trying" if __package__ else "trying")

LINES = 200_000
"""What an evaluation may take, in lines of the function."""


@dataclass(frozen=True)
class Case:
    """A function's text, and what it costs to use it: less is better."""

    name: str
    source: str
    cost: Callable[[Any], float]

    def objective(self, source: str) -> float | None:
        """What the text comes to; None if it fails."""
        try:
            with trying.quiet(), trying.limited(LINES):
                cost = self.cost(trying.loaded(source, self.name))
        except (Exception, trying.TooLong):  # noqa: BLE001
            return None
        return cost if isinstance(cost, float) and math.isfinite(cost) else None


def _cart(steer: Any) -> float:
    """A cart on a track is to come to rest at 0, from several places: the distance over the time,
    and what the pushes cost."""
    total = 0.0
    for place, speed in ((1.0, 0.0), (-2.0, 0.5), (0.5, -1.5)):
        for _ in range(150):
            push = min(max(float(steer(place, speed)), -3.0), 3.0)
            speed += 0.05 * (push - 0.1 * speed)
            place += 0.05 * speed
            total += 0.05 * (place * place + 0.02 * push * push)
    return total


def _distance(distance: Any) -> float:
    pairs = [((0.0, 0.0), (3.0, 4.0)), ((1.0, 2.0), (1.0, 5.0)), ((-1.0, 0.5), (2.0, 0.25))]
    return math.fsum(abs(distance(a, b) - math.dist(a, b)) for a, b in pairs)


def _fuel(model: Any) -> float:
    """Whether a formula with two wrong numbers and a wrong operator agrees with what was measured."""
    speeds = [10.0 * step for step in range(1, 14)]
    return math.fsum(abs(model(v) - (4.0 + 0.02 * v + 0.0004 * v * v)) for v in speeds)


def _median(middle: Any) -> float:
    """How far it is from the middle of some rows: it is the middle already."""
    rows = [[3, 1, 2], [5], [4, 4, 9, 1, 0]]
    return float(sum(abs(middle(row) - sorted(row)[len(row) // 2]) for row in rows))


CART = Case(
    "steer",
    '''def steer(place, speed):
    """The push that brings the cart to 0."""
    push = -0.5 * place
    push = push + 0.1 * speed
    return push
''',
    _cart,
)
OPERATOR = Case(
    "distance",
    """def distance(first, second):
    across = first[0] - second[0]
    along = first[1] + second[1]
    return (across ** 2 + along ** 2) ** 0.5
""",
    _distance,
)
FORMULA = Case(
    "fuel",
    """def fuel(speed):
    base = 2.0
    drag = 0.001 * speed / speed
    return base + 0.03 * speed + drag
""",
    _fuel,
)
BEST = Case(
    "middle",
    """def middle(row):
    ordered = sorted(row)
    return ordered[len(ordered) // 2]
""",
    _median,
)
CASES = (CART, OPERATOR, FORMULA, BEST)


@dataclass(frozen=True)
class Climbed:
    """A search at its end, and how many candidates it took to the best."""

    search: Climb
    to_the_best: int


def climbed(case: Case, limits: ClimbLimits | None = None, side_by_side: int = 1) -> Climbed:
    """The search on the case, to its end."""
    search = Climb(case.source, case.name, case.objective(case.source), limits=limits)
    first, to_the_best = search.best()[0], 0
    while not search.is_done:
        for attempt in reversed(search.ask(side_by_side)):  # told in any order
            search.tell(attempt, case.objective(attempt.source))
            if search.best()[0] != first:
                first, to_the_best = search.best()[0], search.tried
    return Climbed(search, to_the_best)
