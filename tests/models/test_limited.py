"""At most so many questions at a time, whoever asks."""

from __future__ import annotations

import asyncio
import threading

import pytest

from trace_lsp.errors import ModelRejected
from trace_lsp.models.chat import Message, Reply
from trace_lsp.models.limited import Limited
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.scripted import Scripted

from .endpoint import Answers, ChatEndpoint, Hangs, says, soon

QUESTION = [Message("user", "Hi")]


def limited(endpoint: ChatEndpoint, at_once: int) -> Limited:
    return Limited(OpenAICompatible("m", endpoint.url, max_retries=0), at_once)


async def turns() -> None:
    """Lets every task that can go on do so, until each waits for something outside."""
    for _ in range(20):
        await asyncio.sleep(0)


async def cancelled(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)


class Held:
    """A chat model that answers when it is told to. `most` is how many it was asked at once."""

    name = "held"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.most = self.now = 0
        self.full = threading.Event()
        self._lock = threading.Lock()

    async def ask(self, messages: object, **more: object) -> Reply:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
            if self.now == 2:
                self.full.set()
        await asyncio.to_thread(self.go.wait, 30)
        with self._lock:
            self.now -= 1
        return Reply("x")


async def test_no_more_than_so_many_are_sent_at_once() -> None:
    behaviours = (Hangs(), Hangs(), says("three"))
    async with ChatEndpoint(*behaviours) as endpoint:
        model = limited(endpoint, 2)
        asking = [asyncio.create_task(model.ask(QUESTION, max_tokens=9)) for _ in range(3)]
        while len(endpoint.requests) < 2:
            endpoint.arrived.clear()
            await soon(endpoint.arrived)
        await turns()
        assert len(endpoint.requests) == 2
        asking[0].cancel()
        assert (await asking[2]).text == "three"
        await cancelled(asking[0], asking[1])


async def test_one_that_fails_makes_room() -> None:
    async with ChatEndpoint(Answers(400, {"error": "no"}), says("Hi")) as endpoint:
        model = limited(endpoint, 1)
        failing = asyncio.create_task(model.ask(QUESTION, max_tokens=9))
        waiting = asyncio.create_task(model.ask(QUESTION, max_tokens=9))
        with pytest.raises(ModelRejected):
            await failing
        assert (await waiting).text == "Hi"


async def test_one_that_is_cancelled_while_it_waits_takes_no_turn() -> None:
    async with ChatEndpoint(Hangs(), says("third")) as endpoint:
        model = limited(endpoint, 1)
        asking = [asyncio.create_task(model.ask(QUESTION, max_tokens=9)) for _ in range(3)]
        await soon(endpoint.arrived)
        await cancelled(asking[1])
        await cancelled(asking[0])
        assert (await asking[2]).text == "third"
        assert len(endpoint.requests) == 2


async def test_a_turn_that_comes_with_the_cancel_goes_to_the_next() -> None:
    held = Held()
    model = Limited(held, 1)
    first, second, third = (
        asyncio.create_task(model.ask(QUESTION, max_tokens=9)) for _ in range(3)
    )
    await turns()
    held.go.set()
    await first
    # The second's turn has come, and it has not run since.
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert (await asyncio.wait_for(third, 30)).text == "x"


async def test_the_limit_holds_across_threads_and_loops() -> None:
    held = Held()
    model = Limited(held, 2)

    def ask() -> str:
        return asyncio.run(model.ask(QUESTION, max_tokens=9)).text

    asking = [asyncio.create_task(asyncio.to_thread(ask)) for _ in range(4)]
    await asyncio.to_thread(held.full.wait, 30)
    held.go.set()
    assert await asyncio.gather(*asking) == ["x"] * 4
    assert held.most == 2


def test_fewer_than_one_is_no_limit() -> None:
    with pytest.raises(ValueError, match="At least one"):
        Limited(Scripted([]), 0)


def test_it_has_the_models_name_and_takes_what_it_takes() -> None:
    plain, schooled = Limited(Scripted([], "s")), Limited(OpenAICompatible("m"))
    assert (plain.name, plain.takes_schema) == ("s", False)
    assert (schooled.name, schooled.takes_schema) == ("m", True)
