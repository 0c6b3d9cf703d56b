"""Present values as Python expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Optional

from trace_lsp.trace.edits import in_three_quotes
from trace_lsp.trace.nodes import Node
from trace_lsp.trace.parameters import Map, Seq


def literal(value: Any, written: Optional[str] = None) -> Optional[str]:
    """The value, with the data of the nodes in it, as a literal; None if there is no such literal.

    If what was `written` means the same, it is that.
    """
    try:
        plain = _plain(value)
        text = repr(plain)
        read = ast.literal_eval(text)
        if type(read) is not type(plain) or read != plain:
            return None
        if written is not None and _means(written) == text:
            return written
        return _in_lines(read) or text
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def nodes_of(value: Any) -> Iterator[Node]:
    """The value if it is a node, or the nodes in it if it is a container."""
    if isinstance(value, Node):
        yield value
    elif isinstance(value, (list, tuple, set, Seq)):
        for each in value:
            yield from nodes_of(each)
    elif isinstance(value, (dict, Map)):
        for key, each in value.items():
            yield from nodes_of(key)
            yield from nodes_of(each)


def _plain(value: Any) -> Any:
    if isinstance(value, Node):
        return _plain(value.data)
    if isinstance(value, (Seq, Map)):
        return _plain(value.data)
    if type(value) in (list, tuple, set):
        return type(value)(_plain(each) for each in value)
    if type(value) is dict:
        return {_plain(key): _plain(each) for key, each in value.items()}
    return value


def _means(written: str) -> Optional[str]:
    try:
        return repr(ast.literal_eval(f"({written}\n)"))  # it may be of several lines
    except (ValueError, SyntaxError):
        return None


def _in_lines(value: Any) -> Optional[str]:
    """A string of several lines, written so."""
    if not isinstance(value, str) or "\n" not in value.strip("\n"):
        return None
    text = in_three_quotes(value)
    return text if ast.literal_eval(text) == value else None
