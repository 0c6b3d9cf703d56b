from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_lsp.trace.graph import NodeRecord
from trace_lsp.views.collapse import ViewEdge, ViewGraph, ViewNode, collapse
from trace_lsp.views.dot import DARK, DENSE, LIGHT, SPARSE, dot
from trace_lsp.views.drawing import svg
from trace_lsp.views.labels import full_text, label_lines

from .recorded import HOSTILE, Sketch, chain, hostile, loop, sorting

pygraphviz = pytest.importorskip("pygraphviz")


def drawn(text: str) -> ElementTree.Element:
    found = svg(text)
    assert found is not None
    return ElementTree.fromstring(found)


def groups(root: ElementTree.Element, kind: str) -> dict[str, ElementTree.Element]:
    found = [each for each in root.iter(f"{SVG}g") if each.get(f"data-{kind}")]
    return {each.attrib[f"data-{kind}"]: each for each in found}


SVG = "{http://www.w3.org/2000/svg}"


def texts(group: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in group.iter(f"{SVG}text")]


def tooltip(group: ElementTree.Element) -> str:
    title = group.find(f"{SVG}title")
    assert title is not None
    return title.text or ""


def spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def check_drawn(view: ViewGraph) -> None:
    """The drawing says what the view says, to the letter."""
    root = drawn(dot(view))
    nodes = groups(root, "node")
    assert set(nodes) == {node.key for node in view.nodes}
    for node in view.nodes:
        lines = [spaced(line) for line in texts(nodes[node.key])]
        assert lines == [spaced(line) for line in label_lines(node)]
        assert spaced(tooltip(nodes[node.key])) == spaced(full_text(node))
    edges = {tuple(key.split()) for key in groups(root, "edge")}
    assert edges == {(edge.source, edge.target) for edge in view.edges}


@pytest.mark.parametrize("sketch", [sorting(), chain(20), loop(10), hostile()])
def test_a_drawing_says_what_the_view_says(sketch: Sketch) -> None:
    check_drawn(collapse(sketch.records))


@pytest.mark.parametrize(
    "text", [*HOSTILE, "ends in charset=", 'charset="latin-1"', "\\", '"', "<>"]
)
def test_hostile_texts_are_drawn_to_the_letter(text: str) -> None:
    record = NodeRecord(0, text, "list", text)
    node = ViewNode("n0", "leaf", text, type="list", values=((text, 1),), last=text, record=record)
    check_drawn(ViewGraph((node,), (ViewEdge("n0", "n0", (text,)),), 1))


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet=st.characters(), max_size=30))
def test_any_text_is_drawn_to_the_letter(text: str) -> None:
    record = NodeRecord(0, text, "str", text)
    node = ViewNode(
        "n0", "call", text, operator=text, type="str", values=((text, 1),), last=text, record=record
    )
    check_drawn(ViewGraph((node,), (), 1))


def test_kinds_differ_in_shape_as_well_as_in_colour() -> None:
    graph = pygraphviz.AGraph(string=dot(collapse(sorting().records)))
    looks = {
        graph.get_node(key).attr["class"].split()[0]: tuple(
            graph.get_node(key).attr[name] for name in ("shape", "peripheries", "style")
        )
        for key in graph.nodes()
    }
    assert looks == {
        "parameter": ("box", "2", "filled"),
        "leaf": ("note", "", "filled"),
        "failure": ("octagon", "", "filled"),
        "call": ("box", "", "rounded,filled"),
    }


def test_no_node_leads_anywhere() -> None:
    text = dot(collapse(hostile().records))
    graph = pygraphviz.AGraph(string=text)
    for node in graph.nodes():
        names = {name.lower() for name in node.attr}
        assert not names & {"url", "href", "image"}


def test_themes_differ_in_colour_only() -> None:
    view = collapse(sorting().records)
    light, dark = dot(view, LIGHT), dot(view, DARK)
    assert LIGHT.parameter in light
    assert LIGHT.parameter not in dark
    assert re.sub(r"#\w{6}", "", light) == re.sub(r"#\w{6}", "", dark)


def test_a_graph_of_nothing_is_a_graph() -> None:
    assert groups(drawn(dot(ViewGraph((), (), 0))), "node") == {}


@pytest.mark.parametrize(
    ("edges", "attributes"),
    [
        (SPARSE, {"splines": None, "layout": None}),
        (SPARSE + 1, {"splines": "line", "layout": None}),
        (DENSE + 1, {"splines": "line", "layout": "twopi"}),
    ],
)
def test_dense_graphs_ask_for_a_cheaper_layout(
    edges: int, attributes: dict[str, str | None]
) -> None:
    nodes = tuple(ViewNode(f"n{i}", "call", f"n{i}") for i in range(150))
    pairs = [(i, j) for i in range(150) for j in range(i)][:edges]
    view = ViewGraph(nodes, tuple(ViewEdge(f"n{j}", f"n{i}") for i, j in pairs), 150)
    graph = pygraphviz.AGraph(string=dot(view))
    assert {name: graph.graph_attr.get(name) for name in attributes} == attributes
    assert len(groups(drawn(dot(view)), "edge")) == edges


def test_importing_the_renderers_does_not_import_graphviz() -> None:
    code = (
        "import sys, trace_lsp.views.report, trace_lsp.views.mermaid\n"
        "print([name for name in ('graphviz', 'pygraphviz') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
