from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace.graph import NodeRecord, Operator, Place
from trace_lsp.views.collapse import MORE, ViewGraph, ViewNode, collapse

from .recorded import Sketch, chain, hostile, loop, sorting


def named(view: ViewGraph, start: str) -> ViewNode:
    (found,) = [node for node in view.nodes if node.name.startswith(start)]
    return found


def check(view: ViewGraph, nodes: list[NodeRecord], limit: int) -> None:
    """What holds for every collapsed graph."""
    keys = [node.key for node in view.nodes]
    assert len(keys) == len(set(keys)) <= limit
    assert view.recorded == len(nodes)
    assert sum(node.count for node in view.nodes) == len(nodes)
    shown = [id for node in view.nodes for id in node.records]
    assert len(shown) == len(set(shown))
    assert set(shown) <= {node.id for node in nodes}
    assert all(len(node.records) == node.count for node in view.nodes if node.kind != "more")
    assert all({edge.source, edge.target} <= set(keys) for edge in view.edges)
    ends = Counter((edge.source, edge.target) for edge in view.edges)
    assert max(ends.values(), default=1) == 1
    assert sum(edge.count for edge in view.edges) <= sum(len(node.inputs) for node in nodes)


@st.composite
def records(draw: st.DrawFn) -> list[NodeRecord]:
    made: list[NodeRecord] = []
    for id in range(draw(st.integers(0, 40))):
        is_call = bool(made) and draw(st.booleans())
        inputs = draw(st.lists(st.integers(0, id - 1), max_size=4)) if is_call else []
        made.append(
            NodeRecord(
                id,
                f"{draw(st.sampled_from('xyz'))}{id}",
                "int",
                draw(st.sampled_from(["1", "2", "3", "4", "5"])),
                Operator(draw(st.sampled_from(["f", "g"])), "") if is_call else None,
                tuple((f"a{i}", parent) for i, parent in enumerate(inputs)),
                trainable=not is_call and draw(st.booleans()),
                place=draw(st.sampled_from([None, Place("f.py", 1), Place("f.py", 2)])),
                error="e" if is_call and draw(st.booleans()) else "",
            )
        )
    return made


@given(records(), st.integers(1, 20))
def test_any_graph_is_collapsed_within_the_limit(nodes: list[NodeRecord], limit: int) -> None:
    check(collapse(nodes, limit=limit), nodes, limit)


@given(records())
def test_without_a_limit_every_record_and_every_edge_is_there(nodes: list[NodeRecord]) -> None:
    view = collapse(nodes, limit=1_000)
    check(view, nodes, 1_000)
    assert sum(edge.count for edge in view.edges) == sum(len(node.inputs) for node in nodes)
    assert sum(node.failed for node in view.nodes) == sum(bool(node.error) for node in nodes)


@given(records(), st.data())
def test_part_of_a_run_can_be_drawn(nodes: list[NodeRecord], data: st.DataObject) -> None:
    part = [node for node in nodes if data.draw(st.booleans())]
    check(collapse(part, outputs=range(5), limit=10), part, 10)


def test_calls_of_a_loop_become_one() -> None:
    sketch = sorting()
    view = collapse(sketch.records)
    assert [node.kind for node in view.nodes] == ["parameter", "leaf", "failure", "leaf", "call"]
    calls = named(view, "eval0")
    assert (calls.operator, calls.count, calls.failed) == ("strange_sort", 4, 1)
    assert (calls.first, calls.last) == ("[1, 2, 3, 4]", "(IndexError) list index out of range")
    assert calls.record is not None
    assert calls.record.error
    given = named(view, "numbers0")
    assert given.name == "numbers0 … numbers3"
    assert (given.first, given.last) == ("[1, 2, 3, 4]", "[]")
    assert named(view, "eq0").values == (("False", 2), ("True", 1))


def test_edges_are_merged_and_counted() -> None:
    view = collapse(sorting().records)
    into_calls = {
        edge.names: edge.count for edge in view.edges if edge.target == named(view, "eval0").key
    }
    assert into_calls == {("numbers",): 4, ("__code",): 4}


def test_an_accumulating_loop_is_its_entry_and_its_round() -> None:
    view = collapse(loop(50).records)
    assert len(view.nodes) == 6
    entry, repeated = (node for node in view.nodes if node.operator == "add")
    assert (entry.count, repeated.count) == (1, 49)
    assert (repeated.key, repeated.key) in {(edge.source, edge.target) for edge in view.edges}


