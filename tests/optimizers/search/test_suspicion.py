"""Which lines are suspected, by what failing and passing checks ran."""

from __future__ import annotations

from math import sqrt

import pytest

from trace_lsp.optimizers.search.outcome import CheckResult
from trace_lsp.optimizers.search.queue import EditQueue
from trace_lsp.optimizers.search.suspicion import suspicion
from trace_lsp.optimizers.search.target import Target


def ran(passed: bool, *lines: int) -> CheckResult:
    return CheckResult(passed, lines=frozenset(lines))


def test_lines_of_failing_checks_are_suspected_more() -> None:
    found = suspicion({0: ran(False, 1, 2), 1: ran(True, 1, 3), 2: ran(False, 1, 2)})
    assert found == pytest.approx({1: 2 / sqrt(2 * 3), 2: 1.0, 3: 0.0})


def test_without_lines_nothing_is_known() -> None:
    assert suspicion({0: CheckResult(False), 1: CheckResult(True)}) == {}


def test_without_a_failing_check_nothing_is_suspected() -> None:
    assert suspicion({0: ran(True, 1)}) == {1: 0.0}


def test_edits_of_suspected_lines_come_first() -> None:
    source = "def f(a, b):\n    if a:\n        return a < b\n    return a < b\n"
    target = Target(source, "f")
    following = EditQueue(target, suspicion({0: ran(True, 2, 3), 1: ran(False, 2, 4)})).take()
    assert following is not None
    assert following.edits[0].line == 4
    following = EditQueue(target, suspicion({0: ran(False, 2, 3), 1: ran(True, 2, 4)})).take()
    assert following is not None
    assert following.edits[0].line == 3
