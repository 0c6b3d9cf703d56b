"""What is done to nodes wherever they stand in containers."""

from __future__ import annotations

import collections
import operator
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from trace_lsp.trace import Node, bundle, node, operators
from trace_lsp.trace.broadcast import (
    apply_op,
    detach_inputs,
    recursive_conversion,
    to_data,
    wrap_node,
)
from trace_lsp.trace.parameters import Map, NodeContainer, ParameterContainer, Seq


def unwrapped(value: Any) -> Any:
    """The data of a value; a node equals its data, so `==` would not tell them apart."""
    data = to_data(value)
    assert "Node(" not in repr(data)
    return data


class Inner(NodeContainer):
    def __init__(self, y: Any) -> None:
        self.y = node(y)


class Shape(NodeContainer):
    def __init__(self, x: str, count: int) -> None:
        self.x = node(x)
        self.listed = [node(x + "1"), node(x + "2")]
        self.table = {"count": count, "x": [node(x + "3")]}
        self.pair = (node(x + "4"), [node(x + "5")])
        self.inner = Inner(x + "6")
        self.label = f"no node {x}"


class Point(NamedTuple):
    x: Any
    y: Any


def test_an_operator_goes_to_every_place() -> None:
    foo, bar, out = Shape("foo", 1), Shape("bar", 2), Shape("out", 3)
    listed, table = out.listed, out.table
    result = apply_op(operators.add, out, foo, bar)
    assert result is out
    assert (out.listed is listed, out.table is table) == (True, True)
    assert out.x.data == "foobar"
    assert [each.data for each in out.listed] == ["foo1bar1", "foo2bar2"]
    assert out.table["x"][0].data == "foo3bar3"
    assert (type(out.pair), out.pair[0].data, out.pair[1][0].data) == (
        tuple,
        "foo4bar4",
        "foo5bar5",
    )
    assert out.inner.y.data == "foo6bar6"
    assert (out.label, out.table["count"]) == ("no node out", 3)
    assert out.x.parents[0] is foo.x
    assert out.x.parents[1] is bar.x


def test_keyword_arguments_and_plain_results() -> None:
    out = apply_op(dict, [node(0), node(0)], a=[node(1), node(2)], b=[node(3), node(4)])
    assert [{name: each.data for name, each in item.items()} for item in out] == [
        {"a": 1, "b": 3},
        {"a": 2, "b": 4},
    ]


def test_a_node_is_used_at_every_place() -> None:
    result = apply_op(operators.add, [node(0), node(0)], [node(1), node(2)], node(10))
    assert [each.data for each in result] == [11, 12]
    named = apply_op(
        lambda x, by: x * by,
        {"a": node(0), "b": (node(0),)},
        {"a": node(1), "b": (node(2),)},
        by=node(5),
    )
    assert (named["a"].data, named["b"][0].data) == (5, 10)


def test_nodes_alone_are_an_ordinary_call() -> None:
    assert apply_op(operators.add, None, node(1), node(2)).data == 3


def test_tuples_come_back_as_what_they_were() -> None:
    result = apply_op(operators.neg, Point(node(0), node(0)), Point(node(1), node(2)))
    assert isinstance(result, Point)
    assert (result.x.data, result.y.data) == (-1, -2)


def test_parameter_containers_are_containers() -> None:
    out = apply_op(operators.neg, Seq(node(0), Map(a=node(0))), Seq(node(1), Map(a=node(2))))
    assert isinstance(out, Seq)
    assert (out[0].data, out[1]["a"].data) == (-1, -2)


def test_the_code_of_methods_stays_where_it_is() -> None:
    class Method(ParameterContainer):
        def __init__(self, x: int) -> None:
            self.x = node(x)

        @bundle(trainable=True)
        def get(self, x):
            return x

    out = Method(0)
    before = out.parameters()
    apply_op(operators.neg, out, Method(3))
    assert out.get(out.x).data == -3
    assert all(map(operator.is_, out.parameters(), before))
    assert wrap_node(out).get(5).data == 5
    assert repr(to_data(out).x) == "-3"


def test_a_bundled_function_is_no_container() -> None:
    @bundle(trainable=True)
    def double(x):
        return 2 * x

    holders = [ParameterContainer() for _ in range(2)]
    for each in holders:
        each.double, each.x = double, node(3)
    apply_op(operators.neg, holders[0], holders[1])
    assert holders[0].double is double
    assert holders[0].x.data == -3


