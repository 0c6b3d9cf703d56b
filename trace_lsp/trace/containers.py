"""Nodes inside lists, tuples, dicts and sets: taken out for a call, and kept as inputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional

from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import MessageNode, Node

if TYPE_CHECKING:
    from trace_lsp.trace.bundle import Where

_MAKE = {
    kind: Operator(f"make_{kind.__name__}", f"Makes a {kind.__name__} of its arguments.")
    for kind in (list, tuple, set, dict)
}


def holds_nodes(value: Any) -> bool:
    """True if there is a node anywhere in a container."""
    kind = type(value)
    if kind is dict:
        return any(isinstance(each, Node) or holds_nodes(each) for each in value.values())
    if kind in _MAKE:
        return any(isinstance(each, Node) or holds_nodes(each) for each in value)
    return False


def to_data(value: Any) -> Any:
    """The value with every node in it replaced by the node's value; itself if it holds none."""
    if isinstance(value, Node):
        return to_data(value._data)
    if not holds_nodes(value):
        return value
    if type(value) is dict:
        return {to_data(key): to_data(each) for key, each in value.items()}
    return type(value)(to_data(each) for each in value)


def container_node(value: Any, name: str, where: Where) -> Optional[Node]:
    """A container that holds nodes, as a node that has them for parents; None for other values."""
    if not holds_nodes(value):
        return None
    items: Iterable[tuple[str, Any]] = (
        ((str(key), each) for key, each in value.items())
        if isinstance(value, dict)
        else ((f"args_{at}", each) for at, each in enumerate(value))
    )
    names, parents = [], []
    for each_name, each in items:
        names.append(each_name)
        if not isinstance(each, Node):
            each = container_node(each, each_name, where) or Node(each, None, *where)
        parents.append(each)
    operator = _MAKE[type(value)]
    return MessageNode(to_data(value), operator, tuple(names), tuple(parents), *where, name=name)
