"""Iterating over nodes: each item is a node that says which item of what it is."""

from __future__ import annotations

import itertools
import operator as python
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from trace_lsp.trace import operators
from trace_lsp.trace.failures import NotIterableError, fail
from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import Node, node
from trace_lsp.trace.operations import operate, outside

_GETITEM = Operator("getitem", "Computes x[index].")
_ITERATE = Operator("iterate", "Gives the item that comes at place y when x is iterated over.")


class SeqIterable:
    """The items of a node of a sequence, each as ``x[index]``."""

    def __init__(self, wrapped_list: Node) -> None:
        self.wrapped_list = wrapped_list

    def __iter__(self) -> Iterator[Any]:
        at = 0
        while at < len(self.wrapped_list):  # it may change meanwhile
            yield _item(self.wrapped_list, at)
            at += 1


class DictIterable:
    """The items of a node of a dict: pairs of a key's node and its value's node."""

    def __init__(self, wrapped_dict: Node) -> None:
        self.wrapped_dict = wrapped_dict

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        keys = self.wrapped_dict.keys()  # type: ignore[attr-defined]
        for key in keys:
            yield key, _item(self.wrapped_dict, key)


def iterate(x: Any) -> Iterator[Any]:
    """The items of a node's value, each as a node: of a sequence its places, of a dict its keys,
    of a set those of a list of it, of anything else what it gives, in order.

    Raises ExecutionError if the value cannot be iterated over, or fails on the way.
    """
    made = x if isinstance(x, Node) else node(x)
    kind = made.type
    if issubclass(kind, Mapping):
        return iter(SeqIterable(made.keys()))  # type: ignore[attr-defined]
    if issubclass(kind, AbstractSet):
        return iter(SeqIterable(operators.to_list(made)))  # type: ignore[attr-defined]
    if hasattr(kind, "__getitem__") and hasattr(kind, "__len__"):
        return iter(SeqIterable(made))
    return _each(made, _source(made))


def _item(x: Node, index: Any) -> Node:
    return operate(_GETITEM, python.getitem, ("x", "index"), (x, index), outside(), (x, index), {})


def _source(x: Node) -> Iterator[Any]:
    try:
        return iter(x.data)
    except Exception as error:  # noqa: BLE001  the class is the user's
        fail(error, _ITERATE, ("x",), (x,), outside(), raised=NotIterableError)


def _each(x: Node, source: Iterator[Any]) -> Iterator[Any]:
    """The items of what can be gone through once only, or has no places."""
    for at in itertools.count():
        try:
            item = next(source)
        except StopIteration:
            return
        except Exception as error:  # noqa: BLE001  a generator of the user's may raise anything
            fail(error, _ITERATE, ("x",), (x,), outside())
        inputs = (x, at)
        yield operate(_ITERATE, lambda x, y: item, ("x", "y"), inputs, outside(), inputs, {})  # noqa: B023


def _items(self: Node) -> DictIterable:
    """The items of a node of a dict, see `DictIterable`."""
    return DictIterable(self)


setattr(Node, "__iter__", iterate)  # noqa: B010  like the rest of the operators
setattr(Node, "items", _items)  # noqa: B010
