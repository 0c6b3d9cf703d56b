"""Records as rows and back, and what is no batch of rows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace import bundle, node
from trace_lsp.trace.codec import KNOWN, Decoder, Encoder, decode_graph, encode_graph
from trace_lsp.trace.graph import NodeRecord, Operator, Output, Place, TraceGraph
from trace_lsp.trace.records import trace_graph

TEXT = st.text(max_size=20)
NAMES = TEXT | st.from_regex(r"[a-z]?[0-9]{0,20}", fullmatch=True)
COUNT = st.integers(0, 2**40)
PLACES = st.builds(Place, TEXT, COUNT, COUNT, COUNT, COUNT)
OPERATORS = st.builds(Operator, TEXT, TEXT, TEXT, st.none() | PLACES)
NODES = st.builds(
    NodeRecord,
    id=COUNT,
    name=NAMES,
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
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def over_the_wire(data: Any) -> Any:
    return json.loads(json.dumps(data))


def batch(encoder: Encoder, nodes: list[NodeRecord]) -> dict[str, Any]:
    made = encoder.batch([encoder.row(each) for each in nodes])
    encoder.sent(made)
    return made


@given(st.lists(st.lists(NODES, max_size=4), max_size=4))
def test_batches_come_back_as_they_were(batches: list[list[NodeRecord]]) -> None:
    encoder, decoder = Encoder(), Decoder()
    for nodes in batches:
        assert decoder.batch(over_the_wire(batch(encoder, nodes))) == tuple(nodes)


@given(st.lists(NODES, max_size=5), st.lists(st.builds(Output, COUNT, TEXT), max_size=3))
def test_a_graph_comes_back_as_it_was(nodes: list[NodeRecord], outputs: list[Output]) -> None:
    graph = TraceGraph(tuple(nodes), tuple(outputs))
    assert decode_graph(over_the_wire(encode_graph(graph))) == graph


def test_a_live_graph_comes_back_as_it_was() -> None:
    @bundle(trainable=True)
    def grow(x):
        """Grows."""
        return [*x, len(x)]

    result = grow(node([1], name="start")).eq([1, 1])
    graph = trace_graph([(result, "good"), (result, "very good")])
    assert decode_graph(over_the_wire(encode_graph(graph))) == graph


PLACE = Place("a.py", 1)
ADD = Operator("add", "Adds.", place=Place("b.py", 2))
THREE = [NodeRecord(at, f"n{at}", "int", "0", ADD, place=PLACE) for at in range(3)]


def test_what_repeats_is_sent_once() -> None:
    encoder = Encoder()
    first, second = batch(encoder, THREE[:2]), batch(encoder, THREE[2:])
    assert (len(first["operators"]), len(first["sites"]), len(first["nodes"])) == (1, 1, 2)
    assert (second["operators"], second["sites"], len(second["nodes"])) == ([], [], 1)


def test_what_was_not_sent_is_said_again() -> None:
    encoder, decoder = Encoder(), Decoder()
    lost = encoder.batch([encoder.row(each) for each in THREE[:2]])
    again = encoder.batch([encoder.row(THREE[2])])
    assert decoder.batch(over_the_wire(again)) == (THREE[2],)
    assert decoder.batch(over_the_wire(lost)) == tuple(THREE[:2])
    encoder.sent(again)
    assert encoder.batch([])["sites"] == []


def test_names_without_end_are_not_kept_without_end() -> None:
    nodes = [NodeRecord(at, f"{at}_", "int", "0", ADD) for at in range(KNOWN + 10)]
    encoder, decoder = Encoder(), Decoder()
    assert decoder.batch(batch(encoder, nodes)) == tuple(nodes)
    assert len(encoder._sites) == 10
    assert decoder.batch(batch(encoder, nodes[:1])) == tuple(nodes[:1])


OPERATOR = [0, "add", "Adds.", "", None]
SITE = [1, "n", "int", 0, ["x"], False, "", ["a.py", 1, 0, 0, 0]]
NODE = [7, 1, 3, "0", 5]
GOOD = {"operators": [OPERATOR], "sites": [SITE], "nodes": [NODE], "outputs": [[7, "x"]]}


def test_what_the_rows_mean() -> None:
    graph = decode_graph(GOOD)
    place = Place("a.py", 1)
    add = Operator("add", "Adds.")
    expected = NodeRecord(7, "n3", "int", "0", add, (("x", 5),), place=place)
    assert graph == TraceGraph((expected,), (Output(7, "x"),))


@pytest.mark.parametrize(
    "wrong",
    [
        *({key: None} for key in GOOD),
        *({key: 5} for key in GOOD),
        *({key: [5]} for key in GOOD),
        *({key: [[1]]} for key in GOOD),
        {"operators": []},
        {"operators": [[None, *OPERATOR[1:]]]},
        {"operators": [[0, 1, "", "", None]]},
        {"operators": [[*OPERATOR[:4], [0, 1, 0, 0, 0]]]},
        {"operators": [[*OPERATOR[:4], ["a.py", 1, 0, 0, 0, 0]]]},
        {"operators": [[*OPERATOR[:4], ["a.py", "1"]]]},
        {"operators": [[[], *OPERATOR[1:]]]},
        {"sites": []},
        {"sites": [[1, 5, *SITE[2:]]]},
        {"sites": [[*SITE[:4], "x", *SITE[5:]]]},
        {"sites": [[*SITE[:4], [5], *SITE[5:]]]},
        {"sites": [[*SITE[:5], 0, *SITE[6:]]]},
        {"nodes": [["7", 1, 3, "0", 5]]},
        {"nodes": [[7, 2, 3, "0", 5]]},
        {"nodes": [[7, [], 3, "0", 5]]},
        {"nodes": [[7, 1, "3", "0", 5]]},
        {"nodes": [[7, 1, True, "0", 5]]},
        {"nodes": [[7, 1, 3, 0, 5]]},
        {"nodes": [[7, 1, 3, ["0"], 5]]},
        {"nodes": [[7, 1, 3, ["0", "1", ""], 5]]},
        {"nodes": [[7, 1, 3, ["0", 1, None], 5]]},
        {"nodes": [[7, 1, 3, "0"]]},
        {"nodes": [[7, 1, 3, "0", 5, 6]]},
        {"nodes": [[7, 1, 3, "0", 5.0]]},
        {"outputs": [[None, "x"]]},
    ],
    ids=json.dumps,
)
def test_anything_else_is_a_value_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_graph({**GOOD, **wrong})


@pytest.mark.parametrize("data", [{}, [], "text", None, 5])
def test_what_is_no_object_is_a_value_error(data: Any) -> None:
    with pytest.raises(ValueError, match="not a"):
        decode_graph(data)


@given(st.fixed_dictionaries(dict.fromkeys(GOOD, JSON)) | JSON)
def test_no_json_is_read_but_as_a_graph(data: Any) -> None:
    try:
        graph = decode_graph(data)
    except ValueError:
        return
    assert decode_graph(over_the_wire(encode_graph(graph))) == graph


@given(st.lists(NODES, min_size=1, max_size=3), st.data())
def test_a_batch_with_one_thing_wrong_is_a_batch_or_a_value_error(
    nodes: list[NodeRecord], data: st.DataObject
) -> None:
    encoder = Encoder()
    made = over_the_wire(batch(encoder, nodes))
    rows = made[data.draw(st.sampled_from([key for key in made if made[key]]))]
    row = data.draw(st.sampled_from(rows))
    row[data.draw(st.integers(0, len(row) - 1))] = data.draw(JSON)
    try:
        decoded = Decoder().batch(made)
    except ValueError:
        return
    again = Encoder()
    assert Decoder().batch(over_the_wire(batch(again, list(decoded)))) == decoded
