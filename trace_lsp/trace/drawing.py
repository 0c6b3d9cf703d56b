"""Live graphs drawn in DOT, the language of Graphviz."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, Optional

from trace_lsp.trace.feedback import live_ancestors, sources
from trace_lsp.trace.nodes import (
    IDENTITY_OPERATORS,
    ExceptionNode,
    MessageNode,
    Node,
    ParameterNode,
)
from trace_lsp.trace.values import text_of

# Control characters and what UTF-8 cannot hold: they would end or garble the DOT text.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff\ufffe\uffff]")


class NodeVizStyleGuide:
    """How nodes look: their attributes in Graphviz' terms. Parameters stand out.

    `style` names the guide; `print_limit` is how many characters of a description and of a value
    are shown.
    """

    def __init__(self, style: str = "default", print_limit: int = 100) -> None:
        self.style = style
        self.print_limit = print_limit

    def get_attrs(self, x: Node) -> dict[str, str]:
        """The attributes of the node, with nothing escaped: ``label``, ``shape`` and the like."""
        return {
            "label": self.get_label(x),
            "shape": self.get_node_shape(x),
            "fillcolor": self.get_color(x),
            "style": self.get_style(x),
        }

    def get_label(self, x: Node) -> str:
        """The node's name, its description and its value, each from a line of its own on."""
        parts = [x.py_name, self._cut(x.description or ""), self._cut(_content(x))]
        return "\n".join(filter(None, parts))

    def get_node_shape(self, x: Node) -> str:
        return "box" if isinstance(x, ParameterNode) else "ellipse"

    def get_color(self, x: Node) -> str:
        if isinstance(x, ExceptionNode):
            return "firebrick1"
        return "#DEEBF6" if isinstance(x, ParameterNode) else ""

    def get_style(self, x: Node) -> str:
        return "filled,solid" if x.trainable else ""

    def _cut(self, text: str) -> str:
        return text if len(text) <= self.print_limit else f"{text[: self.print_limit]}..."


class NodeVizStyleGuideColorful(NodeVizStyleGuide):
    """As the plain guide, with a colour for every kind of node and for its border."""

    def get_attrs(self, x: Node) -> dict[str, str]:
        border = {"color": self.get_border_color(x), "penwidth": "1.2"}
        return {**super().get_attrs(x), **border}

    def get_border_color(self, x: Node) -> str:
        if isinstance(x, ExceptionNode):
            return "black"
        return "#FF7E79" if isinstance(x, ParameterNode) else "#5C9BD5"

    def get_color(self, x: Node) -> str:
        if isinstance(x, ExceptionNode):
            return "firebrick1"
        return "#FFE5E5" if isinstance(x, ParameterNode) else "#DEEBF6"


