"""The models that programs call, outside of a traced run. In one: tests/runs."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
import warnings
from typing import Any

import pytest

from trace_lsp.errors import NoModel
from trace_lsp.models.llm import (
    LLM,
    AbstractModel,
    AutoGenLLM,
    CustomLLM,
    DummyLLM,
    LiteLLM,
    answer_of,
)
from trace_lsp.models.response import Response

from .endpoint import ChatEndpoint, says

QUESTION = [{"role": "user", "content": "Anything"}]


async def called(llm: Any, *args: Any, **kwargs: Any) -> Any:
    """The answer, while the endpoint's event loop goes on."""
    return await asyncio.to_thread(llm, *args, **kwargs)


# A function as a model


def test_a_function_gets_the_calls_arguments() -> None:
    asked: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def fixed(*args: Any, **kwargs: Any) -> str:
        asked.append((args, kwargs))
        return "said"

    llm = DummyLLM(fixed)
    assert (
        llm(messages=QUESTION, max_tokens=5, temperature=0.3).choices[0].message.content == "said"
    )
    llm(QUESTION)
    assert asked == [
        ((), {"messages": QUESTION, "max_tokens": 5, "temperature": 0.3}),
        ((QUESTION,), {}),
    ]


def test_a_response_can_be_read_in_each_way() -> None:
    answer = DummyLLM(lambda messages: "said", model_name="mine")(QUESTION)
    assert isinstance(answer, Response)
    assert answer["choices"][0]["message"]["content"] == "said"
    assert (answer.content, answer.get_text(), answer.model) == ("said", "said", "mine")
    assert (answer.choices[0].message.role, answer.choices[0].finish_reason) == (
        "assistant",
        "stop",
    )
    assert answer.usage.total_tokens is None
    with pytest.raises(KeyError, match="nothing"):
        answer["nothing"]


@pytest.mark.parametrize("whole", [Response([]), {"choices": []}])
def test_a_function_may_return_a_whole_response(whole: object) -> None:
    assert DummyLLM(lambda: whole)() is whole


def test_a_model_is_made_once_and_again_when_it_is_old() -> None:
    made: list[int] = []

    def factory() -> Any:
        made.append(len(made))
        at = len(made)
        return lambda: at

    lasting, passing = AbstractModel(factory), AbstractModel(factory, reset_freq=-1)
    assert made == [0, 1]
    assert [lasting(), lasting()] == [1, 1]
    assert [passing(), passing()] == [3, 4]


def test_a_subclass_may_give_another_model() -> None:
    class Shouting(AbstractModel):
        @property
        def model(self) -> Any:
            return lambda text: self._model(text).upper()

    assert Shouting(lambda: lambda text: f"so: {text}")("yes") == "SO: YES"


def echo(messages: Any) -> str:
    return f"{messages[0]['content']}!"


@pytest.mark.parametrize("again", [copy.deepcopy, lambda llm: pickle.loads(pickle.dumps(llm))])
def test_models_can_be_copied_and_pickled(again: Any) -> None:
    assert again(DummyLLM(echo, model_name="m"))(QUESTION).content == "Anything!"
    twin = again(LLM("named", max_tokens=1))
    assert (twin.model_name, twin.default_params) == ("named", {"max_tokens": 1})
    with pytest.raises(NoModel):
        twin(QUESTION)


# The environment's endpoint


@pytest.mark.parametrize("kind", [LLM, LiteLLM])
@pytest.mark.parametrize(
    ("named", "environment", "asked"),
    [
        (None, {"OPENAI_MODEL": "a", "TRACE_LITELLM_MODEL": "b"}, "a"),
        (None, {"TRACE_LITELLM_MODEL": "openai/b", "DEFAULT_LITELLM_MODEL": "c"}, "b"),
        (None, {"DEFAULT_LITELLM_MODEL": "c"}, "c"),
        ("mine", {"OPENAI_MODEL": "a"}, "mine"),
        ("openai/mine", {}, "mine"),
    ],
)
async def test_the_environments_endpoint_answers(
    monkeypatch: pytest.MonkeyPatch, kind: Any, named: Any, environment: Any, asked: str
) -> None:
    async with ChatEndpoint(says("Hello", tokens=(3, 4))) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        answer = await called(kind(named), QUESTION, max_tokens=5)
    assert (answer.content, answer.model, answer.usage.total_tokens) == (
        "Hello",
        "endpoint-model",
        7,
    )
    assert endpoint.bodies[0]["model"] == asked
    assert endpoint.bodies[0]["max_tokens"] == 5
    assert "response_format" not in endpoint.bodies[0]
    assert endpoint.requests[0].headers["authorization"] == "Bearer sk-1"


