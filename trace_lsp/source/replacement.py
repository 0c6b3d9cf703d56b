"""A new function's lines, made ready to stand where the old function stands."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from trace_lsp.errors import NotParsable
from trace_lsp.source.indentation import dedented, leading_blanks, tokens_of
from trace_lsp.source.parsed import FUNCTIONS, FunctionNode, first_line, last_line, parse
from trace_lsp.source.text import content_of, split_lines


@dataclass(frozen=True)
class FunctionLines:
    """A function without decorators: its lines, without ends, and its syntax tree.

    The ``def`` is at the left margin. The first of the lines is number `function.lineno` of what
    the tree was made from.
    """

    lines: list[str]
    function: FunctionNode

    def unit(self) -> str:
        """The blanks that the body is indented by, "" if it begins on a line of the head."""
        body = self.function.body[0]
        line = self.lines[self._index(first_line(body))]
        return leading_blanks(line) if first_line(body) > self.function.lineno else ""

    def statement_lines(self) -> set[int]:
        """The indices of the lines that the statements of the body begin on."""
        nodes = (each for each in self._inside() if isinstance(each, ast.stmt))
        return {self._index(first_line(each)) for each in nodes}

    def strings(self) -> list[range]:
        """The indices of the lines of each string that has several."""
        strings = (each for each in self._inside() if _is_string(each))
        spans = (self._lines_of(each) for each in strings)
        return [span for span in spans if len(span) > 1]

    def docstring(self) -> range:
        """The indices of the lines of the docstring, none if there is no docstring."""
        if ast.get_docstring(self.function, clean=False) is None:
            return range(0)
        return self._lines_of(self.function.body[0])

    def _lines_of(self, node: ast.expr | ast.stmt) -> range:
        return range(self._index(node.lineno), self._index(last_line(node)) + 1)

    def _index(self, line: int) -> int:
        return line - self.function.lineno

    def _inside(self) -> Iterator[ast.AST]:
        """Everything in the head and in the body, but not the decorators."""
        for field, value in ast.iter_fields(self.function):
            if field != "decorator_list":
                for part in value if isinstance(value, list) else [value]:
                    yield from ast.walk(part) if isinstance(part, ast.AST) else ()


def _is_string(node: ast.AST) -> TypeGuard[ast.expr]:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (str, bytes))
    return isinstance(node, ast.JoinedStr)


def new_function(value: str, name: str) -> FunctionLines:
    """The one function that a new value defines, without what is around it.

    Blank lines, comments and decorators are dropped: those of the file stay, and the engine takes
    no others. Raises NotParsable if the value is not one function.
    """
    lines = [content_of(line) for line in split_lines(value.removeprefix("\ufeff"))]
    width = len(leading_blanks(next(filter(str.strip, lines), "")))
    return _function_in(dedented(["", *lines], width)[1:], f"The new value of `{name}`")


def old_function(text: str, name: str) -> FunctionLines:
    """The function as it is in the file, dedented.

    Raises NotParsable if that is no function, which mixed tabs and spaces can bring about.
    """
    return _function_in(text.split("\n"), f"`{name}`")


def _function_in(lines: Sequence[str], what: str) -> FunctionLines:
    tree = parse("\n".join(lines), what)
    function = tree.body[0] if len(tree.body) == 1 else None
    if not isinstance(function, FUNCTIONS):
        raise NotParsable(f"{what} must be one function and nothing else.")
    return FunctionLines(list(lines[function.lineno - 1 : last_line(function)]), function)


def in_the_manner_of(old: FunctionLines, new: FunctionLines, indentation: str) -> FunctionLines:
    """The new function, indented by tabs if the old one is, or by as many spaces.

    Models write four spaces whatever they were shown. Inside of strings nothing is changed but in
    the docstring, and where a line then is one of the old lines.
    """
    written = new.unit()
    unit = old.unit() or ("\t" if indentation.startswith("\t") else written)
    if unit == written or not written:
        return new
    known = set(old.lines)
    inside = {line for span in new.strings() for line in span[1:]} - set(new.docstring()[1:])
    lines = []
    for at, ways in enumerate(_indented_by(unit, written, new.lines)):
        otherwise = new.lines[at] if at in inside else ways[0]
        lines.append(next((each for each in ways if each in known), otherwise))
    return replace(new, lines=lines)


def _indented_by(unit: str, written: str, lines: Sequence[str]) -> Iterator[list[str]]:
    """For each line what it is with `unit` for each level of indentation, not `written`.

    There are two ways for a line that begins no statement: it keeps what it has beyond the deepest
    level of a statement that fits, or what it has beyond the last whole level.
    """
    depths = dict(_depths(lines))
    levels = {leading_blanks(lines[at]): depth for at, depth in depths.items()}
    for at, line in enumerate(lines):
        blanks = leading_blanks(line)
        if at in depths:
            yield [unit * depths[at] + line[len(blanks) :]]
        else:
            fitting = max((each for each in levels if line.startswith(each)), key=len, default="")
            by_level = unit * levels.get(fitting, 0) + line[len(fitting) :]
            yield [by_level, blanks.replace(written, unit) + line[len(blanks) :]]


def _depths(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The indices of the lines that begin a statement or a clause, with their depths."""
    depth, begins = 0, True
    for token in tokens_of(lines):
        if token.type in (tokenize.INDENT, tokenize.DEDENT):
            depth += 1 if token.type == tokenize.INDENT else -1
        elif token.type == tokenize.NEWLINE:
            begins = True
        elif begins and token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER):
            yield token.start[0] - 1, depth
            begins = False
