"""A Python text parsed, with `ast`'s lines and bytes turned into positions.

`ast` counts lines from 1, ends them where the language server protocol does (a form feed or U+2028
ends none), and counts columns in bytes of UTF-8.
"""

from __future__ import annotations

import ast
import gc
import platform
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from trace_lsp.errors import NotParsable
from trace_lsp.source.text import Position, Range, split_lines

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

_BYTE_ORDER_MARK = "\ufeff"

# The warning filters belong to the process: two threads that change them and put them back by turns
# could leave them changed.
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def uncollected() -> Iterator[None]:
    """Holds the cyclic collector off, which makes reading a big file take three times as long.

    Syntax trees have no cycles, so there is nothing for it to find. May be nested.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def unwarned() -> Iterator[None]:
    """Holds back warnings about the user's text, such as an invalid escape.

    They would end up in the server's log, or as errors where warnings are errors.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def parse(text: str, file: str) -> ast.Module:
    """The syntax tree of a text; a byte order mark in front of it does not count.

    Raises NotParsable with the file, the line and what the parser said.
    """
    source = text.removeprefix(_BYTE_ORDER_MARK)
    try:
        with uncollected(), unwarned():
            return ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise _not_parsable(source, file, error) from error
    except (RecursionError, MemoryError) as error:
        raise NotParsable(
            f"{file} cannot be read as Python: it is nested too deeply for the parser."
        ) from error


def _not_parsable(source: str, file: str, error: SyntaxError | ValueError) -> NotParsable:
    if isinstance(error, SyntaxError):
        line, said = error.lineno or _line_of(source, "\0"), error.msg
    elif isinstance(error, UnicodeEncodeError):
        line, said = _line_of(source, error.object[error.start]), "half of a surrogate pair"
    else:
        line, said = _line_of(source, "\0"), str(error)
    version = platform.python_version()
    return NotParsable(f"{file}, line {line}, is not valid Python: {said} (Python {version}).")


def _line_of(source: str, character: str) -> int:
    """The line, from 1, where the character first is."""
    return len(split_lines(source.partition(character)[0]))


class ParsedText:
    """A text's lines, with their ends, and its syntax tree. Raises NotParsable."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines = split_lines(text)
        self.tree = parse(text, file)

    def position(self, line: int, offset: int) -> Position:
        """The position of `ast`'s line and byte offset."""
        content = self.lines[line - 1]
        skipped = 1 if line == 1 and content.startswith(_BYTE_ORDER_MARK) else 0
        if content.isascii():
            return Position(line - 1, offset)
        before = content[skipped:].encode()[:offset].decode()
        return Position(line - 1, skipped + len(before))

    def range_of(self, node: ast.expr | ast.stmt) -> Range:
        return Range(
            self.position(node.lineno, node.col_offset),
            self.position(last_line(node), node.end_col_offset or 0),
        )


def first_line(node: ast.expr | ast.stmt) -> int:
    """The node's first line, from 1, decorators included."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and node.decorator_list:
        return min(node.lineno, node.decorator_list[0].lineno)
    return node.lineno


def last_line(node: ast.expr | ast.stmt) -> int:
    """The node's last line, from 1."""
    return node.end_lineno or node.lineno
