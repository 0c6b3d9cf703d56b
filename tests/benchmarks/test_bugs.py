"""The bug sets themselves: each bug is one, and what is right is told from what is wrong."""

from __future__ import annotations

import bugs
import bugs_seen
import pytest
from bugs_format import Bug
from search import LIMITS, checks_of, held_out, is_right, repaired
from trying import FLOOR, Check, tried

ALL = [*bugs.BUGS, *bugs_seen.BUGS]


@pytest.mark.parametrize("bug", ALL, ids=lambda bug: bug.name)
def test_the_right_function_passes_and_the_buggy_one_fails(bug: Bug) -> None:
    checks = checks_of(bug, bug.checks, False)
    assert len(checks) == len(bug.checks)
    numbers = tuple(range(len(checks)))
    right = tried(bug.right, bug.name, checks, [numbers], FLOOR, to_the_end=True)
    assert all(right[number].passed for number in numbers)
    wrong = tried(bug.wrong, bug.name, checks, [numbers], FLOOR, to_the_end=True)
    assert not all(number in wrong and wrong[number].passed for number in numbers)


@pytest.mark.parametrize("bug", ALL, ids=lambda bug: bug.name)
def test_held_out_checks_tell_right_from_wrong(bug: Bug) -> None:
    hidden = held_out(bug)
    assert len(hidden) > len(bug.checks)
    assert is_right(bug, bug.right, hidden)
    assert not is_right(bug, bug.wrong, hidden)


def test_no_bug_is_in_both_sets() -> None:
    assert len(bugs.BUGS) >= 60
    assert len({bug.right for bug in ALL}) == len(ALL)


def test_a_finding_says_what_was_offered_and_whether_it_is_right() -> None:
    (bug,) = [bug for bug in bugs_seen.BUGS if bug.name == "gcd"]
    found = repaired(bug, LIMITS)
    assert (found.verdict, found.kind, found.is_right) == ("found", "arguments swapped", True)
    assert found.offered == bug.right
    assert 0 < found.first <= found.candidates


@pytest.mark.parametrize(
    "body",
    ["while True: pass", "return 10 ** 10 ** 10", "import os; os._exit(0)", "return [0] * 10 ** 12",
     "return f(a)", "import os; os.kill(os.getpid(), 9)"],
)  # fmt: skip
def test_a_candidate_that_runs_wild_is_ended_and_fails(body: str) -> None:
    checks = [Check((1,), 2), Check((2,), 3)]
    outcome = tried(f"def f(a):\n    {body}\n", "f", checks, [(0, 1)], FLOOR)
    assert not any(result.passed for result in outcome.values())
    assert 0 in outcome
