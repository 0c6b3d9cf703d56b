r"""Text, positions in it, and edits of it: the one place that knows about them.

Positions are a 0-based line and a 0-based column in code points. Lines end as the language
server protocol has it: at ``\n``, ``\r\n`` or ``\r`` and nowhere else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


@dataclass(frozen=True, order=True)
class Position:
    line: int
    column: int


@dataclass(frozen=True)
class Range:
    """From `start` up to, not including, `end`."""

    start: Position
    end: Position

    def __contains__(self, position: Position) -> bool:
        return self.start <= position <= self.end


@dataclass(frozen=True)
class TextEdit:
    """`range` of a text is replaced by `new_text`."""

    range: Range
    new_text: str


def split_lines(text: str) -> list[str]:
    """The lines of a text with their ends; an empty last line if it ends with a line break."""
    lines = _LINE.findall(text)
    if len(lines) > 1 and lines[-1] == "" and not lines[-2].endswith(("\r", "\n")):
        lines.pop()
    return lines


def text_hash(text: str) -> str:
    """A short digest of a text: equal for equal texts."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def content_of(line: str) -> str:
    """The line without its line end."""
    return line.rstrip("\r\n")


def line_end_at(lines: Sequence[str], line: int) -> str:
    """How a line ends; the last one as the one above it, a line feed if it is the only one."""
    ends = (each[len(content_of(each)) :] for each in (lines[line], lines[max(line - 1, 0)]))
    return next(filter(None, ends), "\n")


def slice_of(lines: Sequence[str], place: Range) -> str:
    """The text in a range that lies within the lines, with the line ends as they are."""
    start, end = place.start, place.end
    if start.line == end.line:
        return lines[start.line][start.column : end.column]
    between = "".join(lines[start.line + 1 : end.line])
    return lines[start.line][start.column :] + between + lines[end.line][: end.column]


def advanced(position: Position, text: str) -> Position:
    """Where a text ends that begins at the position."""
    lines = split_lines(text)
    if len(lines) == 1:
        return Position(position.line, position.column + len(text))
    return Position(position.line + len(lines) - 1, len(lines[-1]))


def offset_of(lines: list[str], position: Position) -> int:
    """The position as an offset into the text; past the end of its line means the line's end."""
    line = min(position.line, len(lines) - 1)
    if line < position.line:
        return sum(map(len, lines))
    content = lines[line].rstrip("\r\n")
    return sum(map(len, lines[:line])) + min(position.column, len(content))


def apply_edits(text: str, edits: Iterable[TextEdit]) -> str:
    """The text after edits that do not overlap."""
    lines = split_lines(text)
    spans = sorted(
        (offset_of(lines, edit.range.start), offset_of(lines, edit.range.end), edit.new_text)
        for edit in edits
    )
    for start, end, new_text in reversed(spans):
        text = text[:start] + new_text + text[end:]
    return text
