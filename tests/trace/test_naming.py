from __future__ import annotations

import copy
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace import GRAPH, ParameterNode, bundle, node
from trace_lsp.trace.nodes import NAME_SCOPES


def test_a_given_name_is_numbered() -> None:
    first, second = node(1, name="price"), node(2, name="price")
    assert (first.name, first.py_name, first.id) == ("price:0", "price0", "0")
    assert (second.name, second.py_name, second.id) == ("price:1", "price1", "1")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1, "int0"),
        (1.5, "float0"),
        ("a", "str0"),
        ([], "list0"),
        ({}, "dict0"),
        (None, "NoneType0"),
        (True, "bool0"),
        (len, "builtin_function_or_method0"),
    ],
)
def test_without_a_name_the_type_is_the_name(value: object, name: str) -> None:
    assert node(value).py_name == name


def test_results_are_named_after_what_computed_them() -> None:
    @bundle()
    def double(x):
        return x * 2

    @bundle(trainable=True)
    def triple(x):
        return x * 3

    assert (node(1) + 2).py_name == "add0"
    assert double(2).py_name == "double0"
    assert double(2).py_name == "double1"
    assert triple(2).py_name == "eval0"
    assert triple.parameter.py_name == "__code0"


def test_arguments_are_named_after_the_parameters() -> None:
    @bundle()
    def scale(x, *, by=2):
        return x * by

    assert [each.py_name for each in scale(3).parents] == ["x0", "by0"]


def test_clear_starts_again_and_keeps_the_order() -> None:
    before = node(1, name="a")
    GRAPH.clear()
    after = node(1, name="a")
    assert (before.name, after.name) == ("a:0", "a:0")
    assert before._serial < after._serial


def test_a_trainable_made_of_a_node_keeps_its_name() -> None:
    plain = node(5, name="rate")
    trainable = node(plain, trainable=True)
    assert isinstance(trainable, ParameterNode)
    assert trainable.name == "rate:1"
    assert node(plain, name="other", trainable=True).name == "other:0"


def test_a_node_is_returned_as_it_is() -> None:
    first = node(1)
    assert node(first) is first


def test_a_name_that_ends_in_a_digit_is_no_other_nodes_name() -> None:
    tenth = [node(0, name="x") for _ in range(11)][-1]
    assert (tenth.py_name, node(0, name="x1").py_name) == ("x10", "x1_0")


@given(st.lists(st.sampled_from(["x", "x1", "x_", "x1_", "x10", "x1_0", "x__1"]), max_size=40))
def test_names_as_identifiers_are_unique(bases: list[str]) -> None:
    GRAPH.clear()
    names = [node(0, name=base).py_name for base in bases]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


def test_names_are_unique_across_threads() -> None:
    start = threading.Barrier(8)
    made: list[list[str]] = [[] for _ in range(8)]

    def work(names: list[str]) -> None:
        start.wait()
        names.extend((node(1, name="shared") + 1).parents[0].name for _ in range(2_000))

    threads = [threading.Thread(target=work, args=(names,)) for names in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [name for each in made for name in each]
    assert len(names) == 16_000
    assert len(set(names)) == 16_000


def test_a_node_says_what_it_is() -> None:
    leaf = node([1, 2], name="items")
    assert repr(leaf) == "Node(items:0, [1, 2])"
    assert (leaf.type, leaf.is_root, leaf.trainable, leaf.parents) == (list, True, False, [])
    result = leaf.len()
    assert (result.is_root, result.parents[0]) == (False, leaf)
    assert result.description == "[len_] Computes the length of x."


def test_a_copy_in_a_scope_has_the_scope_once() -> None:
    NAME_SCOPES.append("part")
    try:
        x = node(1, name="x")
        assert [each.name for each in (x, copy.copy(x), node(x, trainable=True), x.detach())] == [
            f"part/x:{number}" for number in range(4)
        ]
    finally:
        NAME_SCOPES.pop()
