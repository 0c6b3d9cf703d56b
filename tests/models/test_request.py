"""What the arguments of a call mean."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import Any

import pytest

from trace_lsp.models.adapter import as_chat_model
from trace_lsp.models.chat import Message, Reply, Tokens
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.request import (
    MAX_TOKENS,
    ChatRequest,
    answer,
    decode_request,
    encode_reply,
    encode_request,
    reply_from,
    request_from,
)
from trace_lsp.models.scripted import Scripted

from .endpoint import ChatEndpoint, says

HI = [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (HI, [Message("user", "Hi")]),
        ("Hi", [Message("user", "Hi")]),
        (tuple(HI), [Message("user", "Hi")]),
        (
            [{"role": "developer", "content": "A"}, {"role": "assistant", "content": None}],
            [Message("system", "A"), Message("assistant", "")],
        ),
        (
            [{"role": "user", "content": [{"type": "text", "text": "a"}, {"text": "b"}]}],
            [Message("user", "a\nb")],
        ),
    ],
)
def test_messages(messages: object, expected: list[Message]) -> None:
    assert request_from(messages, {}) == ChatRequest(tuple(expected), MAX_TOKENS, False)


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        (None, "not with None"),
        ([], "not with"),
        (HI[0], "A model is asked with messages="),
        (["Hi"], "this is 'Hi'"),
        ([{"role": "tool", "content": "x"}], "A message has a role"),
        ([{"role": "user", "content": 5}], "content is text; this is 5"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}], "is text"),
    ],
)
def test_what_are_no_messages(messages: object, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        request_from(messages, {})


@pytest.mark.parametrize(
    ("options", "max_tokens", "json_object"),
    [
        ({"max_tokens": 5}, 5, False),
        ({"max_completion_tokens": 6, "max_tokens": None}, 6, False),
        ({"temperature": None, "stream": False, "response_format": {"type": "text"}}, 4096, False),
        ({"response_format": {"type": "json_object"}}, 4096, True),
    ],
)
def test_options(options: dict[str, Any], max_tokens: int, json_object: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        request = request_from(HI, options)
    assert (request.max_tokens, request.json_object) == (max_tokens, json_object)


def test_what_has_no_effect_is_named_at_the_programs_line() -> None:
    with pytest.warns(UserWarning, match="`logprobs`, `user`: no effect") as caught:
        request_from(HI, {"logprobs": True, "user": "me", "max_tokens": 5})
    assert caught[0].filename == __file__


@pytest.mark.parametrize("schema", [{"type": "json_schema", "json_schema": {}}, int])
def test_a_schema_is_asked_for_as_json_and_a_warning(schema: object) -> None:
    with pytest.warns(UserWarning, match="no schema of it is enforced"):
        assert request_from(HI, {"response_format": schema}).json_object


def test_streams_are_refused() -> None:
    with pytest.raises(ValueError, match="leave `stream` out"):
        request_from(HI, {"stream": True})


def test_requests_and_answers_cross_the_wire() -> None:
    request = ChatRequest((Message("system", "a\ud83d"), Message("user", "b")), 7, True)
    data = json.loads(json.dumps(encode_request(request)))
    assert decode_request(data) == request
    model = Scripted([{"text": "cut", "finish": "length"}], name="mine")
    said = json.loads(json.dumps(asyncio.run(answer(data, model))))
    assert reply_from(said) == Reply("cut", "length", Tokens(None, None), "mine")
    assert said["asked"] == "mine"


def test_what_a_reply_cost_crosses_the_wire() -> None:
    reply = Reply("x", tokens=Tokens(3, 4, 0.5), model="m")
    assert reply_from(json.loads(json.dumps(encode_reply(reply)))) == reply


GOOD = encode_reply(Reply("x", tokens=Tokens(3, 4, 0.5), model="m"))


@pytest.mark.parametrize(
    "wrong",
    [{"text": 5}, {"finish": "done"}, {"tokens": None}, {"tokens": [1]}, {"tokens": ["1", 2, 3]}],
)
def test_what_is_no_reply_is_a_value_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not a model's reply|unpack"):
        reply_from({**GOOD, **wrong})


async def test_a_schema_goes_to_who_takes_it_and_is_json_for_others() -> None:
    schema = {"type": "object"}
    request = ChatRequest((Message("user", "Hi"),), schema=schema)
    assert decode_request(json.loads(json.dumps(encode_request(request)))) == request
    async with ChatEndpoint(says("{}")) as endpoint:
        await request.put_to(OpenAICompatible("m", endpoint.url))
    called = as_chat_model(lambda messages, response_format: str(response_format))
    assert endpoint.bodies[0]["response_format"]["json_schema"]["schema"] == schema  # type: ignore[index]
    assert (await request.put_to(called)).text == "{'type': 'json_object'}"


@pytest.mark.parametrize(
    "data", [{}, {"messages": [["x", "y"]], "max_tokens": 1, "json_object": 0}, {"messages": 5}]
)
def test_what_is_no_request_is_a_value_error(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a question to a model"):
        decode_request(data)
