"""The table on the terminal and in Markdown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from table import Row
from turns import Failed

COLUMNS = ("work", "trace-opt", "trace-lsp", "ratio", "wanted")
WIDTH = 140
"""Columns of text where no terminal says how many there are."""

START, END = "<!-- make bench -->", "<!-- /make bench -->"
"""The lines in a file between which the table goes."""


def print_table(rows: Sequence[Row], caption: str) -> None:
    """The table on stdout."""
    table = Table(*COLUMNS, caption=caption, caption_justify="left")
    for row in rows:
        table.add_row(*row.cells(), style="red" if row.is_met is False else None)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(table)


def as_markdown(rows: Sequence[Row], caption: str) -> str:
    """The table with its caption below: what was measured, without what is wanted."""
    lines = [COLUMNS[:-1], ("---", "---:", "---:", "---:"), *(row.cells()[:-1] for row in rows)]
    table = "\n".join(f"| {' | '.join(map(_escaped, cells))} |" for cells in lines)
    return f"{table}\n\n{caption}\n"


def check_markers(file: Path) -> None:
    """Raises Failed if the file holds something else, and no place for the table."""
    if file.exists() and not all(mark in file.read_text("utf-8") for mark in (START, END)):
        raise Failed(
            f"{file} has no place for the table. Put the lines {START} and {END} where it belongs."
        )


def write_markdown(file: Path, rows: Sequence[Row], caption: str) -> None:
    """Writes the table into a new file, or between the marks of one that is there."""
    before, after = "", "\n"
    if file.exists():
        text = file.read_text("utf-8")
        before, after = text.partition(START)[0], text.partition(END)[2]
    table = as_markdown(rows, caption)
    file.write_text(f"{before}{START}\n\n{table}\n{END}{after}", "utf-8")


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
