"""First step of an export: every function whose code is trainable, with its present code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Union

from trace_lsp.trace.code import CodeRejected, check_code
from trace_lsp.trace.definitions import dedented, leading_blanks, signature_of
from trace_lsp.trace.edits import Edits, parsed
from trace_lsp.trace.export.living import Living, unwrapped
from trace_lsp.trace.nodes import ParameterNode
from trace_lsp.trace.parameters import TrainableFunction

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def with_present_code(text: str, living: Living) -> str:
    """The text with the functions as their parameters have them now. Code that differs between
    the objects of a class stays as it was written.

    Raises ValueError if a parameter holds what cannot stand in for its function.
    """
    edits = Edits(text)
    for function, label, parameters in _trainables(parsed(text), living):
        present = {str(each._data) for each in parameters}
        if len(present) == 1:
            _put(edits, function, label, present.pop())
            for each in parameters:
                living.note_written(each)
    return edits.applied()


def _trainables(
    tree: ast.Module, living: Living
) -> Iterator[tuple[_Function, str, list[ParameterNode]]]:
    for function in tree.body:
        if isinstance(function, _FUNCTIONS):
            found = unwrapped(living.namespace.get(function.name))
            if isinstance(found, TrainableFunction) and found.parameter is not None:
                yield function, function.name, [found.parameter]
    for statement, kind in living.classes(tree):
        for function in statement.body:
            if isinstance(function, _FUNCTIONS):
                label = f"{kind.__qualname__}.{function.name}"
                yield function, label, living.parameters(kind, function.name)


def _put(edits: Edits, function: _Function, label: str, present: str) -> None:
    lines = edits.lines[function.lineno - 1 : function.end_lineno]
    source = dedented(lines, function.col_offset)
    if present == source:
        return
    try:
        check_code(present, function.name, signature_of(source))
    except CodeRejected as rejected:
        raise ValueError(
            f"The present code of {label} cannot be exported. {rejected} No file was written."
        ) from rejected
    # Every line goes in as deep as the function stands, as it does where the code is run.
    indent = leading_blanks(lines[0])
    first, *rest = present.rstrip().split("\n")
    moved = [indent + line if line.strip() else line for line in rest]
    end = edits.line_start((function.end_lineno or function.lineno) + 1)
    ending = "\n" if edits.text[:end].endswith("\n") else ""
    edits.replace(edits.start(function), end, "\n".join([first, *moved]) + ending)
