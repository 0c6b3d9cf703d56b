"""The graph as DOT, Graphviz' language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trace_lsp.views.collapse import Kind, ViewEdge, ViewGraph, ViewNode
from trace_lsp.views.labels import full_text, label_lines
from trace_lsp.views.values import one_line, times

SPARSE = 300
"""Edges up to which the careful layout takes well under a second."""
DENSE = 1_500
"""Edges above which only a layout in circles is quick enough; no order is left to be seen."""


@dataclass(frozen=True)
class Theme:
    """Colours of a drawing, as DOT understands them, for a light or a dark background."""

    ink: str
    line: str
    parameter: str
    failure: str
    leaf: str
    call: str
    font: str = "Helvetica,Arial,sans-serif"


LIGHT = Theme("#1f2328", "#59636e", "#dbeafe", "#ffe2e0", "#fff8e1", "#f6f8fa")
DARK = Theme("#e6edf3", "#9198a1", "#1c3a63", "#5d1f1f", "#3d3419", "#22272e")

_SHAPES: Mapping[Kind, tuple[tuple[str, str], ...]] = {
    "parameter": (("shape", "box"), ("peripheries", "2"), ("style", "filled")),
    "failure": (("shape", "octagon"), ("style", "filled")),
    "leaf": (("shape", "note"), ("style", "filled")),
    "call": (("shape", "box"), ("style", "rounded,filled")),
    "more": (("shape", "box"), ("style", "dashed")),
}

_CAREFUL = {"rankdir": "TB", "nodesep": "0.3", "ranksep": "0.45"}
_QUICK = {
    **_CAREFUL,
    "splines": "line",
    "nslimit": "1",
    "nslimit1": "1",
    "mclimit": "0.1",
    "searchsize": "5",
}
_ROUND = {"layout": "twopi", "splines": "line", "overlap": "scale"}


def dot(view: ViewGraph, theme: Theme = LIGHT) -> str:
    """The drawing as DOT source text.

    Kinds differ in shape as well as in colour, and carry a `class` for style sheets. The tooltip
    is the whole value. Dense graphs ask for a cheaper layout, so that none takes seconds.
    """
    import graphviz  # type: ignore[import-untyped, unused-ignore]

    graph = graphviz.Digraph(
        "trace",
        # The encoding is said first: readers search the text for it, values and all.
        graph_attr={"charset": "UTF-8", "bgcolor": "transparent", **_layout(len(view.edges))},
        node_attr={"fontname": theme.font, "fontsize": "11", "fontcolor": theme.ink,
                   "color": theme.line, "margin": "0.14,0.08"},
        edge_attr={"fontname": theme.font, "fontsize": "9", "fontcolor": theme.line,
                   "color": theme.line, "arrowsize": "0.7"},
    )  # fmt: skip
    for node in view.nodes:
        graph.node(node.key, **_node_attributes(node, theme))
    for edge in view.edges:
        graph.edge(edge.source, edge.target, **_edge_attributes(edge))
    return str(graph.source)


def _layout(edges: int) -> Mapping[str, str]:
    if edges > DENSE:
        return _ROUND
    return _QUICK if edges > SPARSE else _CAREFUL


def _node_attributes(node: ViewNode, theme: Theme) -> dict[str, str]:
    attributes = {
        "label": _label(label_lines(node)),
        "tooltip": _tooltip(full_text(node)),
        "class": f"{node.kind} output" if node.is_output else node.kind,
        **dict(_SHAPES[node.kind]),
    }
    if node.kind != "more":
        attributes["fillcolor"] = getattr(theme, node.kind)
    if node.is_output:
        attributes["penwidth"] = "2"
    return attributes


def _edge_attributes(edge: ViewEdge) -> dict[str, str]:
    names = ", ".join(edge.names)
    text = f"{one_line(names, 80)} {times(edge.count)}".strip()
    return {"tooltip": _tooltip(text or "input"), "class": "data"}


def _label(lines: list[str]) -> str:
    r"""Lines as one DOT string that means exactly them: nothing is an escape, an entity or HTML."""
    escaped = [line.replace("&", "&amp;").replace("\\", "\\\\") for line in lines]
    return _no_html(r"\n".join(escaped))


def _tooltip(text: str) -> str:
    """Text as a tooltip that means exactly it. Graphviz reads escapes in tooltips twice over."""
    escaped = text.replace("&", "&amp;").replace("\\", "\\" * 4)
    return _no_html(escaped.replace("\n", r"\n"))


def _no_html(text: str) -> str:
    """The string marked, so that one in angle brackets is not taken for an HTML label."""
    import graphviz

    marked: str = graphviz.nohtml(text)
    return marked
