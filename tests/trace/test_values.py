from __future__ import annotations

import enum
import itertools
import sys
import tracemalloc
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace import bundle, node
from trace_lsp.trace.records import record
from trace_lsp.trace.values import LIMIT, shortened, text_of, whole_text
from trace_lsp.trace.verify import verify


class Array:
    """Compares item by item, as arrays do, and has no truth value."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __eq__(self, other: object) -> Any:
        others = other.items if isinstance(other, Array) else [other] * len(self.items)
        return Array([one == two for one, two in zip(self.items, others)])

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise ValueError("the truth value of an array is ambiguous")

    def __add__(self, other: Any) -> Array:
        return Array([item + other for item in self.items])

    def __repr__(self) -> str:
        return f"Array({self.items})"


class Changing:
    """Has a hash that changes, so that a dict does not find it again."""

    hash = 1

    def __hash__(self) -> int:
        return self.hash

    def __repr__(self) -> str:
        return "Changing()"


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr today")


class Talkative:
    def __repr__(self) -> str:
        return "x" * 1_000_000


class Color(str, enum.Enum):
    RED = "red"


def cyclic() -> list[Any]:
    items: list[Any] = [1]
    items += [items, items, items]
    return items


def shared() -> list[Any]:
    items: list[Any] = [0] * 100
    for _ in range(20):
        items = [items] * 100
    return items


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is\n", "as it is\n"),
        (Color.RED, "red"),
        (True, "True"),
        (1.5, "1.5"),
        (None, "None"),
        ([1, "a", (2,), (), []], "[1, 'a', (2,), (), []]"),
        ({"b": 1, "a": {2: [3]}}, "{'b': 1, 'a': {2: [3]}}"),
        ({3, 1, 2}, "{1, 2, 3}"),
        (set(), "set()"),
        ({}, "{}"),
        (frozenset({1}), "frozenset({1})"),
        (OrderedDict(a=1), repr(OrderedDict(a=1))),
        (b"ab", "b'ab'"),
        (Array([1, 2]), "Array([1, 2])"),
        (Broken(), "<Broken: its repr raised RuntimeError>"),
        ([1, Broken()], "[1, <Broken: its repr raised RuntimeError>]"),
    ],
)
def test_text(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("name", ["list", "dict", "set", "array", "deque", "str", "int", "tuple"])
def test_a_class_named_like_a_builtin_is_shown_by_its_own_repr(name: str) -> None:
    made = type(name, (), {"__repr__": lambda self: "mine"})
    assert text_of([made()]) == "[mine]"


def test_a_number_too_long_to_be_written_is_no_error() -> None:
    number = 10**10_000
    for text in (text_of(number), text_of([number]), whole_text(number)):
        assert "its repr raised ValueError" in text or text.startswith(("1000", "[1000"))


@pytest.mark.parametrize(
    "make", [cyclic, shared, Talkative, lambda: [Talkative()] * 1000, lambda: [0] * 10**6]
)
def test_what_has_no_end_is_cut(make: Callable[[], object]) -> None:
    assert len(text_of(make())) < 20 * LIMIT


def test_what_was_left_out_is_marked() -> None:
    assert text_of(list(range(10_000))).endswith(", ...]")
    assert "characters left out" in text_of(Talkative())
    nested: list[Any] = []
    for _ in range(50):
        nested = [nested]
    assert text_of(nested) == "[" * 12 + "[...]" + "]" * 12


def test_shortened_says_how_much() -> None:
    assert shortened("a" * LIMIT) == ("a" * LIMIT, 0)
    text, omitted = shortened("a" * 1_000 + "b" * 1_000 + "c" * 1_000, limit=300)
    assert omitted == 2_700
    assert text == "a" * 200 + "… (2700 characters left out) …" + "c" * 100


def test_a_trainable_is_never_cut() -> None:
    value = {"prompt": "word " * 2_000, "numbers": list(range(5_000))}
    recorded = record(node(value, trainable=True))
    assert (recorded.value, recorded.omitted) == (repr(value), 0)
    text = "line\n" * 3_000
    assert record(node(text, trainable=True)).value == text


def test_any_other_value_is_cut_and_says_so() -> None:
    recorded = record(node("y" * 5_000))
    assert recorded.omitted == 3_000
    assert len(recorded.value) < 2_100


class Basket:
    def __init__(self) -> None:
        self.items: list[int] = []

    def __repr__(self) -> str:
        return f"Basket({self.items})"


@pytest.mark.parametrize(
    ("value", "change", "text"),
    [
        ([1], lambda value: value.append(2), "[1]"),
        ({"a": 1}, lambda value: value.clear(), "{'a': 1}"),
        ({1}, lambda value: value.add(2), "{1}"),
        (([1],), lambda value: value[0].append(2), "([1],)"),
        (OrderedDict(a=1), lambda value: value.clear(), repr(OrderedDict(a=1))),
        (Basket(), lambda value: value.items.append(1), "Basket([])"),
        (bytearray(b"a"), lambda value: value.extend(b"b"), "bytearray(b'a')"),
    ],
)
def test_a_later_change_is_not_shown(value: Any, change: Callable[[Any], None], text: str) -> None:
    @bundle()
    def look(value):
        return len(str(value))

    argument = look(value).parents[0]
    change(value)
    assert argument.data is value
    assert record(argument).value == text


def test_a_function_that_changes_its_argument_is_shown_what_it_got() -> None:
    @bundle()
    def take_first(items):
        return items.pop(0)

    result = take_first([3, 4])
    assert (result.data, record(result.parents[0]).value) == (3, "[3, 4]")


def test_a_repr_that_reads_nodes_is_no_hidden_input() -> None:
    secret = node(1)

    class Agent:
        def __repr__(self) -> str:
            return f"Agent({secret.data})"

    @bundle()
    def inner(agent):
        return 1

    @bundle()
    def outer(x):
        return inner(Agent()).data + x

    assert outer(1).data == 2


def test_nodes_with_equal_values_are_kept_apart() -> None:
    one, other = node(7, name="a"), node(7, name="a")
    assert one == other
    assert len({one, other}) == 2
    total = one + other
    assert total.parents[0] is one
    assert total.parents[1] is other


def test_values_that_compare_item_by_item_work() -> None:
    first, second = node(Array([1, 2]), trainable=True), node(Array([1, 2]), trainable=True)
    result = first + 1
    result.backward("too much")
    assert record(result).value == "Array([2, 3])"
    assert list(first.feedback.values()) == [["too much"]]
    assert second.feedback == {}
    assert first.eq(second).data.items == [True, True]
    assert (first == second).items == [True, True]

    @bundle()
    def both(one, other):
        return [one, other]

    both(first, second).backward("again")
    assert len(first.feedback) == 2
    assert len(second.feedback) == 1


def test_comparisons() -> None:
    three = node(3)
    assert three == 3
    assert three == node(3)
    assert three != 4
    assert bool(node([])) is False
    assert len(node("abc")) == 3
    assert 2 in node([1, 2])
    assert node(2) in node([1, 2])
    assert type(three < 4).__name__ == "MessageNode"
    assert (three < 4).data is True


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_a_small_value_reads_like_its_repr(value: object) -> None:
    expected = value if isinstance(value, str) else repr(value)
    assert text_of(value) == expected
    assert whole_text(value) == expected


def test_a_key_whose_hash_has_changed_is_shown() -> None:
    key = Changing()
    values = {key: [1]}
    key.hash = 2
    assert text_of(values) == "{Changing(): [1]}"


class Whole(int):
    pass


class Text(str):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class Items(list[Any]):
    pass


@pytest.mark.parametrize(
    "value",
    [
        Whole(3), Text("a"), Items([1]), float("nan"), -0.0, "\ud800", 10**5_000, 2j, b"\xff",
        type, NotImplemented, ..., range(3), memoryview(b"a"), print, iter([]), enum, Color.RED,
        Color, lambda: 1, (yielded for yielded in ()), {}.items(), object(), Broken(), Talkative(),
        cyclic(), {"a": (frozenset(), {1})}, sys._getframe(), Array([1]),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_any_value_goes_through_a_call_as_it_is(value: Any) -> None:
    @bundle()
    def same(given, also):
        return given

    result = same(value, [node(value), value])
    verify(result)
    assert result.data is value
    result.backward(value)
    node(value, trainable=True).update(value)


def test_what_a_generator_gives_is_not_taken_to_record_it() -> None:
    numbers = itertools.count()
    assert bundle()(lambda given: given)(numbers).data is numbers
    assert node([numbers]).data[0] is numbers
    assert next(numbers) == 0


def test_a_large_container_is_not_copied() -> None:
    items = [0] * 1_000_000
    length = bundle()(len)
    assert length([]).data == 0
    tracemalloc.start()
    try:
        assert length(items).data == 1_000_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
