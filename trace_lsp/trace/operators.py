"""The operators of nodes, from one table: each a function of nodes, and most a method of `Node`.

Each row gives the operator's name, its parameters, what it computes (also the documentation that
an optimizer reads), and the methods of `Node` that stand for it.
"""

from __future__ import annotations

import operator as python
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from trace_lsp.trace.containers import CONTAINERS, container_node, nodes_in, to_data
from trace_lsp.trace.failures import fail
from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import FIXED, MessageNode, Node
from trace_lsp.trace.recorder import is_tracing, nodes_read

_UNARY: list[tuple[str, Callable[[Any], Any], str, tuple[str, ...]]] = [
    ("pos", python.pos, "+x", ("__pos__",)),
    ("neg", python.neg, "-x", ("__neg__",)),
    ("abs", python.abs, "the absolute value of x", ("__abs__",)),
    ("invert", python.invert, "~x", ("__invert__",)),
    ("not_", python.not_, "not x", ()),
    ("len_", len, "the length of x", ("len",)),
    ("keys", lambda x: x.keys(), "the keys of the dict x", ("keys",)),
    ("values", lambda x: x.values(), "the values of the dict x", ("values",)),
    ("items", lambda x: x.items(), "the items of the dict x", ("items",)),
    ("lower", lambda x: x.lower(), "the string x in lower case", ("lower",)),
    ("upper", lambda x: x.upper(), "the string x in upper case", ("upper",)),
    ("title", lambda x: x.title(), "the string x in title case", ("title",)),
    ("capitalize", lambda x: x.capitalize(), "the string x capitalized", ("capitalize",)),
    ("swapcase", lambda x: x.swapcase(), "the string x with cases swapped", ("swapcase",)),
    ("identity", lambda x: x, "x itself", ()),
    ("clone", lambda x: x, "x itself, as a new node", ("clone",)),
]

_BINARY: list[tuple[str, Callable[[Any, Any], Any], str, tuple[str, ...]]] = [
    ("add", python.add, "x + y", ("__add__", "__radd__")),
    ("subtract", python.sub, "x - y", ("__sub__", "__rsub__")),
    ("multiply", python.mul, "x * y", ("__mul__", "__rmul__")),
    ("divide", python.truediv, "x / y", ("__truediv__", "__rtruediv__")),
    ("floor_divide", python.floordiv, "x // y", ("__floordiv__", "__rfloordiv__")),
    ("mod", python.mod, "x % y", ("__mod__", "__rmod__")),
    ("node_divmod", divmod, "divmod(x, y)", ("__divmod__", "__rdivmod__")),
    ("power", python.pow, "x ** y", ("__pow__", "__rpow__")),
    ("lshift", python.lshift, "x << y", ("__lshift__", "__rlshift__")),
    ("rshift", python.rshift, "x >> y", ("__rshift__", "__rrshift__")),
    ("and_", python.and_, "x & y", ("__and__", "__rand__")),
    ("or_", python.or_, "x | y", ("__or__", "__ror__")),
    ("xor", python.xor, "x ^ y", ("__xor__", "__rxor__")),
    ("lt", python.lt, "x < y", ("__lt__",)),
    ("le", python.le, "x <= y", ("__le__",)),
    ("gt", python.gt, "x > y", ("__gt__",)),
    ("ge", python.ge, "x >= y", ("__ge__",)),
    ("eq", python.eq, "x == y", ("eq",)),
    ("neq", python.ne, "x != y", ("neq",)),
    ("is_", python.is_, "x is y", ()),
    ("is_not", python.is_not, "x is not y", ()),
    ("in_", lambda x, y: x in y, "x in y", ()),
    ("not_in", lambda x, y: x not in y, "x not in y", ()),
    ("getitem", python.getitem, "x[y]", ("__getitem__",)),
    ("node_getattr", getattr, "the attribute y of x", ("getattr",)),
]

_MANY: list[tuple[str, Callable[..., Any], str, tuple[str, ...]]] = [
    ("split", lambda x, *a, **k: x.split(*a, **k), "the string x split", ("split",)),
    ("strip", lambda x, *a: x.strip(*a), "the string x stripped", ("strip",)),
    ("replace", lambda x, *a, **k: x.replace(*a, **k), "the string x, replaced in", ("replace",)),
    ("format", lambda x, /, *a, **k: x.format(*a, **k), "the template x filled in", ("format",)),
    ("join", lambda x, *a: x.join(*a), "the parts joined by the string x", ("join",)),
    ("call", lambda x, /, *a, **k: x(*a, **k), "the function x called", ("call", "__call__")),
]

