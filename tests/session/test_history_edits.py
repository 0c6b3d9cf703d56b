"""An entry is taken back, and made again, whatever else became of the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_lsp.errors import NotParsable, StaleText
from trace_lsp.session.history_edits import edits_to_redo, edits_to_undo
from trace_lsp.session.history_types import Entry
from trace_lsp.source.edits import edits_for
from trace_lsp.source.text import TextEdit, apply_edits, offset_of, split_lines
from trace_lsp.source.trainables import find_trainables

from .histories import entry

TEXT = '''\
from opto import trace
from opto.trace import bundle, node

LIMIT = node("it's", trainable=True)


class Shop:
    @bundle(trainable=True)
    def price(self, count):
        """The price.

        In all."""
        return 3 * count

    @bundle(trainable=True)
    async def name(self):
        return "shop"


print(LIMIT)
'''
PRICE = 'def price(self, count):\n    """The price."""\n    if count > 10:\n        return 2 * count\n    return 3 * count'


def changed(text: str, values: Mapping[str, str]) -> tuple[str, Entry]:
    """The text with the values in it, and the entry of that change."""
    found = {each.name: each for each in find_trainables(text, "/x/shop.py")}
    edits = [edit for name, value in values.items() for edit in edits_for(found[name], value, text)]
    made = entry(
        file="/x/shop.py",
        names=tuple(values),
        before={name: found[name].text for name in values},
        after=values,
        kinds={name: found[name].kind for name in values},
    )
    return apply_edits(text, edits), made


def undone(made: Entry, text: str) -> str:
    return applied(text, edits_to_undo(made, text))


def redone(made: Entry, text: str) -> str:
    return applied(text, edits_to_redo(made, text))


def applied(text: str, edits: list[TextEdit]) -> str:
    """The text after the edits, which must not overlap."""
    lines = split_lines(text)
    spans = sorted((offset_of(lines, e.range.start), offset_of(lines, e.range.end)) for e in edits)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    return apply_edits(text, edits)


VALUES: dict[str, dict[str, str]] = {
    "function": {"Shop.price": PRICE},
    "value": {"LIMIT": "'few'"},
    "of another type": {"LIMIT": "[1,\n 2]"},
    "all at once": {
        "Shop.name": "async def name(self):\n    return 'é😀'",
        "LIMIT": "'many'",
        "Shop.price": PRICE,
    },
    "nothing": {},
    "the same again": {"LIMIT": '"it\'s"'},
}
ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_there_and_back_again(values: dict[str, str], end: str) -> None:
    before = TEXT.replace("\n", end)
    after, made = changed(before, values)
    assert (after != before) == (values not in (VALUES["nothing"], VALUES["the same again"]))
    assert undone(made, after) == before
    assert redone(made, before) == after


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_what_changed_elsewhere_stays(values: dict[str, str]) -> None:
    after, made = changed(TEXT, values)

    def around(text: str) -> str:
        longer = text.replace("class Shop:", "# A shop.\nopen = True\n\n\nclass Shop:\n    x = 1\n")
        return "import os\n\n" + longer.replace("print(LIMIT)", "print(LIMIT, 'é')\n")

    assert undone(made, around(after)) == around(TEXT)
    assert redone(made, around(TEXT)) == around(after)


def test_what_moved_is_found_by_its_name() -> None:
    after, made = changed(TEXT, VALUES["all at once"])

    def moved(text: str) -> str:
        """The methods in the other order, and further in."""
        head, price, name = text.split("    @bundle(trainable=True)\n")
        name, end = name.split("\n\n\n")
        mark = "    @bundle(trainable=True)\n"
        return f"{head}{mark}{name}\n\n{mark}{price.rstrip()}\n\n\n{end}"

    assert moved(after) != after
    assert undone(made, moved(after)) == moved(TEXT)


CHANGES: dict[str, tuple[Callable[[str], str], str]] = {
    "changed": (lambda text: text.replace("count > 10", "count > 11"), "was changed since"),
    "gone": (lambda text: text.replace("def price", "def cost"), "no longer in"),
    "fixed": (
        lambda text: text.replace("    @bundle(trainable=True)\n    def", "    def"),
        "no longer",
    ),
    "back already": (lambda text: TEXT, "there is nothing to undo"),
}


@pytest.mark.parametrize(("change", "words"), CHANGES.values(), ids=CHANGES)
def test_what_is_not_as_it_was_left_is_refused(change: Callable[[str], str], words: str) -> None:
    after, made = changed(TEXT, VALUES["function"])
    with pytest.raises(StaleText, match=rf"`Shop\.price`.*{words}") as raised:
        edits_to_undo(made, change(after))
    assert "/x/shop.py" in raised.value.message


def test_one_that_is_not_as_it_was_left_keeps_all_from_going_back() -> None:
    after, made = changed(TEXT, VALUES["all at once"])
    with pytest.raises(StaleText, match="`LIMIT`"):
        edits_to_undo(made, after.replace("many", "most"))


def test_what_is_applied_already_is_not_applied_again() -> None:
    after, made = changed(TEXT, VALUES["function"])
    with pytest.raises(StaleText, match="there is nothing to apply"):
        edits_to_redo(made, after)
    with pytest.raises(StaleText, match="was changed since"):
        edits_to_redo(made, after.replace("count > 10", "count > 11"))


def test_a_value_is_not_taken_for_a_function_of_the_same_name() -> None:
    _, made = changed(TEXT, VALUES["value"])
    text = TEXT.replace(
        'LIMIT = node("it\'s", trainable=True)', "@bundle(trainable=True)\ndef LIMIT(): 0"
    )
    with pytest.raises(StaleText, match="no longer"):
        edits_to_redo(made, text)


def test_what_is_no_python_is_told() -> None:
    after, made = changed(TEXT, VALUES["function"])
    with pytest.raises(NotParsable, match=r"shop\.py"):
        edits_to_undo(made, after + "\ndef (")


def test_a_text_that_was_written_in_another_way_is_the_same_value() -> None:
    after, made = changed(TEXT, VALUES["value"])
    # As a formatter would write it.
    written = after.replace('"few"', "'few'")
    assert written != after
    assert undone(made, written) == TEXT


def test_a_value_is_again_what_it_was_to_the_letter() -> None:
    text = TEXT.replace('"it\'s"', '\'it\' """\'\ns"""')
    after, made = changed(text, {"LIMIT": "'x'"})
    assert undone(made, after) == text


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_value_of_several_lines_has_the_files_line_ends_again(end: str) -> None:
    text = TEXT.replace('"it\'s"', "[\n    1,\n]").replace("\n", end)
    after, made = changed(text, {"LIMIT": "2"})
    assert undone(made, after) == text


