"""A source text by the positions that `ast` gives: lines from 1, columns in UTF-8 bytes."""

from __future__ import annotations

import ast
import re
from typing import Any

_LINE_END = re.compile(rb"\r\n|\r|\n")


class SourceText:
    """The text as bytes. Spans are pairs of byte offsets, the end excluded."""

    def __init__(self, source: str) -> None:
        self.data = source.encode("utf-8")
        self.starts = [0, *(found.end() for found in _LINE_END.finditer(self.data))]

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where the node stands. Raises AttributeError for a node without a position."""
        place: Any = node
        start = self.starts[place.lineno - 1] + place.col_offset
        return start, self.starts[place.end_lineno - 1] + place.end_col_offset

    def between(self, start: int, end: int) -> str:
        """The text of a span."""
        return self.data[start:end].decode("utf-8")

    def of(self, node: ast.AST) -> str:
        """The node's own text, without parentheses around it."""
        return self.between(*self.span(node))

    def replaced(self, start: int, end: int, text: str) -> str:
        """The whole source with another text in place of a span."""
        return (self.data[:start] + text.encode("utf-8") + self.data[end:]).decode("utf-8")

    def line_start(self, offset: int) -> int:
        """Where the line begins that the offset lies in."""
        return self.data.rfind(b"\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Where the next line begins, or the end of the text."""
        found = self.data.find(b"\n", offset)
        return len(self.data) if found < 0 else found + 1

    def whole_lines(self, start: int, end: int) -> tuple[int, int] | None:
        """The span of the lines that a span fills, comments after it included.

        None if anything else stands on its first or its last line.
        """
        first, last = self.line_start(start), self.line_end(end)
        before, after = self.data[first:start].strip(), self.data[end:last].strip()
        return None if before or (after and not after.startswith(b"#")) else (first, last)

    def indent(self, start: int) -> str:
        """The blanks that the line begins with."""
        first = self.line_start(start)
        line = self.data[first : self.line_end(start)]
        return line[: len(line) - len(line.lstrip(b" \t\f"))].decode("utf-8")
