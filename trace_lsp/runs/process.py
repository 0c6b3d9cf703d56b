"""One run: the child process from start to end, within its limits."""

from __future__ import annotations

import asyncio
import codecs
import os
import signal
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Optional

from trace_lsp.errors import NoModel, WireError
from trace_lsp.runs.configuration import Override, RunConfiguration, launch_row
from trace_lsp.runs.lines import EventReader, encode_command
from trace_lsp.runs.record import Outcome, OutcomeKind, Trace, TraceBuilder
from trace_lsp.runs.spawn import CHUNK, start_child
from trace_lsp.runs.wire import (
    Action,
    Ended,
    Event,
    ModelAnswered,
    ModelAsked,
    Printed,
    Start,
    StepAnswered,
    StepAsked,
)
from trace_lsp.trace.graph import Failure

OnEvent = Callable[[Event], None]
Answer = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]

_DRAIN_SECONDS = 1.0


async def no_model(request: Mapping[str, Any]) -> dict[str, Any]:
    """Answers a program's question to its model where there is none."""
    return {"error": NoModel.__name__, "message": "This run has no model to ask."}


async def run(
    configuration: RunConfiguration,
    text: str,
    *,
    on_event: OnEvent,
    answer_step: Answer,
    answer_question: Answer = no_model,
    overrides: Sequence[Override] = (),
    trains: bool = True,
    allowed: Optional[Collection[Action]] = None,
) -> Trace:
    """Runs the program, of that text, and returns its trace, however it ends.

    `on_event` hears each event as it comes; `answer_step` answers the steps of the program's own
    optimizer, `answer_question` what it asks a model. Without `trains` optimizers that ask nobody
    take no steps either. Where something is `allowed`, nothing else may be done to the world around
    the program. Cancelling the task ends the program's
    whole process group, and whatever is being answered.
    """
    builder = TraceBuilder(configuration, text)
    running = _Run(configuration, builder, on_event, answer_step, answer_question)
    started = time.monotonic()
    try:
        await running.start(text, overrides, trains, allowed)
    except OSError as error:
        message = f"{configuration.interpreter.path} could not be started: {error}."
        return builder.trace(Outcome("notStarted", message), 0.0)
    outcome = await running.until_end()
    return builder.trace(outcome, time.monotonic() - started)


