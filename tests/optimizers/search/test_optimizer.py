"""What `Search` finds in a program's own training loop."""

from __future__ import annotations

from typing import Any

import pytest

from optimizers.search.loop import (
    COUNTED,
    by_checks,
    by_error,
    count,
    digits,
    distance_to,
    learn,
    line,
    twice,
)
from trace_lsp.optimizers import Search
from trace_lsp.optimizers.search.climb import ClimbLimits
from trace_lsp.optimizers.search.outcome import Limits
from trace_lsp.trace import ExecutionError, node

# What is searched


def test_numbers_and_choices_are_searched_together() -> None:
    x = node(2.0, name="x", trainable=True, constraint="between 0 and 10")
    k = node(3, name="k", trainable=True, description="at most 9")
    way = node("left", name="way", trainable=True, constraint="one of 'left', 'right', 'up'")
    on = node(False, name="on", trainable=True)
    seen: list[tuple[Any, ...]] = []

    def evaluate(optimizer: Search) -> None:
        seen.append((x.data, k.data, way.data, on.data))
        cost = (x.data - 7.25) ** 2 + (k.data - 8) ** 2 + (way.data != "up") + (not on.data)
        optimizer.backward(x + k, cost)

    optimizer = Search([x, k, way, on])
    learn(optimizer, evaluate, 120)
    found = optimizer.best()
    assert found is not None
    values, cost = found
    assert [values[each] for each in (k, way, on)] == [8, "up", True]
    assert values[x] == pytest.approx(7.25, abs=0.01)
    assert cost == min(
        (a - 7.25) ** 2 + (b - 8) ** 2 + (c != "up") + (not d) for a, b, c, d in seen
    )
    assert all(0 <= a <= 10 and b <= 9 for a, b, _, _ in seen)
    assert len(set(seen)) == len(seen)
    assert seen[0] == (2.0, 3, "left", False)


def test_the_best_is_put_back() -> None:
    x = node(2.0, trainable=True)
    optimizer = Search([x])
    learn(optimizer, distance_to(x, 7.0), 40)
    found = optimizer.best()
    assert found is not None
    assert x.data != found[0][x]
    assert optimizer.restore() == found[0]
    assert x.data == found[0][x]
    assert optimizer.restore() == {}


def test_larger_is_better_where_it_is_said() -> None:
    x = node(2.0, trainable=True, constraint="between 0 and 10")
    optimizer = Search([x], maximize=True)
    learn(optimizer, lambda it: it.backward(x + 0, -abs(x.data - 7.0)), 60)
    found = optimizer.best()
    assert found is not None
    assert found[0][x] == pytest.approx(7.0, abs=0.1)
    assert -0.1 < found[1] <= 0


def test_numbers_may_go_by_checks() -> None:
    x = node(2, trainable=True, constraint="from 0 to 20")
    y = node(1, trainable=True, constraint="from 0 to 20")

    def evaluate(optimizer: Search) -> None:
        optimizer.backward(x + 0, "correct" if x.data >= 9 else "wrong")
        optimizer.backward(y + 0, "correct" if y.data >= 9 else "wrong")

    optimizer = Search([x, y])
    learn(optimizer, evaluate)
    assert x.data >= 9
    assert y.data >= 9
    assert optimizer.best() == ({x: x.data, y: y.data}, 0.0)


def test_the_objective_is_the_mean_over_the_outputs() -> None:
    x = node(2.0, trainable=True)
    optimizer = Search([x])
    optimizer.backward(x + 1, 1)
    optimizer.backward(x + 2, "4.0")
    optimizer.step()
    assert optimizer.best() == ({x: 2.0}, 2.5)


def test_a_function_is_repaired_by_checks() -> None:
    optimizer = Search([count.parameter])
    steps = learn(optimizer, by_checks)
    assert count.parameter.data.count("\n") == 6
    optimizer.zero_feedback()
    by_checks(optimizer)
    assert {text for _, text in optimizer._pending()} == {"True"}
    assert optimizer.best() == ({count.parameter: count.parameter.data}, 0.0)
    assert optimizer.why == "An edit passes every check."
    assert 1 < steps < 150


def test_a_program_that_stops_at_the_first_check_that_fails_is_repaired_too() -> None:
    def evaluate(optimizer: Search) -> None:
        for items, low, wanted in COUNTED:
            try:
                found = count(list(items), low)
            except ExecutionError as error:
                optimizer.backward(error.exception_node, "failed")
                return
            optimizer.backward(found, found.data == wanted)
            if found.data != wanted:
                return

    optimizer = Search([count.parameter])
    learn(optimizer, evaluate)
    assert all(count(items, low).data == wanted for items, low, wanted in COUNTED)


