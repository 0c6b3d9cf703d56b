"""Changes to Python text at the places that `ast` gives."""

from __future__ import annotations

import ast
import re
import warnings
from itertools import accumulate
from typing import Union

Positioned = Union[ast.expr, ast.stmt, ast.keyword]

# As Python counts lines: a form feed or a line separator ends none.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Edits:
    """Changes to one text, collected and then made together. Positions are those of the text as
    it was; no two changes may overlap."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = _LINE.findall(text)
        self._starts = [0, *accumulate(len(line) for line in self.lines)]
        self._changes: list[tuple[int, int, str]] = []

    def offset(self, line: int, column: int) -> int:
        """The index in the text of a line (from 1) and a column in UTF-8 bytes."""
        before = self.lines[line - 1].encode("utf-8")[:column]
        return self._starts[line - 1] + len(before.decode("utf-8"))

    def start(self, found: Positioned) -> int:
        """Where the node's text begins; a decorated definition's at its ``def`` or ``class``."""
        return self.offset(found.lineno, found.col_offset)

    def end(self, found: Positioned) -> int:
        """Where the node's text ends."""
        assert found.end_lineno is not None
        assert found.end_col_offset is not None
        return self.offset(found.end_lineno, found.end_col_offset)

    def segment(self, found: Positioned) -> str:
        """The node's text."""
        return self.text[self.start(found) : self.end(found)]

    def line_start(self, line: int) -> int:
        """The index in the text at which a line (from 1) begins; the text's end after the last."""
        return self._starts[min(line, len(self.lines) + 1) - 1]

    def replace(self, start: int, end: int, new: str) -> None:
        """Puts the new text in place of what is from `start` up to `end`."""
        self._changes.append((start, end, new))

    def applied(self) -> str:
        """The text with all changes. Raises ValueError if two of them overlap."""
        parts, at = [], 0
        for start, end, new in sorted(self._changes, key=lambda change: change[:2]):
            if start < at:
                raise ValueError(f"Two changes overlap at {self.text[start:end]!r}.")
            parts += [self.text[at:start], new]
            at = end
        return "".join([*parts, self.text[at:]])


def parsed(text: str) -> ast.Module:
    """The syntax tree of the text, without the warnings that belong to whoever wrote it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def first_line(statement: ast.stmt) -> int:
    """The line (from 1) that a statement begins on, its decorators with it."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def in_three_quotes(text: str) -> str:
    """A string as a literal in three quotes, with its lines as lines."""
    last = '"' if text.endswith('"') else ""
    escaped = text[: len(text) - len(last)].replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    escaped = escaped.replace("\r", "\\r").replace("\0", "\\x00")
    return f'"""{escaped}{last and chr(92) + last}"""'
