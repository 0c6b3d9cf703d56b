"""What a program asserts, as it is written."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from trace_lsp.source.parsed import uncollected


def assertions_in(text: str) -> Mapping[int, str]:
    """The condition of each ``assert``, by its line (from 1); empty if the text is not Python."""
    if "assert" not in text:
        return {}
    try:
        with uncollected():
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Assert))
    return {node.lineno: ast.unparse(node.test) for node in found}
