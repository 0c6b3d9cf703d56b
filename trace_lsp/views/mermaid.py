"""The graph as a Mermaid flowchart, which Markdown viewers draw."""

from __future__ import annotations

import re
from collections.abc import Mapping

from trace_lsp.views.collapse import Kind, ViewEdge, ViewGraph, ViewNode
from trace_lsp.views.labels import label_lines
from trace_lsp.views.values import times

_MARKUP = re.compile(r"[!-+/:-@\[-`{-~]|^-|\.(?=\s|$)")
"""ASCII that Mermaid, HTML or Markdown's lists could read as theirs."""

_SHAPES: Mapping[Kind, tuple[str, str]] = {
    "parameter": ("[[", "]]"),
    "failure": ("{{", "}}"),
    "leaf": ("([", "])"),
    "call": ("(", ")"),
    "more": ("[", "]"),
}

# Lines only: what is filled would have to fit the viewer's theme.
_STYLES = (
    "classDef parameter stroke-width:3px",
    "classDef failure stroke:#cf222e,stroke-width:3px",
    "classDef more stroke-dasharray:4 3",
)


def mermaid(view: ViewGraph) -> str:
    """The drawing as flowchart text; kinds differ in shape, and labels cannot be read as markup."""
    lines = ["flowchart TB", *map(_node, view.nodes), *map(_edge, view.edges), *_STYLES]
    lines += [
        f"class {node.key} {node.kind}" for node in view.nodes if node.kind not in ("leaf", "call")
    ]
    return "\n    ".join(lines) + "\n"


def _node(node: ViewNode) -> str:
    opening, closing = _SHAPES[node.kind]
    label = "<br>".join(map(_text, label_lines(node)))
    return f'{node.key}{opening}"{label}"{closing}'


def _edge(edge: ViewEdge) -> str:
    label = f'|"{times(edge.count)}"|' if edge.count > 1 else ""
    return f"{edge.source} -->{label} {edge.target}"


def _text(line: str) -> str:
    """The text with every character that could be markup as Mermaid's ``#code;``."""
    # A backslash before an n would break the line even so; a word joiner keeps them apart.
    line = line.replace("\\n", "\\\u2060n")
    return _MARKUP.sub(lambda found: f"#{ord(found[0])};", line)