class _Run:
    def __init__(
        self,
        configuration: RunConfiguration,
        builder: TraceBuilder,
        on_event: OnEvent,
        answer_step: Answer,
        answer_question: Answer,
    ) -> None:
        self._configuration = configuration
        self._builder = builder
        self._on_event = on_event
        self._answer_step = answer_step
        self._answer_question = answer_question
        self._printed = 0
        self._ended: Ended | None = None
        self._stopped: Outcome | None = None
        self._answering: set[asyncio.Task[None]] = set()

    async def start(
        self,
        text: str,
        overrides: Sequence[Override],
        trains: bool,
        allowed: Optional[Collection[Action]],
    ) -> None:
        self._child = await start_child(self._configuration)
        start = Start(
            self._configuration.program,
            text,
            self._configuration.arguments,
            tuple(each.row for each in overrides),
            self._configuration.objective,
            trains,
            launch_row(self._configuration.launch),
            None if allowed is None else tuple(allowed),
        )
        self._child.writer.write(encode_command(start))

    async def until_end(self) -> Outcome:
        """Waits for the program, or ends it at a limit; either way no process of it is left."""
        seconds = self._configuration.limits.seconds
        readers = self._start_reading()
        try:
            ended, _ = await asyncio.wait([self._child.streams.exited], timeout=seconds)
            if not ended:
                self._stop("timedOut", f"The program did not end within {seconds:g} s.")
        finally:
            self._child.kill()
            await self._close(readers)
        code = self._child.process.get_returncode()
        return self._stopped or self._outcome(-signal.SIGKILL if code is None else code)

    def _start_reading(self) -> list[asyncio.Task[None]]:
        stdout, stderr = self._child.streams.stdout, self._child.streams.stderr
        assert stdout is not None
        assert stderr is not None
        works = (
            self._read_events(),
            self._read_output(stdout, is_error=False),
            self._read_output(stderr, is_error=True),
        )
        return [asyncio.create_task(self._or_end(work)) for work in works]

    async def _or_end(self, reading: Coroutine[Any, Any, None]) -> None:
        """Ends the program if there is nobody to hear it any more."""
        try:
            await reading
        except Exception:
            self._child.kill()
            raise

    async def _close(self, readers: list[asyncio.Task[None]]) -> None:
        """Reads what is still in the pipes, unless something that got away holds them open."""
        await asyncio.wait([self._child.streams.exited, *readers], timeout=_DRAIN_SECONDS)
        for task in (*readers, *self._answering):
            task.cancel()
        crash = self._child.crash()
        if crash:
            self._hear(Printed(crash, is_error=True))
        self._child.close()
        for task in readers:
            if task.done() and not task.cancelled():
                task.result()

    def _stop(self, kind: OutcomeKind, message: str) -> None:
        if self._stopped is None:
            self._stopped = Outcome(kind, message)
        self._child.kill()

    async def _read_output(self, pipe: asyncio.StreamReader, is_error: bool) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        limit = self._configuration.limits.output
        while chunk := await pipe.read(CHUNK):
            room = limit - self._printed
            self._printed += len(chunk)
            if room > 0:
                self._hear(Printed(decoder.decode(chunk[:room]), is_error))
            if room < len(chunk):
                self._stop("outputLimit", f"The program printed more than {limit:,} bytes.")
        rest = decoder.decode(b"", final=True)
        if rest:
            self._hear(Printed(rest, is_error))

    async def _read_events(self) -> None:
        reader = EventReader()
        async for line in self._child.lines():
            try:
                self._hear(reader.event(line))
            except WireError as error:
                self._stop("crashed", str(error))
                return

    def _hear(self, event: Event) -> None:
        if isinstance(event, (StepAsked, ModelAsked)):
            task = asyncio.create_task(self._answer(event))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        elif isinstance(event, Ended):
            self._ended = event
        else:
            self._builder.add(event)
        self._on_event(event)

    async def _answer(self, asked: StepAsked | ModelAsked) -> None:
        command: StepAnswered | ModelAnswered
        try:
            if isinstance(asked, StepAsked):
                command = StepAnswered(asked.number, await self._answer_step(asked.request))
            else:
                command = ModelAnswered(asked.number, await self._answer_question(asked.request))
        except Exception as error:  # noqa: BLE001  the program waits for an answer, whatever it is
            what = "step" if isinstance(asked, StepAsked) else "question to the model"
            self._stop("crashed", f"The program's {what} could not be answered: {error!r}.")
            return
        self._child.writer.write(encode_command(command))

    def _outcome(self, code: int) -> Outcome:
        failure = self._builder.failure
        if self._ended is None or code < 0:
            return Outcome("crashed", _crash(code), code)
        if failure is not None:
            kind: OutcomeKind = "raised" if self._ended.parsed else "notParsable"
            return Outcome(kind, told(failure), code)
        if code != 0:
            return Outcome("exited", f"The program exited with code {code}.", code)
        return Outcome("finished", "The program ran to its end.", code)


def told(failure: Failure) -> str:
    """The failure as one sentence: what was raised, and where."""
    where = ""
    if failure.place is not None:
        where = f" at {os.path.basename(failure.place.file)}:{failure.place.line}"
    message = f": {failure.message}" if failure.message else ""
    return f"{failure.type}{where}{message}"


def _crash(code: int) -> str:
    if code < 0:
        names = {each.value: each.name for each in signal.Signals}
        name = names.get(-code, f"signal {-code}")
        return f"The program's interpreter was ended by {name}."
    return f"The program's interpreter ended with code {code} before the program was at its end."
