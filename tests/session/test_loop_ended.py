"""An optimization that is ended in the middle: by its budget, by the endpoint, by a person."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from models.endpoint import Answers, ChatEndpoint, Hangs, Streams, says, soon
from runs.processes import MARK, marked, none_left, until

from session.looping import CHECKED, NUMBER, Bench, Heard, f, suggests
from trace_lsp.errors import BudgetSpent, KeyRefused
from trace_lsp.models.choose import ModelSettings
from trace_lsp.session.events import StepEnded, StepEvent
from trace_lsp.session.goal import Goal
from trace_lsp.session.wanted import Until

LOSS = Goal("loss")
REFUSES_KEY = Answers(401, {"error": {"message": "No such key."}})


def reply(tokens: tuple[int, int] = (900, 100), **values: Any) -> Streams:
    return says(json.dumps(suggests(**values)), tokens=tokens)


def bench_at(folder: Path, endpoint: ChatEndpoint, text: str, **settings: Any) -> Bench:
    model = ModelSettings("openai", name="a-model", base_url=endpoint.url, **settings)
    return Bench(folder, text, model=model)


async def test_a_budget_that_is_spent_in_the_middle(tmp_path: Path) -> None:
    async with ChatEndpoint(reply((5000, 100), x0=2.0), reply(x0=1.0)) as endpoint:
        bench = bench_at(tmp_path, endpoint, NUMBER, budget_tokens=8000)
        proposal = await bench.optimizing(until=Until(5), goal=LOSS)
    assert len(endpoint.requests) == 1
    assert [each.value for each in proposal.changes] == ["2.0"]
    assert proposal.ended.startswith("The budget is 8000 tokens. 5100 spent so far")
    entry = bench.entry
    assert (entry.after, entry.ended, len(entry.steps)) == ({"x": "2.0"}, proposal.ended, 1)
    assert (entry.steps[0].tokens_sent, entry.steps[0].tokens_received) == (5000, 100)


async def test_a_budget_that_is_spent_at_once(tmp_path: Path) -> None:
    async with ChatEndpoint(reply(x0=2.0)) as endpoint:
        bench = bench_at(tmp_path, endpoint, NUMBER, budget_tokens=100)
        with pytest.raises(BudgetSpent):
            await bench.optimizing(until=Until(5), goal=LOSS)
    assert endpoint.requests == []


async def test_an_endpoint_that_refuses_in_the_middle(tmp_path: Path) -> None:
    async with ChatEndpoint(reply(f="2"), REFUSES_KEY) as endpoint:
        bench = bench_at(tmp_path, endpoint, CHECKED)
        proposal = await bench.optimizing(until=Until(5))
    assert [each.value for each in proposal.changes] == [f("2")]
    assert "key" in proposal.ended
    async with ChatEndpoint(REFUSES_KEY) as endpoint:
        bench = bench_at(tmp_path, endpoint, CHECKED)
        with pytest.raises(KeyRefused):
            await bench.optimizing(until=Until(5))


async def test_a_budget_for_some_candidates_only(tmp_path: Path) -> None:
    async with ChatEndpoint(reply(f="x + 1"), reply(f="2")) as endpoint:
        bench = bench_at(tmp_path, endpoint, CHECKED, budget_tokens=13_000)
        proposal = await bench.optimizing(until=Until(5), candidates=3)
    assert len(endpoint.requests) == 2
    assert [each.value for each in proposal.changes] == [f("x + 1")]
    assert bench.heard.warnings[0].startswith("1 of 3 suggestions got no reply: The budget is")


# Cancelled


class Watching(Heard):
    """Says when so many steps are over; from then on the endpoint counts as not asked yet."""

    def __init__(self, endpoint: ChatEndpoint, after: int) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self._endpoint = endpoint
        self._after = after

    def on_step(self, event: StepEvent) -> None:
        super().on_step(event)
        if isinstance(event, StepEnded) and event.number == self._after:
            self._endpoint.arrived.clear()
            self.reached.set()


async def cancelled(bench: Bench, endpoint: ChatEndpoint, after: int = 0, **more: Any) -> None:
    """Cancels the optimization while the model thinks, after so many steps."""
    bench.heard = heard = Watching(endpoint, after)
    task = asyncio.ensure_future(bench.optimizing(until=Until(9), **more))
    if after:
        await soon(heard.reached)
    await soon(endpoint.arrived)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await soon(endpoint.hung_up)


async def test_cancelled_in_the_middle(tmp_path: Path) -> None:
    async with ChatEndpoint(reply(x0=2.0), reply(x0=5.0), Hangs()) as endpoint:
        bench = bench_at(tmp_path, endpoint, NUMBER)
        await cancelled(bench, endpoint, after=2, goal=LOSS)
    assert bench.session.proposals_of(str(bench.file)) == []
    assert bench.file.read_text("utf-8") == NUMBER
    entry = bench.entry
    assert entry.ended == "It was cancelled."
    assert (entry.after, entry.judgement) == ({"x": "2.0"}, "better")
    assert [each.trials[0].values for each in entry.steps] == [{"x": "2.0"}, {"x": "5.0"}]

    async with ChatEndpoint(reply(x0=1.0)) as endpoint:
        bench = bench_at(tmp_path, endpoint, NUMBER)
        proposal = await bench.optimizing(until=Until(1), goal=LOSS, resumed=entry.id)
    assert [each.value for each in proposal.changes] == ["1.0"]
    assert proposal.verdict is not None
    assert proposal.verdict.objective == (2.0, 0.0)
    asked = json.dumps(endpoint.bodies[0]["messages"])
    assert "(float) x0=2.0" in asked
    assert "(float) x0=5.0\\nWhat was said about it: worse: `loss` is 4; it was 1." in asked


async def test_cancelled_before_anything_was_tried(tmp_path: Path) -> None:
    async with ChatEndpoint(Hangs()) as endpoint:
        bench = bench_at(tmp_path, endpoint, NUMBER)
        await cancelled(bench, endpoint, goal=LOSS)
    assert bench.entries() == []


async def test_cancelled_while_several_are_asked(tmp_path: Path) -> None:
    async with ChatEndpoint(Hangs(), Hangs(), Hangs()) as endpoint:
        bench = bench_at(tmp_path, endpoint, NUMBER)
        await cancelled(bench, endpoint, goal=LOSS, candidates=3)


ENDLESS = "def f(x):\n    while True:\n        pass"


async def test_cancelled_while_a_candidate_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    bench = Bench(tmp_path, CHECKED, suggests(f="2"), suggests(__code0=ENDLESS))
    task = asyncio.ensure_future(bench.optimizing(until=Until(9)))

    def runs() -> bool:
        return bench.heard.words.count("checking") == 2 and bool(marked(mark))

    await asyncio.to_thread(until, runs, "the candidate")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(none_left, mark)
    entry = bench.entry
    assert (entry.ended, entry.after) == ("It was cancelled.", {"f": f("2")})
