"""What the expressions of a program mean, as far as that is known without running any of it."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import sys
from collections import defaultdict
from collections.abc import Iterator
from types import FunctionType
from typing import Any, Optional, Union

from trace_lsp.trace.export.living import UNKNOWN, Living, mangled, unwrapped
from trace_lsp.trace.nodes import Node
from trace_lsp.trace.parameters import Map, Seq, TrainableFunction

SOME_NODE = object()
"""What an expression means that is a node in any case, but a new one in each run."""

SOME_BUNDLE = object()
"""What the name of a bundled function means that a function defines in each call."""

MAKERS = ("node", "Node", "ParameterNode")
"""The functions and classes that make a node of their first argument."""

_ENGINE = ".".join(__name__.split(".")[:2]) + "."
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

Scope = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda]


class Names:
    """The meanings of names in one scope: those in `names`, else the module's.

    `kind` is the class that the scope is in, where it is known. It stands for its objects as well:
    what is said of ``self`` is said of all of them that are in the model.
    """

    def __init__(self, living: Living, names: dict[str, Any], kind: Optional[type] = None) -> None:
        self._living = living
        self._names = names
        self.kind = kind

    def inner(self, names: dict[str, Any], kind: Optional[type]) -> Names:
        """A scope within this one."""
        return Names(self._living, {**self._names, **names}, kind)

    def inside(self, function: Scope, itself: Any) -> Names:
        """The scope of a function. `itself` is what its first argument means, where it is a method
        of something known."""
        sources = _sources(function)
        names: dict[str, Any] = dict.fromkeys(sources, UNKNOWN)
        names.update(_imported(function))
        first = [*function.args.posonlyargs, *function.args.args][:1]
        if first and itself is not None:
            names[first[0].arg] = itself
        scope = self.inner(names, self.kind)
        scope._names.update(dict.fromkeys(scope._bundled(function, sources), SOME_BUNDLE))
        while True:  # a name may be a node because another one is
            found = [name for name in sources if scope._is_always_node(name, sources[name])]
            if not found:
                return scope
            scope._names.update(dict.fromkeys(found, SOME_NODE))

    def of(self, expression: ast.expr) -> Any:
        """The object that an expression means, `SOME_NODE`, or `UNKNOWN`."""
        if isinstance(expression, ast.Name):
            if expression.id in self._names:
                return self._names[expression.id]
            default = getattr(builtins, expression.id, UNKNOWN)
            return self._living.namespace.get(expression.id, default)
        if isinstance(expression, ast.Attribute):
            around = self._around(expression.value)
            if around is UNKNOWN or is_node(around):
                return UNKNOWN
            return self._attribute(around, expression.attr)
        return SOME_NODE if self._makes_node(expression) else UNKNOWN

    def element(self, expression: ast.expr) -> Any:
        """What each item of an iterable means: `SOME_NODE` or `UNKNOWN`."""
        found = self.of(expression)
        if is_node(found):
            return SOME_NODE
        items = list(found) if isinstance(found, (list, tuple, Seq)) else []
        return SOME_NODE if items and all(map(is_node, items)) else UNKNOWN

    def _attribute(self, around: Any, name: str) -> Any:
        if isinstance(around, type):
            found = self._living.live(around, name)
            return unwrapped(found[0]) if found else UNKNOWN
        name = mangled(name, self.kind) if self.kind else name
        return unwrapped(inspect.getattr_static(around, name, UNKNOWN))

    def _around(self, expression: ast.expr) -> Any:
        is_super = isinstance(expression, ast.Call) and self.of(expression.func) is super
        return self.kind if is_super and self.kind else self.of(expression)

    def _makes_node(self, expression: ast.expr) -> bool:
        if isinstance(expression, ast.Call):
            called = self.of(expression.func)
            is_bundle = called is SOME_BUNDLE or isinstance(called, TrainableFunction)
            return is_bundle or is_ours(called, *MAKERS)
        if isinstance(expression, (ast.Await, ast.NamedExpr)):
            return is_node(self.of(expression.value))
        if isinstance(expression, ast.BinOp):
            return is_node(self.of(expression.left)) or is_node(self.of(expression.right))
        if isinstance(expression, ast.UnaryOp):
            return is_node(self.of(expression.operand))
        if isinstance(expression, ast.IfExp):
            return is_node(self.of(expression.body)) and is_node(self.of(expression.orelse))
        if isinstance(expression, ast.Subscript):
            found = self.of(expression.value)
            values = found.values() if isinstance(found, (dict, Map)) else ()
            is_whole = bool(values) and all(map(is_node, values))
            return is_whole or self.element(expression.value) is SOME_NODE
        return False

    def _bundled(self, function: Scope, sources: dict[str, list[Optional[Source]]]) -> list[str]:
        """The functions within one that are bundled."""
        return [
            each.name
            for each in _own(function)
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
            and len(sources.get(each.name, ())) == 1
            and any(self._is_bundle(found) for found in each.decorator_list)
        ]

    def _is_bundle(self, decorator: ast.expr) -> bool:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        return is_ours(self.of(called), "bundle")

    def _is_always_node(self, name: str, sources: list[Optional[Source]]) -> bool:
        if self._names[name] is not UNKNOWN or not sources:
            return False
        return all(
            source is not None
            and is_node(self.element(source[0]) if source[1] else self.of(source[0]))
            for source in sources
        )


Source = tuple[ast.expr, bool]
"""What a name comes from: an expression, and whether it is an item of it."""


def is_node(value: Any) -> bool:
    """True for what an expression means that is a node."""
    return value is SOME_NODE or isinstance(value, Node)


def is_ours(value: Any, *names: str) -> bool:
    """True for a class or function of this engine that has one of the names, or any."""
    value = value.func if isinstance(value, functools.partial) else value
    if not isinstance(value, (type, FunctionType)) or (names and value.__name__ not in names):
        return False
    return str(value.__module__).startswith(_ENGINE)


def holds_only_nodes(value: Any) -> bool:
    """True for a node, and for a container whose items are nodes or such containers."""
    if isinstance(value, (dict, Map)):
        return bool(value) and all(map(holds_only_nodes, value.values()))
    if isinstance(value, (list, tuple, set, Seq)):
        return bool(value) and all(map(holds_only_nodes, value))
    return isinstance(value, Node)


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Everything in a scope that is not in one within it."""
    pending = list(ast.iter_child_nodes(scope))
    while pending:
        each = pending.pop()
        yield each
        if not isinstance(each, _SCOPES):
            pending.extend(ast.iter_child_nodes(each))


