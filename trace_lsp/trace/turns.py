"""Code on trial: a function that is ended where its loops go on for too long.

The turns of loops are counted, and calls, so that the same code ends at the same place on every
machine. What one operation takes is not bounded by it.
"""

from __future__ import annotations

import ast

TURN = "__turn__"  # no name of a class's own: it ends in underscores


class TooManyTurns(Exception):
    """A function that is only being tried took more turns than it may."""


class Turns:
    """How many turns are left; counts one at each call."""

    def __init__(self, limit: int) -> None:
        self._limit = self._left = limit

    def __call__(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooManyTurns(
                f"More than {self._limit:,} turns of loops, and calls, while it is only being tried: "
                "it may never end. The optimizer's `restore()` ends the trial."
            )


def count_turns(function: ast.AST) -> None:
    """Puts a call of `TURN` into each loop in the function, and at the head of each function."""
    for node in list(ast.walk(function)):
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            node.body.insert(0, _turn(node))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            has_docstring = ast.get_docstring(node, clean=False) is not None
            node.body.insert(int(has_docstring), _turn(node))


def _turn(node: ast.stmt) -> ast.stmt:
    call = ast.Expr(ast.Call(ast.Name(TURN, ast.Load()), [], []))
    for each in ast.walk(call):
        ast.copy_location(each, node.body[0])  # type: ignore[attr-defined]
    return call
