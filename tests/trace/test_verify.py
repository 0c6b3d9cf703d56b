from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace import GRAPH, ExecutionError, Node, bundle, node
from trace_lsp.trace.graph import NodeRecord, Operator, Output, Place, TraceGraph
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.records import trace_graph
from trace_lsp.trace.verify import GraphError, verify, verify_node

from .witness import Witness


@bundle()
def joined(*parts: str) -> str:
    return "-".join(map(str, parts))


@bundle(trainable=True)
def grow(x: int, by: int = 1) -> int:
    return x + by


def program() -> Any:
    """The exception that ends a small program, with every kind of node behind it."""
    a = node(1, name="a", trainable=True)
    b = grow(a + 1, by=2).clone()
    with pytest.raises(ExecutionError) as raised:
        joined(b, [a, "x"], a) / {"zero": b - b}["zero"]
    return raised.value.exception_node


def test_a_live_graph_is_as_every_graph_is() -> None:
    verify(program(), node(1), node(2, trainable=True))


def test_so_is_what_is_recorded_of_it() -> None:
    graph = trace_graph([(program(), "x")])
    verify(graph, {record.id: record for record in graph.nodes})


def test_nothing_is_no_wrong_graph() -> None:
    verify()
    verify(TraceGraph((), ()), {})


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(TypeError, match="can be verified, not a list"):
        verify([node(1)])  # type: ignore[arg-type]


def test_a_graph_of_any_depth_is_verified() -> None:
    value = node(0, trainable=True)
    for _ in range(50_000):
        value = value + 1
    verify(value)
    value._parents[0]._parents[0]._parents = ()
    with pytest.raises(GraphError):
        verify(value)


GRAPHS = st.lists(st.lists(st.integers(0, 10**6), max_size=3), min_size=1, max_size=30).map(
    lambda rows: [sorted({each % at for each in row}) if at else [] for at, row in enumerate(rows)]
)


@given(GRAPHS)
def test_every_program_makes_such_a_graph(parents: list[list[int]]) -> None:
    made: list[Any] = []
    for row in parents:
        made.append(joined(*(made[each] for each in row)) if row else node("x", trainable=True))
    verify(*made)
    verify(trace_graph([(each, "x") for each in made]))


def names_after_clear() -> tuple[Any, Any]:
    old = node(1, name="a")
    GRAPH.clear()
    return old, node(2, name="a")


def test_names_begin_again_after_clear() -> None:
    old, new = names_after_clear()
    verify(old + new)
    with pytest.raises(GraphError, match="a0: another node has that name"):
        verify(old + new, since=0)
    with pytest.raises(GraphError, match="a0: another node has that name"):
        verify(trace_graph([(old + new, "x")]))
    verify(trace_graph([(old + new, "x")]), since=new._serial)


# Live graphs that are wrong


def late(failed: Any) -> None:
    failed._parents = (node(5, name="late"), *failed._parents[1:])


def cycle(failed: Any) -> None:
    product = failed._parents[0]
    product._parents = (failed, *product._parents[1:])


def not_a_node(failed: Any) -> None:
    failed._parents = (5, *failed._parents[1:])


def missing_input(failed: Any) -> None:
    failed._parents = failed._parents[1:]


def same_names(failed: Any) -> None:
    failed._names = ("x", "x")


def same_serial(failed: Any) -> None:
    failed._parents[1]._serial = failed._parents[0]._serial


def same_name(failed: Any) -> None:
    failed._base, failed._number = failed._parents[0]._base, failed._parents[0]._number


def no_comment(failed: Any) -> None:
    failed.comment = ""


def no_place(failed: Any) -> None:
    failed._code = failed._code.replace(co_filename="")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (late, "exception_divide:0: its input late:0 was made after it"),
        (cycle, "joined:0: its input exception_divide:0 was made after it"),
        (not_a_node, "exception_divide:0: its input 5 is not a node"),
        (missing_input, "exception_divide:0: it has 1 inputs, but 2 names of inputs"),
        (same_names, "exception_divide0: two of its inputs are called x"),
        (same_serial, r"(joined|subtract)0: its id \d+ is not above"),
        (same_name, "joined0: another node has that name, too"),
        (no_comment, "exception_divide:0: it stands for an exception, but does not say where"),
        (no_place, "exception_divide0: its place is in no file"),
    ],
)
def test_what_is_wrong_with_a_live_graph_is_said(
    spoil: Callable[[Any], None], message: str
) -> None:
    failed = program()
    spoil(failed)
    with pytest.raises(GraphError, match=message):
        verify(failed)


