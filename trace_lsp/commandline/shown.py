"""What an optimization came to, on a terminal or in a pipe."""

from __future__ import annotations

from rich.console import Console
from rich.syntax import Syntax

from trace_lsp.commandline.terminal import errors, output
from trace_lsp.session.proposal import Proposal, Verdict
from trace_lsp.views.values import counted
from trace_lsp.views.verdict import columns, verdict_table

_WIDE = 36
_WIDTHS = (72, 60, 48, 36, 28, 22, 16)
"""Columns that a cell of a table may take: as many as the terminal has room for."""
_ROWS = 8


def show_proposal(proposal: Proposal, message: str, is_loop: bool) -> None:
    """The reasoning, what trying it out showed, the change, and one sentence; of a loop, why it
    took no more steps."""
    console = output()
    parts = [proposal.suggestion.reasoning.strip(), _table(proposal.verdict, console)]
    for part in filter(None, parts):
        console.print(part, markup=False, highlight=False)
        console.print()
    if proposal.diff:
        diff = proposal.diff.rstrip("\n")
        console.print(Syntax(diff, "diff", background_color="default", word_wrap=True))
        console.print()
    console.print(message, style="bold", markup=False, highlight=False)
    if is_loop and proposal.steps:
        taken = f"{counted(proposal.steps[-1].number, 'step')} taken. {proposal.ended}"
        console.print(taken, markup=False, highlight=False)


def _table(verdict: Verdict | None, console: Console) -> str:
    """What changed, and a few of the outputs that did not; as wide as fits."""
    if verdict is None:
        return ""
    rows = max(sum(each.changed for each in verdict.outputs), _ROWS)
    if not console.is_terminal:
        return verdict_table(verdict, plain=True, width=_WIDE, rows=rows)
    tables = [verdict_table(verdict, plain=True, width=width, rows=rows) for width in _WIDTHS]
    return next((each for each in tables if _fits(each, console.width)), tables[-1])


def _fits(table: str, width: int) -> bool:
    return all(columns(line) <= width for line in table.split("\n"))


def hint(text: str) -> None:
    """Something beside the point, on stderr."""
    errors().print(text, style="dim", markup=False, highlight=False)
