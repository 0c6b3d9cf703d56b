"""What is spent, and that no more is: the real client library against an endpoint on loopback."""

from __future__ import annotations

import asyncio
from typing import Any, Optional

import pytest

from trace_lsp.errors import BudgetSpent, ModelError, ModelUnreachable, NoModel, RateLimited
from trace_lsp.models.budget import Budget, Prices, Spent, spent_on
from trace_lsp.models.chat import Message
from trace_lsp.models.counting import tokens_of, tokens_of_question
from trace_lsp.models.metered import Metered
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.scripted import Scripted

from .endpoint import Answers, Behaviour, ChatEndpoint, Hangs, Streams, chunk, responds, says, soon

QUESTION = [Message("system", "Be brief."), Message("user", "How do you do?")]
SENT = tokens_of_question(QUESTION)
PRICES = Prices(sent=2.0, received=10.0)


def metered(
    endpoint: ChatEndpoint,
    budget: Optional[Budget] = None,
    prices: Optional[Prices] = None,
    **options: Any,
) -> Metered:
    return Metered(OpenAICompatible("m", endpoint.url, max_retries=0, **options), budget, prices)


async def spent_after(*behaviours: Behaviour, prices: Optional[Prices] = None) -> Spent:
    """What was spent after a question for each of these, whatever came of it."""
    async with ChatEndpoint(*behaviours) as endpoint:
        model = metered(endpoint, prices=prices)
        for _ in behaviours:
            try:
                await model.ask(QUESTION, max_tokens=9)
            except ModelError:
                continue
    return model.spent


async def test_the_endpoints_own_count_stands() -> None:
    spent = await spent_after(says("Hi", tokens=(100, 20)), says("Hi", tokens=(300, 5)))
    assert spent == Spent(calls=2, sent=400, received=25, cost=None, is_estimate=False)
    assert spent.tokens == 425


async def test_what_the_endpoint_does_not_say_is_estimated_and_said_to_be() -> None:
    spent = await spent_after(says("Very well, thank you."), says("Hi", tokens=(100, 20)))
    received = tokens_of("Very well, thank you.") + 20
    assert spent == Spent(2, SENT + 100, received, None, is_estimate=True)


async def test_prices_make_a_cost_of_it() -> None:
    assert await spent_after(prices=PRICES) == Spent(cost=0.0)
    spent = await spent_after(says("Hi", tokens=(1_000_000, 100_000)), prices=PRICES)
    assert spent.cost == pytest.approx(3.0)


async def test_each_reply_carries_its_cost_where_that_is_known() -> None:
    async with ChatEndpoint(says("Hi", tokens=(100, 20)), says("Hi")) as endpoint:
        model = metered(endpoint, prices=PRICES)
        replies = [await model.ask(QUESTION, max_tokens=9) for _ in range(2)]
    assert replies[0].tokens.cost == pytest.approx(400 / 1_000_000)
    assert replies[1].tokens.cost is None
    async with ChatEndpoint(responds("Hi", tokens=(100, 20))) as endpoint:
        reply = await metered(endpoint, prices=PRICES, api="responses").ask(QUESTION, max_tokens=99)
    assert reply.tokens.cost == pytest.approx(400 / 1_000_000)


async def test_what_fails_before_the_first_word_costs_nothing() -> None:
    limited = Answers(429, {"error": {"message": "busy"}})
    assert await spent_after(limited, Answers(401, {"error": "no"})) == Spent()


async def test_what_broke_off_costs_what_was_received() -> None:
    spent = await spent_after(Streams((chunk("Very well, "), chunk("thank")), "cut"))
    assert spent == Spent(1, SENT, tokens_of("Very well, thank"), None, is_estimate=True)


async def test_a_question_that_may_cost_too_much_is_not_sent() -> None:
    async with ChatEndpoint(says("Hi", tokens=(SENT, 5))) as endpoint:
        model = metered(endpoint, Budget(tokens=2 * SENT + 14))
        await model.ask(QUESTION, max_tokens=10)
        with pytest.raises(BudgetSpent) as raised:
            await model.ask(QUESTION, max_tokens=10)
        assert len(endpoint.requests) == 1
    assert raised.value.message == (
        f"The budget is {2 * SENT + 14} tokens. {SENT + 5} spent so far, and this question may "
        f"cost {SENT + 10} ({SENT} tokens sent, estimated, and up to 10 received). It was not "
        "sent. Raise `model.budget.tokens`, or ask for less."
    )


