"""Guards: a condition under which a function ends, or a loop goes on, before anything else.

They pass checks more often than they are right, so they are the last to be tried.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from trace_lsp.optimizers.search.kinds.change import Change, Changes
from trace_lsp.optimizers.search.kinds.operations import conditions
from trace_lsp.optimizers.search.target import Target

_LIKELY = 0.3
_RESULTS = ("None", "0", "1", "False", "True", "[]", "''", "-1")


def guard(target: Target, node: ast.AST) -> Changes:
    """A guard before a statement that begins a body, or that returns."""
    assert isinstance(node, ast.stmt)
    block = target.block(node)
    is_start = node is block[0] and target.field(node) == "body"
    if not is_start and not isinstance(node, ast.Return):
        return
    start, end = target.text.span(node)
    lines = target.text.whole_lines(start, end)
    if lines is None or target.text.data[start : start + 4] == b"elif":
        return
    indent = target.text.indent(start)
    for condition, likely in _conditions(target, node):
        for ending, factor in _endings(target, node):
            text = f"{indent}if {condition}:\n{indent}    {ending}\n"
            yield Change(lines[0], lines[0], text, likely * factor)


def _conditions(target: Target, node: ast.stmt) -> Iterator[tuple[str, float]]:
    for condition, likely in conditions(target, node):
        if likely >= _LIKELY:
            yield condition, likely
    for name in target.names(node):
        yield f"len({name}) < 2", 0.3


def _endings(target: Target, node: ast.stmt) -> Iterator[tuple[str, float]]:
    if target.loop(node) is not None:
        yield "continue", 1.0
        yield "break", 0.8
    if target.field(node) == "body" and target.loop(node) is not None:
        return
    for result in [*_RESULTS, *target.names(node)]:
        yield f"return {result}", 0.5
