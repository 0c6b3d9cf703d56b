"""Nodes inside lists, tuples, dicts and sets: taken out for a call, and kept as inputs.

What stands here besides is what programs import from `opto.trace.containers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Optional

from trace_lsp.trace.graph import Operator, unlike
from trace_lsp.trace.nodes import MessageNode, Node, Where, leaf, message
from trace_lsp.trace.parameters import (
    Map,
    NodeContainer,
    ParameterContainer,
    Seq,
    TrainableFunction,
)
from trace_lsp.trace.recorder import nodes_read
from trace_lsp.trace.values import FIXED

__all__ = ["Map", "NodeContainer", "ParameterContainer", "Seq", "trainable_method"]

_MAKE = {
    kind: Operator(f"make_{kind.__name__}", f"Makes a {kind.__name__} of its arguments.")
    for kind in (list, tuple, set, dict)
}

CONTAINERS = frozenset(_MAKE)
"""What is looked into for nodes."""


def trainable_method(method: Any) -> bool:
    """True for a bundled function whose source is a parameter."""
    return isinstance(method, TrainableFunction) and method.parameter is not None


def nodes_in(value: Any) -> Iterator[Node]:
    """The value if it is a node, or the nodes anywhere in it if it is a container."""
    pending: list[Iterable[Any]] = [(value,)]
    seen = set()
    while pending:
        for each in pending.pop():
            kind = type(each)
            if kind in FIXED:
                continue
            if isinstance(each, Node):
                yield each
            elif kind in _MAKE and id(each) not in seen:
                seen.add(id(each))  # a container may hold itself
                pending.append(tuple(each) if kind in (dict, set) else each)
                if kind is dict:
                    pending.append(tuple(each.values()))


def holds_nodes(value: Any) -> bool:
    """True if there is a node anywhere in a container."""
    return type(value) in _MAKE and any(True for _ in nodes_in(value))


def data_of(value: Any, made: Optional[dict[int, Any]] = None) -> Any:
    """The value with every node in it replaced by the node's value; itself if it holds none.

    `made` are the containers that are being replaced, by the id of the original.
    """
    if isinstance(value, Node):
        value = value._data
    if type(value) not in CONTAINERS or not holds_nodes(value):
        return value
    made = {} if made is None else made
    if id(value) in made:
        return made[id(value)]
    if type(value) is dict:
        copied = made[id(value)] = {}
        copied.update((data_of(key, made), data_of(each, made)) for key, each in value.items())
        return copied
    if type(value) is list:
        items = made[id(value)] = []
        items.extend(data_of(each, made) for each in value)
        return items
    return type(value)(data_of(each, made) for each in value)


def as_node(value: Any, name: Optional[str], where: Where) -> Node:
    """The value as a node: itself, the code of a trainable function, or a new one of that name."""
    if isinstance(value, Node):
        return value
    if type(value) in CONTAINERS and holds_nodes(value):
        made = container_node(value, name or type(value).__name__, where)
        if made is not None:
            return made
    elif isinstance(value, TrainableFunction) and value.parameter is not None:
        return value.parameter
    return leaf(value, name, *where)


def container_node(
    value: Any, name: str, where: Where, made: Optional[dict[int, Optional[Node]]] = None
) -> Optional[Node]:
    """A container that holds nodes, as a node that has them for parents; None for other values.

    `made` are the nodes of containers by their ids, None for those that this one stands in.
    """
    made = {} if made is None else made
    if id(value) in made or not holds_nodes(value):
        return made.get(id(value))
    made[id(value)] = None
    names: dict[str, None] = {}
    parents = []
    for each_name, each in _items(value):
        names[unlike(names, each_name)] = None
        if not isinstance(each, Node):
            inner = container_node(each, each_name, where, made)
            each = inner or leaf(data_of(each), None, *where)
        parents.append(each)
    operator = _MAKE[type(value)]
    read = nodes_read.get()
    if read is not None:
        read.append(tuple(parents))
    node = message(data_of(value), operator, tuple(names), tuple(parents), *where, name=name)
    made[id(value)] = node
    return node


def with_items(node: Node) -> Iterator[Node]:
    """The node, and if it stands for a container of nodes, these."""
    pending = [node]
    while pending:
        each = pending.pop()
        yield each
        if isinstance(each, MessageNode) and each.operator is _MAKE.get(type(each._data)):
            pending.extend(each._parents)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    """What is in a container, each with the name that it has as an argument."""
    if not isinstance(value, dict):
        yield from ((f"args_{at}", each) for at, each in enumerate(value))
        return
    for at, (key, each) in enumerate(value.items()):
        has_node = isinstance(key, Node) or holds_nodes(key)
        if has_node:
            yield f"key_{at}", key
        yield f"value_{at}" if has_node else str(key), each