def _sources(function: Scope) -> dict[str, list[Optional[Source]]]:
    """What each name that the function binds comes from; None is unknown."""
    found: dict[str, list[Optional[Source]]] = defaultdict(list)
    outer: set[str] = set()
    known: set[int] = set()
    nodes = list(_own(function))
    for each in nodes:
        for target, source in _bound(each):
            known.add(id(target))
            if source is not None:
                found[target.id].append(source)
    for each in nodes:
        if isinstance(each, ast.arg):
            found[each.arg].append(None)
        elif isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found[each.name].append(None)
        elif isinstance(each, (ast.Global, ast.Nonlocal)):
            outer.update(each.names)
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            found[each.id] += [] if id(each) in known else [None]
    return {name: sources for name, sources in found.items() if name not in outer}


def _bound(found: ast.AST) -> Iterator[tuple[ast.Name, Optional[Source]]]:
    """The names that get a value here which is known, or (for ``x += y``, ``x: int``) stay what
    they were."""
    if isinstance(found, ast.Assign):
        targets, source = found.targets, (found.value, False)
    elif isinstance(found, (ast.AnnAssign, ast.NamedExpr)) and found.value is not None:
        targets, source = [found.target], (found.value, False)
    elif isinstance(found, (ast.For, ast.AsyncFor, ast.comprehension)):
        targets, source = [found.target], (found.iter, True)
    elif isinstance(found, (ast.AugAssign, ast.AnnAssign)) and isinstance(found.target, ast.Name):
        yield found.target, None
        return
    else:
        return
    yield from ((each, source) for each in targets if isinstance(each, ast.Name))


def _imported(function: ast.AST) -> Iterator[tuple[str, Any]]:
    """The names that a function imports, with what they mean if their module is loaded."""
    for each in _own(function):
        if isinstance(each, ast.Import):
            for alias in each.names:
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                yield alias.asname or name, sys.modules.get(name, UNKNOWN)
        elif isinstance(each, ast.ImportFrom):
            module = sys.modules.get(each.module or "", None)
            for alias in each.names:
                yield alias.asname or alias.name, getattr(module, alias.name, UNKNOWN)
