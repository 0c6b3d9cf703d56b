"""Iterating over nodes: each item is a node that says which item of what it is."""

from __future__ import annotations

import itertools
import operator as python
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from trace_lsp.trace import operators
from trace_lsp.trace.failures import NoAttributeError, NotIterableError, fail
from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import Node, node
from trace_lsp.trace.operations import operate, outside

_GETITEM = Operator("getitem", "Computes x[index].")
_ITEMS = Operator("items", "Gives the pairs of keys and values of the dict x.")
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
    if _has_places(kind):
        return iter(SeqIterable(made))
    return _each(made, _source(made))


def _has_places(kind: type) -> bool:
    """True if the items are those at 0, 1, …: of a class that says so, of an array, or of one that
    does not say otherwise."""
    if issubclass(kind, Sequence) or hasattr(kind, "__array_interface__"):
        return True
    return (
        hasattr(kind, "__getitem__") and hasattr(kind, "__len__") and not hasattr(kind, "__iter__")
    )


async def _each_later(x: Node) -> AsyncIterator[Any]:
    """The items of a node's value that are waited for, each as a node."""
    if not hasattr(x.type, "__aiter__"):
        error = TypeError(f"{x.type.__name__!r} object cannot be iterated over with 'async for'")
        fail(error, _ITERATE, ("x",), (x,), outside(), raised=NotIterableError)
    source = x.data.__aiter__()
    for at in itertools.count():
        try:
            item = await source.__anext__()
        except StopAsyncIteration:
            return
        except Exception as error:  # noqa: BLE001  a generator of the user's may raise anything
            fail(error, _ITERATE, ("x",), (x,), outside())
        yield _given(x, at, item)


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
        yield _given(x, at, item)


def _given(x: Node, at: int, item: Any) -> Node:
    return operate(_ITERATE, lambda x, y: item, ("x", "y"), (x, at), outside(), (x, at), {})


def _items(self: Node) -> DictIterable:
    """The items of a node of a dict, see `DictIterable`. Raises an AttributeError for a node of
    something else."""
    if not hasattr(self._data, "items"):
        error = AttributeError(f"{self.type.__name__!r} object has no attribute 'items'")
        fail(error, _ITEMS, ("x",), (self,), outside(), raised=NoAttributeError)
    return DictIterable(self)


setattr(Node, "__aiter__", _each_later)  # noqa: B010
setattr(Node, "__iter__", iterate)  # noqa: B010  like the rest of the operators
setattr(Node, "items", _items)  # noqa: B010