def test_a_function_climbs_by_numbers() -> None:
    optimizer = Search([line.parameter])
    learn(optimizer, by_error(line, lambda x: 2 * x - 1))
    found = optimizer.best()
    assert found is not None
    assert found[1] < 0.01
    assert line.parameter.data == found[0][line.parameter]
    assert "line 3, `return y * 0.5`, is now `return y * " in optimizer.why.lower()


def test_several_functions_are_searched_one_after_the_other() -> None:
    def evaluate(optimizer: Search) -> None:
        for x in (1, 2, 5):
            try:
                found = twice(count([x, x], x))
            except ExecutionError as error:
                optimizer.backward(error.exception_node, "failed")
            else:
                optimizer.backward(found, found.data == 4)

    limits = Limits(candidates=60)
    optimizer = Search([twice.parameter, count.parameter], repair_limits=limits)
    written = twice.parameter.data
    twice.parameter.update(written.replace("3", "3 - 1 + 0"))
    right = twice.parameter.data
    seen: list[tuple[bool, bool]] = []
    count_written = count.parameter.data

    def watched(optimizer: Search) -> None:
        seen.append((twice.parameter.data != right, count.parameter.data != count_written))
        evaluate(optimizer)

    learn(optimizer, watched)
    assert (True, False) in seen
    assert seen.index((True, False)) == 1
    assert optimizer.best() is not None
    assert optimizer.best()[1] == 0.0  # type: ignore[index]


def test_numbers_come_before_functions() -> None:
    x = node(2.0, trainable=True)
    optimizer = Search([line.parameter, x], limits=ClimbLimits(idle=40))
    changed: list[str] = []
    last = {x: 2.0, line.parameter: line.parameter.data}

    def evaluate(optimizer: Search) -> None:
        changed.extend(each.py_name for each in last if each.data != last[each])
        last.update({each: each.data for each in last})
        try:
            found = line(x)
            error = float(abs(found.data - 8.0))
        except (ExecutionError, TypeError):
            optimizer.backward(x + 0, None)
        else:
            optimizer.backward(found, error)

    learn(optimizer, evaluate)
    assert changed[0] == x.py_name
    assert set(changed) == {x.py_name, line.parameter.py_name}
    found = optimizer.best()
    assert found is not None
    assert found[1] < 0.001


def test_a_function_that_only_raised_at_first_climbs_as_soon_as_there_are_numbers() -> None:
    line.parameter.update(line.parameter.data.replace("3.0 + x", "x / 0.0"))
    optimizer = Search([line.parameter])
    learn(optimizer, by_error(line, lambda x: 0.7 * x))
    found = optimizer.best()
    assert found is not None
    assert found[1] < 0.01


def test_numbers_that_cannot_help_are_soon_left_for_the_function() -> None:
    x = node(2.0, trainable=True)
    optimizer = Search([x, count.parameter])
    steps: list[str] = []

    def evaluate(optimizer: Search) -> None:
        optimizer.backward(x + 0, True)
        by_checks(optimizer)
        steps.append(count.parameter.data)

    written = count.parameter.data
    learn(optimizer, evaluate)
    assert steps.count(written) == 19  # the start, and 12 and 6 for the one number
    assert optimizer.best()[1] == 0.0  # type: ignore[index]


# A candidate that runs wild


def test_what_never_ends_is_a_failure() -> None:
    raised: list[str] = []

    def evaluate(optimizer: Search) -> None:
        for n, wanted in ((0, 0), (7, 7), (12, 3), (909, 18)):
            try:
                found = digits(n)
            except ExecutionError as error:
                raised.append(str(error.exception_node.data))
                optimizer.backward(error.exception_node, raised[-1])
            else:
                optimizer.backward(found, found.data == wanted)

    optimizer = Search([digits.parameter], turns=1000)
    learn(optimizer, evaluate)
    assert any("(TooManyTurns) More than 1,000 turns" in each for each in raised)
    assert optimizer.best() == ({digits.parameter: digits.parameter.data}, 0.0)
    assert digits(10**2000 - 1).data == 18_000  # more turns than on trial


def test_what_it_is_given_stays() -> None:
    given = [list(items) for items, _, _ in COUNTED]

    def evaluate(optimizer: Search) -> None:
        for items, (_, low, _) in zip(given, COUNTED):
            try:
                found = count(items, low)
            except ExecutionError as error:
                optimizer.backward(error.exception_node, "failed")
            else:
                optimizer.backward(found, False)

    optimizer = Search([count.parameter], turns=10_000)
    assert learn(optimizer, evaluate) > 400
    optimizer.restore()
    assert given == [items for items, _, _ in COUNTED]
