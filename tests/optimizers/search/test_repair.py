"""The search for a fix: driven as a session and as a user's own loop would drive it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from benchmarks.trying import FLOOR, Check, tried

from trace_lsp.optimizers.search.outcome import Candidate, CheckResult, Limits, Outcome
from trace_lsp.optimizers.search.repair import VERDICTS, Repair

LIMITS = Limits(floor=FLOOR)
COUNT = "def count(items, low):\n    n = 0\n    for i in items:\n        if i > low:\n            n += 1\n    return n\n"  # fmt: skip
CHECKS = [
    Check(([1, 2, 3], 2), 2),
    Check(([], 1), 0),
    Check(([5, 5], 5), 2),
    Check(([1, 9], 4), 1),
    Check(([7, 8, 9], 5), 3),
]


def outcome_of(source: str, name: str, checks: list[Check], candidate: Any = None) -> Outcome:
    everything = [tuple(range(len(checks)))]
    if candidate is None:
        return tried(source, name, checks, everything, FLOOR * 5, to_the_end=True)
    return tried(source, name, checks, candidate.stages, candidate.limit)


def search_of(
    source: str, name: str, checks: list[Check], side_by_side: int = 1, limits: Limits = LIMITS
) -> Repair:
    search = Repair(source, name, outcome_of(source, name, checks), limits)
    while not search.is_done:
        batch = search.ask(side_by_side)
        assert batch or search.is_done
        for candidate in reversed(batch):  # told in any order
            search.tell(candidate, outcome_of(candidate.source, name, checks, candidate))
    return search


def failing(candidate: Candidate, passed: set[int] = frozenset()) -> Outcome:  # type: ignore[assignment]
    numbers = [number for stage in candidate.stages for number in stage]
    return {number: CheckResult(number in passed) for number in numbers}


def passing(candidate: Candidate, **more: Any) -> Outcome:
    numbers = [number for stage in candidate.stages for number in stage]
    return {number: CheckResult(True, **more) for number in numbers}


BASELINE: Outcome = {0: CheckResult(False), 1: CheckResult(True, 10.0, "int")}


@pytest.mark.parametrize("side_by_side", [1, 5])
def test_a_fault_of_one_line_is_mended(side_by_side: int) -> None:
    search = search_of(COUNT, "count", CHECKS, side_by_side)
    assert search.verdict == "found"
    assert search.why == VERDICTS["found"]
    best = search.best()
    assert best is not None
    assert best.source == COUNT.replace("i > low", "i >= low")
    assert [edit.kind for edit in best.candidate.edits] == ["comparison"]
    assert search.ask(3) == []


def test_two_faults_are_mended_by_two_edits() -> None:
    source = "def span(xs):\n    low = min(xs)\n    high = min(xs)\n    if low == 0:\n        return 1\n    return high - low\n"  # fmt: skip
    checks = [
        Check(([1, 2],), 1),
        Check(([0, 5],), 0),
        Check(([0],), 0),
        Check(([3, 9],), 6),
        Check(([2, 2],), 0),
    ]
    search = search_of(source, "span", checks)
    best = search.best()
    assert best is not None, search.why
    assert len(best.candidate.edits) == 2
    assert "high = max(xs)" in best.source


def test_a_method_in_a_module_is_mended_and_the_rest_stays() -> None:
    source = 'LIMIT = 3  # größe\n\nclass Box:\n    @staticmethod\n    def free(n):\n        """é"""\n        return LIMIT + n\n'  # fmt: skip
    checks = [Check((n,), 3 - n) for n in (0, 1, 2, 5)]
    best = search_of(source, "Box.free", checks).best()
    assert best is not None
    assert best.source == source.replace("LIMIT + n", "LIMIT - n")


def test_no_candidate_comes_twice_and_each_is_a_changed_source() -> None:
    search = Repair(COUNT, "count", BASELINE, Limits(candidates=150))
    seen = {COUNT}
    while not search.is_done:
        for candidate in search.ask(7):
            assert candidate.source not in seen
            seen.add(candidate.source)
            search.tell(candidate, failing(candidate))
    assert len(seen) == 151
    assert search.tried == 150


def test_an_answer_to_what_was_not_asked_is_refused() -> None:
    search = Repair(COUNT, "count", BASELINE)
    (candidate,) = search.ask()
    search.tell(candidate, failing(candidate))
    with pytest.raises(ValueError, match="told twice"):
        search.tell(candidate, failing(candidate))
    with pytest.raises(ValueError, match="was not asked for"):
        search.tell(replace(candidate, number=99), failing(candidate))


def test_failing_checks_go_first_and_those_that_hang_last_of_them() -> None:
    baseline = {
        0: CheckResult(True),
        1: CheckResult(False, timed_out=True),
        2: CheckResult(False),
        3: CheckResult(True),
    }
    (candidate,) = Repair(COUNT, "count", baseline).ask()
    assert candidate.stages == ((2, 1), (0, 3))


def test_of_many_checks_some_are_kept_aside_and_still_have_to_pass() -> None:
    baseline = {number: CheckResult(number >= 5) for number in range(10)}
    search = Repair(COUNT, "count", baseline)
    first, second = search.ask(2)
    assert first.stages == ((0, 1, 2, 3), (5, 6, 7, 8), (4, 9))
    search.tell(first, failing(first, set(range(9))))
    assert search.best() is None
    search.tell(second, passing(second))
    assert search.best() is not None


def test_few_checks_are_all_used() -> None:
    baseline = {number: CheckResult(number >= 2) for number in range(7)}
    (candidate,) = Repair(COUNT, "count", baseline).ask()
    assert candidate.stages == ((0, 1), (2, 3, 4, 5, 6))


def test_what_a_check_may_cost_comes_from_the_baseline() -> None:
    baseline = {0: CheckResult(False, cost=0.5), 1: CheckResult(True, cost=0.2)}
    assert Repair(COUNT, "count", baseline).ask()[0].limit == pytest.approx(5.0)
    assert Repair(COUNT, "count", BASELINE, Limits(floor=300.0)).ask()[0].limit == 300.0
    hanging = {0: CheckResult(False, cost=100.0, timed_out=True), 1: CheckResult(True, cost=0.01)}
    assert Repair(COUNT, "count", hanging).ask()[0].limit == pytest.approx(0.1)


def test_what_takes_over_twice_as_much_or_returns_another_type_is_no_fix() -> None:
    search = Repair(COUNT, "count", BASELINE)
    slow, other, right = search.ask(3)
    search.tell(slow, passing(slow, cost=21.0, type="int"))
    search.tell(other, passing(other, cost=10.0, type="bool"))
    assert search.best() is None
    search.tell(right, passing(right, cost=19.0, type="int"))
    best = search.best()
    assert best is not None
    assert best.candidate is right
    assert best.warnings == ()


def test_a_type_that_never_came_back_before_is_a_doubt_and_ranks_last() -> None:
    search = Repair(COUNT, "count", BASELINE)
    odd, plain = search.ask(2)
    as_before = CheckResult(True, 10.0, "int")
    search.tell(odd, {0: CheckResult(True, type="str"), 1: as_before})
    search.tell(plain, {0: CheckResult(True, type="int"), 1: as_before})
    assert [patch.candidate for patch in search.ranked()] == [plain, odd]
    assert "str" in search.ranked()[1].warnings[0]


def test_it_looks_a_little_beyond_the_first_patch() -> None:
    search = Repair(COUNT, "count", BASELINE, Limits(beyond=3))
    (first,) = search.ask()
    search.tell(first, passing(first, type="int"))
    assert search.verdict == "searching"
    after = []
    while not search.is_done:
        (candidate,) = search.ask()
        after.append(candidate)
        search.tell(candidate, failing(candidate))
    assert len(after) == 3
    assert search.verdict == "found"


def test_the_smaller_difference_comes_first_of_two_that_are_as_likely() -> None:
    search = Repair(COUNT, "count", BASELINE)
    long, short = search.ask(2)
    (edit,) = long.edits
    longer = (edit._replace(text=edit.text + " " * 30),)
    for patch in (replace(long, edits=longer, score=1.0), replace(short, score=1.0)):
        search.tell(patch, passing(patch, type="int"))
    assert [patch.candidate.number for patch in search.ranked()] == [short.number, long.number]


def test_what_timed_out_is_tried_again_last_with_more_patience() -> None:
    search = Repair(COUNT, "count", BASELINE, Limits(floor=1.0, patience=1.0, hopeless=10**6))
    (first,) = search.ask()
    search.tell(first, {0: CheckResult(False, timed_out=True)})
    again = []
    while not search.is_done:
        for candidate in search.ask(50):
            assert not again
            if candidate.attempt == 2:
                again.append(candidate)
            search.tell(candidate, failing(candidate))
    ((late),) = again
    assert (late.number, late.source) == (first.number, first.source)
    assert late.limit > first.limit


def test_out_of_reach_is_said_early_with_the_reason() -> None:
    search = Repair(COUNT, "count", BASELINE, Limits(hopeless=30))
    while not search.is_done:
        for candidate in search.ask(4):
            search.tell(candidate, failing(candidate))
    assert search.verdict == "out of reach"
    assert search.tried <= 33
    assert f"None of {search.tried} small edits" in search.why
    assert "1 failing check" in search.why
    assert search.best() is None


def test_an_edit_that_helps_keeps_hope_and_is_named_when_the_search_ends() -> None:
    baseline = {0: CheckResult(False), 1: CheckResult(False), 2: CheckResult(True)}
    search = Repair(COUNT, "count", baseline, Limits(hopeless=10, candidates=60))
    (first,) = search.ask()
    search.tell(first, failing(first, {0, 2}))
    depths = set()
    while not search.is_done:
        for candidate in search.ask(4):
            depths.add(len(candidate.edits))
            search.tell(candidate, failing(candidate, {2}))
    assert search.tried == 60
    assert "the best mends 1 of 2 that fail" in search.why


def test_pairs_are_made_of_what_helps() -> None:
    baseline = {0: CheckResult(False), 1: CheckResult(False), 2: CheckResult(True)}
    search = Repair("def f(a):\n    return a\n", "f", baseline, Limits(hopeless=10**6))
    (first,) = search.ask()
    search.tell(first, failing(first, {0, 2}))
    pairs = []
    while not search.is_done:
        for candidate in search.ask(50):
            pairs += [candidate] if len(candidate.edits) == 2 else []
            search.tell(candidate, failing(candidate, {2}))
    assert pairs
    assert all(pair.edits[0] == first.edits[0] for pair in pairs)
    assert not any(len(each.edits) > 2 for each in pairs)


@pytest.mark.parametrize("body", ["pass", "...", '"""Doc."""\n    raise NotImplementedError'])
def test_a_stub_is_out_of_reach_at_once(body: str) -> None:
    search = Repair(f"def f(a):\n    {body}\n", "f", BASELINE)
    assert search.verdict == "out of reach"
    assert "no code yet" in search.why
    assert search.ask() == []


def test_where_every_check_passes_there_is_nothing_to_do() -> None:
    search = Repair(COUNT, "count", {0: CheckResult(True)})
    assert (search.verdict, search.ask()) == ("nothing to do", [])


def test_without_checks_there_is_no_search() -> None:
    with pytest.raises(ValueError, match="given none"):
        Repair(COUNT, "count", {})


def test_a_search_ends_when_every_edit_was_tried() -> None:
    search = Repair("def f():\n    return None\n", "f", BASELINE, Limits(hopeless=10**6))
    waiting = search.ask(10_000)
    assert waiting
    assert search.ask() == []
    assert search.verdict == "searching"  # the answers are still to come
    for candidate in waiting:
        search.tell(candidate, failing(candidate))
    assert search.ask() == []
    assert search.verdict == "out of reach"
