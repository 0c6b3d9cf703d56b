"""A notebook's code cells, one after the other, in one main module. (nbformat 4)

Each cell has a file name of its own, so that its lines stay its own: that of the notebook with the
cell's number behind a ``#``. What is IPython's and not Python's is skipped, and said to be.
"""

from __future__ import annotations

import ast
import io
import json
import linecache
import re
from collections.abc import Iterator
from types import CodeType

from trace_lsp.runs.child import checks
from trace_lsp.runs.child.depth import Depth
from trace_lsp.runs.child.execution import NOT_PYTHON, Ending, main_module, run_codes, tell

_MAGIC = re.compile(r"[ \t]*(?:[%!]|\?|[\w.]+\?{1,2}[ \t]*$)")
_CELL_MAGIC = re.compile(r"\s*%%(\w*)")
_OF_PYTHON = ("time", "timeit", "capture", "prun")
"""Cell magics whose cells are Python all the same."""


def run_notebook(text: str, program: str, last: int, objective: str, depth: Depth) -> Ending:
    """Runs the code cells up to and with the one of that index among all cells, from 0."""
    try:
        cells = list(_cells(text))
        codes = [_compiled(source, f"{program}#{at}") for at, source in cells if at <= last]
    except NOT_PYTHON as error:
        return Ending(1, error, parsed=False)
    module = main_module(program)
    return run_codes([each for pair in codes for each in pair], module, objective, depth)


def _cells(text: str) -> Iterator[tuple[int, str]]:
    """The code cells: the index of each among all, and its source. Raises ValueError."""
    try:
        cells = json.loads(text)["cells"]
        for at, cell in enumerate(cells):
            if cell["cell_type"] == "code":
                source = cell["source"]
                yield at, source if isinstance(source, str) else "".join(source)
    except (TypeError, KeyError) as error:
        raise ValueError(f"This is no notebook of format 4: {error!r}.") from error


def _compiled(source: str, file: str) -> list[CodeType]:
    """The cell's code; its last expression by itself, whose value is shown as IPython does."""
    lines = io.StringIO(source, newline=None).readlines()
    linecache.cache[file] = (len(source), None, lines, file)
    tree = checks.with_checks(ast.parse("".join(_python(lines, file)), file))
    shown = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    codes = [compile(tree, file, "exec", dont_inherit=True)]
    if isinstance(shown, ast.Expr) and not source.rstrip().endswith(";"):
        codes.append(compile(ast.Interactive([shown]), file, "single", dont_inherit=True))
    elif isinstance(shown, ast.Expr):
        codes.append(compile(ast.Module([shown], []), file, "exec", dont_inherit=True))
    return codes


def _python(lines: list[str], file: str) -> Iterator[str]:
    """The lines, but for those that only IPython reads: an empty one stands for each."""
    cell = file.rpartition("#")[2]
    whole = _CELL_MAGIC.match("".join(lines))
    skips_all = whole is not None and whole[1] not in _OF_PYTHON
    for number, line in enumerate(lines, start=1):
        is_magic = _MAGIC.match(line) is not None and _is_statement(lines, number)
        if skips_all or is_magic:
            if is_magic:
                tell(f"cell {cell}, line {number}: `{line.strip()}` is skipped in a traced run.\n")
            yield "\n"
        else:
            yield line


def _is_statement(lines: list[str], number: int) -> bool:
    """True if the lines before this one are whole statements, so that it does not continue one."""
    import codeop

    before = "".join("\n" if _MAGIC.match(each) else each for each in lines[: number - 1])
    try:
        return not before.strip() or codeop.compile_command(before, symbol="exec") is not None
    except (SyntaxError, ValueError, OverflowError):
        return True
