"""Calling a node calls its value: what the function gets, and what the graph shows of it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from trace_lsp.trace import ExecutionError, Node, bundle, node


class Shop:
    def __init__(self) -> None:
        self.rate = node(3, trainable=True, name="rate")

    def kind(self, value: Any) -> str:
        return type(value).__name__

    def price(self, cost: Any) -> Any:
        return cost * self.rate


def kind(value: Any, *more: Any, **named: Any) -> list[str]:
    return [type(each).__name__ for each in (value, *more, *named.values())]


class Kept:
    def __init__(self, value: Any) -> None:
        self.value = value


def test_the_users_own_functions_get_nodes_as_they_are() -> None:
    assert node(kind)(node(1), 2, x=node("a")).data == ["Node", "int", "Node"]
    assert node(lambda value: value.data + 1)(node(1)).data == 2
    assert node(Shop()).getattr("kind")(node(1)).data == "Node"
    assert isinstance(node(Kept)(node(1)).data.value, Node)


def test_by_a_methods_name_every_argument_is_a_node() -> None:
    shop = node(Shop())
    assert shop.call("kind", 1).data == "Node"
    assert shop.call("kind", value=1).data == "Node"


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (math.sqrt, 4, 2.0),
        (json.dumps, {"a": [1]}, '{"a": [1]}'),
        (str, 1, "1"),
        ("a-b".split, "-", ["a", "b"]),
        (len, [1], 1),
    ],
)
def test_others_get_the_data(function: Any, value: Any, expected: object) -> None:
    made = node(function)(node(value))
    assert made.data == expected
    assert [each.data for each in made.parents] == [function, value]


def test_a_bundled_function_is_called_as_ever() -> None:
    @bundle()
    def double(x):
        return 2 * x

    made = node(double)(node(4))
    assert (made.data, made.py_name) == (8, "call0")


def test_what_the_function_uses_gets_feedback() -> None:
    shop = Shop()
    made = node(shop).call("price", 2)
    assert made.data == 6
    made.backward("cheaper")
    assert shop.rate.feedback == {made: ["cheaper"]}


def test_what_cannot_be_called() -> None:
    with pytest.raises(ExecutionError, match="'int' object is not callable") as caught:
        node(3)(1)
    assert caught.value.exception_node.py_name == "exception_call0"
