"""Constraints that can be checked, and those that are only text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.chat import Reply
from trace_lsp.optimizers.constraints import broken
from trace_lsp.optimizers.problem import Problem, Variable
from trace_lsp.optimizers.reply import read_reply


@pytest.mark.parametrize(
    ("constraint", "now", "kept", "broken_by", "words"),
    [
        ("between 0 and 1", 0.5, [0, 1, 0.25], [-0.1, 1.5], "between 0 and 1"),
        (
            "A share. It is Between -1.5 and 1e3.",
            0,
            [-1.5, 1000],
            [-2, 1001],
            "between -1.5 and 1e3",
        ),
        ("from 1 to 5, please", 1, [5], [6], "from 1 to 5"),
        ("in [0, 10]", 1, [10], [11], "in [0, 10]"),
        ("at most 10", 1, [10, -5], [11], "at most 10"),
        ("no more than 10", 1, [10], [11], "at most 10"),
        ("at least 2 and at most 4", 3, [2, 4], [1], "at least 2"),
        ("at least 2 and at most 4", 3, [2, 4], [5], "at most 4"),
        ("less than 3", 1, [2.9], [3], "less than 3"),
        ("x > 0", 1, [0.1], [0], "> 0"),
        ("must be >= 0", 1, [0], [-1], ">= 0"),
        ("a positive number", 1, [2], [0], "positive"),
        ("non-negative", 1, [0], [-1], "non-negative"),
        ("one of a, b, c", "a", ["b", "c"], ["d", "A"], "one of a, b, c"),
        (
            "One of: 'low', 'very high'.",
            "low",
            ["very high"],
            ["high"],
            "One of: 'low', 'very high'",
        ),
        ("must be one of [1, 2, 4]", 1, [2, 4.0], [3], "one of [1, 2, 4]"),
        ("one of red, green or blue", "red", ["blue"], ["black"], "one of red, green or blue"),
        ("one of 0.1, 1", 0.1, [1, 1.0], [2], "one of 0.1, 1"),
    ],
)
def test_what_can_be_checked(
    constraint: str, now: Any, kept: list[Any], broken_by: list[Any], words: str
) -> None:
    assert [broken(constraint, now, value) for value in kept] == [""] * len(kept)
    assert [broken(constraint, now, value) for value in broken_by] == [words] * len(broken_by)


@pytest.mark.parametrize(
    ("constraint", "now", "value"),
    [
        ("between 5 and 10 words", "some words", "other words"),
        ("between 1 and 10 digits", 5, 12345),
        ("one of the words in the list", "a", "b"),
        ("one of many", "a", "b"),
        ("not one of a, b", "c", "a"),
        ("never at least 3", 1, 2),
        ("at most 3, if it rains", 1, 5),
        ("usually between 0 and 1", 0.5, 2),
        ("at most 10", 50, 70),
        ("one of a, b", "c", "d"),
        ("The code should start with:\ndef f(x):", "a", "b"),
        ("at most 3", True, False),
        ("", 1, 2),
    ],
)
def test_what_stays_text(constraint: str, now: Any, value: Any) -> None:
    assert broken(constraint, now, value) == ""


@given(
    st.text() | st.text("atmosbewn 019.-<>=[],'onef"),
    st.integers() | st.text(),
    st.integers() | st.text(),
)
def test_of_any_words_the_present_value_breaks_none(constraint: str, now: Any, value: Any) -> None:
    assert broken(constraint, now, now) == ""
    assert isinstance(broken(constraint, now, value), str)


def test_a_suggestion_that_breaks_a_constraint_is_refused() -> None:
    variable = Variable("share", "float", "0.5", "A share.\nbetween 0 and 1", 1)
    problem = Problem("", (), (), (variable,), (), (), (), (), "")

    def read(value: Any) -> Any:
        reply = Reply(json.dumps({"reasoning": "", "suggestion": {"share": value}}))
        return read_reply(reply, problem).values["share"]

    assert read(1) == 1.0
    with pytest.raises(ReplyRefused) as refused:
        read("1.5")
    assert refused.value.reason == "constraintBroken"
    assert refused.value.message == (
        "A suggested value breaks a constraint. `share` is to be between 0 and 1; it says '1.5'."
    )
