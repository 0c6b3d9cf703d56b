"""What the command line shows while it works, and of what came out.

What a program prints goes where it would go without us; everything of ours goes to stderr, but
for what was asked for, which goes to stdout.
"""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.syntax import Syntax

from trace_lsp.runs.wire import Event, Printed
from trace_lsp.session.events import (
    Listener,
    Phase,
    SearchTried,
    StepBegan,
    StepEnded,
    StepEvent,
)
from trace_lsp.session.proposal import Proposal
from trace_lsp.views.verdict import verdict_table


def errors() -> Console:
    """The console of what is ours."""
    return Console(stderr=True, soft_wrap=True)


class Terminal(Listener):
    """Passes on what the program prints, and shows phases and steps on stderr.

    With `json`, stdout is the JSON's alone, so that the program's own goes to stderr, too. It is a
    context manager: a progress bar that is there goes at its end.
    """

    def __init__(self, json: bool, phases: bool = True) -> None:
        self._stdout = sys.stderr if json else sys.stdout
        self._console = errors() if phases and not json else None
        self._progress: Progress | None = None
        self._bar: TaskID | None = None
        self._is_loop = False

    def __enter__(self) -> Terminal:  # noqa: PYI034
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def on_phase(self, phase: Phase) -> None:
        if self._console is None:
            return
        if self._progress is not None and self._bar is not None:
            self._progress.update(self._bar, description=phase)
        else:
            self._console.print(f"[dim]{phase}…[/]" if phase != "ready" else f"[dim]{phase}[/]")

    def on_event(self, event: Event) -> None:
        if isinstance(event, Printed):
            stream = sys.stderr if event.is_error else self._stdout
            stream.write(event.text)
            stream.flush()

    def on_warning(self, message: str) -> None:
        errors().print(f"warning: {message}", style="yellow", markup=False, highlight=False)

    def on_step(self, event: StepEvent) -> None:
        if self._console is None:
            return
        if isinstance(event, StepBegan) and event.most > 1:
            self._is_loop = True
            self._show(event.number - 1, event.most)
        elif isinstance(event, SearchTried):
            self._show(event.tried, event.most)
        elif isinstance(event, StepEnded) and self._is_loop:
            mark = "[green]✓[/]" if event.accepted else "[yellow]✗[/]"
            self._console.print(f"{mark} step {event.number}: ", end="")
            self._console.print(event.reason, markup=False, highlight=False)

    def _show(self, done: int, most: int) -> None:
        """The bar, where there is a terminal to show it on."""
        assert self._console is not None
        if not self._console.is_terminal:
            return
        if self._progress is None:
            columns = (TextColumn("[dim]{task.description}"), BarColumn(), MofNCompleteColumn())
            self._progress = Progress(*columns, console=self._console, transient=True)
            self._bar = self._progress.add_task("searching", total=most)
            self._progress.start()
        assert self._bar is not None
        self._progress.update(self._bar, completed=done, total=most)


def show_proposal(proposal: Proposal, message: str) -> None:
    """The reasoning, what trying it out showed, the change, and one sentence."""
    console = Console(soft_wrap=True)
    console.print(proposal.suggestion.reasoning, markup=False, highlight=False)
    if proposal.verdict is not None:
        table = verdict_table(proposal.verdict, plain=True)
        if table:
            console.print()
            console.print(table, markup=False, highlight=False)
    if proposal.diff:
        console.print()
        console.print(Syntax(proposal.diff, "diff", background_color="default", word_wrap=True))
    if len(proposal.steps) > 1:
        console.print(f"{len(proposal.steps)} steps: {proposal.ended}", markup=False)
    console.print(message, style="bold", markup=False, highlight=False)
