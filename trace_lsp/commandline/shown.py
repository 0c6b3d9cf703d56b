"""What an optimization came to, on a terminal or in a pipe."""

from __future__ import annotations

from rich.console import Console
from rich.syntax import Syntax

from trace_lsp.commandline.terminal import errors
from trace_lsp.session.proposal import Proposal, Verdict
from trace_lsp.views.values import counted
from trace_lsp.views.verdict import verdict_table

_WIDE, _NARROW = 36, 16
_ROWS = 8


def show_proposal(proposal: Proposal, message: str, is_loop: bool) -> None:
    """The reasoning, what trying it out showed, the change, and one sentence; of a loop, why it
    took no more steps."""
    console = Console(soft_wrap=True)
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
    width = (console.width - len("changed") - 3 * 2) // 3 if console.is_terminal else _WIDE
    changed = sum(each.changed for each in verdict.outputs)
    return verdict_table(verdict, plain=True, width=max(width, _NARROW), rows=max(changed, _ROWS))


def hint(text: str) -> None:
    """Something beside the point, on stderr."""
    errors().print(text, style="dim", markup=False, highlight=False)
