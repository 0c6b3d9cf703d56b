"""Where functions are defined: their source, found by `ast` through their file and line.

A file is parsed once, when the source of a function in it is first asked for. Text that is on no
disk (``exec``, a notebook) is found where `linecache` knows it.
"""

from __future__ import annotations

import ast
import io
import linecache
import tokenize
import warnings
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Optional, Union

from trace_lsp.trace.recorder import recorder

FunctionDefinition = Union[ast.FunctionDef, ast.AsyncFunctionDef]


@dataclass(frozen=True)
class Definition:
    """A function's place in its file. Lines count from 1; `indent` is that of its ``def``.

    `source` runs from ``def`` to the last line, without the indentation; `signature` from ``def``
    to the colon.
    """

    file: str
    line: int
    end_line: int
    indent: int
    source: str
    tree: FunctionDefinition

    @cached_property
    def signature(self) -> str:
        return signature_of(self.source)


class FileIndex:
    """The functions of one file, by name and first line (the first decorator's, as in code)."""

    def __init__(self, file: str) -> None:
        self.lines = linecache.getlines(file)
        self.functions: dict[tuple[str, int], FunctionDefinition] = {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python gave them when it loaded the file
                tree = ast.parse("".join(self.lines))
        except (SyntaxError, ValueError):
            return  # the file was changed after it was loaded: then nothing is known about it
        for found in ast.walk(tree):
            if isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([found.lineno, *(each.lineno for each in found.decorator_list)])
                self.functions[found.name, first] = found


def read_ahead(file: str) -> None:
    """Reads what is needed of a file once, for the forks of this process."""
    _index(file)
    signature_of("def f(): ...")  # the tokenizer compiles its patterns at its first use


def _index(file: str) -> FileIndex:
    found = recorder.files.get(file)
    if found is None or found.lines is not linecache.getlines(file):
        found = recorder.files[file] = FileIndex(file)
    return found


def leading_blanks(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def dedented(lines: list[str], indent: int) -> str:
    """The lines without up to `indent` leading blanks each, as far as a line has them."""
    short = [line[min(indent, len(leading_blanks(line))) :].rstrip("\r\n") for line in lines]
    return "\n".join(short)


def definition_of(code: CodeType) -> Optional[Definition]:
    """Where the function of that code object is defined, None if its source cannot be had."""
    index = _index(code.co_filename)
    tree = index.functions.get((code.co_name, code.co_firstlineno))
    if tree is None or tree.end_lineno is None:
        return None
    lines = index.lines[tree.lineno - 1 : tree.end_lineno]
    source = dedented(lines, tree.col_offset)
    return Definition(
        code.co_filename,
        tree.lineno,
        tree.end_lineno,
        tree.col_offset,
        source,
        tree,
    )


def signature_of(source: str) -> str:
    """The ``def`` line or lines of a function's source, up to the colon."""
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if token.string == ":" and depth == 0:
                break
    line, column = token.end
    lines = source.split("\n")[:line]
    return "\n".join([*lines[:-1], lines[-1][:column]])


def lines_of(code: CodeType) -> list[str]:
    """The lines of a function with its decorators, as in the file; [] if they cannot be had."""
    found = definition_of(code)
    if found is None:
        return []
    lines = _index(code.co_filename).lines[code.co_firstlineno - 1 : found.end_line]
    return [line.rstrip("\r\n") for line in lines]