@pytest.mark.parametrize("kind", [CustomLLM, lambda: LLM(backend="CustomLLM"), LLM])
async def test_a_custom_endpoint_gets_its_own_key_only(
    monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    async with ChatEndpoint(says("Hello")) as endpoint:
        monkeypatch.setenv("TRACE_CUSTOMLLM_URL", endpoint.url)
        monkeypatch.setenv("TRACE_CUSTOMLLM_MODEL", "local")
        monkeypatch.setenv("TRACE_CUSTOMLLM_API_KEY", "sk-own")
        if kind is not LLM:
            monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
        assert (await called(kind(), QUESTION)).content == "Hello"
    assert endpoint.bodies[0]["model"] == "local"
    assert endpoint.requests[0].headers["authorization"] == "Bearer sk-own"


async def test_the_backend_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ChatEndpoint(says("Hello")) as endpoint:
        monkeypatch.setenv("TRACE_DEFAULT_LLM_BACKEND", "CustomLLM")
        monkeypatch.setenv("TRACE_CUSTOMLLM_URL", endpoint.url)
        assert (await called(LLM("m"), QUESTION)).content == "Hello"


def test_a_custom_endpoint_needs_an_address() -> None:
    with pytest.raises(NoModel, match="TRACE_CUSTOMLLM_URL, which is not set"):
        CustomLLM()(QUESTION)


async def test_autogens_configurations() -> None:
    async with ChatEndpoint(says("one"), says("two")) as endpoint:
        entries = [
            {"model": "a", "base_url": "http://127.0.0.1:1", "api_key": "k"},
            {"model": "b", "base_url": endpoint.url, "api_key": "sk-b", "tags": ["x"]},
        ]
        llm = AutoGenLLM(entries, filter_dict={"model": ["b", "c"]})
        assert (await called(llm.create, messages=QUESTION)).content == "one"
        assert (await called(llm, QUESTION)).content == "two"
    assert endpoint.bodies[0]["model"] == "b"
    assert endpoint.requests[0].headers["authorization"] == "Bearer sk-b"
    with pytest.raises(ValueError, match="No entry of the config_list"):
        AutoGenLLM(entries, filter_dict={"model": ["c"]})


async def test_several_choices_and_a_model_for_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ChatEndpoint(
        says("one", tokens=(1, 2)), says("tw", finish="length", tokens=(1, 3)), says("other")
    ) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        llm = LLM("m", n=2)
        both = await called(llm, QUESTION)
        await called(llm, QUESTION, n=1, model="another")
    assert [(each.message.content, each.finish_reason, each.index) for each in both.choices] == [
        ("one", "stop", 0),
        ("tw", "length", 1),
    ]
    assert (both.usage.prompt_tokens, both.usage.completion_tokens) == (2, 5)
    assert [body["model"] for body in endpoint.bodies] == ["m", "m", "another"]


async def test_default_parameters_go_along(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ChatEndpoint(says("a"), says("b")) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        llm = LLM("m", max_tokens=11, response_format={"type": "json_object"})
        await called(llm, QUESTION)
        await called(llm, QUESTION, max_tokens=12)
    assert [body["max_tokens"] for body in endpoint.bodies] == [11, 12]
    assert endpoint.bodies[0]["response_format"] == {"type": "json_object"}


def test_without_an_endpoint_the_error_says_what_to_set() -> None:
    llm = LLM()
    with pytest.raises(NoModel, match="Set OPENAI_API_KEY"):
        llm(messages=QUESTION)


def test_without_the_package_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(NoModel, match="The package `openai` is missing"):
        LLM()(messages=QUESTION)


async def test_a_pickle_holds_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ChatEndpoint(says("a")) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        llm = LLM("m")
        await called(llm, QUESTION)
    assert b"sk-secret" not in pickle.dumps(llm)


def test_the_published_arguments_are_taken() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LLM("m", "default", "LiteLLM", reset_freq=60, cache=False, mm_beta=True, top_p=0.9)
        LLM(model="m", profile=None, max_retries=2, base_delay=0.5)
        LiteLLM("m", 60, False)
        CustomLLM("m", 60, False)
        AutoGenLLM(None, None, 60)
    with pytest.raises(ValueError, match="no profile 'cheap': name the model"):
        LLM(profile="cheap")


def test_nothing_is_asked_before_a_call() -> None:
    # Neither a key nor an address is there.
    assert "OPENAI_API_KEY" not in os.environ
    assert LLM().model_name is None


# As an operator


def told(messages: Any, **options: Any) -> str:
    return f"{[(each['role'], each['content']) for each in messages]} {options}"


@pytest.mark.parametrize("model", [told, DummyLLM(told)])
def test_prompts_become_messages(model: Any) -> None:
    said = "[('system', 's'), ('user', 'u'), ('user', 'v')] {'max_tokens': 3}"
    assert answer_of(model, "s", "u", "v", max_tokens=3) == said


async def test_prompts_are_for_the_environments_model(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ChatEndpoint(says("Hello")) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        monkeypatch.setenv("OPENAI_MODEL", "m")
        assert await called(answer_of, "Be brief.", "Hi") == "Hello"
    assert endpoint.bodies[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]
