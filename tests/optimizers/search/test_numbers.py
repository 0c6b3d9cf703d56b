"""The search for numbers and choices."""

from __future__ import annotations

import math
from typing import Any

import pytest
from benchmarks import numeric
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_lsp.optimizers.search.numbers import NumberSearch
from trace_lsp.optimizers.search.ranges import Choice, Dimension, Number, bounds_in, dimension_of

SPACE: dict[str, Dimension] = {
    "rate": Number(0.5, 0.0, 1.0, False, 0.0, 1.0),
    "size": Number(3, 1, 9, True, 1, 9),
    "mode": Choice(("a", "b", "c"), 1),
}


def loss(values: dict[str, Any]) -> float:
    return float((values["rate"] - 0.3) ** 2 + (values["size"] - 7) ** 2 + (values["mode"] != "c"))


def searched(search: NumberSearch, count: int, batch: int = 1) -> list[dict[str, Any]]:
    history: list[dict[str, Any]] = []
    while len(history) < count and not search.is_done:
        asked = search.ask(batch)
        assert asked
        for values in asked:
            search.tell(values, loss(values))
        history += asked
    return history


def test_it_finds_the_best_of_numbers_and_choices() -> None:
    search = NumberSearch(SPACE)
    searched(search, 80)
    best = search.best()
    assert best is not None
    values, objective = best
    assert (values["size"], values["mode"]) == (7, "c")
    assert values["rate"] == pytest.approx(0.3, abs=1e-3)
    assert objective == loss(values)


def test_the_start_comes_first_unless_it_is_told() -> None:
    start = {"rate": 0.5, "size": 3, "mode": "b"}
    assert NumberSearch(SPACE).ask() == [start]
    search = NumberSearch(SPACE)
    search.tell(start, loss(start))
    assert start not in searched(search, 20)


def test_the_same_seed_asks_the_same() -> None:
    histories = [searched(NumberSearch(SPACE, seed=seed), 40) for seed in (1, 1, 2)]
    assert histories[0] == histories[1] != histories[2]


def test_more_is_better_where_it_is_to_be() -> None:
    search = NumberSearch({"x": Number(0.0, -1.0, 1.0)}, maximize=True)
    for _ in range(60):
        (values,) = search.ask()
        search.tell(values, -((values["x"] - 3.0) ** 2))
    best = search.best()
    assert best is not None
    assert best[0]["x"] == pytest.approx(3.0, abs=0.01)  # beyond where it looked first
    assert best[1] == pytest.approx(0.0, abs=1e-3)


def test_what_failed_is_never_the_best() -> None:
    search = NumberSearch(SPACE)
    assert search.best() is None
    failed = search.ask(2)
    for values, objective in zip(failed, (math.nan, None)):
        search.tell(values, objective)
    assert search.best() is None
    searched(search, 40)
    best = search.best()
    assert best is not None
    assert best[0] not in failed


def test_a_whole_batch_may_be_out_at_once() -> None:
    search = NumberSearch(SPACE, side_by_side=4)
    out = search.ask()
    assert search.ask(4) == []  # it all depends on the first
    search.tell(out[0], loss(out[0]))
    batch = search.ask(4)
    assert len(batch) == 4
    for values in reversed(batch):
        search.tell(values, loss(values))
    searched(search, 100, batch=4)
    best = search.best()
    assert best is not None
    assert best[1] < 1e-3


@pytest.mark.parametrize("batch", [1, 3])
def test_where_all_was_tried_it_is_done(batch: int) -> None:
    search = NumberSearch(
        {"on": Choice((False, True)), "n": Number(1, 0, 3, True, 0, 3)}, side_by_side=batch
    )
    history = []
    while not search.is_done:
        for values in search.ask(batch):
            history.append(tuple(values.values()))
            search.tell(values, 1.0)
    assert sorted(history) == [(on, n) for on in (False, True) for n in range(4)]
    assert search.ask() == []


def test_with_nothing_to_search_there_is_no_search() -> None:
    with pytest.raises(ValueError, match="nothing to search"):
        NumberSearch({})


def test_what_is_not_all_there_is_refused() -> None:
    with pytest.raises(KeyError):
        NumberSearch(SPACE).tell({"rate": 0.1}, 1.0)


