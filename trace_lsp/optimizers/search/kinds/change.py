"""What a kind of edit is made of."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

from trace_lsp.optimizers.search.syntax import ATOM, LOOSE, precedence
from trace_lsp.optimizers.search.target import Target


class Change(NamedTuple):
    """A text in place of a span of bytes. `factor` is how likely it is beside its like."""

    start: int
    end: int
    text: str
    factor: float = 1.0


Changes = Iterator[Change]


class Kind(NamedTuple):
    """A kind of edit: for which types of node, how they are made, how likely they are.

    With n changes for one node each has the weight divided by n to the power of `dilution`.
    """

    name: str
    weight: float
    on: tuple[type[ast.AST], ...]
    make: Callable[[Target, ast.AST], Changes]
    dilution: float = 0.5


def instead(
    target: Target, node: ast.AST, text: str, holds: int = ATOM, factor: float = 1.0
) -> Change:
    """The text in the node's place; `holds` is its precedence."""
    start, end = target.text.span(node)
    return Change(start, end, target.fitting(node, text, holds), factor)


def part_instead(target: Target, node: ast.AST, part: ast.expr) -> Change:
    """Another expression of the source in the node's place, as it is written."""
    text, holds = target.written(part), precedence(part)
    return instead(target, node, text, LOOSE if "\n" in text else holds)
