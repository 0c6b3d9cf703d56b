"""Edits of operators, comparisons and conditions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Optional

from trace_lsp.optimizers.search.kinds.change import Change, Changes, instead, part_instead
from trace_lsp.optimizers.search.kinds.values import is_value
from trace_lsp.optimizers.search.syntax import (
    AND,
    ATOM,
    COMPARE,
    COMPARISONS,
    NOT,
    OPERATORS,
    OR,
    TERNARY,
    precedence,
)
from trace_lsp.optimizers.search.target import Target

_SIGNS: Mapping[str, tuple[str, ...]] = {
    "<": ("<=", ">", ">=", "==", "!="),
    "<=": ("<", ">=", ">", "==", "!="),
    ">": (">=", "<", "<=", "==", "!="),
    ">=": (">", "<=", "<", "==", "!="),
    "==": ("!=", "<=", ">=", "<", ">", "in"),
    "!=": ("==", "<", ">", "<=", ">=", "not in"),
    "is": ("is not", "=="),
    "is not": ("is", "!="),
    "in": ("not in", "=="),
    "not in": ("in", "!="),
}
_NEAR = 2  # so many of the first are the likelier ones

_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "+": ("-", "*", "/", "//", "|"),
    "-": ("+", "*", "/", "//", "%"),
    "*": ("+", "**", "/", "-", "//"),
    "/": ("//", "*", "-", "+", "%"),
    "//": ("/", "%", "*", "-", ">>"),
    "%": ("//", "/", "*", "-"),
    "**": ("*", "+", "-"),
    "|": ("&", "^", "+", "-"),
    "&": ("|", "^", "-"),
    "^": ("&", "|", "**"),
    "<<": (">>", "*"),
    ">>": ("<<", "//"),
}


_OPPOSITES = {
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
    "is": "is not",
    "is not": "is",
}


def other_comparison(target: Target, node: ast.AST) -> Changes:
    """Another comparison: the nearest first."""
    assert isinstance(node, ast.Compare)
    operands = [node.left, *node.comparators]
    for at, operator in enumerate(node.ops):
        sign = COMPARISONS[type(operator)]
        start = target.enclosed(operands[at], node)[1]
        end = target.enclosed(operands[at + 1], node)[0]
        for place, other in enumerate(_SIGNS[sign]):
            gap = _with_sign(target.text.between(start, end), sign, other)
            if gap is not None:
                yield Change(start, end, gap, 1.0 if place < _NEAR else 0.5)


def _with_sign(gap: str, sign: str, other: str) -> Optional[str]:
    """The text between two operands with another operator; None if it holds a comment."""
    if "#" in gap:
        return None
    pattern = re.escape(sign).replace(r"\ ", r"\s+")
    return re.sub(pattern, lambda _: other, gap, count=1)


def other_operator(target: Target, node: ast.AST) -> Changes:
    """Another arithmetic operator, with parentheses where it binds otherwise."""
    assert isinstance(node, ast.BinOp)
    sign = OPERATORS[type(node.op)][0]
    for other in _OPERATIONS.get(sign, ()):
        text = _joined(target, node, sign, other)
        if text is not None:
            yield instead(target, node, text, _BINDING[other])


_BINDING: Mapping[str, int] = dict(OPERATORS.values())


def _joined(target: Target, node: ast.BinOp, sign: str, other: str) -> Optional[str]:
    left, right = target.enclosed(node.left, node), target.enclosed(node.right, node)
    gap = _with_sign(target.text.between(left[1], right[0]), sign, other)
    if gap is None:
        return None
    binds = _BINDING[other]
    first = _operand(target, node.left, left, binds + (other == "**"))
    return first + gap + _operand(target, node.right, right, binds + (other != "**"))


def _operand(target: Target, node: ast.expr, span: tuple[int, int], needed: int) -> str:
    text = target.text.between(*span)
    is_bare = span == target.text.span(node)
    return f"({text})" if is_bare and precedence(node) < needed else text


def operands_swapped(target: Target, node: ast.AST) -> Changes:
    """The right operand to the left and the left one to the right."""
    assert isinstance(node, ast.BinOp)
    if isinstance(node.op, (ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor)):
        return
    left, right = target.enclosed(node.left, node), target.enclosed(node.right, node)
    gap = target.text.between(left[1], right[0])
    binds = precedence(node)
    yield instead(
        target,
        node,
        _operand(target, node.right, right, binds)
        + gap
        + _operand(target, node.left, left, binds + 1),
        binds,
    )


def parentheses_moved(target: Target, node: ast.AST) -> Changes:
    """The same operators in another order of evaluation: `a + b * c`, `(a + b) * c`."""
    assert isinstance(node, ast.BinOp)
    outer, binds = OPERATORS[type(node.op)]
    for child in (node.left, node.right):
        if not isinstance(child, ast.BinOp):
            continue
        inner, holds = OPERATORS[type(child.op)]
        if child is node.left:
            first = target.tight(child.left, holds + (inner == "**"))
            parts = (target.tight(child.right, binds), outer, target.tight(node.right, binds + 1))
            text = f"{first} {inner} ({' '.join(parts)})"
        else:
            parts = (target.tight(node.left, binds), outer, target.tight(child.left, binds + 1))
            last = target.tight(child.right, holds + (inner != "**"))
            text = f"({' '.join(parts)}) {inner} {last}"
        yield instead(target, node, text, holds)


def and_or(target: Target, node: ast.AST) -> Changes:
    """`and` in place of `or`, `or` in place of `and`."""
    assert isinstance(node, ast.BoolOp)
    sign, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    spans = [target.enclosed(each, node) for each in node.values]
    for at in range(1, len(spans)):
        start, end = spans[at - 1][1], spans[at][0]
        gap = _with_sign(target.text.between(start, end), sign, other)
        if gap is not None:
            yield Change(start, end, gap)


def condition_dropped(target: Target, node: ast.AST) -> Changes:
    """A condition fewer."""
    assert isinstance(node, ast.BoolOp)
    sign = " and " if isinstance(node.op, ast.And) else " or "
    holds = precedence(node)
    for dropped in node.values:
        left = [target.tight(each, holds + 1) for each in node.values if each is not dropped]
        yield instead(target, node, sign.join(left), holds if len(left) > 1 else holds + 1)


def is_condition(target: Target, node: ast.AST) -> bool:
    """Whether the expression is used for its truth alone."""
    if not isinstance(node, ast.expr):
        return False
    parent, field = target.parent(node), target.field(node)
    if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
        return True
    return field in ("test", "ifs") or isinstance(parent, ast.BoolOp)


def negated(target: Target, node: ast.AST) -> Changes:
    """The opposite of a condition."""
    if not is_value(target, node):
        return
    assert isinstance(node, ast.expr)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield part_instead(target, node, node.operand)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _opposite(target, node)
    elif is_condition(target, node) or isinstance(node, ast.Compare):
        yield instead(target, node, f"not {target.tight(node, NOT)}", NOT)
    elif isinstance(target.parent(node), ast.Return):
        yield instead(target, node, f"not {target.tight(node, NOT)}", NOT, 0.3)


def _opposite(target: Target, node: ast.Compare) -> Changes:
    """A comparison by the opposite operator, as one would write it."""
    sign = COMPARISONS[type(node.ops[0])]
    start = target.enclosed(node.left, node)[1]
    end = target.enclosed(node.comparators[0], node)[0]
    gap = _with_sign(target.text.between(start, end), sign, _OPPOSITES[sign])
    if gap is not None:
        yield Change(start, end, gap)


def truth(target: Target, node: ast.AST) -> Changes:
    """Whether something is there, told otherwise: by `is None`, by its truth, by its length."""
    if not is_condition(target, node):
        return
    assert isinstance(node, ast.expr)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield part_instead(target, node, node.left)
        yield instead(target, node, f"not {target.tight(node.left, NOT)}", NOT)
    elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        text = target.tight(node)
        for ending in ("is not None", "is None", "> 0", "== 0", "> 1"):
            yield instead(target, node, f"{text} {ending}", COMPARE)


def extra_condition(target: Target, node: ast.AST) -> Changes:
    """A condition more, with `and` or with `or`."""
    if target.field(node) not in ("test", "ifs") and not _is_returned_truth(target, node):
        return
    assert isinstance(node, ast.expr)
    for condition, factor in conditions(target, node):
        if condition != target.written(node):
            yield _with_condition(target, node, condition, "and", AND, factor)
            yield _with_condition(target, node, condition, "or", OR, factor)


def condition_for_truth(target: Target, node: ast.AST) -> Changes:
    """A condition in place of `True` or `False`."""
    assert isinstance(node, ast.Constant)
    if isinstance(node.value, bool) and is_value(target, node):
        for condition, factor in conditions(target, node):
            binds = NOT if condition.startswith("not ") else COMPARE
            yield instead(target, node, condition, binds, factor)


def both_sides(target: Target, node: ast.AST) -> Changes:
    """The same function or method on both sides of a comparison, or on neither."""
    assert isinstance(node, ast.Compare)
    if len(node.ops) != 1:
        return
    (right,), (operator,) = node.comparators, node.ops
    sign = COMPARISONS[type(operator)]
    for call in ("len({})", "abs({})", "{}.lower()", "sorted({})", "set({})", "str({})", "sum({})"):
        hold = ATOM if call.startswith("{}") else TERNARY
        sides = (call.format(target.tight(each, hold)) for each in (node.left, right))
        yield instead(target, node, f" {sign} ".join(sides), COMPARE)


def _is_returned_truth(target: Target, node: ast.AST) -> bool:
    is_truth = isinstance(node, (ast.Compare, ast.BoolOp))
    return is_truth and isinstance(target.parent(node), ast.Return)


def _with_condition(
    target: Target, node: ast.expr, condition: str, sign: str, binds: int, factor: float
) -> Change:
    # A guard has to come first: `i < n and a[i]`.
    is_guarding = any(isinstance(each, ast.Subscript) for each in ast.walk(node))
    text = target.tight(node, binds)
    both = (condition, text) if is_guarding else (text, condition)
    return instead(target, node, f" {sign} ".join(both), binds, factor)


def conditions(target: Target, node: ast.AST) -> Iterator[tuple[str, float]]:
    """Conditions that could be asked where the node stands, and how likely each is."""
    names = target.names(node)
    for other in target.of(ast.Compare):
        if other is not node and {*_names_in(other)} <= {*names, *target.called}:
            yield target.written(other), 1.0
    for name in names:
        yield name, 0.8
        yield f"not {name}", 0.8
        for ending, factor in _ENDINGS.items():
            yield f"{name} {ending}", factor
    for first, second in permutations(names, 2):
        for sign, factor in (("<", 0.4), ("<=", 0.3), ("==", 0.3), ("!=", 0.4), ("in", 0.2)):
            yield f"{first} {sign} {second}", factor
        yield f"{first} < len({second})", 0.3
        yield f"{first} not in {second}", 0.2


_ENDINGS: Mapping[str, float] = {
    "is not None": 0.5, "is None": 0.5, "> 0": 0.5, "== 0": 0.5, "!= 0": 0.3, "== 1": 0.2,
    "< 0": 0.3, ">= 0": 0.2, "> 1": 0.2, "<= 0": 0.2,
}  # fmt: skip


def _names_in(node: ast.AST) -> list[str]:
    return [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]


def branches_swapped(target: Target, node: ast.AST) -> Changes:
    """What a conditional expression is if so, and if not, the other way round."""
    assert isinstance(node, ast.IfExp)
    parts = (node.orelse, node.test, node.body)
    first, test, last = (target.tight(each, OR) for each in parts)
    yield instead(target, node, f"{first} if {test} else {last}", TERNARY)


def filter_of(target: Target, node: ast.AST) -> Changes:
    """A comprehension without its filter, or with one more."""
    assert isinstance(node, ast.comprehension)
    owner = target.parent(node)
    assert owner is not None
    end = target.enclosed(node.iter, owner)[1]
    if node.ifs:
        last = target.enclosed(node.ifs[-1], owner)[1]
        yield Change(end, last, "")
        return
    inside = node.iter if not isinstance(node.target, ast.Name) else node.target
    for condition, factor in conditions(target, inside):
        yield Change(end, end, f" if {condition}", 0.3 * factor)


def keyword_else(target: Target, node: ast.AST) -> Changes:
    """`while` in place of `if`, `if` in place of `while` and of `elif`."""
    assert isinstance(node, (ast.If, ast.While))
    start, _ = target.text.span(node)
    for keyword, other in (("elif", "if"), ("if", "while"), ("while", "if")):
        end = start + len(keyword)
        if target.text.data[start:end] == keyword.encode():
            yield Change(start, end, other)


def element_swapped(target: Target, node: ast.AST) -> Changes:
    """Two elements of a tuple or list the other way round."""
    assert isinstance(node, (ast.Tuple, ast.List))
    yield from swaps(target, node.elts)


def swaps(target: Target, nodes: list[ast.expr]) -> Changes:
    """Each two of some nodes that stand beside each other, exchanged."""
    for at, first in enumerate(nodes):
        for second in nodes[at + 1 :]:
            if isinstance(first, ast.Starred) or isinstance(second, ast.Starred):
                continue
            (start, until), (since, end) = target.text.span(first), target.text.span(second)
            if target.text.data[until:since].count(b"(") != target.text.data[until:since].count(b")"):  # fmt: skip
                continue
            gap = target.text.between(until, since)
            yield Change(start, end, target.written(second) + gap + target.written(first))
