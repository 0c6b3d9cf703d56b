"""Which of its arguments a function changes, as far as its text shows.

What is tried in a program's own loop is given the program's own data: a version that appends to an
argument would spoil it for all that are tried after it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from trace_lsp.optimizers.search.target import Target

_METHODS = frozenset(
    [
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "extendleft",
        "insert",
        "pop",
        "popitem",
        "popleft",
        "remove",
        "reverse",
        "rotate",
        "setdefault",
        "sort",
        "update",
    ]
)


def changed_arguments(source: str, name: str) -> frozenset[str]:
    """The arguments that are written to, or that a method is called on which changes its object."""
    target = Target(source, name)
    written = {each for node in target.nodes for each in _written(node)}
    return frozenset(written.intersection(target.arguments))


def _written(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in _METHODS:
            yield from _owner(node.func.value)
    elif isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
        yield from _owner(node.value)


def _owner(node: ast.expr) -> Iterator[str]:
    """The name at the root of `a`, `a.b` or `a[0].b`."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
