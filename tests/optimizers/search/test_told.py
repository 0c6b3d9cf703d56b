"""What feedback says of better or worse."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from trace_lsp.errors import FeedbackUnclear
from trace_lsp.optimizers.search.told import loss_of, outcome_of, plain, results
from trace_lsp.trace import ExecutionError, node
from trace_lsp.trace.values import text_of

X = node(1)


def told(*feedback: Any) -> tuple[Any, ...]:
    return results([(X, text_of(plain(each))) for each in feedback])


@pytest.mark.parametrize(
    ("feedback", "number"),
    [
        (0.5, 0.5), (3, 3.0), (" -1e-3 ", -1e-3), ("1_000", 1000.0), (1 / 3, 1 / 3),
        (np.float64(1 / 3), 1 / 3), (np.float32(0.5), 0.5), (np.int64(7), 7.0), (np.array(0.25), 0.25),
        ("np.float64(0.5)", 0.5), (node(np.float64(2.5)), 2.5),
        (math.nan, None), (math.inf, None), (None, None),
    ],
)  # fmt: skip
def test_numbers(feedback: Any, number: float | None) -> None:
    (found,) = told(feedback.data if isinstance(feedback, type(X)) else feedback)
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    "feedback",
    [
        True, "True", "true", "correct", "Correct!", "Correct. Good job.", "passed", np.True_,
        "np.True_", "The answer is correct! No need to change anything.", "Success\nmore",
        "Test case passed! (3 of 3)", "not wrong", "yes", "It is right.", "Your answer is correct.",
    ],
)  # fmt: skip
def test_right(feedback: Any) -> None:
    assert told(feedback) == (True,)


@pytest.mark.parametrize(
    "feedback",
    [
        False, "False", "wrong", "Incorrect", "Incorrect, it should be 4", "not correct",
        "The answer is wrong. We expect the output of your answer to be 5.", "failed: 3 != 4",
        "Wrong (4 was wanted)", np.False_, "No", "The output is not right",
    ],
)  # fmt: skip
def test_wrong(feedback: Any) -> None:
    assert told(feedback) == (False,)


@pytest.mark.parametrize(
    "feedback",
    ["", "should be 4", "Correct, but slow", "rightly so", "a bit less", [1.0, 2.0], np.array([1, 2]),
     "0.5 of them", "truth"],
)  # fmt: skip
def test_what_says_nothing_is_an_error_that_says_what_would(feedback: Any) -> None:
    with pytest.raises(FeedbackUnclear, match=r"The feedback on int:\d+ says nothing") as caught:
        told(True, feedback)
    assert caught.value.kind == "feedbackUnclear"
    assert "maximize=True" in caught.value.message
    assert repr(text_of(feedback)) in caught.value.message


def test_numbers_and_checks_cannot_be_added_up() -> None:
    with pytest.raises(FeedbackUnclear, match="Give one number for each output, or one verdict"):
        told(True, 0.5)


def test_an_exception_is_a_failure() -> None:
    with pytest.raises(ExecutionError) as caught:
        X / 0
    failed = caught.value.exception_node
    assert results([(failed, "anything"), (failed, "0.5")]) == (None, None)
    assert told(str(failed.data), ValueError("0"), caught.value) == (None, None, None)
    assert told(KeyError("True"), str(caught.value)) == (None, None)


def test_another_librarys_number_is_made_pythons_own() -> None:
    assert type(plain(np.float64(0.1))) is float
    assert plain("text") == "text"
    rows = np.array([1, 2])
    assert plain(rows) is rows
    assert plain(Decimal(2)) == Decimal(2)


@pytest.mark.parametrize(
    ("told", "maximize", "loss"),
    [
        ((1.0, 3.0), False, 2.0),
        ((1.0, 3.0), True, -2.0),
        ((1.0, None), True, math.inf),
        ((None,), False, math.inf),
        ((True, False, None), True, 2.0),
        ((True,), True, 0.0),
    ],
)
def test_what_should_be_small(told: Any, maximize: bool, loss: float) -> None:
    assert loss_of(told, maximize) == loss


@pytest.mark.parametrize(
    ("told", "known", "passed"),
    [
        ((True, None, False), 3, [True, False, False]),
        ((True,), 3, [True]),
        # A program that stops where the first check fails gives more of them later.
        ((True, True, True), 1, [True]),
        ((True, True, False), 1, [False]),
        ((True, True, False), 2, [True, False]),
    ],
)
def test_checks_by_number(told: Any, known: int, passed: list[bool]) -> None:
    outcome = outcome_of(told, known)
    assert [outcome[number].passed for number in range(len(outcome))] == passed
