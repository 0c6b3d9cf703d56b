"""A notebook up to a cell: each keeps its own lines, and what is not Python is skipped and named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runs.running import traced
from trace_lsp.runs.configuration import NotebookLaunch
from trace_lsp.runs.record import Trace


def notebook(*cells: Any) -> str:
    """The text of a notebook; a cell is its source, or for Markdown a pair."""
    made = [
        {"cell_type": "markdown", "source": each[1]}
        if isinstance(each, tuple)
        else {"cell_type": "code", "source": each, "outputs": [], "execution_count": None}
        for each in cells
    ]
    return json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


def ran(folder: Path, *cells: Any, last: int = 99) -> Trace:
    return traced(folder, notebook(*cells), launch=NotebookLaunch(last))


def test_cells_run_in_one_module(tmp_path: Path) -> None:
    trace = ran(tmp_path, ["x = 1\n", "y = 2"], ("markdown", "# Heading"), "print(x + y)", "x")
    assert (trace.outcome.kind, trace.output) == ("finished", "3\n1\n")


def test_up_to_a_cell(tmp_path: Path) -> None:
    trace = ran(tmp_path, "print(1)", ("markdown", "text"), "print(2)", "print(3)", last=2)
    assert trace.output == "1\n2\n"


def test_each_cell_keeps_its_lines(tmp_path: Path) -> None:
    head = "from opto import trace"
    cell = "\n@trace.bundle(trainable=True)\ndef f(x):\n    return x + 1\n\nassert f(1).data == 2"
    trace = ran(tmp_path, head, cell, "f('a')")
    call = next(node for node in trace.nodes.values() if node.operator is not None)
    assert call.place is not None
    assert (Path(call.place.file).name, call.place.line) == ("program.py#1", 6)
    assert [(each.line, each.holds) for each in trace.checks] == [(6, True)]
    assert trace.outcome.message.startswith("ExecutionError at program.py#1:4: ")
    assert trace.failure is not None
    assert 'program.py#2", line 1' in trace.failure.traceback


def test_what_is_not_python_is_skipped_and_named(tmp_path: Path) -> None:
    trace = ran(
        tmp_path,
        "%matplotlib inline\n!ls\nx = 7 \\\n  % 4\nprint(x)\nprint?",
        "%%bash\nrm -rf nothing",
        "%%time\nprint('timed')",
        "print('''\n%kept\n''')",
    )
    assert trace.outcome.kind == "finished", trace.output
    assert "cell 0, line 1: `%matplotlib inline` is skipped in a traced run.\n" in trace.output
    assert "cell 0, line 2: `!ls` is skipped" in trace.output
    assert "cell 0, line 6: `print?` is skipped" in trace.output
    assert "`%%bash` is skipped" in trace.output
    assert "3\n" in trace.output
    assert "timed\n" in trace.output
    assert "%kept\n" in trace.output


def test_the_last_value_is_shown_as_a_notebook_does(tmp_path: Path) -> None:
    trace = ran(tmp_path, "1 + 1\n2 + 2", "5;", "None", "z = 9")
    assert trace.output == "4\n"


@pytest.mark.parametrize("text", ["{}", "[1]", "nonsense", '{"cells": 5}', '{"cells": [{}]}'])
def test_what_is_no_notebook(tmp_path: Path, text: str) -> None:
    assert traced(tmp_path, text, launch=NotebookLaunch(0)).outcome.kind == "notParsable"


def test_a_cell_that_is_not_python(tmp_path: Path) -> None:
    trace = ran(tmp_path, "x = 1", "def")
    assert (trace.outcome.kind, trace.output.count("SyntaxError")) == ("notParsable", 1)
    assert "program.py#1:1" in trace.outcome.message
