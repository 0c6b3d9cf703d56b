"""Callables as chat models."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import pytest

from trace_lsp.errors import ScriptEnded
from trace_lsp.models.adapter import as_chat_model, result_of
from trace_lsp.models.chat import Message, Reply, Tokens
from trace_lsp.models.llm import AbstractModel, DummyLLM
from trace_lsp.models.scripted import Scripted

QUESTION = [Message("system", "Be brief."), Message("user", "Hi")]
SENT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]


def asked(model: Any, **options: Any) -> Reply:
    chat = as_chat_model(model)
    return result_of(chat.ask(QUESTION, max_tokens=9, **options), chat)


def test_a_chat_model_is_itself() -> None:
    model = Scripted(["x"])
    assert as_chat_model(model) is model


@pytest.mark.parametrize("model", [5, "gpt-4o", None])
def test_what_is_no_model_is_refused(model: object) -> None:
    with pytest.raises(TypeError, match="A model is an LLM"):
        as_chat_model(model)


def test_a_callable_is_called_as_opto_calls_it() -> None:
    calls: list[dict[str, Any]] = []

    def model(**given: Any) -> str:
        calls.append(given)
        return "said"

    pieces: list[str] = []
    assert asked(model, on_text=pieces.append) == Reply("said")
    asked(DummyLLM(model), json_object=True)
    as_json = {"type": "json_object"}
    assert calls == [
        {"messages": SENT, "max_tokens": 9},
        {"messages": SENT, "max_tokens": 9, "response_format": as_json},
    ]
    assert pieces == ["said"]


@pytest.mark.parametrize(
    "model",
    [
        lambda messages: messages[1]["content"],
        lambda prompt, /: prompt[1]["content"],
        lambda prompt, max_tokens: prompt[1]["content"] * (max_tokens // 9),
        lambda *args: args[0][1]["content"],
        DummyLLM(lambda prompt: prompt[1]["content"]),
        AbstractModel(lambda: lambda messages, **more: messages[1]["content"]),
        DummyLLM(lambda messages, response_format: messages[1]["content"]),
    ],
)
def test_a_callable_gets_what_its_signature_takes(model: Any) -> None:
    assert asked(model, json_object=True).text == "Hi"


SHAPES = [
    "said",
    {"choices": [{"message": {"content": "said"}}]},
    SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content="said"))]),
    SimpleNamespace(get_text=lambda: "said"),
    SimpleNamespace(content="said"),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_answers_of_each_shape(shape: object) -> None:
    assert asked(lambda messages: shape) == Reply("said")


def test_what_else_an_answer_tells() -> None:
    usage = SimpleNamespace(prompt_tokens=3, completion_tokens=4)
    choice = {"finish_reason": "length", "message": {"content": "cut"}}
    answer = {"choices": [choice], "usage": usage, "model": "m"}
    assert asked(lambda messages: answer) == Reply("cut", "length", Tokens(3, 4), "m")
    choice["finish_reason"] = "content_filter"
    choice["message"] = {"content": None}
    assert asked(lambda messages: answer) == Reply("", "filtered", Tokens(3, 4), "m")


@pytest.mark.parametrize("answer", [5, None, [], {"choices": []}, SimpleNamespace(content=5)])
def test_what_is_no_answer(answer: object) -> None:
    with pytest.raises(TypeError, match="A model that is called answers with a string") as raised:
        asked(lambda messages: answer)
    assert repr(answer)[:20] in str(raised.value)


def test_what_it_raises_comes_through_in_its_own_thread_and_context() -> None:
    here: ContextVar[str] = ContextVar("here", default="elsewhere")
    here.set("here")

    def model(messages: Any) -> str:
        raise LookupError(threading.current_thread() is threading.main_thread(), here.get())

    with pytest.raises(LookupError) as raised:
        asked(model)
    assert raised.value.args == (True, "here")


def test_an_endpoint_that_knows_no_response_format_is_asked_without() -> None:
    calls: list[list[str]] = []

    def model(**given: Any) -> str:
        calls.append(sorted(given))
        if "response_format" in given:
            raise RuntimeError("unknown parameter: response_format")
        return "said"

    assert asked(model, json_object=True).text == "said"
    assert calls == [["max_tokens", "messages", "response_format"], ["max_tokens", "messages"]]


def test_no_other_error_is_asked_again_about() -> None:
    calls: list[object] = []

    def model(**given: Any) -> str:
        calls.append(given)
        raise RuntimeError("too many requests")

    with pytest.raises(RuntimeError, match="too many"):
        asked(model, json_object=True)
    assert len(calls) == 1


def test_a_chat_model_is_waited_for() -> None:
    model = Scripted(["one"])
    assert asked(model).text == "one"
    with pytest.raises(ScriptEnded):
        asked(model)


def test_names() -> None:
    def mine(messages: Any) -> str:
        return ""

    names = [
        as_chat_model(each).name for each in (mine, DummyLLM(mine, model_name="m"), DummyLLM(mine))
    ]
    assert names == ["mine", "m", "DummyLLM"]
