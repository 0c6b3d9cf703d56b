from __future__ import annotations

import copy
import operator as python
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from trace_lsp.trace import ExecutionError, MessageNode, Node, node, operators
from trace_lsp.trace.graph import Operator

BINARY: list[tuple[str, Callable[[Any, Any], Any], Any, Any]] = [
    ("add", python.add, 2, 3),
    ("concat", python.add, "a", "b"),
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
# Every operator of the published versions.
NAMES = """
    pos neg abs invert round floor ceil trunc add subtract multiply floor_divide divide mod
    node_divmod power lshift rshift and_ or_ xor lt le eq neq ne ge gt cond not_ is_ is_not in_
    not_in getitem pop len_ keys values dict_update dict_pop dict_popitem list_append
    list_extend list_insert list_remove list_pop list_reverse list_sort list_clear set_add
    set_remove set_discard set_pop set_clear set_update set_intersection_update
    set_symmetric_difference_update to_list to_dict to_set to_tuple make_list make_dict
    make_tuple make_set ord_ chr_ concat lower upper title swapcase capitalize split strip
    replace format join node_getattr call identity clone call_llm
"""
OPERATORS = set(NAMES.split())
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
    ("keys", {"a": 1}, "keys", (), {}, ["a"]),
    ("values", {"a": 1}, "values", (), {}, [1]),
    ("get", {"a": 1}, "get", ("b", 2), {}, 2),
    ("pop", [1, 2], "pop", (), {}, 2),
    ("pop", {"a": 1}, "pop", ("a",), {}, 1),
    ("append", [1], "append", (2,), {}, None),
    ("getitem", {"a": 1}, "__getitem__", ("a",), {}, 1),
    ("getitem", [1, 2, 3], "__getitem__", (slice(1, None),), {}, [2, 3]),
    ("node_getattr", 3 + 4j, "getattr", ("imag",), {}, 4.0),
    ("call", max, "__call__", (1, 5), {"key": None}, 5),
    ("call", sorted, "__call__", ([2, 1],), {"reverse": True}, [2, 1]),
    ("call", "a-b", "call", ("replace", "-", "+"), {}, "a+b"),
    ("round", 2.345, "__round__", (1,), {}, 2.3),
    ("floor", 2.5, "__floor__", (), {}, 2),
    ("ceil", 2.5, "__ceil__", (), {}, 3),
    ("trunc", -2.5, "__trunc__", (), {}, -2),
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
    if not isinstance(one, str) or name == "concat":
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
        ("ne", (1, 2), True),
        ("cond", (0, "a", "b"), "b"),
        ("ord_", ("a",), 97),
        ("chr_", (97,), "a"),
        ("concat", ("a", "b"), "ab"),
        ("to_list", ((1, 2),), [1, 2]),
        ("to_tuple", ([1, 2],), (1, 2)),
        ("to_set", ([1, 1],), {1}),
        ("to_dict", ([("a", 1)],), {"a": 1}),
        ("make_list", (1, 2), [1, 2]),
        ("make_tuple", (1, 2), (1, 2)),
        ("make_set", (1, 1), {1}),
        ("dict_update", ({"a": 1}, {"a": 2}), {"a": 2}),
        ("dict_pop", ({"a": 1, "b": 2}, "a"), {"b": 2}),
        ("dict_popitem", ({"a": 1, "b": 2},), {"a": 1}),
        ("list_append", ([1], 2), [1, 2]),
        ("list_clear", ([1],), []),
        ("list_extend", ([1], [2]), [1, 2]),
        ("list_insert", ([1], 0, 2), [2, 1]),
        ("list_pop", ([1, 2], 0), [2]),
        ("list_remove", ([1, 2, 1], 1), [2, 1]),
        ("list_reverse", ([1, 2],), [2, 1]),
        ("list_sort", ([2, 1],), [1, 2]),
        ("list_sort", ([2, 1], None, True), [2, 1]),
        ("set_add", ({1}, 2), {1, 2}),
        ("set_clear", ({1},), set()),
        ("set_discard", ({1}, 2), {1}),
        ("set_intersection_update", ({1, 2}, {2}), {2}),
        ("set_pop", ({1},), set()),
        ("set_remove", ({1, 2}, 2), {1}),
        ("set_symmetric_difference_update", ({1, 2}, {2, 3}), {1, 3}),
        ("set_update", ({1}, {2}), {1, 2}),
    ],
)
def test_operators_without_a_method(
    name: str, arguments: tuple[Any, ...], expected: object
) -> None:
    operands = [node(each) for each in copy.deepcopy(arguments)]
    result = checked(getattr(operators, name)(*operands), name, expected)
    assert result.parents[: len(operands)] == operands
    assert tuple(each.data for each in operands) == arguments, "an operand was changed"


def test_names_of_inputs_are_those_of_the_parameters() -> None:
    named = node("a b").split(maxsplit=1)
    assert list(named.inputs) == ["x", "y", "maxsplit"]
    assert list(node([1])[0].inputs) == ["x", "index"]
    assert list(operators.make_dict(a=1, b=2).inputs) == ["a", "b"]
    assert operators.make_dict(a=1, b=2).data == {"a": 1, "b": 2}


def test_a_clone_is_a_copy() -> None:
    value = [[1]]
    cloned = node(value).clone()
    cloned.data[0].append(2)
    assert value == [[1]]
    with pytest.raises(ExecutionError, match="cannot pickle"):
        node(threading.Lock()).clone()


def test_items_of_a_dict_are_pairs_of_nodes() -> None:
    container = node({"a": 1, "b": 2})
    pairs = list(container.items())
    assert [(key.data, value.data) for key, value in pairs] == [("a", 1), ("b", 2)]
    assert pairs[1][1].parents == [container, pairs[1][0]]


def test_a_generator_that_fails_fails_as_a_node() -> None:
    def numbers():
        yield 1
        raise LookupError("no more")

    source = node(numbers(), trainable=True)
    items = iter(source)
    assert next(items).data == 1
    with pytest.raises(ExecutionError, match="LookupError\\) no more") as caught:
        next(items)
    assert caught.value.exception_node.parents == [source]


def test_iterated_items_know_the_line_of_the_loop() -> None:
    for item in node([1, 2]):
        assert item._code is sys._getframe().f_code
    for item in node(iter([1, 2])):
        assert item._code is sys._getframe().f_code


@pytest.mark.parametrize(("name", "value", "method", "args", "kwargs", "expected"), METHODS)
def test_methods(
    name: str,
    value: Any,
    method: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    expected: object,
) -> None:
    x = node(value, trainable=True)
    result = checked(getattr(x, method)(*args, **kwargs), name, expected)
    assert x in result.parameter_dependencies
    assert len(result.inputs) == len(result.parents)


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
    assert all(item.parameter_dependencies == {container} for item in items)


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
    assert {each.__name__ for each in named} >= OPERATORS
    assert len(OPERATORS) == 84
    for each in named:
        assert getattr(operators, each.__name__) is each
    assert isinstance((node(1) + 1).operator, Operator)
    assert (node(1) + 1).operator.documentation == "Computes x + y."
