"""The operators of nodes, from one table: each a function of nodes, and many a method of `Node`.

Every operator gives a new node. Those that change a list, a dict or a set change a copy of it,
except for `pop` and `append`, which do what their methods do.
"""

from __future__ import annotations

import builtins
import copy
import math
import operator as python
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from trace_lsp.trace.arrays import array_ufunc
from trace_lsp.trace.bundle import bundle
from trace_lsp.trace.containers import as_node, data_of
from trace_lsp.trace.failures import is_users
from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import Node
from trace_lsp.trace.operations import binary, general, outside, reflected, unary
from trace_lsp.trace.parameters import TrainableFunction


def _changed(value: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    """A copy of the value on which the method was called."""
    changed = copy.copy(value)
    getattr(changed, method)(*args, **kwargs)
    return changed


def _call_llm(*prompts: Any, **options: Any) -> Any:
    from trace_lsp.models.llm import answer_of  # the one thing of the engine that asks a model

    return answer_of(*prompts, **options)


_TABLE: tuple[tuple[str, Callable[..., Any], str, str, str], ...] = (
    # name, what it computes, its parameters ("" for the function's own), in words, methods
    ("identity", lambda x: x, "x", "x itself", ""),
    ("clone", copy.deepcopy, "x", "a copy of x", "clone"),
    ("pos", python.pos, "x", "+x", "__pos__"),
    ("neg", python.neg, "x", "-x", "__neg__"),
    ("abs", python.abs, "x", "the absolute value of x", "__abs__"),
    ("invert", python.invert, "x", "~x", "__invert__"),
    ("round", lambda x, n=None: builtins.round(x, n), "", "x rounded to n digits", "__round__"),
    ("floor", math.floor, "x", "the floor of x", "__floor__"),
    ("ceil", math.ceil, "x", "the ceiling of x", "__ceil__"),
    ("trunc", math.trunc, "x", "x without its fraction", "__trunc__"),
    ("add", python.add, "x y", "x + y", "__add__ __radd__"),
    ("subtract", python.sub, "x y", "x - y", "__sub__ __rsub__"),
    ("multiply", python.mul, "x y", "x * y", "__mul__ __rmul__"),
    ("divide", python.truediv, "x y", "x / y", "__truediv__ __rtruediv__"),
    ("floor_divide", python.floordiv, "x y", "x // y", "__floordiv__ __rfloordiv__"),
    ("mod", python.mod, "x y", "x % y", "__mod__ __rmod__"),
    ("node_divmod", divmod, "x y", "divmod(x, y)", "__divmod__ __rdivmod__"),
    ("power", python.pow, "x y", "x ** y", "__pow__ __rpow__"),
    ("lshift", python.lshift, "x y", "x << y", "__lshift__ __rlshift__"),
    ("rshift", python.rshift, "x y", "x >> y", "__rshift__ __rrshift__"),
    ("and_", python.and_, "x y", "x & y", "__and__ __rand__"),
    ("or_", python.or_, "x y", "x | y", "__or__ __ror__"),
    ("xor", python.xor, "x y", "x ^ y", "__xor__ __rxor__"),
    ("matmul", python.matmul, "x y", "x @ y", "__matmul__ __rmatmul__"),
    ("lt", python.lt, "x y", "x < y", "__lt__"),
    ("le", python.le, "x y", "x <= y", "__le__"),
    ("gt", python.gt, "x y", "x > y", "__gt__"),
    ("ge", python.ge, "x y", "x >= y", "__ge__"),
    ("eq", python.eq, "x y", "x == y", "eq"),
    ("neq", python.ne, "x y", "x != y", "neq"),
    ("ne", python.ne, "x y", "x != y", ""),
    ("cond", lambda condition, x, y: x if condition else y, "", "x if condition else y", ""),
    ("not_", python.not_, "x", "not x", ""),
    ("is_", python.is_, "x y", "x is y", ""),
    ("is_not", python.is_not, "x y", "x is not y", ""),
    ("in_", lambda x, y: x in y, "x y", "x in y", ""),
    ("not_in", lambda x, y: x not in y, "x y", "x not in y", ""),
    ("getitem", python.getitem, "x index", "x[index]", "__getitem__"),
    ("pop", lambda x, index=-1: x.pop(index), "", "x[index], taken out of x", "pop"),
    ("append", lambda x, y: x.append(y), "x y", "None, and appends y to x", "append"),
    ("len_", len, "x", "the length of x", "len"),
    ("ord_", ord, "x", "the code point of the character x", ""),
    ("chr_", chr, "x", "the character of the code point x", ""),
    ("concat", python.add, "x y", "x followed by y", ""),
    ("lower", lambda x: x.lower(), "x", "the string x in lower case", "lower"),
    ("upper", lambda x: x.upper(), "x", "the string x in upper case", "upper"),
    ("title", lambda x: x.title(), "x", "the string x in title case", "title"),
    ("swapcase", lambda x: x.swapcase(), "x", "the string x with cases swapped", "swapcase"),
    ("capitalize", lambda x: x.capitalize(), "x", "the string x capitalized", "capitalize"),
    ("split", lambda x, y=None, maxsplit=-1: x.split(y, maxsplit), "", "the parts of the string x between y", ""),
    ("strip", lambda x, chars=None: x.strip(chars), "", "the string x without chars at its ends", "strip"),
    ("replace", lambda x, old, new, count=-1: x.replace(old, new, count), "", "the string x with new in place of old", "replace"),
    ("format", lambda x, /, *args, **kwargs: x.format(*args, **kwargs), "", "the template x filled in", "format"),
    ("join", lambda x, *y: x.join(y), "", "the strings y joined by x", ""),
    ("node_getattr", lambda obj, attr: getattr(obj, attr), "", "the attribute attr of obj", "getattr"),
    ("to_list", list, "x", "the items of x as a list", ""),
    ("make_list", lambda *args: list(args), "", "a list of its arguments", ""),
    ("to_dict", dict, "x", "the pairs of x as a dict", ""),
    ("make_dict", lambda **kwargs: kwargs, "", "a dict of its arguments", ""),
    ("to_set", set, "x", "the items of x as a set", ""),
    ("make_set", lambda *args: set(args), "", "a set of its arguments", ""),
    ("to_tuple", tuple, "x", "the items of x as a tuple", ""),
    ("make_tuple", lambda *args: args, "", "a tuple of its arguments", ""),
    ("keys", lambda x: list(x.keys()), "x", "the keys of the dict x", "keys"),
    ("values", lambda x: list(x.values()), "x", "the values of the dict x", "values"),
    ("get", lambda x, key, default=None: x.get(key, default), "", "x[key], or default without it", "get"),
    ("dict_update", lambda x, y: _changed(x, "update", y), "x y", "the dict x updated by y", ""),
    ("dict_pop", lambda x, key: _changed(x, "pop", key), "x key", "the dict x without key", ""),
    ("dict_popitem", lambda x: _changed(x, "popitem"), "x", "the dict x without its last item", ""),
    ("list_append", lambda x, y: _changed(x, "append", y), "x y", "the list x with y at its end", ""),
    ("list_clear", lambda x: _changed(x, "clear"), "x", "an empty list", ""),
    ("list_extend", lambda x, y: _changed(x, "extend", y), "x y", "the list x and the items of y", ""),
    ("list_insert", lambda x, index, y: _changed(x, "insert", index, y), "", "the list x with y at index", ""),
    ("list_pop", lambda x, index=-1: _changed(x, "pop", index), "", "the list x without the item at index", ""),
    ("list_remove", lambda x, y: _changed(x, "remove", y), "x y", "the list x without its first y", ""),
    ("list_reverse", lambda x: _changed(x, "reverse"), "x", "the list x in reverse", ""),
    ("list_sort", lambda x, key=None, reverse=False: _changed(x, "sort", key=key, reverse=reverse), "", "the list x sorted", ""),
    ("set_add", lambda x, y: _changed(x, "add", y), "x y", "the set x with y", ""),
    ("set_clear", lambda x: _changed(x, "clear"), "x", "an empty set", ""),
    ("set_discard", lambda x, y: _changed(x, "discard", y), "x y", "the set x without y, if it is there", ""),
    ("set_intersection_update", lambda x, y: _changed(x, "intersection_update", y), "x y", "what the sets x and y share", ""),
    ("set_pop", lambda x: _changed(x, "pop"), "x", "the set x without one of its items", ""),
    ("set_remove", lambda x, y: _changed(x, "remove", y), "x y", "the set x without y", ""),
    ("set_symmetric_difference_update", lambda x, y: _changed(x, "symmetric_difference_update", y), "x y", "what is in one of the sets x and y", ""),
    ("set_update", lambda x, y: _changed(x, "update", y), "x y", "the set x with the items of y", ""),
    ("call_llm", _call_llm, "", "what a language model answers", ""),
)  # fmt: skip


_SIGNATURES: dict[str, Callable[..., Any]] = {
    "x": lambda x: None,
    "x y": lambda x, y: None,
    "x index": lambda x, index: None,
    "x key": lambda x, key: None,
}
_CONCAT = Operator("concat", "Computes x followed by y.")
_UNLABELLED = {"node_getattr": ("attr",), "pop": ("index",), "replace": ("old", "new")}
"""Arguments of methods that get a node's name by their type, as operands do."""


def _defined(
    name: str, function: Callable[..., Any], parameters: str, meaning: str, methods: str
) -> Callable[..., Any]:
    """The operator of a row of the table, after putting its methods on `Node`."""
    described = _CONCAT if name == "concat" else Operator(name, f"Computes {meaning}.")
    made = _entitled(general(described, function, _SIGNATURES.get(parameters)), name, meaning)
    names, of_text = tuple(parameters.split()), _CONCAT if name == "add" else None
    straight, _, right = methods.partition(" ")
    if straight:
        if not names:
            method = general(described, function, unlabelled=_UNLABELLED.get(name, ()))
        elif len(names) == 1:
            method = unary(described, function, names)
        else:
            method = binary(described, function, names, of_text)
        setattr(Node, straight, _entitled(method, name, meaning))
    if right:
        method = reflected(described, function, names, of_text)
        setattr(Node, right, _entitled(method, name, meaning))
    return made


def _entitled(made: Callable[..., Any], name: str, meaning: str) -> Callable[..., Any]:
    made.__name__ = made.__qualname__ = name
    made.__doc__ = f"A node for {meaning}."
    return made


globals().update({row[0]: _defined(*row) for row in _TABLE})


@bundle(  # type: ignore[untyped-decorator]
    "[call] Computes what fun returns.", _process_inputs=False, allow_external_dependencies=True
)
def call(fun: Any, /, *args: Any, **kwargs: Any) -> Any:
    """A node for what fun returns.

    A function of the user's own, or one that is bundled, gets nodes as they are; any other gets
    their data.
    """
    function = data_of(fun)
    if not _takes_nodes(function):
        args = tuple(map(data_of, args))
        kwargs = {name: data_of(each) for name, each in kwargs.items()}
    return function(*args, **kwargs)


def _takes_nodes(function: Any) -> bool:
    if isinstance(function, type):
        function = function.__init__  # type: ignore[misc]
    elif not isinstance(function, (FunctionType, MethodType, TrainableFunction)):
        function = type(function).__call__ if callable(function) else None
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    return isinstance(function, TrainableFunction) or (
        code is not None and is_users(code.co_filename)
    )


def _join(self: Node, parts: Any) -> Any:
    """A node for the strings of an iterable, joined by this one."""
    return globals()["join"](self, *parts)


def _split(self: Node, sep: Any = None, maxsplit: Any = -1) -> Any:
    """A node for the parts of the string between `sep`."""
    return globals()["split"](self, sep, maxsplit)


def _call(self: Node, method: Any, *args: Any, **kwargs: Any) -> Any:
    """A node for what the method of that name returns."""
    given: Any = self
    where = outside()
    nodes = [as_node(each, None, where) for each in args]
    named = {name: as_node(each, None, where) for name, each in kwargs.items()}
    return _called(given.getattr(method), *nodes, **named)


call.operator = Operator("call", "Computes what fun returns.")
_called = call.detach()
_called._frames = 2  # there is `_call` in between
_called.__doc__ = None


setattr(Node, "__call__", call)  # noqa: B010  like the rest of the operators
setattr(Node, "__array_ufunc__", array_ufunc)  # noqa: B010
setattr(Node, "join", _join)  # noqa: B010
setattr(Node, "split", _split)  # noqa: B010
setattr(Node, "call", _call)  # noqa: B010