@pytest.mark.parametrize(
    ("output", "given", "error", "message"),
    [
        (lambda: [node(0)], lambda: [node(1), node(2)], ValueError,
         "differ at output: it is a list of 1; of the inputs, input 0 a list of 2"),
        (lambda: [node(0)], lambda: (node(1),), TypeError,
         "differ at output: it is a list of 1; of the inputs, input 0 a tuple of 1"),
        (lambda: {"a": [node(0)]}, lambda: {"a": {"b": node(1)}}, TypeError,
         r"differ at output\['a'\]: it is a list of 1; .* input 0 a dict with the keys \['b'\]"),
        (lambda: {"a": node(0)}, lambda: {"b": node(1)}, ValueError, r"\['a'\]; .* \['b'\]"),
        (lambda: [node(0)], lambda: [5], TypeError,
         r"differ at output\[0\]: it is a Node; of the inputs, input 0 a int"),
        (lambda: [None], lambda: [[node(1)]], TypeError, r"output\[0\]: it is a NoneType"),
        (lambda: Inner(0), lambda: NodeContainer(), TypeError,
         "it is a Inner with y; of the inputs, input 0 a NodeContainer with no attributes"),
        (lambda: [{node(0)}], lambda: [{node(1)}], TypeError, r"output\[0\] is a set of nodes"),
    ],
)  # fmt: skip
def test_shapes_that_differ(output: Any, given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        apply_op(operators.neg, output(), given())


def test_an_input_that_lacks_an_attribute() -> None:
    out, given = Inner(0), Inner(1)
    del given.y
    with pytest.raises(ValueError, match=r"Inner with y; .* given a Inner with no attributes"):
        apply_op(operators.neg, out, given=given)


def test_nothing_is_changed_if_anything_fails() -> None:
    out, first = [node(1), [node(2)]], []

    def fails_second(x):
        if first:
            raise RuntimeError("no")
        first.append(x)
        return x

    before = list(out)
    with pytest.raises(RuntimeError):
        apply_op(fails_second, out, [node(3), [node(4)]])
    with pytest.raises(ValueError, match="shapes differ"):
        apply_op(operators.neg, out, [node(3), []])
    assert all(map(operator.is_, out, before))
    assert out[1][0].data == 2


def test_containers_that_hold_themselves() -> None:
    def circle(value):
        made = [node(value)]
        made.append(made)
        return made

    out = circle(0)
    assert apply_op(operators.neg, out, circle(1)) is out
    assert (out[0].data, out[1] is out) == (-1, True)


def test_a_tuple_that_stands_in_two_places() -> None:
    pair = (node(0),)
    result = apply_op(operators.neg, (pair, pair), ((node(1),), (node(2),)))
    assert (result[0][0].data, result[1][0].data) == (-1, -2)


def test_to_data_copies_containers_and_nothing_else() -> None:
    leaf, plain = object(), [1]
    given = [node(1), (node(2), plain), {"k": {node(3)}, node("key"): leaf}, frozenset({node(4)})]
    data = unwrapped(given)
    assert data == [1, (2, [1]), {"k": {3}, "key": leaf}, frozenset({4})]
    assert data[1][1] is not plain
    assert data[2]["key"] is leaf
    assert isinstance(given[0], Node)
    assert unwrapped(leaf) is leaf
    assert unwrapped(node(leaf)) is leaf
    numbers = {1, 2}
    assert unwrapped(numbers) == numbers
    assert unwrapped(numbers) is not numbers


def test_to_data_of_what_nodes_hold() -> None:
    assert unwrapped(node([node(1), {"a": node(2)}])) == [1, {"a": 2}]
    inner = [1, 2]
    assert unwrapped(node(inner)) is inner
    assert unwrapped(node({"k": [node(1)]})) == {"k": [1]}
    circle: list[Any] = []
    circle.append(circle)
    assert unwrapped(node(circle)) is circle


def test_containers_of_every_class_keep_it() -> None:
    ordered = unwrapped(collections.OrderedDict([("b", node(1)), ("a", node(2))]))
    assert (type(ordered), list(ordered.items())) == (collections.OrderedDict, [("b", 1), ("a", 2)])
    default = unwrapped(collections.defaultdict(list, a=node(1)))
    assert (default["a"], default["new"]) == (1, [])
    assert unwrapped(collections.Counter(a=node(1))) == collections.Counter(a=1)
    point = unwrapped(Point(node(1), [node(2)]))
    assert (type(point), point) == (Point, Point(1, [2]))

    class Stack(list[Any]):
        pass

    stack = Stack([node(1)])
    stack.label = "kept"
    data = unwrapped(stack)
    assert (type(data), list(data), data.label) == (Stack, [1], "kept")

    class Pair(tuple[Any, ...]):
        pass

    assert type(unwrapped(Pair([node(1)]))) is Pair


def test_a_tuple_without_nodes_is_itself() -> None:
    now = time.gmtime(0)
    assert unwrapped(now) is now


def test_objects_of_container_classes() -> None:
    shape = Shape("a", 1)
    data = unwrapped(shape)
    assert "Node(" not in repr([*vars(data).values(), data.inner.y])
    assert isinstance(data, Shape)
    assert (data.x, data.listed, data.inner.y, data.pair) == (
        "a",
        ["a1", "a2"],
        "a6",
        ("a4", ["a5"]),
    )
    assert isinstance(shape.x, Node)
    assert unwrapped(Seq(node(1), Map(a=node(2))))[1]["a"] == 2

    @dataclass(frozen=True)
    class Frozen(NodeContainer):
        x: Any

    assert unwrapped(Frozen(node(5))) == Frozen(5)

    class Slotted(NodeContainer):
        __slots__ = ("x",)

    slotted = Slotted()
    slotted.x = node(5)
    assert repr(unwrapped(slotted).x) == "5"


def test_what_holds_itself_is_copied_to_what_holds_itself() -> None:
    listed: list[Any] = [node(1)]
    pair = (listed, node(2))
    listed.append(pair)
    data = unwrapped(pair)
    assert (data[1], data[0][0]) == (2, 1)
    assert data[0][1] is data
    table: dict[str, Any] = {"n": node(3)}
    table["self"] = table
    copied = unwrapped(table)
    assert (copied["n"], copied["self"] is copied) == (3, True)
    container = NodeContainer()
    container.me, container.n = container, node(4)
    again = unwrapped(container)
    assert (repr(again.n), again.me is again, again is container) == ("4", True, False)
    items: list[Any] = []
    around = node(items)
    items.append(around)
    data = unwrapped(around)
    assert data[0] is data


def test_what_stands_in_two_places_is_copied_once() -> None:
    shared = [node(1)]
    data = unwrapped({"a": shared, "b": shared})
    assert data["a"] is data["b"]


def test_bundled_functions_are_values() -> None:
    @bundle(trainable=True)
    def double(x):
        return 2 * x

    assert unwrapped([double])[0] is double
    assert isinstance(double.parameter, Node)


def test_reading_in_a_bundle_is_noticed() -> None:
    x = node(1, trainable=True)

    @bundle(allow_external_dependencies=True)
    def hidden():
        return to_data([x])[0]

    assert hidden().info["external_dependencies"] == [x]


def test_wrap_node_makes_nodes_of_all_but_nodes() -> None:
    have = node(1, name="have")
    wrapped = wrap_node([have, 2, {"k": (3,)}])
    assert wrapped[0] is have
    assert all(isinstance(each, Node) for each in (wrapped[1], wrapped[2]["k"][0]))
    assert (wrapped[1].data, wrapped[2]["k"][0].data, list(wrapped[2])) == (2, 3, ["k"])
    assert wrapped[1]._code.co_filename == __file__
    assert wrap_node("text").data == "text"


def test_detach_inputs_cuts_each_node_off() -> None:
    value = [1]
    result = node(value) + node([2])
    detached = detach_inputs({"a": [result], "b": 5})
    assert detached["b"] == 5
    assert (detached["a"][0].data, detached["a"][0].parents) == ([1, 2], [])
    assert detached["a"][0].data is not result.data
    assert result.parents


def test_a_conversion_of_ones_own() -> None:
    convert = recursive_conversion(lambda found: found.name, lambda value: -value)
    assert convert([node(1, name="x"), (2, {"k": 3})]) == ["x:0", (-2, {"k": -3})]
