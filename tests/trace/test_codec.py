from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace import bundle, node
from trace_lsp.trace.codec import Decoder, Encoder, decode_graph, encode_graph
from trace_lsp.trace.graph import NodeRecord, Operator, Output, Place, TraceGraph
from trace_lsp.trace.records import trace_graph

TEXT = st.text(max_size=20)
COUNT = st.integers(0, 2**40)
PLACES = st.builds(Place, TEXT, COUNT, COUNT, COUNT, COUNT)
OPERATORS = st.builds(Operator, TEXT, TEXT, TEXT, st.none() | PLACES)
NODES = st.builds(
    NodeRecord,
    id=COUNT,
    name=TEXT,
    type=TEXT,
    value=TEXT,
    operator=st.none() | OPERATORS,
    inputs=st.lists(st.tuples(TEXT, COUNT), max_size=3).map(tuple),
    trainable=st.booleans(),
    constraint=TEXT,
    place=st.none() | PLACES,
    omitted=COUNT,
    error=TEXT,
)


@given(st.lists(st.lists(NODES, max_size=4), max_size=4))
def test_batches_come_back_as_they_were(batches: list[list[NodeRecord]]) -> None:
    encoder, decoder = Encoder(), Decoder()
    for nodes in batches:
        line = json.dumps(encoder.batch(nodes))
        assert decoder.batch(json.loads(line)) == tuple(nodes)


@given(st.lists(NODES, max_size=5), st.lists(st.builds(Output, COUNT, TEXT), max_size=3))
def test_a_graph_comes_back_as_it_was(nodes: list[NodeRecord], outputs: list[Output]) -> None:
    graph = TraceGraph(tuple(nodes), tuple(outputs))
    assert decode_graph(json.loads(json.dumps(encode_graph(graph)))) == graph


def test_a_live_graph_comes_back_as_it_was() -> None:
    @bundle(trainable=True)
    def grow(x):
        """Grows."""
        return [*x, len(x)]

    result = grow(node([1], name="start")).eq([1, 1])
    graph = trace_graph([(result, "good"), (result, "very good")])
    assert decode_graph(json.loads(json.dumps(encode_graph(graph)))) == graph


def test_what_repeats_is_sent_once() -> None:
    place = Place("a.py", 1)
    add = Operator("add", "Adds.", place=Place("b.py", 2))
    nodes = [NodeRecord(at, f"n{at}", "int", "0", add, place=place) for at in range(3)]
    encoder = Encoder()
    first, second = encoder.batch(nodes[:2]), encoder.batch(nodes[2:])
    assert (len(first["operators"]), sorted(first["files"])) == (1, ["a.py", "b.py"])
    assert (second["operators"], second["files"]) == ([], [])
    assert len(first["nodes"]) == 2


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        "text",
        None,
        {"files": [], "operators": [], "nodes": [[1]], "outputs": []},
        {"files": [], "operators": [], "nodes": [5], "outputs": []},
        {"files": [], "operators": [[1]], "nodes": [], "outputs": []},
        {"files": [], "operators": [], "nodes": []},
        {"files": [], "operators": [], "nodes": [], "outputs": [5]},
        {"files": [], "operators": [], "nodes": [], "outputs": [[1]]},
        {"files": [], "operators": [], "nodes": [], "outputs": [[None, "x"]]},
        {
            "files": [],
            "operators": [],
            "nodes": [[1, "a", "int", "0", 3, [], None, None]],
            "outputs": [],
        },
        {
            "files": [],
            "operators": [],
            "nodes": [[1, "a", "int", "0", -1, [], [0, 1, 0, 0, 0], None]],
            "outputs": [],
        },
    ],
)
def test_anything_else_is_a_value_error(data: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_graph(data)  # type: ignore[arg-type]
