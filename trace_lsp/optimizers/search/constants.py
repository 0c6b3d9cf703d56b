"""The numbers written in a function, as dimensions of a search."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Optional, Union

from trace_lsp.optimizers.search.ranges import Dimension, dimension_of
from trace_lsp.optimizers.search.syntax import ATOM, UNARY
from trace_lsp.optimizers.search.target import Target

_LARGE = 10**15  # whole numbers beyond it are names of something, and floats cannot count them
_COUNTING = ("range", "enumerate", "islice", "round", "int", "len", "count", "index")
_WHOLE = (ast.Pow, ast.Mod, ast.FloorDiv, ast.LShift, ast.RShift, ast.BitAnd, ast.BitOr, ast.BitXor)
_CASES = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
_ROWS = (ast.List, ast.Tuple, ast.JoinedStr)

Numeric = Union[int, float]


class Written(NamedTuple):
    """A number as it is written: its node, of which a minus sign is a part, and its value."""

    node: ast.expr
    value: Numeric


class Constants:
    """The numbers in a function that a search may change. `name` is as `Target` takes it.

    `dimensions` says by label, like ``line 3: 0.5``, what each may become. Truth values and what is
    in the signature stay as they are, and so do whole numbers that index or count.

    Raises SyntaxError if the source is not Python, ValueError if it has no such function.
    """

    def __init__(self, source: str, name: str) -> None:
        self._target = Target(source, name)
        self._written: dict[str, Written] = {}
        self.dimensions: dict[str, Dimension] = {}
        for each in numbers_in(self._target):
            dimension = dimension_of(each.value)
            if dimension is not None and not _is_of_form(self._target, each):
                label = self._label(each)
                self._written[label] = each
                self.dimensions[label] = dimension

    def _label(self, written: Written) -> str:
        label = f"line {written.node.lineno}: {self._target.written(written.node)}"
        alike = sum(each == label or each.startswith(f"{label} (") for each in self._written)
        return f"{label} ({alike + 1})" if alike else label

    @property
    def values(self) -> dict[str, Numeric]:
        """The numbers as they are, by label."""
        return {label: each.value for label, each in self._written.items()}

    def with_values(self, values: Mapping[str, Any]) -> str:
        """The source with these numbers in it; all other text stays, and so do numbers that are not
        named.

        Raises KeyError for a label that is not known, ValueError for what is no finite number, or
        is a fraction where a whole number stands.
        """
        texts = [(self._written[label], value) for label, value in values.items()]
        changes = [(written, _text(written, value)) for written, value in texts]
        data = self._target.text
        spans = sorted(
            (*data.span(written.node), self._fitting(written.node, text))
            for written, text in changes
            if text
        )
        source, done = b"", 0
        for start, end, text in spans:
            source += data.data[done:start] + text.encode("utf-8")
            done = end
        return (source + data.data[done:]).decode("utf-8")

    def _fitting(self, node: ast.expr, text: str) -> str:
        """The number as it can stand there. A second sign after a first is hard to read."""
        parent = self._target.parent(node)
        is_after = isinstance(parent, ast.UnaryOp) or (
            isinstance(parent, ast.BinOp) and self._target.field(node) == "right"
        )
        is_new = not self._target.written(node).startswith("-")
        if text.startswith("-") and is_new and is_after:
            return f"({text})"
        return self._target.fitting(node, text, UNARY if text.startswith("-") else ATOM - 1)


def numbers_in(target: Target) -> list[Written]:
    """Every number in the function's body, whatever it is for, in the order of the text."""
    inside: set[ast.AST] = set()
    found: list[Written] = []
    for node in target.nodes:
        if node in inside or not isinstance(node, (ast.Constant, ast.UnaryOp)):
            continue
        value = _number_of(node)
        if value is not None:
            inside.update(ast.walk(node))
            found.append(Written(node, value))
    return sorted(found, key=lambda each: target.text.span(each.node))


def _number_of(node: ast.AST) -> Optional[Numeric]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _number_of(node.operand)
        return None if number is None else -number
    value: Any = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    is_usual = abs(value) <= _LARGE if isinstance(value, int) else math.isfinite(value)
    return value if is_usual else None


def _text(written: Written, value: Any) -> str:
    """How a value is written; "" if it is the one that stands there, in whatever way."""
    is_whole = isinstance(written.value, int)
    if isinstance(value, bool) or not math.isfinite(value) or (is_whole and value != int(value)):
        kind = "whole number" if is_whole else "finite number"
        raise ValueError(f"{value!r} is no {kind}, and stands for one on line {written.node.lineno}.")  # fmt: skip
    text = repr(int(value)) if is_whole else repr(float(value))
    return "" if text == repr(written.value) else text


# What a number is for, by its place


def _is_of_form(target: Target, written: Written) -> bool:
    """Whether a number belongs to how the function is made, and is no measure to be tuned.

    Only whole numbers do: a float is nearly always a measure. An index, a count, an exponent or a
    divisor of remainders is right or wrong, and what lies around it says nothing of it, so a search
    that goes downhill loses its way; 0 and 1 are where something begins, a step, a sign. The edits
    try the neighbours of all these, each by itself.
    """
    if not isinstance(written.value, int):
        return False
    return abs(written.value) <= 1 or any(
        _is_counting(target, parent, child) for parent, child in _around(target, written.node)
    )


def _around(target: Target, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Each expression that the node is a part of, with its part that the node is in."""
    child = node
    for parent in target.ancestors(node):
        if isinstance(parent, ast.stmt):
            return
        yield parent, child
        child = parent


def _is_counting(target: Target, parent: ast.AST, child: ast.AST) -> bool:
    field = target.field(child)
    if isinstance(parent, (ast.Subscript, ast.Slice)):
        return field in ("slice", "lower", "upper", "step")
    if isinstance(parent, ast.Call):
        return field != "func" and _name(parent.func) in _COUNTING
    if isinstance(parent, ast.BinOp):
        other = parent.left if field == "right" else parent.right
        is_right = field == "right" and isinstance(parent.op, _WHOLE)
        return is_right or _is_length(other) or _is_repeated(parent, child, other)
    if isinstance(parent, ast.Compare):
        sides = [parent.left, *parent.comparators]
        return any(map(_is_length, sides)) or any(isinstance(op, _CASES) for op in parent.ops)
    return isinstance(parent, ast.Dict) and child in parent.keys


def _is_length(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _name(node.func) in ("len", "count")


def _is_repeated(parent: ast.BinOp, child: ast.AST, other: ast.AST) -> bool:
    """Whether a text or a row is repeated: the number says how often, or is in the row."""
    if not isinstance(parent.op, ast.Mult):
        return False
    is_text = isinstance(other, ast.Constant) and isinstance(other.value, (str, bytes))
    return is_text or isinstance(other, _ROWS) or isinstance(child, _ROWS)


def _name(function: ast.AST) -> str:
    """The last name of what is called."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
