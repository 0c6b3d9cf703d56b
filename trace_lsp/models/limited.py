"""A model that is asked only so many questions at a time."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import Future
from typing import Optional

from trace_lsp.models.chat import ChatModel, OnText, Reply
from trace_lsp.models.request import ChatRequest
from trace_lsp.models.wrapper import Wrapper

AT_ONCE = 4
"""Questions at a time, where nothing else is said."""


class Limited(Wrapper):
    """Puts at most `at_once` questions at a time; the others wait, first come, first served.

    The questions may come from several threads and event loops, which asyncio's own semaphore
    does not allow. Raises ValueError for fewer than one at a time.
    """

    def __init__(self, model: ChatModel, at_once: int = AT_ONCE) -> None:
        if at_once < 1:
            raise ValueError(f"At least one question at a time, not {at_once}.")
        super().__init__(model)
        self._free = at_once
        self._waiting: deque[Future[None]] = deque()
        self._lock = threading.Lock()

    async def _answer(self, request: ChatRequest, on_text: Optional[OnText]) -> Reply:
        await self._enter()
        try:
            return await request.put_to(self.model, on_text)
        finally:
            self._leave()

    async def _enter(self) -> None:
        turn = self._turn()
        if turn is None:
            return
        try:
            await asyncio.wrap_future(turn)
        except asyncio.CancelledError:
            if not turn.cancel():
                # The turn had come just then: it is another's now.
                self._leave()
            raise

    def _turn(self) -> Optional[Future[None]]:
        """The turn to wait for; None where it is now."""
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            turn: Future[None] = Future()
            self._waiting.append(turn)
            return turn

    def _leave(self) -> None:
        with self._lock:
            turn = self._next()
            if turn is None:
                self._free += 1
        if turn is not None:
            turn.set_result(None)

    def _next(self) -> Optional[Future[None]]:
        """The first turn that somebody still waits for."""
        while self._waiting:
            turn = self._waiting.popleft()
            if turn.set_running_or_notify_cancel():
                return turn
        return None
