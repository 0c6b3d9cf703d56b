"""The program's own checks while it runs: what it asserts.

What it compares by `.eq` is in the graph already.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from typing import Any, Union

MOST = 10_000
"""Checks that are told of; a loop may assert a million times."""

MOST_AT_PLACE = 1_000
"""Checks at one place that a candidate tells of one by one."""

_NAME = "__trace_checked__"

OnCheck = Callable[[int, bool], None]
"""Hears of each `assert`: its line, and whether it held."""


def with_checks(tree: ast.Module) -> ast.Module:
    """The module, which tells of each of its assertions.

    Those inside a trainable function are left alone: what may be changed does not judge itself.
    """
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_trainable(node):
            continue
        if isinstance(node, ast.Assert):
            node.test = _told(node.test, node.lineno)
        waiting += ast.iter_child_nodes(node)
    return tree


def _is_trainable(function: Union[ast.FunctionDef, ast.AsyncFunctionDef]) -> bool:
    return any(
        keyword.arg == "trainable"
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )


def _told(test: ast.expr, line: int) -> ast.expr:
    call = ast.Call(ast.Name(_NAME, ast.Load()), [ast.Constant(line), test], [])
    for each in (call, call.func, call.args[0]):
        ast.copy_location(each, test)
    return call


def tell(on_check: OnCheck) -> None:
    """From here on, `on_check` hears of the program's assertions, of the first `MOST`."""
    told = 0

    def checked(line: int, value: Any) -> bool:
        nonlocal told
        holds = bool(value)
        if told < MOST:
            told += 1
            on_check(line, holds)
        return holds

    setattr(builtins, _NAME, checked)