async def test_a_budget_is_spent_to_its_end() -> None:
    async with ChatEndpoint(says("Hi", tokens=(SENT, 5)), says("Hi")) as endpoint:
        model = metered(endpoint, Budget(tokens=2 * SENT + 15))
        for _ in range(2):
            await model.ask(QUESTION, max_tokens=10)
    assert model.spent.calls == 2


async def test_a_schema_that_is_sent_counts() -> None:
    schema = {"type": "object", "properties": {"a_rather_long_name": {"type": "string"}}}
    async with ChatEndpoint(says("{}")) as endpoint:
        model = metered(endpoint, Budget(tokens=SENT + 10))
        with pytest.raises(BudgetSpent):
            await model.ask(QUESTION, max_tokens=10, schema=schema)
        await model.ask(QUESTION, max_tokens=10, json_object=True)
    assert len(endpoint.requests) == 1


async def test_a_budget_of_money() -> None:
    async with ChatEndpoint(says("Hi", tokens=(100, 20))) as endpoint:
        model = metered(endpoint, Budget(money=0.0005), PRICES)
        await model.ask(QUESTION, max_tokens=20)
        with pytest.raises(BudgetSpent) as raised:
            await model.ask(QUESTION, max_tokens=20)
    assert "The budget is 0.0005. 0.0004 spent so far, and" in raised.value.message
    assert "Raise `model.budget.money`" in raised.value.message


def test_a_budget_of_money_needs_prices() -> None:
    with pytest.raises(NoModel, match=r"set `model\.price\.sent` and `model\.price\.received`"):
        Metered(Scripted([]), Budget(money=1.0))


async def test_two_questions_at_once_cannot_overspend_together() -> None:
    async with ChatEndpoint(Hangs()) as endpoint:
        model = metered(endpoint, Budget(tokens=2 * SENT + 19))
        first = asyncio.create_task(model.ask(QUESTION, max_tokens=10))
        await soon(endpoint.arrived)
        with pytest.raises(BudgetSpent, match=f"{SENT + 10} more may go to questions under way"):
            await model.ask(QUESTION, max_tokens=10)
        assert len(endpoint.requests) == 1
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await soon(endpoint.hung_up)


async def test_a_cancelled_or_failed_question_gives_back_what_it_held() -> None:
    behaviours = (Hangs(), Answers(429, {"error": "busy"}), says("Hi", tokens=(SENT, 1)))
    async with ChatEndpoint(*behaviours) as endpoint:
        model = metered(endpoint, Budget(tokens=SENT + 10))
        task = asyncio.create_task(model.ask(QUESTION, max_tokens=10))
        await soon(endpoint.arrived)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(RateLimited):
            await model.ask(QUESTION, max_tokens=10)
        assert model.spent == Spent()
        await model.ask(QUESTION, max_tokens=10)
    assert model.spent == Spent(1, SENT, 1)


async def test_a_cancelled_question_costs_what_it_had_received() -> None:
    heard = asyncio.Event()
    async with ChatEndpoint(Streams((chunk("Very well"),), "hang")) as endpoint:
        model = metered(endpoint)
        asking = model.ask(QUESTION, max_tokens=9, on_text=lambda _: heard.set())
        task = asyncio.create_task(asking)
        await soon(heard)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert model.spent == Spent(1, SENT, 2, None, is_estimate=True)


async def test_questions_from_several_threads_are_all_counted() -> None:
    async with ChatEndpoint(*(says("Hi", tokens=(3, 1)) for _ in range(8))) as endpoint:
        model = metered(endpoint)

        def ask() -> None:
            asyncio.run(model.ask(QUESTION, max_tokens=9))

        await asyncio.gather(*(asyncio.to_thread(ask) for _ in range(8)))
    assert model.spent == Spent(8, 24, 8)


async def test_errors_come_through() -> None:
    async with ChatEndpoint() as endpoint:
        model = metered(endpoint)
    with pytest.raises(ModelUnreachable):
        await model.ask(QUESTION, max_tokens=9)


def test_what_is_spent_on_a_model() -> None:
    assert spent_on(Metered(Scripted([]), None, PRICES)) == Spent(cost=0.0)
    assert spent_on(Scripted([])) is None
