"""What binds tighter than what: when an expression that goes to another place needs parentheses."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Optional

LOOSE, TERNARY, OR, AND, NOT, COMPARE, ARITHMETIC, TERM, UNARY, POWER, AWAIT, ATOM = (
    0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15,
)  # fmt: skip

OPERATORS: Mapping[type[ast.operator], tuple[str, int]] = {
    ast.BitOr: ("|", 6),
    ast.BitXor: ("^", 7),
    ast.BitAnd: ("&", 8),
    ast.LShift: ("<<", 9),
    ast.RShift: (">>", 9),
    ast.Add: ("+", ARITHMETIC),
    ast.Sub: ("-", ARITHMETIC),
    ast.Mult: ("*", TERM),
    ast.Div: ("/", TERM),
    ast.FloorDiv: ("//", TERM),
    ast.Mod: ("%", TERM),
    ast.MatMult: ("@", TERM),
    ast.Pow: ("**", POWER),
}
"""Each binary operator's text, and how tightly it binds."""

COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

_LOOSE = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Tuple, ast.Starred)
_CONDITIONS = (ast.IfExp, ast.Lambda)
_TIGHT = {"value": (ast.Attribute, ast.Subscript, ast.Await), "func": (ast.Call,)}


def precedence(node: ast.expr) -> int:
    """How tightly the expression holds together, from LOOSE to ATOM."""
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)][1]
    if isinstance(node, ast.UnaryOp):
        return NOT if isinstance(node.op, ast.Not) else UNARY
    if isinstance(node, ast.BoolOp):
        return AND if isinstance(node.op, ast.And) else OR
    if isinstance(node, ast.Compare):
        return COMPARE
    if isinstance(node, ast.Await):
        return AWAIT
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, complex)):
        return AWAIT  # `1.real` is no attribute
    if isinstance(node, _CONDITIONS):
        return TERNARY
    return LOOSE if isinstance(node, _LOOSE) else ATOM


def required(parent: Optional[ast.AST], field: str, child: ast.AST) -> int:
    """How tightly an expression must hold together to stand in the child's place."""
    if isinstance(parent, ast.BinOp):
        return _beside(parent, field)
    if isinstance(parent, ast.UnaryOp):
        return NOT if isinstance(parent.op, ast.Not) else UNARY
    if isinstance(parent, ast.BoolOp):
        return precedence(parent) + 1
    if isinstance(parent, ast.Compare):
        return COMPARE + 1
    if isinstance(parent, _TIGHT.get(field, ())):
        return ATOM
    if isinstance(parent, ast.IfExp):
        return TERNARY if field == "orelse" else OR
    if isinstance(parent, ast.comprehension):
        return OR
    if isinstance(parent, (ast.Starred, ast.Dict)):
        return COMPARE + 1
    # A generator that is a call's only argument shares its parentheses with the call.
    return ATOM + 1 if isinstance(child, ast.GeneratorExp) else TERNARY


def _beside(parent: ast.BinOp, field: str) -> int:
    binds = precedence(parent)
    if binds == POWER:
        return AWAIT if field == "left" else UNARY
    return binds if field == "left" else binds + 1