class Drawing:
    """A drawing as DOT text: what stands in for ``graphviz.Digraph`` where that is not installed.

    `body` are its lines, `source` (or ``str()``) the whole text.
    """

    def __init__(self, body: Iterable[str]) -> None:
        self.body = list(body)

    @property
    def source(self) -> str:
        return "".join(["digraph {\n", *self.body, "}\n"])

    def __str__(self) -> str:
        return self.source

    def save(self, filename: str = "Digraph.gv", directory: Optional[str] = None) -> str:
        """Writes the text to the file, in UTF-8; makes the directory; returns the file's path."""
        path = os.path.join(directory or "", filename)
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.source)
        return path

    def render(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises ModuleNotFoundError: laying a graph out takes the `graphviz` package."""
        raise ModuleNotFoundError(
            "Drawing a graph takes the Python package graphviz (pip install graphviz) and Graphviz "
            "itself (https://graphviz.org/download). Without them, .source is the graph as DOT "
            "text, and .save(filename) writes it to a file.",
            name="graphviz",
        )

    def view(self, *args: Any, **kwargs: Any) -> NoReturn:
        """As `render`."""
        self.render()

    def pipe(self, *args: Any, **kwargs: Any) -> NoReturn:
        """As `render`."""
        self.render()


def drawing(
    output: Node,
    simple_visualization: bool = True,
    reverse_plot: bool = False,
    print_limit: int = 100,
) -> Any:
    """The graph behind the output, see `draw`."""
    return draw(live_ancestors([output]), simple_visualization, reverse_plot, print_limit)


def draw(
    nodes: Iterable[Node],
    simple_visualization: bool = True,
    reverse_plot: bool = False,
    print_limit: int = 100,
) -> Any:
    """The nodes, parents first, and the edges between them: a ``graphviz.Digraph``, or a `Drawing`
    if the `graphviz` package is not installed.

    With `simple_visualization`, nodes on the way that only pass a value on (`IDENTITY_OPERATORS`)
    are left out. Arrows go from parents to children, or back with `reverse_plot`; those of hidden
    dependencies are dashed. A drawn node's key in the text is its name; where two share one, the
    later one's has its serial added.
    """
    body = list(_body(list(nodes), simple_visualization, reverse_plot, print_limit))
    try:
        from graphviz import Digraph  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return Drawing(body)
    return Digraph(body=body)


def _body(nodes: list[Node], simple: bool, reverse: bool, limit: int) -> Iterator[str]:
    """The lines of the DOT text between its braces."""
    guide = NodeVizStyleGuideColorful(print_limit=limit)
    drawn = _drawn(nodes) if simple else {id(node): node for node in nodes}
    keys = _keys(nodes)
    edges: dict[tuple[str, str], str] = {}
    # The encoding is said first: readers search the text for it, values and all.
    yield '\tcharset="UTF-8"\n'
    for node in nodes:
        if drawn[id(node)] is node:
            attributes = " ".join(
                f"{name}={_label(value) if name == 'label' else _quoted(value)}"
                for name, value in guide.get_attrs(node).items()
            )
            yield f"\t{keys[id(node)]} [{attributes}]\n"
            for source, look in _edges(node):
                if id(source) in drawn:
                    edges.setdefault((keys[id(drawn[id(source)])], keys[id(node)]), look)
    for (start, end), look in edges.items():
        yield f"\t{end} -> {start}{look}\n" if reverse else f"\t{start} -> {end}{look}\n"


def _edges(node: Node) -> Iterator[tuple[Node, str]]:
    """What the node depends on, and how that looks: what is not among its inputs is dashed."""
    for parent in node.parents:
        yield parent, ""
    for hidden in node._hidden:
        yield hidden, ' [style="dashed"]'


def _drawn(nodes: list[Node]) -> dict[int, Node]:
    """Which node is drawn for each: itself, or what it got its value from if it passes that on."""
    used = {id(source) for node in nodes for source in sources(node)}
    drawn: dict[int, Node] = {}
    for node in nodes:
        drawn[id(node)] = node
        if (
            isinstance(node, MessageNode)
            and node.operator.name in IDENTITY_OPERATORS
            and len(sources(node)) == 1
            and id(node) in used
        ):
            drawn[id(node)] = drawn.get(id(sources(node)[0]), node)
    return drawn


def _keys(nodes: list[Node]) -> dict[int, str]:
    """A key for each node in the DOT text. Names repeat after `GRAPH.clear`."""
    taken: set[str] = set()
    keys: dict[int, str] = {}
    for node in nodes:
        name = node.py_name
        while name in taken:
            name = f"{name}@{node._serial}"
        taken.add(name)
        keys[id(node)] = _quoted(name)
    return keys


def _content(node: Node) -> str:
    """The value as text. A dict with a ``content``, as chat models exchange them, is just that."""
    data = node._data
    # By `dict` itself: a subclass of the user's may do anything when it is read.
    if isinstance(data, dict) and dict.__contains__(data, "content"):
        return text_of(dict.__getitem__(data, "content"))
    # A parameter shows what it is now, any other node what it was when it was recorded.
    return text_of(data) if isinstance(node, ParameterNode) else node.text()


def _label(text: str) -> str:
    """Text as a label that means exactly it: labels know entities beside escapes."""
    return _quoted(text.replace("&", "&amp;"))


def _quoted(text: str) -> str:
    """Text as a string of DOT. In quotes, nothing is taken for HTML."""
    seen = _UNSEEN.sub(_escaped, text.replace("\r\n", "\n"))
    return '"' + seen.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
