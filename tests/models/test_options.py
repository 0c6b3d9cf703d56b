"""Schemas and sampling options: how they reach an endpoint, and what happens if it knows neither."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest

from trace_lsp.errors import ModelRejected
from trace_lsp.models.adapter import as_chat_model, result_of
from trace_lsp.models.chat import Message
from trace_lsp.models.llm import LLM
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.request import ChatRequest, decode_request, encode_request, request_from
from trace_lsp.models.scripted import Scripted

from .endpoint import Answers, ChatEndpoint, refuses, says

QUESTION = [Message("user", "Hello?")]
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
AS_SCHEMA = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}
AS_JSON = {"type": "json_object"}


async def asked(*behaviours: Any, times: int = 1, **options: Any) -> list[dict[str, Any]]:
    """The bodies that an endpoint got which behaves like this."""
    async with ChatEndpoint(*behaviours) as endpoint:
        model = OpenAICompatible("m", base_url=endpoint.url, max_retries=0)
        for _ in range(times):
            await model.ask(QUESTION, max_tokens=9, **options)
    return endpoint.bodies


async def test_options_and_a_schema_are_sent() -> None:
    options = {"temperature": 0.2, "seed": 7, "stop": ["\n"]}
    (body,) = await asked(says("{}"), schema=SCHEMA, json_object=True, options=options)
    assert {name: body[name] for name in options} == options
    assert body["response_format"] == AS_SCHEMA


# Each as an endpoint was seen to word it.
REFUSALS = [
    refuses("", "This response_format type is unavailable now"),
    refuses("", "Invalid parameter: 'response_format' of type 'json_schema' is not supported."),
    refuses("", "Invalid schema for response_format 'answer'", param="response_format"),
    Answers(422, {"detail": [{"msg": "Input should be 'json_object'", "loc": ["json_schema"]}]}),
]


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_refused_schema_is_asked_for_as_a_json_object_from_then_on(
    refusal: Answers,
) -> None:
    bodies = await asked(refusal, says("{}"), says("{}"), times=2, schema=SCHEMA, json_object=True)
    assert [body["response_format"] for body in bodies] == [AS_SCHEMA, AS_JSON, AS_JSON]


async def test_at_last_nothing_is_asked_for() -> None:
    refusal = refuses("response_format")
    bodies = await asked(refusal, refusal, says("{}"), schema=SCHEMA, json_object=True)
    formats = [body.get("response_format") for body in bodies]
    assert formats == [AS_SCHEMA, AS_JSON, None]


async def test_a_refused_schema_leaves_other_parameters_alone() -> None:
    bodies = await asked(REFUSALS[0], says("{}"), schema=SCHEMA, options={"temperature": 1})
    assert [body["temperature"] for body in bodies] == [1, 1]


@pytest.mark.parametrize(
    "refusal",
    [
        refuses("temperature"),
        refuses("", "'temperature' does not support 0.5 with this model.", param="temperature"),
        Answers(422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "temperature"]}]}),
    ],
)
async def test_an_unknown_option_is_left_out_from_then_on(refusal: Answers) -> None:
    options = {"temperature": 0.5, "top_p": 0.9}
    bodies = await asked(refusal, says("Hi"), says("Hi"), times=2, options=options)
    assert [body.get("temperature") for body in bodies] == [0.5, None, None]
    assert [body["top_p"] for body in bodies] == [0.9, 0.9, 0.9]


async def test_a_value_that_the_endpoint_does_not_like_is_an_error() -> None:
    refusal = refuses("", "Invalid 'temperature': 5 is above the maximum of 2.")
    with pytest.raises(ModelRejected, match="above the maximum of 2"):
        await asked(refusal, options={"temperature": 5})


async def test_scripted_models_take_them() -> None:
    reply = await Scripted(["x"]).ask(QUESTION, max_tokens=9, schema=SCHEMA, options={"seed": 1})
    assert reply.text == "x"


def test_a_callable_gets_options_and_a_schema_as_json() -> None:
    calls: list[dict[str, Any]] = []

    def model(**given: Any) -> str:
        calls.append(given)
        return "x"

    chat = as_chat_model(model)
    result_of(chat.ask(QUESTION, max_tokens=9, schema=SCHEMA, options={"temperature": 0.1}), chat)
    messages = [{"role": "user", "content": "Hello?"}]
    assert calls == [
        {
            "messages": messages, "max_tokens": 9, "temperature": 0.1, "response_format": AS_JSON,
        }
    ]  # fmt: skip
    picky = as_chat_model(lambda messages, temperature: f"at {temperature}")
    asking = picky.ask(QUESTION, max_tokens=9, options={"temperature": 0.1, "seed": 2})
    assert result_of(asking, picky).text == "at 0.1"


def test_a_programs_options_count_and_cross_the_wire() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        request = request_from("Hi", {"temperature": 0.5, "seed": 1, "top_p": None})
    assert request == ChatRequest((Message("user", "Hi"),), options={"temperature": 0.5, "seed": 1})
    assert decode_request(json.loads(json.dumps(encode_request(request)))) == request


async def test_an_llm_with_a_temperature(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    async with ChatEndpoint(says("Hi"), says("Hi")) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        llm = LLM("m", temperature=0.25)
        await asyncio.to_thread(llm, "Hello?")
        await asyncio.to_thread(llm, "Hello?", temperature=0.75)
    assert [body["temperature"] for body in endpoint.bodies] == [0.25, 0.75]
