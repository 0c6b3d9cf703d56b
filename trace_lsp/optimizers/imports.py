"""Imports above a suggested function, taken into it: the edit changes the function and no more."""

from __future__ import annotations

import ast


def with_imports_inside(source: str) -> str:
    """The function with the imports that stand above it at the head of its body; the source as it
    is if there are none, or anything else."""
    try:
        *above, function = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source  # whatever is wrong is found, and named, where the code is checked
    if not above or not all(isinstance(each, (ast.Import, ast.ImportFrom)) for each in above):
        return source
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return source
    if any(isinstance(each, ast.ImportFrom) and each.module == "__future__" for each in above):
        return source
    first = _first_statement(function)
    if first.lineno == function.lineno:
        return source  # all on one line: there is no place for them
    lines = source.split("\n")
    indent = " " * first.col_offset
    imports = [indent + line for each in above for line in _lines_of(each, lines)]
    start = min([function.lineno, *(each.lineno for each in function.decorator_list)]) - 1
    end = first.lineno - 1
    return "\n".join([*lines[start:end], *imports, "", *lines[end:]])


def _first_statement(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
    """The first behind the docstring, or the docstring if there is nothing else."""
    has_docstring = ast.get_docstring(function, clean=False) is not None
    return function.body[1 if has_docstring and len(function.body) > 1 else 0]


def _lines_of(statement: ast.stmt, lines: list[str]) -> list[str]:
    return lines[statement.lineno - 1 : statement.end_lineno]
