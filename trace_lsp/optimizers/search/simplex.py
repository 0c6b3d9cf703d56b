"""Nelder and Mead's method, and Latin hypercubes: where in the unit cube to look next.

The methods are generators: they yield places to look at, all at once, and are sent what was found
there, in the same order. Less is better.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence

Place = tuple[float, ...]
Look = Generator[list[Place], Sequence[float], None]


def hypercube(count: int, dimensions: int, rng: random.Random) -> list[Place]:
    """So many places, of which no two share a slice of any dimension."""
    columns = []
    for _ in range(dimensions):
        slices = rng.sample(range(count), count)
        columns.append([(each + rng.random()) / count for each in slices])
    return list(zip(*columns)) if columns else [()] * count


def nelder_mead(
    start: Place, found: float, steps: Sequence[float], smallest: float, side_by_side: int
) -> Look:
    """Goes downhill from the start, until the simplex is smaller than `smallest` or all is flat.

    `steps` are how far the first simplex reaches in each dimension. With several places looked at
    side by side, the ones that a step may need are looked at all at once.
    """
    corners = [
        tuple(x + steps[i] if i == at else x for i, x in enumerate(start))
        for at in range(len(start))
    ]
    values = yield corners
    simplex = sorted([(found, start), *zip(values, corners)])
    while _size(simplex) > smallest and simplex[0][0] < simplex[-1][0]:
        (worst, last), second = simplex[-1], simplex[-2][0]
        middle = _mean([place for _, place in simplex[:-1]])
        # Reflection, expansion, contraction outside and inside.
        ways = [_along(middle, last, by) for by in (-1.0, -2.0, -0.5, 0.5)]
        ahead = list((yield ways)) if side_by_side > 1 else []
        reflected = ahead[0] if ahead else (yield ways[:1])[0]
        if reflected < simplex[0][0]:
            other = 1
        elif reflected < second:
            other = 0
        else:
            other = 2 if reflected < worst else 3
        value = reflected if other == 0 else ahead[other] if ahead else (yield [ways[other]])[0]
        best, way = min((reflected, ways[0]), (value, ways[other]))
        if best < (second if other < 2 else worst):
            simplex = sorted([*simplex[:-1], (best, way)])
        else:
            nearer = [_along(simplex[0][1], place, 0.5) for _, place in simplex[1:]]
            simplex = sorted([simplex[0], *zip((yield nearer), nearer)])


def _mean(places: Sequence[Place]) -> Place:
    return tuple(sum(each) / len(places) for each in zip(*places))


def _along(middle: Place, place: Place, by: float) -> Place:
    return tuple(m + by * (x - m) for m, x in zip(middle, place))


def _size(simplex: Sequence[tuple[float, Place]]) -> float:
    first = simplex[0][1]
    return max(abs(a - b) for _, place in simplex[1:] for a, b in zip(place, first))