class Trainable(Node):
    trainable = True


class Child(Node):
    _parents = (node(1, name="parent"),)


class Higher(Node):
    level = 7


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Trainable, "it is trainable, but not a parameter"),
        (Child, "it has inputs, but no operator"),
        (Higher, "its level is 7, not 0"),
    ],
)
def test_what_is_wrong_with_a_node_of_ones_own_is_said(kind: type[Node], message: str) -> None:
    with pytest.raises(GraphError, match=rf"wrong:0: {message}"):
        verify(kind(1, name="wrong"))


def test_one_node_is_verified_alone() -> None:
    failed = program()
    verify_node(failed)
    late(failed)
    with pytest.raises(GraphError, match="its input late:0 was made after it"):
        verify_node(failed)
    same_names(again := program())
    with pytest.raises(GraphError, match="two of its inputs are called x"):
        verify_node(again)


def test_a_witness_sees_every_node_as_it_is_made() -> None:
    recorder.host = witness = Witness()
    made = joined(node(1, trainable=True), node(2)) + "!"
    assert witness.seen == 5
    late(made)
    with pytest.raises(GraphError, match="made after it"):
        witness.on_node(made)


# Records that are wrong


ADD = Operator("add", "Computes x + y.")
A = NodeRecord(0, "a0", "int", "1", trainable=True, place=Place("f.py", 1))
B = NodeRecord(1, "b0", "int", "2", place=Place("f.py", 2, 4, 2, 9))
SUM = NodeRecord(2, "add0", "int", "3", ADD, (("x", 0), ("y", 1)), place=Place("f.py", 3))
FAILED = replace(SUM, id=3, name="exception_add0", value="(Oops)", error="x + y  # <---")


def graph(*nodes: NodeRecord) -> TraceGraph:
    return TraceGraph(nodes, ())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (graph(A, SUM), "add0: its input y is node 1, which is not in the graph"),
        (graph(A, B, replace(SUM, inputs=(("x", 0), ("x", 1)))), "two of its inputs are called x"),
        (graph(A, replace(SUM, id=1), replace(B, id=2)), "add0: its input y is node 1, which was"),
        (graph(A, B, replace(SUM, inputs=(("x", 2),))), "node 2, which was recorded after it"),
        (graph(B, A), "a0: its id 0 is not above 1"),
        (graph(A, A), "a0: its id 0 is not above 0"),
        (graph(A, replace(B, name="a0")), "a0: another node has that name"),
        (graph(A, replace(B, name="")), "the node with the id 1 has no name"),
        (graph(A, B, replace(SUM, operator=None)), "add0: it has inputs, but no operator"),
        (graph(A, B, replace(SUM, trainable=True)), "add0: it is trainable, but computed"),
        (graph(A, replace(B, error="x")), "b0: it stands for an exception, but no operator"),
        (graph(A, B, replace(FAILED, value="")), "exception_add0: .* does not say which"),
        (graph(replace(A, place=Place("", 1))), "its place is in no file"),
        (graph(replace(A, place=Place("f", 0))), "its place is line 0; lines count from 1"),
        (
            graph(replace(A, place=Place("f", 2, 0, 1))),
            "ends in line 1, before it starts in line 2",
        ),
        (graph(replace(A, place=Place("f", 2, -1))), "its place has a negative column"),
        (
            graph(replace(A, place=Place("f", 2, 5, 2, 4))),
            "ends in column 4, before it starts in 5",
        ),
        (TraceGraph((A,), (Output(7, "x"),)), "Feedback is on node 7, which is not in the graph"),
        ({5: A}, "a0: it stands under the id 5, but has 0"),
        ({0: A, 2: SUM}, "add0: its input y is node 1, which is not in the graph"),
    ],
)
def test_what_is_wrong_with_records_is_said(wrong: Any, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        verify(wrong)


def test_records_that_are_right_are_just_that() -> None:
    verify(TraceGraph((A, B, SUM, FAILED), (Output(2, "x"), Output(3, "y"))))
    verify({2: SUM, 1: B, 0: A})
    verify(graph(replace(A, place=None)))
