"""The history as a session uses it: written in the background, in order, and never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from trace_lsp.errors import HistoryError, UnknownEntry
from trace_lsp.session.history import History, history_of
from trace_lsp.session.history_types import Decision, Entry, Summary

T = TypeVar("T")


class Journal:
    """Keeps what a session tries. A history that cannot be used is told of, once, by `trouble`, and
    everything goes on without it."""

    def __init__(self, workspace: str, environment: Mapping[str, str]) -> None:
        self._history = History(history_of(workspace, environment))
        # One thread, so that what is written later is later.
        self._writer = ThreadPoolExecutor(1, "trace-lsp history")
        self._trouble = ""
        self._told = False

    def add(self, entry: Entry) -> None:
        """Keeps the entry, or the state that it is in now."""
        self._soon(lambda: self._history.add(entry))

    def decide(self, id: str, decision: Decision) -> None:
        """Notes what became of an entry, if it is there."""
        self._soon(lambda: self._history.decide(id, decision))

    async def entry(self, id: str) -> Entry:
        """The entry of that id, or of one that begins so; raises UnknownEntry or a HistoryError."""
        return await asyncio.wrap_future(self._writer.submit(self._history.entry, id))

    async def entries(self, file: str | None, limit: int) -> list[Summary]:
        """The latest entries, the newest first; of a file, or of all. Raises a HistoryError."""
        return await asyncio.wrap_future(self._writer.submit(self._history.entries, file, limit))

    async def trouble(self) -> str:
        """Why the history cannot be written, as soon as all is that should be; "" if it can, or if
        this was told before."""
        await asyncio.wrap_future(self._soon(lambda: None))
        if not self._trouble or self._told:
            return ""
        self._told = True
        return f"{self._trouble} What is tried is not kept meanwhile."

    def close(self) -> None:
        """Waits for what is still to be written, and lets go of the file."""
        self._writer.shutdown()
        self._history.close()

    def _soon(self, write: Callable[[], T]) -> Future[None]:
        def written() -> None:
            try:
                write()
            except UnknownEntry:
                pass  # it was not kept, or is gone since
            except HistoryError as error:
                self._trouble = error.message

        return self._writer.submit(written)
