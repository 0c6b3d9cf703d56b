"""The warm process of candidate runs, as the server sees it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Optional

from trace_lsp.errors import WireError
from trace_lsp.runs.configuration import ProgramLaunch, RunConfiguration
from trace_lsp.runs.lines import EventReader, encode_command
from trace_lsp.runs.spawn import Child, start_child
from trace_lsp.runs.wire import Ready, Tried, Try, Warm

_READY_SECONDS = 60.0
_STOP_SECONDS = 1.0


class WarmProcess:
    """A process that is forked for each candidate. `why_not` says why it cannot be, "" if it can."""

    def __init__(self, configuration: RunConfiguration, warm: Warm) -> None:
        self.why_not = "It was not started."
        self._configuration = configuration
        self._command = warm
        self._child: Optional[Child] = None
        self._reading: Optional[asyncio.Task[None]] = None
        self._asked: dict[int, asyncio.Future[Optional[Tried]]] = {}

    async def start(self) -> None:
        """Starts it, and waits until it has imported what it is to import."""
        if not isinstance(self._configuration.launch, ProgramLaunch):
            self.why_not = "Only runs of a file are forked."
            return
        try:
            self._child = await start_child(self._configuration, is_quiet=True)
        except OSError as error:
            self.why_not = f"{self._configuration.interpreter.path} could not be started: {error}."
            return
        self._child.writer.write(encode_command(self._command))
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(self._child, ready))
        try:
            await asyncio.wait_for(ready, _READY_SECONDS)
        except asyncio.TimeoutError:
            self.why_not = "What the program imports takes too long."
        except BaseException:
            await self.stop()
            raise

    async def _read(self, child: Child, ready: asyncio.Future[None]) -> None:
        reader = EventReader()
        with contextlib.suppress(WireError, OSError):
            async for line in child.lines():
                event = reader.event(line)
                if isinstance(event, Ready) and not ready.done():
                    self.why_not = event.why
                    ready.set_result(None)
                elif isinstance(event, Tried):
                    self._answer(event.number, event)
        self.why_not = "Its process ended."
        if not ready.done():
            ready.set_result(None)
        for number in list(self._asked):
            self._answer(number, None)

    def _answer(self, number: int, tried: Optional[Tried]) -> None:
        future = self._asked.pop(number, None)
        if future is not None and not future.done():
            future.set_result(tried)

    async def ask(self, asked: Try) -> Optional[Tried]:
        """What became of a candidate; None if the warm process itself has ended."""
        if self.why_not or self._child is None:
            return None
        future: asyncio.Future[Optional[Tried]] = asyncio.get_running_loop().create_future()
        self._asked[asked.number] = future
        self._child.writer.write(encode_command(asked))
        try:
            return await future
        finally:
            self._asked.pop(asked.number, None)

    async def stop(self) -> None:
        """Ends it, and every candidate that runs."""
        child, reading = self._child, self._reading
        if child is None or reading is None:
            return
        # It ends its candidates, which have process groups of their own, when the wire closes.
        child.writer.close()
        try:
            await asyncio.wait([child.streams.exited], timeout=_STOP_SECONDS)
        finally:
            child.kill()
            reading.cancel()
            child.close()
            self._child = self._reading = None
