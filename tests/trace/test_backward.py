from __future__ import annotations

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace import bundle, node
from trace_lsp.trace.feedback import pending_feedback
from trace_lsp.trace.graph import NodeRecord, Output, ancestors, backward
from trace_lsp.trace.living import GRAPH, living
from trace_lsp.trace.records import trace_graph


def test_feedback_reaches_every_parameter_that_led_there() -> None:
    a, b, unrelated = (node(number, name="p", trainable=True) for number in (1, 2, 3))
    result = (a + 1) * (b - a)
    result.backward("smaller")
    assert a.feedback == {result: ["smaller"]}
    assert next(iter(b.feedback)) is result
    assert unrelated.feedback == {}


def test_feedback_may_be_anything() -> None:
    a = node(1, trainable=True)
    for feedback in (0.5, node("a node"), None, ["x"], "text"):
        (a + 1).backward(feedback)
    assert [text for _, text in pending_feedback([a])] == ["0.5", "a node", "None", "['x']", "text"]


def test_without_a_word_the_feedback_is_empty() -> None:
    a = node(1, trainable=True)
    a.backward()
    assert a.feedback == {a: [""]}


def test_zeroing_forgets() -> None:
    a = node(1, trainable=True)
    (a + 1).backward("x")
    a.zero_feedback()
    assert a.feedback == {}


def test_several_outputs_keep_the_order_in_which_feedback_was_given() -> None:
    a, b = node(1, trainable=True), node(2, trainable=True)
    of_b, of_a, of_both = b + 1, a + 1, a + b
    of_both.backward("first")
    of_b.backward("second")
    of_a.backward("third")
    of_b.backward("second")
    given = pending_feedback([a, b])
    assert [text for _, text in given] == ["first", "second", "third", "second"]
    assert [output._serial for output, _ in given] == [
        each._serial for each in (of_both, of_b, of_a, of_b)
    ]
    assert pending_feedback([b]) == given[:2] + given[3:]


def test_what_is_no_node_cannot_be_given_feedback() -> None:
    from trace_lsp.trace.feedback import propagate

    with pytest.raises(TypeError, match="given on a node; this is of type int"):
        propagate(5, "x")


LENGTH = 100_000


def test_a_long_chain_is_built_walked_recorded_and_freed() -> None:
    start = node(0, trainable=True)
    value = start
    for _ in range(LENGTH):
        value = value + 1
    assert value.data == LENGTH
    value.backward("enough")
    assert len(start.feedback) == 1
    graph = trace_graph(pending_feedback([start]))
    assert len(graph.nodes) == 2 * LENGTH + 1
    assert graph.node(value._serial).value == str(LENGTH)
    start.zero_feedback()
    del value, graph
    gc.collect()
    assert list(GRAPH.roots) == [start]


def test_the_engine_holds_no_node() -> None:
    @bundle()
    def double(x):
        return 2 * x

    @bundle(trainable=True)
    def grow(x):
        return x + 1

    result = grow(double(node(1)) + 1)
    assert len([each for each in living() if not each.trainable]) == 5
    del result
    gc.collect()
    assert [each for each in living() if not each.trainable] == []


GRAPHS = st.lists(st.lists(st.integers(0, 10**6), max_size=3), min_size=1, max_size=30).map(
    lambda rows: [sorted({each % at for each in row}) if at else [] for at, row in enumerate(rows)]
)


def reachable(parents: list[list[int]], outputs: list[int]) -> set[int]:
    """By the definition: the smallest set with the outputs and each member's parents."""
    found = set(outputs)
    while True:
        more = found | {parent for each in found for parent in parents[each]}
        if more == found:
            return found
        found = more


@given(GRAPHS, st.data())
def test_the_subgraph_is_exactly_the_ancestors(parents: list[list[int]], data) -> None:
    outputs = data.draw(st.lists(st.integers(0, len(parents) - 1), min_size=1, max_size=3))
    nodes = {
        at: NodeRecord(at, f"n{at}", "int", "0", inputs=tuple((f"x{p}", p) for p in row))
        for at, row in enumerate(parents)
    }
    graph = backward(nodes, [Output(each, "feedback") for each in outputs])
    assert [each.id for each in graph.nodes] == sorted(reachable(parents, outputs))
    assert [each.node for each in graph.outputs] == outputs
    assert ancestors(outputs, lambda at: parents[at], lambda at: at) == sorted(
        reachable(parents, outputs)
    )


@given(GRAPHS)
def test_live_nodes_are_walked_alike(parents: list[list[int]]) -> None:
    made = []
    for row in parents:
        given = [made[parent] for parent in row]
        made.append(node("-").join(given) if given else node("leaf", trainable=True))
    made[-1].backward("x")
    led_there = reachable(parents, [len(parents) - 1])
    for at, each in enumerate(made):
        if each.trainable:
            assert bool(each.feedback) == (at in led_there)


def test_the_graph_knows_its_nodes_by_id() -> None:
    a = node(1, trainable=True)
    graph = trace_graph([(a + 1, "x")])
    assert graph.node(a._serial).name == "int0"
    with pytest.raises(KeyError):
        graph.node(-1)
