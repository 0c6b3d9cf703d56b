from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace.graph import NodeRecord, Operator, Place
from trace_lsp.views.values import (
    base_name,
    counted,
    line_of,
    one_line,
    operator_name,
    place_text,
    place_uri,
    times,
    value_line,
    visible,
)

from .recorded import BETTER, HOSTILE


@given(st.text(alphabet=st.characters()))
def test_visible_text_can_be_encoded_and_steers_nothing(text: str) -> None:
    seen = visible(text)
    seen.encode("utf-8")
    assert all(c in "\n\t" or ord(c) >= 0x20 for c in seen)
    assert not set(seen) & set("\x7f\x9b\u2028\u202e\u2066\ufeff\ufffe")
    assert visible(seen) == seen


def test_visible_writes_out_what_it_takes_away() -> None:
    assert visible("a\r\nb\rc\x1b[31m\u202ed\ud800") == "a\nb\\x0dc\\x1b[31m\\u202ed\\ud800"
    assert visible("שלום é 日本\t✗") == "שלום é 日本\t✗"


@given(st.text(alphabet=st.characters()), st.integers(1, 60))
def test_one_line_is_one_line_of_at_most_the_width(text: str, width: int) -> None:
    line = one_line(text, width)
    assert "\n" not in line
    assert len(line) <= width


def test_one_line_marks_what_it_joins_and_what_it_cuts() -> None:
    assert one_line("a\n    b\n\nc", 20) == "a ↵ b ↵ c"
    assert one_line("abcdef", 6) == "abcdef"
    assert one_line("abcdefg", 6) == "abcde…"
    assert one_line(" " * 50 + "x", 10) == "…"


def test_one_line_looks_at_no_more_than_it_shows() -> None:
    class Counted(str):
        longest = 0

        def __getitem__(self, key: Any) -> str:
            part = str.__getitem__(self, key)
            Counted.longest = max(Counted.longest, len(part))
            return part

    one_line(Counted("x" * 1_000_000), 50)
    assert Counted.longest <= 100


@pytest.mark.parametrize(
    ("value", "type", "line"),
    [
        ("hello", "str", "'hello'"),
        ("two\nlines", "str", "'two\\nlines'"),
        ("[1, 2]", "list", "[1, 2]"),
        (BETTER, "code", "def strange_sort(numbers): …"),
        ("def f(): return 1", "code", "def f(): return 1"),
        ("", "str", "''"),
    ],
)
def test_a_value_is_written_as_its_type_is(value: str, type: str, line: str) -> None:
    assert line_of(value, type, 60) == line


def test_a_failure_is_not_shown_as_a_string() -> None:
    failed = NodeRecord(0, "exception_f0", "str", "(ValueError) no", error="f()  # <---")
    assert value_line(failed, 40) == "(ValueError) no"


@pytest.mark.parametrize(
    ("operator", "name"),
    [
        (Operator("eval", "", "strange_sort"), "strange_sort"),
        (Operator("eval", "", "Agent.act"), "Agent.act"),
        (Operator("eval", "", "make.<locals>.inner"), "inner"),
        (Operator("add", ""), "add"),
        (Operator("exception_add", ""), "add"),
    ],
)
def test_an_operator_is_called_what_the_user_calls_it(operator: Operator, name: str) -> None:
    assert operator_name(operator) == name


def test_places() -> None:
    assert place_text(Place("/a/b c/sort.py", 12)) == "sort.py:12"
    assert place_text(Place("C:\\a\\sort.py", 12)) == "sort.py:12"
    assert place_text(None) == ""
    assert place_uri(Place("/a/b c (1)/sort.py", 12)) == "file:///a/b%20c%20%281%29/sort.py#L12"
    assert place_uri(Place("<string>", 12)) == ""
    assert place_uri(None) == ""
    assert base_name("/a/b/") == "/a/b/"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_place_is_one_line_whatever_the_file_is_called(text: str) -> None:
    assert "\n" not in place_text(Place(text, 1))


def test_counts() -> None:
    assert counted(1, "call") == "1 call"
    assert counted(1200, "call") == "1,200 calls"
    assert times(1) == ""
    assert times(1200) == "× 1,200"
