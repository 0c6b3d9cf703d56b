"""Where the command line's words go: ours to stderr, but for what was asked for."""

from __future__ import annotations

import sys

from rich.console import Console

from trace_lsp.runs.wire import Event, Printed
from trace_lsp.session.events import Listener


def output() -> Console:
    """The console of what was asked for. A terminal's lines end between words; a pipe's are whole."""
    return _wrapping(Console())


def errors() -> Console:
    """The console of all else that is ours."""
    return _wrapping(Console(stderr=True))


def _wrapping(console: Console) -> Console:
    console.soft_wrap = not console.is_terminal
    return console


def warn(console: Console, message: str) -> None:
    """Says that something is not as it should be."""
    console.print(f"warning: {message}", style="yellow", markup=False, highlight=False)


class Passing(Listener):
    """Passes on what the program prints, to where it would go without us.

    With `is_quiet` stdout is for something else, so that all of it goes to stderr.
    """

    def __init__(self, is_quiet: bool = False) -> None:
        self._stdout = sys.stderr if is_quiet else sys.stdout

    def on_event(self, event: Event) -> None:
        if isinstance(event, Printed):
            stream = sys.stderr if event.is_error else self._stdout
            stream.write(event.text)
            stream.flush()

    def on_warning(self, message: str) -> None:
        warn(errors(), message)
