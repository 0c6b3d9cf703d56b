"""The real client library against an endpoint on loopback: replies, and what is sent for them."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from trace_lsp.errors import ModelRejected, NoModel
from trace_lsp.models.chat import Message, Reply, Tokens
from trace_lsp.models.openai_compatible import OpenAICompatible

from .endpoint import (
    Answers,
    Behaviour,
    ChatEndpoint,
    Hangs,
    Streams,
    chunk,
    refuses,
    says,
    soon,
    usage,
)

QUESTION = [Message("system", "Be brief."), Message("user", "Hello?")]


def model_at(endpoint: ChatEndpoint, **options: Any) -> OpenAICompatible:
    return OpenAICompatible("a-model", base_url=endpoint.url, **{"max_retries": 0, **options})


async def reply_to(behaviour: Behaviour, **options: Any) -> Reply:
    async with ChatEndpoint(behaviour) as endpoint:
        return await model_at(endpoint).ask(QUESTION, max_tokens=9, **options)


@pytest.mark.asyncio
async def test_a_streamed_reply() -> None:
    heard: list[str] = []
    reply = await reply_to(says("Hello ", "there", tokens=(12, 3)), on_text=heard.append)
    assert reply == Reply("Hello there", "stop", Tokens(12, 3), "endpoint-model")
    assert heard == ["Hello ", "there"]


@pytest.mark.asyncio
async def test_what_is_sent() -> None:
    async with ChatEndpoint(says("Hi"), says("{}")) as endpoint:
        model = model_at(endpoint, api_key="sk-123")
        await model.ask(QUESTION, max_tokens=9)
        await model.ask(QUESTION, max_tokens=9, json_object=True)
    assert endpoint.bodies[0] == {
        "model": "a-model",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello?"},
        ],
        "max_tokens": 9,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert endpoint.bodies[1]["response_format"] == {"type": "json_object"}
    assert endpoint.requests[0].path == "/v1/chat/completions"
    assert endpoint.requests[0].headers["authorization"] == "Bearer sk-123"


@pytest.mark.asyncio
async def test_a_local_server_needs_no_key() -> None:
    async with ChatEndpoint(says("Hi")) as endpoint:
        await model_at(endpoint).ask(QUESTION, max_tokens=9)
    assert endpoint.requests[0].headers["authorization"] == "Bearer none"


@pytest.mark.asyncio
async def test_a_key_in_the_environment_goes_nowhere_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin")
    async with ChatEndpoint(says("Hi")) as endpoint:
        await model_at(endpoint).ask(QUESTION, max_tokens=9)
    assert endpoint.requests[0].headers["authorization"] == "Bearer none"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "filtered"),
        ("eos", "stop"),
    ],
)
async def test_the_reason_to_finish(reason: str, finish: str) -> None:
    assert (await reply_to(says("Hi", finish=reason))).finish == finish


@pytest.mark.asyncio
async def test_a_refusal_is_the_models_own_filter() -> None:
    deltas = [{"index": 0, "delta": {"refusal": piece}} for piece in ("I will ", "not.")]
    events = (*(chunk(choices=[each]) for each in deltas), chunk(None, "stop"))
    heard: list[str] = []
    reply = await reply_to(Streams(events), on_text=heard.append)
    assert (reply.text, reply.finish, heard) == ("I will not.", "filtered", ["I will ", "not."])
    message = {"content": None, "refusal": "No."}
    whole = Answers(200, {"choices": [{"message": message, "finish_reason": "stop"}]})
    reply = await reply_to(whole)
    assert (reply.text, reply.finish) == ("No.", "filtered")


DELTA_OF_PARTS = {
    "index": 0,
    "delta": {"content": [{"type": "thinking", "text": "Hm"}, {"type": "text", "text": "Hi"}]},
    "finish_reason": "stop",
}
REASONING = {"index": 0, "delta": {"role": "assistant", "reasoning_content": "Let me see"}}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("stream", "text"),
    [
        pytest.param(Streams((chunk(choices=[]),)), "", id="no choices"),
        pytest.param(Streams((chunk(choices=None),)), "", id="null choices"),
        pytest.param(Streams((chunk(None), chunk(None, "stop"))), "", id="null content"),
        pytest.param(
            Streams((chunk(choices=[REASONING]), *says("Hi").events)), "Hi", id="reasoning"
        ),
        pytest.param(Streams((chunk(choices=[DELTA_OF_PARTS]),)), "Hi", id="parts"),
        pytest.param(Streams((": ping\n\n", *says("Hi").events)), "Hi", id="comment"),
        pytest.param(Streams(({"type": "ping"}, *says("Hi").events)), "Hi", id="unknown event"),
        pytest.param(Streams((chunk("\ud83d"), *says("\ude00").events)), "😀", id="cut character"),
        pytest.param(Streams((chunk("Hi"), usage(1, 2))), "Hi", id="usage ends it"),
        pytest.param(Streams(says("Hi").events, "closed"), "Hi", id="finished, not done"),
    ],
)
async def test_lenient_with_what_endpoints_send(stream: Streams, text: str) -> None:
    reply = await reply_to(stream)
    assert (reply.text, reply.finish) == (text, "stop")


@pytest.mark.asyncio
async def test_tokens_and_model_that_the_endpoint_does_not_give() -> None:
    strange = chunk("Hi", "stop", model=None, usage={"prompt_tokens": None, "total_tokens": True})
    reply = await reply_to(Streams((strange,)))
    assert reply == Reply("Hi", "stop", Tokens(None, None), "a-model")


@pytest.mark.asyncio
async def test_usage_in_every_chunk_counts_once() -> None:
    counts = [{"prompt_tokens": 7, "completion_tokens": n} for n in (1, 2)]
    events = (chunk("a", usage=counts[0]), chunk("b", "stop", usage=counts[1]))
    assert (await reply_to(Streams(events))).tokens == Tokens(7, 2)


@pytest.mark.asyncio
async def test_an_endpoint_that_does_not_stream() -> None:
    choice = {"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "length"}
    tokens = {"prompt_tokens": 4, "completion_tokens": 1}
    heard: list[str] = []
    whole = Answers(200, {"model": "m", "choices": [choice], "usage": tokens})
    reply = await reply_to(whole, on_text=heard.append)
    assert reply == Reply("Hi", "length", Tokens(4, 1), "m")
    assert heard == ["Hi"]


@pytest.mark.asyncio
async def test_half_characters_in_a_message_are_replaced() -> None:
    async with ChatEndpoint(says("Hi")) as endpoint:
        await model_at(endpoint).ask([Message("user", "\udc80")], max_tokens=9)
    assert endpoint.bodies[0]["messages"] == [{"role": "user", "content": "\ufffd"}]


# Each as an endpoint was seen to word it.
REFUSALS = [
    pytest.param("stream_options", refuses("stream_options"), id="unsupported"),
    pytest.param(
        "stream_options",
        Answers(422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"]}]}),
        id="422 of a validator",
    ),
    pytest.param(
        "response_format",
        Answers(400, {"error": "'response_format.type' must be 'json_schema' or 'text'"}),
        id="a plain sentence",
    ),
    pytest.param("response_format", refuses("", "No.", param="response_format"), id="param"),
    pytest.param(
        "max_tokens",
        refuses("max_tokens", "Use 'max_completion_tokens' instead of 'max_tokens'."),
        id="the old limit",
    ),
    pytest.param("stream", refuses("", "Verify first.", param="stream"), id="stream"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("parameter", "refusal"), REFUSALS)
async def test_a_refused_parameter_is_left_out_from_then_on(
    parameter: str, refusal: Answers
) -> None:
    async with ChatEndpoint(refusal, says("Hi"), says("Again")) as endpoint:
        model = model_at(endpoint)
        replies = [
            await model.ask(QUESTION, max_tokens=9, json_object=True),
            await model.ask(QUESTION, max_tokens=9, json_object=True),
        ]
    assert [reply.text for reply in replies] == ["Hi", "Again"]
    assert [parameter in body for body in endpoint.bodies] == [True, False, False]
    limits = [body.get("max_tokens", body.get("max_completion_tokens")) for body in endpoint.bodies]
    assert limits == [9, 9, 9]
    assert all("stream" in body or "stream_options" not in body for body in endpoint.bodies)


@pytest.mark.asyncio
async def test_several_refused_parameters_are_left_out_one_by_one() -> None:
    names = ["max_tokens", "response_format", "stream_options"]
    async with ChatEndpoint(*(refuses(name) for name in names), says("Hi")) as endpoint:
        await model_at(endpoint).ask(QUESTION, max_tokens=9, json_object=True)
    assert set(endpoint.bodies[3]) == {"model", "messages", "max_completion_tokens", "stream"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "refusals",
    [
        pytest.param([refuses("", "max_tokens is too large: 9")], id="a value"),
        pytest.param([refuses("max_tokens"), refuses("max_completion_tokens")], id="both limits"),
        pytest.param([refuses("temperature")], id="nothing that was sent"),
    ],
)
async def test_a_refusal_that_leaving_out_does_not_cure(refusals: list[Answers]) -> None:
    async with ChatEndpoint(*refusals, says("Hi")) as endpoint:
        model = model_at(endpoint)
        with pytest.raises(ModelRejected, match=r"too large|not supported"):
            await model.ask(QUESTION, max_tokens=9)
        # What was tried in vain is not remembered.
        await model.ask(QUESTION, max_tokens=9)
    assert len(endpoint.requests) == len(refusals) + 1
    assert endpoint.bodies[-1]["max_tokens"] == 9


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_the_client_library_tries_again(status: int) -> None:
    busy = Answers(status, {"error": {"message": "busy"}}, {"retry-after-ms": "1"})
    async with ChatEndpoint(busy, busy, says("Hi")) as endpoint:
        reply = await model_at(endpoint, max_retries=2).ask(QUESTION, max_tokens=9)
    assert reply.text == "Hi"
    assert len(endpoint.requests) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "behaviour",
    [Hangs(), Streams((chunk("Hel"),), "hang"), Streams((), "hang", "application/json")],
    ids=["before the answer", "in the middle of the stream", "in the middle of the body"],
)
async def test_cancel_closes_the_connection(behaviour: Behaviour) -> None:
    async with ChatEndpoint(behaviour) as endpoint:
        heard = asyncio.Event()
        asking = model_at(endpoint).ask(QUESTION, max_tokens=9, on_text=lambda _: heard.set())
        task = asyncio.create_task(asking)
        streams = isinstance(behaviour, Streams) and behaviour.events
        await soon(heard if streams else endpoint.arrived)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await soon(endpoint.hung_up)


@pytest.mark.asyncio
async def test_an_error_of_the_listener_is_its_own_and_closes_the_connection() -> None:
    def listen(piece: str) -> None:
        raise ValueError(f"not {piece}")

    async with ChatEndpoint(Streams((chunk("Hel"),), "hang")) as endpoint:
        with pytest.raises(ValueError, match="not Hel"):
            await model_at(endpoint).ask(QUESTION, max_tokens=9, on_text=listen)
        await soon(endpoint.hung_up)


@pytest.mark.asyncio
async def test_two_questions_at_once() -> None:
    async with ChatEndpoint(says("one"), says("two")) as endpoint:
        model = model_at(endpoint)
        replies = await asyncio.gather(*(model.ask(QUESTION, max_tokens=9) for _ in range(2)))
    assert sorted(reply.text for reply in replies) == ["one", "two"]


@pytest.mark.asyncio
async def test_one_model_in_several_event_loops() -> None:
    async with ChatEndpoint(says("one"), says("two")) as endpoint:
        model = model_at(endpoint)

        def ask() -> str:
            return asyncio.run(model.ask(QUESTION, max_tokens=9)).text

        texts = [await asyncio.to_thread(ask), await asyncio.to_thread(ask)]
    assert texts == ["one", "two"]


@pytest.mark.asyncio
async def test_without_the_client_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    model = OpenAICompatible("a-model", base_url="http://127.0.0.1:9/v1")
    with pytest.raises(NoModel, match="`openai` is missing"):
        await model.ask(QUESTION, max_tokens=9)
