from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import Any

import pytest

from trace_lsp.trace import ExecutionError, MessageNode, Node, node, operators
from trace_lsp.trace.graph import Operator

BINARY: list[tuple[str, Callable[[Any, Any], Any], Any, Any]] = [
    ("add", python.add, 2, 3),
    ("add", python.add, "a", "b"),
    ("add", python.add, [1], [2]),
    ("subtract", python.sub, 2, 3.5),
    ("multiply", python.mul, 4, 3),
    ("multiply", python.mul, 2, "ab"),
    ("divide", python.truediv, 1, 4),
    ("floor_divide", python.floordiv, 7, 2),
    ("mod", python.mod, 7, 4),
    ("mod", python.mod, "%d!", 4),
    ("node_divmod", divmod, 17, 5),
    ("power", python.pow, 2, 10),
    ("lshift", python.lshift, 1, 4),
    ("rshift", python.rshift, 64, 2),
    ("and_", python.and_, 6, 3),
    ("or_", python.or_, {1}, {2}),
    ("xor", python.xor, 6, 3),
]
COMPARISONS: list[tuple[str, Callable[[Any, Any], Any], Any, Any]] = [
    ("lt", python.lt, 1, 2),
    ("le", python.le, 2, 2),
    ("gt", python.gt, "a", "b"),
    ("ge", python.ge, 3, 2),
]
METHODS: list[tuple[str, Any, str, tuple[Any, ...], dict[str, Any], Any]] = [
    ("eq", [1], "eq", ([1],), {}, True),
    ("neq", 1, "neq", (2,), {}, True),
    ("len_", "abc", "len", (), {}, 3),
    ("lower", "AbC", "lower", (), {}, "abc"),
    ("upper", "AbC", "upper", (), {}, "ABC"),
    ("title", "a b", "title", (), {}, "A B"),
    ("capitalize", "ab c", "capitalize", (), {}, "Ab c"),
    ("swapcase", "aB", "swapcase", (), {}, "Ab"),
    ("split", "a,b,c", "split", (",", 1), {}, ["a", "b,c"]),
    ("split", "a,b,c", "split", (), {"sep": ","}, ["a", "b", "c"]),
    ("strip", " a ", "strip", (), {}, "a"),
    ("replace", "aba", "replace", ("a", "c"), {}, "cbc"),
    ("format", "{} {name}", "format", (1,), {"name": "n"}, "1 n"),
    ("format", "{x}", "format", (), {"x": 1}, "1"),
    ("join", "-", "join", (["a", "b"],), {}, "a-b"),
    ("keys", {"a": 1}, "keys", (), {}, {"a": 1}.keys()),
    ("items", {"a": 1}, "items", (), {}, {"a": 1}.items()),
    ("getitem", {"a": 1}, "__getitem__", ("a",), {}, 1),
    ("getitem", [1, 2, 3], "__getitem__", (slice(1, None),), {}, [2, 3]),
    ("node_getattr", 3 + 4j, "getattr", ("imag",), {}, 4.0),
    ("call", max, "__call__", (1, 5), {"key": None}, 5),
    ("call", sorted, "call", ([2, 1],), {"reverse": True}, [2, 1]),
    ("clone", 5, "clone", (), {}, 5),
]


def checked(result: Any, name: str, expected: object) -> MessageNode:
    assert isinstance(result, MessageNode)
    assert (result.data, type(result.data)) == (expected, type(expected))
    assert result.operator.name == name
    assert result.py_name.startswith(name)
    return result


@pytest.mark.parametrize(("name", "function", "one", "other"), BINARY + COMPARISONS)
def test_two_nodes(name: str, function: Callable[[Any, Any], Any], one: Any, other: Any) -> None:
    x, y = node(one), node(other)
    result = checked(function(x, y), name, function(one, other))
    assert result.parents[0] is x
    assert result.parents[1] is y
    assert list(result.inputs) == ["x", "y"]


@pytest.mark.parametrize(("name", "function", "one", "other"), BINARY)
def test_a_node_on_one_side(
    name: str, function: Callable[[Any, Any], Any], one: Any, other: Any
) -> None:
    expected = function(one, other)
    left = checked(function(node(one), other), name, expected)
    assert [each.data for each in left.parents] == [one, other]
    if not isinstance(one, str) or name == "add":
        right = checked(function(one, node(other)), name, expected)
        assert [each.data for each in right.parents] == [one, other]


@pytest.mark.parametrize(("name", "function", "one", "other"), BINARY + COMPARISONS)
def test_as_a_function(
    name: str, function: Callable[[Any, Any], Any], one: Any, other: Any
) -> None:
    checked(getattr(operators, name)(one, node(other)), name, function(one, other))