NESTED = """\
from opto.trace import bundle, node

@bundle(trainable=True)
def f(x):
    y = node(1, trainable=True)
    return x + y
"""
OUTER = "def f(x):\n    y = node({}, trainable=True)\n    return x * y"


def nested(inner: str) -> Entry:
    found = {each.name: each for each in find_trainables(NESTED, "/x/shop.py")}
    return entry(
        file="/x/shop.py",
        before={name: each.text for name, each in found.items()},
        after={"f": OUTER.format(inner), "f.y": "2"},
        kinds={name: each.kind for name, each in found.items()},
    )


def test_what_is_inside_of_another_goes_with_it() -> None:
    made = nested("2")
    after = redone(made, NESTED)
    assert after == NESTED.replace("node(1", "node(2").replace("x + y", "x * y")
    assert undone(made, after) == NESTED


def test_what_does_not_go_with_what_is_around_it_is_refused() -> None:
    with pytest.raises(StaleText, match=r"`f\.y`.*do not go together"):
        edits_to_redo(nested("3"), NESTED)


LITERALS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.integers(),
    st.booleans(),
    st.none(),
    st.binary(max_size=6),
    st.lists(st.integers() | st.text("a'\"\n", max_size=4), max_size=3),
    st.dictionaries(st.text("ab\\", max_size=2), st.floats(allow_nan=False, allow_infinity=False)),
)


@settings(max_examples=150, deadline=None)
@given(LITERALS, LITERALS, st.sampled_from(["\n", "\r\n"]))
def test_any_value_comes_back(first: object, second: object, end: str) -> None:
    text = TEXT.replace('"it\'s"', repr(first)).replace("\n", end)
    after, made = changed(text, {"LIMIT": repr(second)})
    if after != text:
        assert undone(made, after) == text
        assert redone(made, text) == after