def test_calls_at_different_places_stay_apart() -> None:
    sketch = Sketch()
    x = sketch.leaf("x", "1", 1)
    sketch.call("f", "2", 2, a=x)
    sketch.call("f", "2", 3, a=x)
    assert len(collapse(sketch.records).nodes) == 3


def test_calls_on_one_line_stay_apart_where_the_interpreter_knows_no_columns() -> None:
    sketch = Sketch()
    x = sketch.leaf("x", "1", 1)
    first = sketch.call("add", "2", 2, x=x, y=x)
    sketch.call("add", "3", 2, x=first, y=x)
    assert [node.count for node in collapse(sketch.records).nodes] == [1, 1, 1]


def test_constants_of_one_call_stay_apart_by_the_argument_they_feed() -> None:
    sketch = Sketch()
    for _ in range(3):
        low, high = sketch.leaf("int", "0", 5), sketch.leaf("int", "9", 5)
        sketch.call("clip", "4", 5, low=low, high=high)
    view = collapse(sketch.records)
    assert [(node.count, node.values) for node in view.nodes] == [
        (3, (("0", 3),)),
        (3, (("9", 3),)),
        (3, (("4", 3),)),
    ]


def test_a_variable_number_of_arguments_is_one_position() -> None:
    sketch = Sketch()
    for number in range(1, 5):
        items = {f"args_{i}": sketch.leaf("int", str(i), 5) for i in range(number)}
        sketch.call("total", "0", 5, **items)  # type: ignore[arg-type]
    assert [node.count for node in collapse(sketch.records).nodes] == [10, 4]


def test_parameters_of_one_line_stay_apart_by_name() -> None:
    sketch = Sketch()
    sketch.leaf("low", "1", 1, trainable=True)
    sketch.leaf("high", "1", 1, trainable=True)
    assert len(collapse(sketch.records).nodes) == 2


def test_what_is_nearest_the_outputs_stays() -> None:
    nodes = chain(1_000).records
    view = collapse(nodes, limit=10)
    check(view, nodes, 10)
    *kept, more = view.nodes
    assert [node.name for node in kept] == [f"add{i}" for i in range(990, 999)]
    assert (more.key, more.name, more.count) == (MORE, "… 991 more", 991)
    assert [edge.target for edge in view.edges if edge.source == MORE] == [kept[0].key]


def test_chosen_outputs_decide_what_stays() -> None:
    view = collapse(chain(1_000).records, outputs=[500], limit=4)
    assert [node.name for node in view.nodes] == ["add497", "add498", "add499", "… 997 more"]
    assert [node.is_output for node in view.nodes] == [False, False, True, False]


def test_of_several_outputs_the_latest_stay() -> None:
    sketch = Sketch()
    for line in range(10):
        sketch.leaf("x", str(line), line)
    view = collapse(sketch.records, limit=4)
    assert [node.name for node in view.nodes] == ["x7", "x8", "x9", "… 7 more"]


@pytest.mark.parametrize("limit", [-1, 0, 1])
def test_a_limit_of_one_leaves_the_rest_node(limit: int) -> None:
    view = collapse(chain(5).records, limit=limit)
    assert [(node.kind, node.count) for node in view.nodes] == [("more", 5)]
    assert view.edges == ()


def test_nothing_is_an_empty_graph() -> None:
    assert collapse([]) == ViewGraph((), (), 0)


def test_keys_are_safe_whatever_the_names_are() -> None:
    assert all(node.key.isalnum() for node in collapse(hostile().records).nodes)


def calls_made(nodes: list[NodeRecord]) -> int:
    """How many Python functions are called to collapse the nodes: work, counted, not timed."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    collapse(nodes)
    sys.setprofile(None)
    return count


@pytest.mark.parametrize("sketch", [chain, loop])
def test_work_grows_as_the_graph_does(sketch: Callable[[int], Sketch]) -> None:
    small, large = calls_made(sketch(1_000).records), calls_made(sketch(4_000).records)
    assert large < 4.2 * small


def test_a_hundred_thousand_records_are_no_trouble() -> None:
    nodes = chain(100_000).records
    check(collapse(nodes), nodes, 150)