@pytest.mark.parametrize(
    ("name", "function", "value"),
    [
        ("pos", python.pos, -3),
        ("neg", python.neg, 3),
        ("abs", abs, -3),
        ("invert", python.invert, 5),
    ],
)
def test_one_node(name: str, function: Callable[[Any], Any], value: Any) -> None:
    x = node(value)
    result = checked(function(x), name, function(value))
    assert result.inputs["x"] is x


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("not_", (0,), True),
        ("identity", ("a",), "a"),
        ("is_", (None, None), True),
        ("is_not", (None, 1), True),
        ("in_", (1, [1, 2]), True),
        ("not_in", (1, [1, 2]), False),
    ],
)
def test_operators_without_a_method(
    name: str, arguments: tuple[Any, ...], expected: object
) -> None:
    checked(getattr(operators, name)(*map(node, arguments)), name, expected)


@pytest.mark.parametrize(("name", "value", "method", "args", "kwargs", "expected"), METHODS)
def test_methods(
    name: str,
    value: Any,
    method: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    expected: object,
) -> None:
    x = node(value)
    result = checked(getattr(x, method)(*args, **kwargs), name, expected)
    assert result.parents[0] is x
    assert len(result.inputs) == len(result.parents) == 1 + len(args) + len(kwargs)


def test_values_of_a_dict() -> None:
    assert list(node({"a": 1}).values().data) == [1]


def test_arguments_that_are_nodes_are_parents() -> None:
    template, name = node("Dear {name}, {}"), node("Ada")
    result = template.format("hello", name=name)
    assert result.data == "Dear Ada, hello"
    assert list(result.inputs) == ["x", "args_0", "name"]
    assert result.inputs["name"] is name


def test_nodes_in_a_list_argument_are_ancestors() -> None:
    word = node("b", trainable=True)
    joined = node("-").join(["a", word])
    assert joined.data == "a-b"
    joined.backward("longer")
    assert len(word.feedback) == 1


@pytest.mark.parametrize(
    "value", [[1, 2], (1, 2), "ab", range(3), {"a": 1, "b": 2}, {5}, {"a": 1}.items(), []]
)
def test_iterating_gives_nodes_of_the_items(value: Any) -> None:
    container = node(value, trainable=True)
    items = list(container)
    assert [item.data for item in items] == list(value)
    assert all(isinstance(item, MessageNode) and item.parents[0] is container for item in items)


def test_iterating_follows_a_list_that_grows() -> None:
    values = [3]
    seen = []
    for item in node(values):
        seen.append(item.data)
        if len(values) < 3:
            values.append(0)
    assert seen == [3, 0, 0]


def test_iterating_a_generator_takes_each_item_when_it_is_asked_for() -> None:
    taken = []

    def numbers():
        for number in range(5):
            taken.append(number)
            yield number

    items = iter(node(numbers()))
    assert next(items).data == 0
    assert taken == [0]


def test_unpacking() -> None:
    one, (two, three) = node([1, (2, 3)])
    assert (one.data, two.data, three.data) == (1, 2, 3)


def test_what_cannot_be_iterated_raises_pythons_own_error() -> None:
    with pytest.raises(TypeError, match="'int' object is not iterable"):
        list(node(5))


def test_sum_and_augmented_assignment() -> None:
    numbers = [node(number) for number in (1, 2, 3)]
    assert sum(numbers).data == 6
    total = 0
    for number in numbers:
        total += number
    assert isinstance(total, Node)
    assert total.data == 6


def test_augmented_assignment_changes_no_value() -> None:
    start = [1]
    items = before = node(start)
    items += [2]
    assert items.data == [1, 2]
    assert (before.data, start) == ([1], [1])


@pytest.mark.parametrize(
    ("compute", "name", "message"),
    [
        (lambda: node(1) / 0, "divide", "(ZeroDivisionError) division by zero"),
        (lambda: node([1])[3], "getitem", "(IndexError) list index out of range"),
        (lambda: node({})["a"], "getitem", "(KeyError) 'a'"),
        (
            lambda: node(1).upper(),
            "upper",
            "(AttributeError) 'int' object has no attribute 'upper'",
        ),
    ],
)
def test_an_operator_that_raises(compute: Callable[[], Any], name: str, message: str) -> None:
    with pytest.raises(ExecutionError) as caught:
        compute()
    failed = caught.value.exception_node
    assert failed.data == message
    assert failed.py_name == f"exception_{name}0"
    assert failed.parents
    assert failed.create_feedback() == message


def test_every_operator_is_documented() -> None:
    found = [each for each in vars(operators).values() if getattr(each, "__doc__", None)]
    named = [each for each in found if str(each.__doc__).startswith("A node for ")]
    assert len(named) == 47
    for each in named:
        assert getattr(operators, each.__name__) is each
    assert isinstance((node(1) + 1).operator, Operator)
    assert (node(1) + 1).operator.documentation == "Computes x + y."
