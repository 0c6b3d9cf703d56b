"""The edits that turn a function in a file into a new one, line by line.

Lines that are the same stay as they are in the file, byte for byte: their line ends, their
trailing blanks, and their indentation, even where a string is less indented than its function.
What is compared are the lines as `indentation` dedents them; new lines are indented in reverse. So
the function that is found after the edit has the new value as its text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trace_lsp.errors import NotParsable
from trace_lsp.source.indentation import contents_in, indentation_of, leading_blanks
from trace_lsp.source.replacement import FunctionLines, in_the_manner_of, new_function, old_function
from trace_lsp.source.text import Position, Range, TextEdit, line_end_at
from trace_lsp.source.trainables import Trainable


@dataclass(frozen=True)
class _Change:
    """The old lines from `start` up to `end` become the new ones from `new_start` to `new_end`."""

    start: int
    end: int
    new_start: int
    new_end: int


class FunctionEdit:
    """What a function's new value changes in the lines of its file.

    Raises NotParsable unless the value is one function.
    """

    def __init__(self, trainable: Trainable, lines: Sequence[str], value: str) -> None:
        self._place = trainable.range
        self._line_end = line_end_at(lines, trainable.range.start.line)
        self._indentation = indentation_of(lines, trainable.range)
        self._in_file = contents_in(lines, trainable.range)
        self._old_text = trainable.text.split("\n")
        self._old = self._comparable(trainable)
        new = new_function(value, trainable.name)
        self._new = in_the_manner_of(self._old, new, self._indentation) if self._old else new
        self._in_strings = _within_strings(self._new)

    def edits(self) -> list[TextEdit]:
        """The edits from top to bottom; [] if nothing changes."""
        return [TextEdit(self._range(each), self._text(each)) for each in self._changes()]

    def _comparable(self, trainable: Trainable) -> FunctionLines | None:
        """The old function; None if none of its lines can stay beside new ones.

        Where tabs and spaces are mixed, a body may be deeper than its ``def`` without beginning
        like it: then it cannot be told what a new line would have to begin with.
        """
        try:
            old = old_function(trainable.text, trainable.name)
        except NotParsable:
            return None
        body = (self._in_file[line] for line in old.statement_lines() if line)
        return old if all(line.startswith(self._indentation) for line in body) else None

    def _changes(self) -> Iterator[_Change]:
        new = _keys(self._new)
        if self._old is None:
            if self._old_text != self._new.lines:
                yield _Change(0, len(self._old_text), 0, len(new))
            return
        matcher = difflib.SequenceMatcher(None, _keys(self._old), new, autojunk=False)
        for tag, start, end, new_start, new_end in matcher.get_opcodes():
            if tag != "equal":
                yield _Change(start, end, new_start, new_end)

    def _range(self, change: _Change) -> Range:
        start, end = change.start, change.end
        last = end == len(self._in_file)
        if change.new_start < change.new_end:
            if start < end:
                return Range(self._start_of(start), self._end_of(end - 1))
            at = self._place.end if last else self._start_of(start)
            return Range(at, at)
        if last:
            return Range(self._end_of(start - 1), self._place.end)
        # Without its first lines, the function begins with a later one, at the place of the first.
        skipped = len(self._blanks_of(end)) if start == 0 else 0
        return Range(self._start_of(start), Position(self._start_of(end).line, skipped))

    def _text(self, change: _Change) -> str:
        margin = self._margin(change)
        lines = [self._indented(at, margin) for at in range(change.new_start, change.new_end)]
        text = self._line_end.join(lines)
        if not lines or change.start < change.end:
            return text
        if change.start == len(self._in_file):
            return self._line_end + text
        return text + self._line_end + (self._indentation if change.start == 0 else "")

    def _indented(self, at: int, margin: str) -> str:
        """A new line as it stands in the file; `margin` is what strings begin with there."""
        line = self._new.lines[at]
        inside = at in self._in_strings
        if at == 0 or not line:
            return line
        if not line.strip() and not inside:
            return ""
        flush = inside and not leading_blanks(line)
        return (margin if flush else self._indentation) + line

    def _margin(self, change: _Change) -> str:
        """The blanks that the lines of strings begin with around a change.

        They are fewer than the indentation where the author wrote a string at the left margin, as
        prompts often are.
        """
        around = range(change.start - 1, change.end + 1)
        strings = self._old.strings() if self._old else []
        touched = (each for each in strings if each[0] in around or around[0] in each)
        lines = {line for each in touched for line in each[1:] if self._old_text[line].strip()}
        return min((self._blanks_of(line) for line in lines), key=len, default=self._indentation)

    def _blanks_of(self, line: int) -> str:
        """What dedenting took from a line."""
        return self._in_file[line][: len(self._in_file[line]) - len(self._old_text[line])]

    def _start_of(self, line: int) -> Position:
        return Position(self._place.start.line + line, 0) if line else self._place.start

    def _end_of(self, line: int) -> Position:
        start = self._start_of(line)
        return Position(start.line, start.column + len(self._in_file[line]))


def _within_strings(function: FunctionLines) -> set[int]:
    """The indices of the lines that begin inside of a string."""
    return {line for span in function.strings() for line in span[1:]}


def _keys(function: FunctionLines) -> list[tuple[bool, str]]:
    """What lines are compared by: blanks at their end count only where a string may hold them."""
    strings = {line for span in function.strings() for line in span}
    return [
        (at in strings, line if at in strings else line.rstrip())
        for at, line in enumerate(function.lines)
    ]
