"""A drawing as SVG, laid out by Graphviz as a library: no `dot` command is needed."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from trace_lsp.views.values import visible

_SVG = "http://www.w3.org/2000/svg"
_LINK_TITLE = "{http://www.w3.org/1999/xlink}title"
_TOOLTIP = "tooltip"
_INK = "currentColor"


def svg(dot_text: str, title: str = "Computation graph", description: str = "") -> str | None:
    """The DOT text drawn, as an ``<svg>`` element to put into a page; None without pygraphviz.

    It is one image to assistive technology, with a title and a description, and is drawn in the
    text's colour without a background. Style sheets have the classes ``node``, ``edge``,
    ``parameter``, ``call``, ``leaf``, ``failure``, ``more`` and ``output`` on groups, and ``body``
    on the shape in a node that may be filled. Each node has its key in ``data-node`` and its
    tooltip as ``<title>``. Raises ValueError if the text is not DOT.
    """
    drawn = _drawn(dot_text)
    if drawn is None:
        return None
    root = ElementTree.fromstring(drawn)  # noqa: S314  Graphviz wrote it, and declares nothing
    for element in list(root.iter()):
        _plain(element)
    for group in root.iter("g"):
        _tidy(group)
    _describe(root, title, description)
    return ElementTree.tostring(root, encoding="unicode")


def _drawn(dot_text: str) -> bytes | None:
    try:
        import pygraphviz  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return None
    graph = pygraphviz.AGraph(string=dot_text)
    layout = graph.graph_attr.get("layout", "dot")
    drawn = graph.draw(format="svg", prog=layout)
    return bytes(drawn)


def _plain(element: Element) -> None:
    """Takes away namespaces, which HTML does not know, and colours, which the page decides on."""
    element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    for name in [name for name in element.attrib if name.startswith("{")]:
        value = element.attrib.pop(name)
        if name == _LINK_TITLE:
            element.set(_TOOLTIP, value)
    if element.get("stroke", "none") != "none":
        element.set("stroke", _INK)
    if element.tag == "text":
        element.set("fill", _INK)


def _tidy(group: Element) -> None:
    """Makes a graph's, node's or edge's group what a style sheet and a reader need."""
    kind = group.get("class", "").split(" ")[0]
    group.attrib.pop("id", None)
    if kind == "graph":
        _remove(group, ("title", "polygon"))
    elif kind in ("node", "edge"):
        _name(group, kind)
        for shape in group.iter():
            if shape.get("fill", "none") != "none" and shape.tag != "text":
                _fill(shape, kind)


def _fill(shape: Element, kind: str) -> None:
    if kind == "edge":
        shape.set("fill", _INK)
    else:
        shape.set("fill", "none")
        shape.set("class", "body")


def _name(group: Element, kind: str) -> None:
    """Moves the key from the title into an attribute, and the tooltip from a link to the title."""
    title, link = group.find("title"), group.find("g/a")
    if title is None:
        return
    group.set(f"data-{kind}", (title.text or "").replace("->", " "))
    _remove(group, ("title", "g") if link is not None else ("title",))
    tooltip = _element("title", link.attrib.pop(_TOOLTIP, "") if link is not None else "")
    group[:0] = [tooltip, *(link if link is not None else ())]


def _remove(parent: Element, tags: tuple[str, ...]) -> None:
    for child in [child for child in parent if child.tag in tags]:
        parent.remove(child)


def _describe(root: Element, title: str, description: str) -> None:
    root.set("xmlns", _SVG)
    root.set("role", "img")
    root.set("class", "trace-graph")
    texts = {"title": visible(title), "desc": visible(description)}
    root[:0] = [_element(tag, text) for tag, text in texts.items() if text]


def _element(tag: str, text: str) -> Element:
    element = Element(tag)
    element.text = text
    return element