NUMBERS = st.tuples(st.integers(-50, 50), st.integers(0, 40), st.booleans()).map(
    lambda of: Number(of[0], of[0], of[0] + of[1], of[2], of[0], of[0] + of[1])
)
FREE = st.integers(-50, 50).map(lambda low: Number(low, low, low + 3.5))
CHOICES = st.lists(st.text(max_size=3), min_size=1, max_size=4, unique=True).map(
    lambda options: Choice(tuple(options))
)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=2), NUMBERS | FREE | CHOICES, min_size=1),
    st.integers(0, 5),
    st.integers(1, 6),
    st.randoms(use_true_random=False),
)
def test_values_are_in_their_ranges_of_their_types_and_never_come_twice(
    space: dict[str, Dimension], seed: int, batch: int, rng: Any
) -> None:
    search = NumberSearch(space, seed, side_by_side=batch)
    seen: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    for _ in range(60):
        asked = search.ask(rng.randint(1, batch))
        waiting += asked
        for values in asked:
            assert values not in seen
            seen.append(values)
            assert list(values) == list(space)
            for name, dimension in space.items():
                assert dimension.holds(values[name])
                if isinstance(dimension, Number):
                    assert type(values[name]) is (int if dimension.is_whole else float)
        if not waiting:
            assert search.is_done
            break
        if not asked or rng.random() < 0.5:
            search.tell(waiting.pop(rng.randrange(len(waiting))), rng.choice([0, 1.5, None, 2]))


@pytest.mark.parametrize(
    ("constraint", "bounds"),
    [
        ("between 0 and 1", (0, 1)),
        ("A share in [0, 0.5].", (0, 0.5)),
        ("from 1 to 10", (1, 10)),
        ("1..10", (1, 10)),
        ("0 <= x <= 3", (0, 3)),
        ("at least -2", (-2, math.inf)),
        (">= 2 and <= 8", (2, 8)),
        ("at most 1e3", (-math.inf, 1000)),
        ("no more than 4, not less than 2", (2, 4)),
        ("non-negative", (0, math.inf)),
        ("It should be nice.", (-math.inf, math.inf)),
    ],
)
def test_bounds_are_read_from_a_constraint(constraint: str, bounds: tuple[float, float]) -> None:
    assert bounds_in(constraint) == bounds


@pytest.mark.parametrize(
    ("constraint", "bounds"),
    [
        ("more than 2", (3, math.inf)),
        ("< 5", (-math.inf, 4)),
        ("positive, below 2.5", (1, 2)),
        ("negative", (-math.inf, -1)),
        ("between 0.5 and 3.5", (1, 3)),
        ("above 5, below 3", (-math.inf, math.inf)),
    ],
)
def test_what_is_excluded_gives_way_to_the_next_whole_number(
    constraint: str, bounds: tuple[float, float]
) -> None:
    assert bounds_in(constraint, is_whole=True) == bounds


@pytest.mark.parametrize(
    ("value", "constraint", "dimension"),
    [
        (True, "", Choice((False, True), 1)),
        ("b", "one of 'a', 'b' or \"c\"", Choice(("a", "b", "c"), 1)),
        ("x", "Literal['a', 'b']", Choice(("a", "b"), 0)),
        (16, "one of 8, 16 and 32", Choice((8, 16, 32), 1)),
        (0.1, "choices: 0.1, 0.01", Choice((0.1, 0.01), 0)),
        (3, "", Number(3, 0, 6, True)),
        (0.5, "", Number(0.5, -0.5, 1.5)),
        (20, "at most 10", Number(10, 0, 10, True, -math.inf, 10)),
        (-5.0, "positive", Number(1e-9, 1e-9, 1e-9 + 1, False, 1e-9)),
        ("free text", "Say it nicely.", None),
        ([1], "", None),
        (math.inf, "", None),
    ],
)
def test_what_a_value_may_become(value: Any, constraint: str, dimension: Any) -> None:
    assert dimension_of(value, constraint) == dimension


def test_thirty_evaluations_are_worth_more_than_thirty_by_chance() -> None:
    ours = numeric.medians(numeric.ours, seeds=7)
    chance = numeric.medians(numeric.by_chance, seeds=7)
    assert set(ours) == {task.name for task in numeric.TASKS}
    for task, (at_30, at_100) in ours.items():
        assert at_30 <= chance[task][0], task
        assert at_100 <= at_30 * 1.5, task
