"""The search by an objective: on a simulated cart, on a wrong operator, on what is best already."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from benchmarks.climbing import BEST, CART, CASES, OPERATOR, Case, climbed

from trace_lsp.optimizers.search.changes import changed, distance
from trace_lsp.optimizers.search.climb import Attempt, Climb, ClimbLimits


def asked(search: Climb) -> Iterator[Attempt]:
    """One attempt after the other, each told before the next."""
    while not search.is_done:
        yield from search.ask()


CONSTANT = "def f(x):\n    y = 2.5 * x\n    return y\n"


@pytest.fixture(autouse=True)
def _odd_code_may_warn(recwarn: pytest.WarningsRecorder) -> None: ...


@pytest.mark.parametrize("side_by_side", [1, 5])
def test_a_cart_is_steered_better(side_by_side: int) -> None:
    search = climbed(CART, side_by_side=side_by_side).search
    source, cost = search.best()
    first = CART.objective(CART.source)
    assert first is not None
    assert cost == CART.objective(source)
    assert cost is not None
    assert cost < first / 10
    assert search.tried < 600
    assert search.why.startswith("Line 3, `push = -0.5 * place`, is now `push = -")
    assert f"from {first:.6g} to {cost:.6g}, after {search.tried} candidates." in search.why


@pytest.mark.parametrize("side_by_side", [1, 5])
def test_a_wrong_operator_is_found_by_the_error_alone(side_by_side: int) -> None:
    search = climbed(OPERATOR, side_by_side=side_by_side).search
    # All else is as it was: also the numbers, which were tuned for the wrong operator first.
    right = OPERATOR.source.replace("first[1] + second[1]", "first[1] - second[1]")
    assert search.best() == (right, 0.0)
    assert "is now `along = first[1] - second[1]`: from 4.08193 to 0, after " in search.why


def test_where_nothing_helps_the_function_stays() -> None:
    search = climbed(BEST).search
    assert search.best() == (BEST.source, 0.0)
    assert search.tried == 150
    assert search.why == "None of 150 candidates is better than the function as it is (0)."


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_source_comes_twice_and_the_best_is_what_was_told(case: Case) -> None:
    search = Climb(case.source, case.name, case.objective(case.source))
    told = {case.source: case.objective(case.source)}
    for attempt in asked(search):
        assert attempt.source not in told
        told[attempt.source] = case.objective(attempt.source)
        search.tell(attempt, told[attempt.source])
    assert search.ask(3) == []
    source, objective = search.best()
    assert told[source] == objective
    assert objective is not None
    best = min(each for each in told.values() if each is not None)
    assert objective == pytest.approx(best, rel=1e-8)


def test_the_same_seed_and_answers_lead_the_same_way() -> None:
    first, second = climbed(CART).search, climbed(CART).search
    assert first.best() == second.best()
    assert first.tried == second.tried


def test_larger_is_better_where_it_is_said() -> None:
    search = Climb(CONSTANT, "f", -4.0, maximize=True)
    for attempt in asked(search):
        scope: dict[str, object] = {}
        exec(attempt.source, scope)
        try:
            value = float(scope["f"](1.0))  # type: ignore[operator]
        except (TypeError, ValueError, AttributeError, NameError):
            value = math.nan
        search.tell(attempt, -abs(value - 6.5))
    _, objective = search.best()
    assert objective == pytest.approx(0.0, abs=1e-4)


def drive(search: Climb, objective: float | None, times: int) -> None:
    for _ in range(times):
        for attempt in search.ask():
            search.tell(attempt, objective)


def test_it_ends_at_its_limits() -> None:
    search = Climb(CONSTANT, "f", 1.0, limits=ClimbLimits(idle=7))
    drive(search, 1.0, 100)
    assert (search.tried, search.is_done) == (7, True)
    search = Climb(CONSTANT, "f", 100.0, limits=ClimbLimits(candidates=9, idle=50))
    for objective in range(99, 0, -1):
        drive(search, float(objective), 1)
    assert (search.tried, search.is_done) == (9, True)


def test_what_is_waited_for_is_no_end() -> None:
    search = Climb(BEST.source, "middle", 1.0, limits=ClimbLimits(candidates=3))
    attempts = search.ask(5)
    assert len(attempts) == 3
    assert search.ask() == []
    for attempt in attempts:
        assert not search.is_done
        search.tell(attempt, 0.5 if attempt is attempts[-1] else None)
    assert search.is_done
    assert search.best() == (attempts[-1].source, 0.5)


def test_an_answer_to_what_was_not_asked_is_refused() -> None:
    search = Climb(CONSTANT, "f", 1.0)
    (attempt,) = search.ask()
    search.tell(attempt, 2.0)
    with pytest.raises(ValueError, match="told twice"):
        search.tell(attempt, 2.0)


@pytest.mark.parametrize("objective", [None, math.nan, -math.inf, 2.0, 2.0 - 1e-12])
def test_a_failure_or_a_rounding_error_is_no_gain(objective: float | None) -> None:
    search = Climb(CONSTANT, "f", 2.0)
    drive(search, objective, 1000)
    assert search.best() == (CONSTANT, 2.0)


def test_a_function_that_fails_may_become_one_that_does_not() -> None:
    search = Climb(CONSTANT, "f", None)
    assert search.best() == (CONSTANT, None)
    drive(search, None, 3)
    (attempt,) = search.ask()
    search.tell(attempt, 7.0)
    assert search.best() == (attempt.source, 7.0)
    assert ": from failing to 7, after 4 candidates." in search.why


SUM = "def total(rows):\n    count = 0\n    result = 0\n    for row in rows:\n        result = result + row\n    return result\n"  # fmt: skip


def test_of_equal_ones_the_nearest_wins_but_not_by_a_statement_fewer() -> None:
    search = Climb(SUM, "total", 9.0, limits=ClimbLimits(candidates=3000, idle=3000))
    told: dict[str, str] = {}
    deletions = 0
    for attempt in asked(search):
        assert attempt.edit is not None
        is_deletion = attempt.edit.kind == "statement deleted"
        deletions += is_deletion
        # The first edit is a gain, and from then on all are as good, as of a lazy objective.
        search.tell(attempt, 1.0)
        if not is_deletion:
            told[attempt.source] = attempt.edit.kind
    assert deletions
    best, _ = search.best()
    assert best in told
    assert distance(SUM, best) == min(distance(SUM, each) for each in told)


def test_of_equal_ones_that_with_a_statement_fewer_stays_behind_though_it_is_nearer() -> None:
    search = Climb(SUM, "total", 9.0, limits=ClimbLimits(candidates=3000, idle=3000))
    best, nearer = "", 0
    for attempt in asked(search):
        assert attempt.edit is not None
        far = distance(SUM, attempt.source)
        is_fewer = best and attempt.edit.kind == "statement deleted" and far < distance(SUM, best)
        nearer += bool(is_fewer)
        best = best or (attempt.source if far > 7 else "")
        search.tell(attempt, 1.0 if attempt.source == best or is_fewer else 9.0)
    assert nearer
    assert search.best() == (best, 1.0)


def test_edits_are_tried_with_the_numbers_as_they_were_and_as_they_are_now() -> None:
    search = Climb(CONSTANT, "f", 9.0)
    (tuned,) = search.ask()
    search.tell(tuned, 1.0)
    number = tuned.source.split(" * x")[0].rsplit(" ")[-1]
    edited = [each.source for each in asked_and_told(search) if each.edit is not None]
    assert number != "2.5"
    assert any("2.5" in each for each in edited)
    assert any(number in each for each in edited)


def asked_and_told(search: Climb) -> Iterator[Attempt]:
    for attempt in asked(search):
        yield attempt
        search.tell(attempt, 9.0)


def test_a_statement_fewer_is_taken_where_it_is_better() -> None:
    search = Climb(SUM, "total", 9.0, limits=ClimbLimits(candidates=3000, idle=3000))
    found = ""
    for attempt in asked(search):
        assert attempt.edit is not None
        is_it = not found and attempt.edit.kind == "statement deleted"
        search.tell(attempt, 1.0 if is_it else 9.0)
        found = attempt.source if is_it else found
    assert search.best() == (found, 1.0)


def test_changes_in_words() -> None:
    assert changed("a\nb\n", "a\nb\n") == ""
    assert changed("  a = 1\nb\n", "  a = 2\nb\n") == "line 1, `a = 1`, is now `a = 2`"
    assert changed("a\nb\nc\n", "a\nc\n") == "line 2, `b`, is gone"
    assert changed("a\nc\n", "a\nb\nc\n") == "`b` is new at line 2"
    many = changed("a\nx\nb\nx\nc\nx\nd\nx\ne", "1\nx\n2\nx\n3\nx\n4\nx\n5")
    assert many.endswith("line 5, `c`, is now `3`; 2 more places changed")
    assert changed("a" * 100, "b").startswith(f"line 1, `{'a' * 59}…`, ")


def test_a_distance_counts_tokens() -> None:
    assert distance("a = 1\n", "a = 1 # why\n") == 1
    assert distance("a = 1\n", "a  =  2\n") == 2
    assert distance("a = 1\n", "a = 1 + 1\n") == 2
