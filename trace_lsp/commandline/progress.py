"""What is shown while something is optimized: on a terminal one line that moves, in a pipe phases.

What the program prints is shown beside a bar, so that nobody takes it for ours.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from trace_lsp.commandline.terminal import errors, warn
from trace_lsp.runs.wire import Event, Printed
from trace_lsp.session.events import (
    Asking,
    Listener,
    Phase,
    SearchTried,
    StepBegan,
    StepEnded,
    StepEvent,
)
from trace_lsp.views.values import counted, visible

if TYPE_CHECKING:
    from typing_extensions import Self

MOST_LINES = 20
"""Lines of each of the program's streams that are shown."""


class Marking(Listener):
    """Shows on stderr what the program prints, beside a bar. It is a context manager: what is left
    of it is shown at the end.

    `has_warned` is true if something was not as it should be; `steps` counts those that are over.
    """

    def __init__(self) -> None:
        self.steps = 0
        self.has_warned = False
        self._console = errors()
        self._streams = {False: _Stream(self._console), True: _Stream(self._console)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for stream in self._streams.values():
            stream.end()
        if self._console.is_terminal and any(each.was_used for each in self._streams.values()):
            self._console.print()

    def on_phase(self, phase: Phase) -> None:
        for stream in self._streams.values():
            stream.end()

    def on_event(self, event: Event) -> None:
        if isinstance(event, Printed):
            self._streams[event.is_error].write(event.text)

    def on_warning(self, message: str) -> None:
        self.has_warned = True
        warn(self._console, message)

    def on_step(self, event: StepEvent) -> None:
        self.steps += isinstance(event, StepEnded)


class Showing(Marking):
    """Shows on stderr what happens, too. The line that moves goes at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._line = _Line(self._console) if _can_move(self._console) else None
        self._is_loop = False

    def __enter__(self) -> Self:
        if self._line is not None:
            self._line.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._line is not None:
            self._line.stop()
        super().__exit__(kind, error, traceback)

    def on_phase(self, phase: Phase) -> None:
        super().on_phase(phase)
        if self._line is not None:
            self._line.phase(phase)
        else:
            self._console.print(f"{phase}…" if phase != "ready" else phase, style="dim")

    def on_step(self, event: StepEvent) -> None:
        super().on_step(event)
        if isinstance(event, StepBegan):
            self._is_loop = event.most > 1
        elif isinstance(event, StepEnded) and self._is_loop:
            self._ended(event)
        if self._line is not None:
            self._line.step(event)

    def _ended(self, event: StepEnded) -> None:
        mark = Text.from_markup("[green]✓[/] " if event.accepted else "[yellow]✗[/] ")
        said = Text(f"step {event.number}: {visible(event.reason)}")
        self._console.print(mark + said, highlight=False)


class _Stream:
    """One of the program's streams, shown line by line beside a bar."""

    was_used = False

    def __init__(self, console: Console) -> None:
        self._console = console
        self._pending = ""
        self._lines = 0

    def write(self, text: str) -> None:
        *lines, self._pending = (self._pending + text).split("\n")
        for line in lines:
            self._show(line)

    def end(self) -> None:
        """Shows what has no end of its line yet, and how much was left out."""
        if self._pending:
            self._show(self._pending)
        left_out = self._lines - MOST_LINES
        if left_out > 0:
            self._print(f"… {counted(left_out, 'more line')}")
        self._pending, self._lines = "", 0

    def _show(self, line: str) -> None:
        self._lines += 1
        if self._lines <= MOST_LINES:
            self._print(visible(line.rstrip("\r")))

    def _print(self, line: str) -> None:
        self.was_used = True
        text = Text(f"│ {line}", style="dim")
        if self._console.is_terminal:
            self._console.print(text, highlight=False, no_wrap=True, overflow="ellipsis")
        else:
            self._console.print(text, highlight=False)  # nothing has to fit in there


def _can_move(console: Console) -> bool:
    return console.is_terminal and not console.is_dumb_terminal


class _Line:
    """The line that moves: the step, the phase, how far it is, and for how long."""

    def __init__(self, console: Console) -> None:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=console, transient=True)
        self._task: TaskID = self._progress.add_task("", total=None)
        self._step = ""
        self._model = ""
        self._asking = ""

    def start(self) -> None:
        self._progress.start()

    def stop(self) -> None:
        self._progress.stop()

    def phase(self, phase: Phase) -> None:
        self._say(self._asking if phase == "asking the model" and self._asking else phase)

    def step(self, event: StepEvent) -> None:
        if isinstance(event, StepBegan):
            self._model = event.model
            if event.most > 1:
                self._step = f"step {event.number} of {event.most}: "
                self._progress.update(self._task, completed=event.number - 1, total=event.most)
        elif isinstance(event, Asking):
            self._asking = f"asking {self._model or 'the model'}, about {event.tokens:,} tokens"
        elif isinstance(event, SearchTried):
            self._progress.update(self._task, completed=event.tried, total=event.most)
            self._say(f"searching, {counted(event.tried, 'candidate')} tried")

    def _say(self, text: str) -> None:
        self._progress.update(self._task, description=visible(f"{self._step}{text}"))
