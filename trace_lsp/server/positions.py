"""Positions between our text and the client: code points here, its encoding there."""

from __future__ import annotations

from lsprotocol import types

from trace_lsp.source.text import Position, Range, TextEdit, split_lines

_UNITS = {
    types.PositionEncodingKind.Utf8: lambda text: len(text.encode("utf-8", "surrogatepass")),
    types.PositionEncodingKind.Utf16: lambda text: (
        len(text.encode("utf-16-le", "surrogatepass")) // 2
    ),
    types.PositionEncodingKind.Utf32: len,
}


class Positions:
    """Translates positions of one text."""

    def __init__(self, text: str, encoding: types.PositionEncodingKind | str) -> None:
        self._lines = split_lines(text)
        self._units = _UNITS[types.PositionEncodingKind(encoding)]

    def position(self, position: types.Position) -> Position:
        """A client's position as ours; past the end of a line means its end."""
        if position.line >= len(self._lines):
            return Position(position.line, 0)
        line = self._lines[position.line].rstrip("\r\n")
        if line.isascii():
            return Position(position.line, min(position.character, len(line)))
        units = 0
        for column, character in enumerate(line):
            if units >= position.character:
                return Position(position.line, column)
            units += self._units(character)
        return Position(position.line, len(line))

    def to_client(self, position: Position) -> types.Position:
        if position.line >= len(self._lines):
            return types.Position(position.line, 0)
        line = self._lines[position.line][: position.column]
        return types.Position(position.line, len(line) if line.isascii() else self._units(line))

    def range(self, range: Range) -> types.Range:
        return types.Range(self.to_client(range.start), self.to_client(range.end))

    def edit(self, edit: TextEdit) -> types.TextEdit:
        return types.TextEdit(self.range(edit.range), edit.new_text)
