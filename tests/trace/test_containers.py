from __future__ import annotations

from typing import Any

import pytest

from trace_lsp.trace import bundle, node
from trace_lsp.trace.containers import data_of, holds_nodes, nodes_in
from trace_lsp.trace.records import record


@bundle()
def show(value):
    """Shows a value."""
    return repr(value)


@pytest.mark.parametrize(
    ("make", "text", "name"),
    [
        (lambda x: [x, 2], "[1, 2]", "make_list"),
        (lambda x: (2, x), "(2, 1)", "make_tuple"),
        (lambda x: {x}, "{1}", "make_set"),
        (lambda x: {"a": x}, "{'a': 1}", "make_dict"),
        (lambda x: [{"a": ([x],)}], "[{'a': ([1],)}]", "make_list"),
        (lambda x: {x: "b"}, "{1: 'b'}", "make_dict"),
        (lambda x: {(x, 2): "b"}, "{(1, 2): 'b'}", "make_dict"),
    ],
)
def test_nodes_in_a_container_are_unpacked_and_kept(make: Any, text: str, name: str) -> None:
    x = node(1, trainable=True)
    result = show(make(x))
    assert result.data == text
    argument = result.inputs["value"]
    assert (argument.operator.name, argument.py_name) == (name, "value0")
    result.backward("other")
    assert len(x.feedback) == 1


def test_a_container_of_nodes_has_its_items_for_inputs() -> None:
    x, y = node(1), node(2)
    listed = show([x, 5, y]).inputs["value"]
    assert list(listed.inputs) == ["args_0", "args_1", "args_2"]
    assert listed.inputs["args_0"] is x
    assert listed.inputs["args_2"] is y
    assert listed.inputs["args_1"].data == 5
    assert list(show({"a": x, "b": y}).inputs["value"].inputs) == ["a", "b"]
    assert list(show({x: y}).inputs["value"].inputs) == ["key_0", "value_0"]


def test_a_container_without_nodes_is_one_leaf() -> None:
    argument = show([1, [2]]).inputs["value"]
    assert argument.is_root
    assert argument.py_name == "value0"


def test_a_container_without_nodes_is_passed_as_it_is() -> None:
    values = [[1], {"a": (2,)}]

    @bundle()
    def same(given):
        return given is values

    assert same(values).data is True


def test_what_holds_no_node_keeps_its_identity() -> None:
    plain = [1]
    data = data_of([plain, node(2)])
    assert data == [[1], 2]
    assert data[0] is plain


def test_nodes_a_function_returns_in_a_container_are_unpacked() -> None:
    @bundle()
    def pair(x):
        return [node(x) + 1, {"b": node(x)}]

    assert pair(1).data == [2, {"b": 1}]


def test_star_arguments() -> None:
    @bundle()
    def count(*items, **named):
        """Counts."""
        return f"{len(items)} {sorted(named)}"

    result = count(node(1), 2, key=node(3))
    assert result.data == "2 ['key']"
    assert list(result.inputs) == ["args_0", "args_1", "key"]


def test_a_container_that_holds_itself() -> None:
    plain: list[Any] = [1]
    plain.append(plain)
    assert show(plain).data == "[1, [...]]"

    x = node(2, trainable=True)
    mixed: dict[str, Any] = {"x": x}
    mixed["self"] = [mixed]
    result = show(mixed)
    assert result.data == "{'x': 2, 'self': [{...}]}"
    assert record(result.inputs["value"]).value.startswith("{'x': 2, 'self': [{'x': 2")
    result.backward("no")
    assert len(x.feedback) == 1


def test_a_node_whose_list_holds_the_node() -> None:
    items: list[Any] = []
    itself = node(items)
    items.append(itself)
    data = data_of(itself)
    assert data[0] is data


def test_a_list_that_stands_in_two_places_does_so_without_nodes_too() -> None:
    inner = [node(1)]
    data = data_of([inner, inner])
    assert data == [[1], [1]]
    assert data[0] is data[1]


def test_deeply_nested_plain_data_is_no_problem() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert not holds_nodes(nested)
    assert data_of(nested) is nested


def test_nodes_in_finds_them_all() -> None:
    a, b, c = node(1), node(1), node(1)
    found = {id(each) for each in nodes_in([a, ({"x": b},), {c: 1}])}
    assert found == {id(a), id(b), id(c)}
    assert list(nodes_in(a)) == [a]
    assert list(nodes_in("text")) == []
