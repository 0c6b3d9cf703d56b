"""Texts with marks in them: ``«`` and ``»`` around a range, ``‸`` for a position."""

from __future__ import annotations

from trace_lsp.source.text import Position, Range, advanced

START = Position(0, 0)


def position_in(text: str) -> tuple[str, Position]:
    """The text without its ``‸``, and where that was."""
    before, after = text.split("‸")
    return before + after, advanced(START, before)


def range_in(text: str) -> tuple[str, Range]:
    """The text without its ``«`` and ``»``, and the range between them."""
    before, rest = text.split("«")
    inside, after = rest.split("»")
    start = advanced(START, before)
    return before + inside + after, Range(start, advanced(start, inside))


def marked(text: str, where: Range) -> str:
    """The text with ``«`` and ``»`` around the range."""
    lines = text.split("\n")
    for mark, at in (("»", where.end), ("«", where.start)):
        line = lines[at.line]
        lines[at.line] = line[: at.column] + mark + line[at.column :]
    return "\n".join(lines)
