"""The section of a report that shows the graph: drawn where that is possible, and as an outline."""

from __future__ import annotations

from collections.abc import Sequence

from trace_lsp.trace.graph import NodeRecord, Output
from trace_lsp.views.collapse import ViewGraph, collapse
from trace_lsp.views.dot import dot
from trace_lsp.views.drawing import svg
from trace_lsp.views.markup import Markup, element, join
from trace_lsp.views.outline import outline
from trace_lsp.views.report_parts import Section, folded, text_block
from trace_lsp.views.values import counted

_OUTLINE_LINES = 1_000
_ZOOM = (("out", "Smaller"), ("in", "Larger"), ("fit", "Fit"))
_LEGEND = (
    ("parameter", "trainable", "M1 1H19V15H1ZM4 4H16V12H4Z"),
    ("call", "call", "M6 1H14Q19 1 19 6V10Q19 15 14 15H6Q1 15 1 10V6Q1 1 6 1Z"),
    ("leaf", "input", "M1 1H14L19 6V15H1ZM14 1V6H19"),
    ("failure", "failed", "M6 1H14L19 6V10L14 15H6L1 10V6Z"),
)
"""What a kind of node is called, and its shape, 20 wide and 16 high."""


def graph_section(nodes: Sequence[NodeRecord], outputs: Sequence[Output]) -> Section:
    """The graph drawn, with a legend and an outline; without pygraphviz only the outline."""
    if not nodes:
        return Section("graph", "Graph", element("p", "Nothing was recorded."))
    view = collapse(nodes, [output.node for output in outputs])
    drawn = svg(dot(view), "The run's computation graph", _described(view))
    text = text_block(outline(nodes, outputs, lines=_OUTLINE_LINES), "Outline of the graph")
    if drawn is None:
        return Section("graph", "Graph", join(text, _hint()))
    summary = element("p", _described(view))
    content = join(summary, _drawing(Markup(drawn)), _legend(), folded("As an outline", text))
    return Section("graph", "Graph", content)


def _described(view: ViewGraph) -> str:
    drawn, order = counted(len(view.nodes), "node"), "inputs above what was computed from them"
    if len(view.nodes) == view.recorded:
        return f"{drawn}, {order}."
    recorded = counted(view.recorded, "recorded value")
    return f"{drawn} for {recorded}: equal calls are drawn as one, {order}."


def _hint() -> Markup:
    command = element("code", "pip install 'trace-lsp[draw]'")
    return element("p", command, " adds a drawing of the graph to the next report.")


def _drawing(drawn: Markup) -> Markup:
    buttons = [element("button", label, type="button", data_zoom=zoom) for zoom, label in _ZOOM]
    # Without the script the drawing can still be scrolled, but the buttons would do nothing.
    tools = element("div", *buttons, class_="tools", hidden=True, role="group", aria_label="Zoom")
    label = "Drawing of the graph, scrollable"
    box = element("div", drawn, class_="drawing", tabindex="0", role="region", aria_label=label)
    return element("figure", tools, box)


def _legend() -> Markup:
    entries = [element("li", _shape(kind, path), text) for kind, text, path in _LEGEND]
    return element("ul", *entries, class_="legend", aria_label="Legend")


def _shape(kind: str, path: str) -> Markup:
    shape = element("g", element("path", d=path, class_="body"), class_=f"node {kind}")
    size = {"width": "20", "height": "16", "viewBox": "0 0 20 16"}
    return element("svg", shape, aria_hidden="true", **size)