_GETITEM = Operator("getitem", "Computes x[y].")
_ITERATE = Operator("iterate", "Gives the item that comes at place y when x is iterated over.")


def _apply(
    operator: Operator,
    function: Callable[..., Any],
    names: tuple[str, ...],
    operands: tuple[Any, ...],
    keywords: int,
) -> MessageNode:
    """Computes and records one operation, as made by the caller's caller.

    The last `keywords` operands are passed by name.
    """
    frame = sys._getframe(2)
    where = (frame.f_code, frame.f_lasti)
    parents = tuple(
        each
        if isinstance(each, Node)
        else container_node(each, type(each).__name__, where) or Node(each, None, *where)
        for each in operands
    )
    read = nodes_read.get()
    if read is not None:
        read.extend(found for each in operands for found in nodes_in(each))
    data = [to_data(each._data) for each in parents]
    positional = len(data) - keywords
    try:
        result = function(*data[:positional], **dict(zip(names[positional:], data[positional:])))
    except Exception as error:  # noqa: BLE001  the operands are the user's own objects
        fail(error, operator, names, parents, where)
    if not is_tracing.get():
        names, parents = (), ()
    return MessageNode(result, operator, names, parents, *where)


def _unary(operator: Operator, function: Callable[[Any], Any]) -> Callable[..., Any]:
    def apply(x: Any) -> MessageNode:
        return _apply(operator, function, ("x",), (x,), 0)

    return apply


def _binary(
    operator: Operator, function: Callable[[Any, Any], Any]
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    names = ("x", "y")
    read_now, tracing_now, frame_at = nodes_read.get, is_tracing.get, sys._getframe

    def apply(x: Any, y: Any) -> MessageNode:
        # Most operations are one of two nodes, or a node and a constant, outside of any bundle:
        # here they cost a fourth. Whatever else there is goes the long way, to the same end.
        if read_now() is None and isinstance(x, Node):
            frame = frame_at(1)
            code, lasti = frame.f_code, frame.f_lasti
            if type(y) in FIXED:
                y = Node(y, None, code, lasti)
            if isinstance(y, Node) and not (
                type(x._data) in CONTAINERS or type(y._data) in CONTAINERS
            ):
                try:
                    result = function(x._data, y._data)
                except Exception as error:  # noqa: BLE001  numbers raise as well
                    fail(error, operator, names, (x, y), (code, lasti))
                if tracing_now():
                    return MessageNode(result, operator, names, (x, y), code, lasti)
                return MessageNode(result, operator, (), (), code, lasti)
        return _apply(operator, function, names, (x, y), 0)

    def reflected(y: Any, x: Any) -> MessageNode:
        return _apply(operator, function, names, (x, y), 0)

    return apply, reflected


def _many(operator: Operator, function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(x: Any, /, *args: Any, **kwargs: Any) -> MessageNode:
        first = "self" if "x" in kwargs else "x"
        names = (first, *(f"args_{at}" for at in range(len(args))), *kwargs)
        return _apply(operator, function, names, (x, *args, *kwargs.values()), len(kwargs))

    return apply


def _iterate(self: Node) -> Iterator[Any]:
    """The items of a node's value, each a node that says which item it is."""
    value = self.data
    if isinstance(value, Sequence):
        at = 0
        while at < len(value):
            yield _apply(_GETITEM, python.getitem, ("x", "y"), (self, at), 0)
            at += 1
        return
    for at, each in enumerate(value):
        yield _apply(_ITERATE, lambda x, y, item=each: item, ("x", "y"), (self, at), 0)


def _define() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every operator as a function by name, after putting the methods on `Node`."""
    for name, unary, meaning, methods in _UNARY:
        applied = _unary(Operator(name, f"Computes {meaning}."), unary)
        yield name, _named(name, meaning, applied, methods)
    for name, binary, meaning, methods in _BINARY:
        applied, reflected = _binary(Operator(name, f"Computes {meaning}."), binary)
        for method in methods[1:]:
            setattr(Node, method, reflected)
        yield name, _named(name, meaning, applied, methods[:1])
    for name, many, meaning, methods in _MANY:
        applied = _many(Operator(name, f"Computes {meaning}."), many)
        yield name, _named(name, meaning, applied, methods)


def _named(
    name: str, meaning: str, function: Callable[..., Any], methods: tuple[str, ...]
) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"A node for {meaning}."
    for method in methods:
        setattr(Node, method, function)
    return function


globals().update(_define())
setattr(Node, "__iter__", _iterate)  # noqa: B010  like the rest of the operators
