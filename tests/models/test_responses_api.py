"""The Responses API, with the real client library against an endpoint on loopback."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from trace_lsp import errors
from trace_lsp.models.chat import Message, Reply, Tokens
from trace_lsp.models.openai_compatible import OpenAICompatible

from .endpoint import (
    Answers,
    Behaviour,
    ChatEndpoint,
    Hangs,
    Streams,
    event,
    refuses,
    responds,
    response,
    soon,
)

QUESTION = [Message("system", "Be brief."), Message("user", "Hello?")]
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
AS_SCHEMA = {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": False}
AS_JSON = {"type": "json_object"}
BEGUN = event("created", response=response("in_progress"))


def delta(text: str) -> dict[str, object]:
    return event("output_text.delta", delta=text)


def model_at(endpoint: ChatEndpoint, **options: Any) -> OpenAICompatible:
    given = {"max_retries": 0, "api": "responses", **options}
    return OpenAICompatible("a-model", base_url=endpoint.url, **given)


async def reply_to(behaviour: Behaviour, **options: Any) -> Reply:
    async with ChatEndpoint(behaviour) as endpoint:
        return await model_at(endpoint).ask(QUESTION, max_tokens=99, **options)


async def failure_of(behaviour: Behaviour, **options: Any) -> errors.ModelError:
    async with ChatEndpoint(behaviour) as endpoint:
        with pytest.raises(errors.ModelError) as raised:
            await model_at(endpoint, **options).ask(QUESTION, max_tokens=99)
        assert endpoint.url in raised.value.message
    return raised.value


async def bodies(*behaviours: Behaviour, times: int = 1, **options: Any) -> list[dict[str, Any]]:
    """What an endpoint got that behaves like this."""
    async with ChatEndpoint(*behaviours) as endpoint:
        model = model_at(endpoint)
        for _ in range(times):
            await model.ask(QUESTION, max_tokens=99, **options)
    assert {request.path for request in endpoint.requests} == {"/v1/responses"}
    return endpoint.bodies


async def test_a_streamed_reply() -> None:
    heard: list[str] = []
    reply = await reply_to(responds("Hello ", "there", tokens=(12, 3)), on_text=heard.append)
    assert reply == Reply("Hello there", "stop", Tokens(12, 3), "endpoint-model")
    assert heard == ["Hello ", "there"]


async def test_what_is_sent() -> None:
    (body,) = await bodies(responds("Hi"))
    assert body == {
        "model": "a-model",
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello?"},
        ],
        "max_output_tokens": 99,
        "store": False,
        "stream": True,
    }


async def test_a_schema_and_options_are_sent_where_this_protocol_has_them() -> None:
    options = {"temperature": 0.2, "reasoning_effort": "low", "verbosity": "high"}
    (body,) = await bodies(responds("{}"), schema=SCHEMA, options=options)
    assert body["text"] == {"format": AS_SCHEMA, "verbosity": "high"}
    assert (body["temperature"], body["reasoning"]) == (0.2, {"effort": "low"})
    (body,) = await bodies(responds("{}"), json_object=True)
    assert body["text"] == {"format": AS_JSON}


@pytest.mark.parametrize(
    "refusal",
    [
        refuses("", "Invalid schema for response_format 'answer': no.", param="text.format.schema"),
        refuses("text.format", param="text.format"),
        refuses("", "No.", param="text"),
    ],
)
async def test_a_refused_schema_is_asked_for_as_a_json_object_from_then_on(
    refusal: Answers,
) -> None:
    sent = await bodies(refusal, responds("{}"), responds("{}"), times=2, schema=SCHEMA)
    assert [body["text"]["format"] for body in sent] == [AS_SCHEMA, AS_JSON, AS_JSON]


@pytest.mark.parametrize(
    ("refusal", "whole"),
    [
        (refuses("seed"), "seed"),
        (refuses("reasoning.effort", param="reasoning.effort"), "reasoning"),
        (refuses("store", "Unknown parameter: 'store'.", param="store"), "store"),
        (refuses("", "Verify first.", param="stream"), "stream"),
    ],
)
async def test_an_unknown_parameter_is_left_out(refusal: Answers, whole: str) -> None:
    options = {"seed": 1, "reasoning_effort": "low"}
    sent = await bodies(refusal, responds("Hi"), options=options)
    assert [whole in body for body in sent] == [True, False]
    assert len(sent[0]) == len(sent[1]) + 1


async def test_a_limit_is_never_left_out() -> None:
    failure = await failure_of(refuses("max_output_tokens", param="max_output_tokens"))
    assert type(failure) is errors.ModelRejected


WHY = {"refusal": "I will not.", "type": "refusal"}
TEXT = {"type": "output_text", "text": "Hel"}


def incomplete(reason: str) -> dict[str, object]:
    return response("incomplete", TEXT, incomplete_details={"reason": reason}, tokens=(1, 2))


@pytest.mark.parametrize(
    ("behaviour", "text", "finish"),
    [
        pytest.param(
            Streams((BEGUN, delta("Hel"), event("incomplete", response=incomplete(reason)))),
            "Hel",
            finish,
            id=reason,
        )
        for reason, finish in [("max_output_tokens", "length"), ("content_filter", "filtered")]
    ]
    + [
        pytest.param(
            Streams(
                (
                    event("refusal.delta", delta="I will "),
                    event("refusal.delta", delta="not."),
                    event("completed", response=response("completed", WHY)),
                )
            ),
            "I will not.",
            "filtered",
            id="refusal",
        ),
        pytest.param(Answers(200, response("completed", WHY)), "I will not.", "filtered", id="one"),
        pytest.param(Answers(200, response("completed", TEXT)), "Hel", "stop", id="whole"),
        pytest.param(Answers(200, incomplete("max_output_tokens")), "Hel", "length", id="cut"),
        pytest.param(Answers(200, response("completed", output=None)), "", "stop", id="null"),
        pytest.param(
            Streams((BEGUN, event("completed", response=response("completed", TEXT)))),
            "Hel",
            "stop",
            id="text at the end only",
        ),
        pytest.param(Streams(({"type": "ping"}, *responds("Hi").events)), "Hi", "stop", id="ping"),
    ],
)
async def test_how_a_reply_ends(behaviour: Behaviour, text: str, finish: str) -> None:
    heard: list[str] = []
    reply = await reply_to(behaviour, on_text=heard.append)
    assert (reply.text, reply.finish, "".join(heard)) == (text, finish, text)


def fails(code: str, message: str) -> Streams:
    error = {"code": code, "message": message}
    return Streams((BEGUN, delta("Hel"), event("failed", response=response("failed", error=error))))


FAILURES = [
    (fails("server_error", "Oh"), errors.ModelUnreachable, "failed: Oh. Ask again later."),
    (fails("rate_limit_exceeded", "Slow"), errors.RateLimited, "asks to slow down: Slow."),
    (fails("invalid_prompt", "No"), errors.ModelRejected, "refused the request: No."),
    (
        fails("context_length_exceeded", "Your input exceeds the context window of this model."),
        errors.ContextTooLong,
        "longer than the model",
    ),
    (
        Streams((BEGUN, {"type": "error", "code": "server_error", "message": "Oh"})),
        errors.ModelUnreachable,
        "failed: Oh.",
    ),
    (
        Streams((BEGUN, {"type": "error", "error": {"message": "No", "code": "x"}})),
        errors.ModelRejected,
        "refused the request: No.",
    ),
    (Answers(200, response("failed", error={"message": "No"})), errors.ModelRejected, ": No."),
    (Streams((BEGUN, delta("Hel")), "cut"), errors.ModelUnreachable, "after 3 characters"),
    (Streams((BEGUN, delta("Hel")), "closed"), errors.ModelUnreachable, "after 3 characters"),
    (Streams((BEGUN,)), errors.ModelUnreachable, "after 0 characters"),
    (Streams(("data: {no\n\n",)), errors.ModelRejected, "speak the responses protocol"),
    (Answers(200, {"choices": []}), errors.ModelRejected, "set `model.api` to chat"),
    (Answers(404, {"error": "Not found"}), errors.ModelRejected, "set `model.api` to chat"),
    (Answers(401, {"error": "No"}), errors.KeyRefused, "refused the key (401)"),
]


@pytest.mark.parametrize(("behaviour", "kind", "words"), FAILURES)
async def test_failures(behaviour: Behaviour, kind: type[errors.ModelError], words: str) -> None:
    failure = await failure_of(behaviour)
    assert type(failure) is kind
    assert words in failure.message


async def test_silence_ends() -> None:
    failure = await failure_of(Streams((BEGUN, delta("Hel")), "hang"), timeout=0.5)
    assert type(failure) is errors.ModelTimedOut
    assert "after 3 characters" in failure.message


@pytest.mark.parametrize("behaviour", [Hangs(), Streams((BEGUN, delta("Hel")), "hang")])
async def test_cancel_closes_the_connection(behaviour: Behaviour) -> None:
    async with ChatEndpoint(behaviour) as endpoint:
        heard = asyncio.Event()
        asking = model_at(endpoint).ask(QUESTION, max_tokens=9, on_text=lambda _: heard.set())
        task = asyncio.create_task(asking)
        await soon(heard if isinstance(behaviour, Streams) else endpoint.arrived)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await soon(endpoint.hung_up)


@pytest.mark.parametrize("base", ["/openai/v1", "/openai/v1/"])
async def test_an_address_as_azure_has_it(base: str) -> None:
    async with ChatEndpoint(responds("Hi")) as endpoint:
        url = endpoint.url.replace("/v1", base)
        await OpenAICompatible("deployed", url, "k", api="responses").ask(QUESTION, max_tokens=99)
    (request,) = endpoint.requests
    assert request.path == "/openai/v1/responses"
    assert request.headers["authorization"] == "Bearer k"
