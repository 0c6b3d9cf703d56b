"""Projections: what is done to a new value before a parameter takes it."""

from __future__ import annotations

import ast
import functools
import warnings
from typing import Any, Optional, Union

from trace_lsp.trace.edits import Edits, first_line, in_three_quotes, parsed

_Documented = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]
_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Projection:
    """Base of all projections: a function from values to the values that a parameter may have."""

    def project(self, x: Any) -> Any:
        """The value that stands in for `x`; `x` itself if it may stay as it is."""
        raise NotImplementedError(f"{type(self).__name__} has no method project(x).")


class DocstringProjection(Projection):
    """Gives code a docstring, whatever docstring it came with.

    It goes to the first function of the text, or its first class if there is no function. What is
    not code stays as it is.
    """

    def __init__(self, docstring: str) -> None:
        self.docstring = docstring

    def project(self, x: Any) -> Any:
        """The code with the docstring; its lines are indented as the body is."""
        tree = _tree(x)
        target = None if tree is None else _documented(tree)
        if target is None:
            return x
        edits, first = Edits(x), target.body[0]
        before = edits.text[edits.line_start(first.lineno) : edits.start(first)]
        is_block = not before.strip()
        indent = before if is_block else " " * (target.col_offset + 4)
        literal = in_three_quotes(_indented(self.docstring, indent))
        if _is_docstring(first):
            edits.replace(edits.start(first), edits.end(first), literal)
        elif is_block:
            start = edits.line_start(first_line(first))
            edits.replace(start, start, f"{indent}{literal}\n")
        else:
            edits.replace(edits.start(first), edits.start(first), f"{literal}; ")
        return edits.applied()


class BlackCodeFormatter(Projection):
    """Formats code with Black, where that is installed; without it a warning says so, once.

    Only text that defines a function or a class is formatted. Other values, and text that is not
    Python, stay as they are.
    """

    def project(self, x: Any) -> Any:
        """The code as Black writes it."""
        tree = _tree(x)
        if tree is None or not any(isinstance(each, _DOCUMENTED) for each in ast.walk(tree)):
            return x
        try:
            import black  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            _say_that_black_is_missing()
            return x
        try:
            return black.format_str(x, mode=black.Mode())
        except Exception as error:  # noqa: BLE001  syntax newer than it knows, or a fault of its own
            warnings.warn(f"Black left code as it is: {error}", stacklevel=2)
            return x


@functools.cache  # it is said once
def _say_that_black_is_missing() -> None:
    message = "BlackCodeFormatter leaves code as it is: the package `black` is not installed."
    warnings.warn(message, stacklevel=3)


def _tree(value: Any) -> Optional[ast.Module]:
    """The syntax tree of code; None for everything else."""
    if not isinstance(value, str):
        return None
    try:
        return parsed(value)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _documented(tree: ast.Module) -> Optional[_Documented]:
    """What the docstring of a text belongs to."""
    found = [each for each in tree.body if isinstance(each, _DOCUMENTED)]
    functions = [each for each in found if not isinstance(each, ast.ClassDef)]
    return next(iter(functions or found), None)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _indented(docstring: str, indent: str) -> str:
    """The docstring with its lines, from the second on, moved to begin at the indentation."""
    first, *rest = docstring.split("\n")
    margins = [len(line) - len(line.lstrip()) for line in rest if line.strip()]
    if not margins:
        return docstring
    moved = [indent + line[min(margins) :] if line.strip() else "" for line in rest]
    if not moved[-1]:
        moved[-1] = indent  # the closing quotes
    return "\n".join([first, *moved])
