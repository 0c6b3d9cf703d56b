from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from trace_lsp.errors import BudgetSpent, CassetteDamaged, ModelRejected, NoModel
from trace_lsp.models.budget import Spent, spent_on
from trace_lsp.models.chat import Message
from trace_lsp.models.choose import DEFAULT_MODEL, ModelSettings, Provider, model_from
from trace_lsp.models.endpoint import Api
from trace_lsp.models.metered import Metered
from trace_lsp.models.scripted import Scripted

from .endpoint import ChatEndpoint, Hangs, responds, says, soon

QUESTION = [Message("user", "Anything")]
LOCAL = "http://localhost:11434/v1"


@pytest.mark.parametrize(
    ("settings", "environment", "name"),
    [
        (ModelSettings(), {"OPENAI_API_KEY": "k"}, DEFAULT_MODEL),
        (ModelSettings(), {"OPENAI_API_KEY": "k", "OPENAI_MODEL": "env"}, "env"),
        (ModelSettings(), {"OPENAI_BASE_URL": LOCAL, "OPENAI_MODEL": "env"}, "env"),
        (ModelSettings(name="set"), {"OPENAI_API_KEY": "k", "OPENAI_MODEL": "env"}, "set"),
        (ModelSettings(base_url=LOCAL, name="set"), {}, "set"),
        (ModelSettings(provider="openai"), {"OPENAI_API_KEY": " k "}, DEFAULT_MODEL),
        (ModelSettings(), {"OPENAI_API_KEY": "k", "TRACE_LITELLM_MODEL": "openai/lite"}, "lite"),
        (ModelSettings(), {"OPENAI_API_KEY": "k", "DEFAULT_LITELLM_MODEL": "old"}, "old"),
        (ModelSettings(), {"OPENAI_API_KEY": "k", "TRACE_CUSTOMLLM_MODEL": "c"}, DEFAULT_MODEL),
        (ModelSettings(), {"TRACE_CUSTOMLLM_URL": LOCAL, "TRACE_CUSTOMLLM_MODEL": "c"}, "c"),
        (ModelSettings(name="set"), {"TRACE_CUSTOMLLM_URL": LOCAL}, "set"),
    ],
)
def test_openai_is_meant(
    settings: ModelSettings, environment: Mapping[str, str], name: str
) -> None:
    model = model_from(settings, environment)
    assert isinstance(model, Metered)
    assert model.name == name


@pytest.mark.parametrize("environment", [{}, {"OPENAI_API_KEY": " "}, {"OPENAI_MODEL": "m"}])
@pytest.mark.parametrize("provider", ["", "openai"])
def test_no_model_says_what_to_set(provider: Provider, environment: Mapping[str, str]) -> None:
    with pytest.raises(NoModel) as raised:
        model_from(ModelSettings(provider=provider), environment)
    for part in ("OPENAI_API_KEY", "OPENAI_BASE_URL=http://localhost:11434/v1", "OPENAI_MODEL"):
        assert part in raised.value.message


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        (ModelSettings(base_url=LOCAL), {"OPENAI_API_KEY": "k"}),
        (ModelSettings(), {"OPENAI_BASE_URL": LOCAL}),
    ],
)
def test_an_address_needs_a_name(settings: ModelSettings, environment: Mapping[str, str]) -> None:
    with pytest.raises(NoModel, match=r"which model\? Set OPENAI_MODEL"):
        model_from(settings, environment)


def test_the_custom_address_needs_a_name_as_well() -> None:
    with pytest.raises(NoModel, match=r"which model\? Set TRACE_CUSTOMLLM_MODEL"):
        model_from(ModelSettings(), {"TRACE_CUSTOMLLM_URL": LOCAL})


@pytest.mark.asyncio
async def test_a_key_goes_to_the_address_that_it_was_set_for() -> None:
    environment = {"TRACE_CUSTOMLLM_URL": LOCAL, "TRACE_CUSTOMLLM_API_KEY": "sk-custom"}
    async with ChatEndpoint(says("Hi")) as endpoint:
        model = model_from(ModelSettings(base_url=endpoint.url, name="m"), environment)
        await model.ask(QUESTION, max_tokens=9)
    assert "sk-custom" not in endpoint.requests[0].headers["authorization"]


def test_models_can_be_turned_off() -> None:
    with pytest.raises(NoModel, match="turned off"):
        model_from(ModelSettings(provider="none"), {"OPENAI_API_KEY": "k"})


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(NoModel, match="openai, scripted, recorded, editor, none, not 'llama'"):
        model_from(ModelSettings(provider=cast(Provider, "llama")), {"OPENAI_API_KEY": "k"})


@pytest.mark.asyncio
async def test_scripted_replies_come_from_their_file(tmp_path: Path) -> None:
    path = tmp_path / "replies.json"
    path.write_text(json.dumps(["the reply"]), encoding="utf-8")
    # Only what is asked for counts: a key in the environment is not used.
    settings = ModelSettings(provider="scripted", replies=str(path))
    model = model_from(settings, {"OPENAI_API_KEY": "k"})
    assert isinstance(model, Scripted)
    assert (await model.ask(QUESTION, max_tokens=9)).text == "the reply"


def test_scripted_without_a_file() -> None:
    with pytest.raises(NoModel, match=r"set `model\.replies`"):
        model_from(ModelSettings(provider="scripted"), {})
    with pytest.raises(ModelRejected, match="cannot be used"):
        model_from(ModelSettings(provider="scripted", replies="nowhere.json"), {})


@pytest.mark.asyncio
async def test_the_settings_address_wins_and_the_key_is_the_environments() -> None:
    async with ChatEndpoint(says("Hi")) as endpoint:
        settings = ModelSettings(base_url=endpoint.url, name="m")
        model = model_from(settings, {"OPENAI_BASE_URL": LOCAL, "OPENAI_API_KEY": "sk-1"})
        await model.ask(QUESTION, max_tokens=9)
    assert endpoint.requests[0].headers["authorization"] == "Bearer sk-1"
    assert endpoint.bodies[0]["model"] == "m"


async def asked(settings: ModelSettings, endpoint: ChatEndpoint, times: int = 1) -> list[str]:
    """The texts of so many replies from a model with these settings, at the endpoint."""
    model = model_from(replace(settings, name="m", base_url=endpoint.url), {})
    return [(await model.ask(QUESTION, max_tokens=99)).text for _ in range(times)]


async def test_the_protocol_is_a_setting() -> None:
    async with ChatEndpoint(responds("Hi")) as endpoint:
        assert await asked(ModelSettings(api="responses"), endpoint) == ["Hi"]
    assert endpoint.requests[0].path == "/v1/responses"
    with pytest.raises(NoModel, match="chat or responses, not 'grpc'"):
        model_from(ModelSettings(base_url=LOCAL, name="m", api=cast(Api, "grpc")), {})


async def test_a_budget_is_for_the_life_of_the_model() -> None:
    async with ChatEndpoint(says("Hi", tokens=(900, 50)), says("Hi")) as endpoint:
        settings = ModelSettings(budget_tokens=1000)
        with pytest.raises(BudgetSpent, match=r"950 spent so far"):
            await asked(settings, endpoint, times=2)
        assert await asked(settings, endpoint) == ["Hi"]


async def test_prices_are_settings() -> None:
    settings = ModelSettings(name="m", price_sent=2.0, price_received=10.0)
    async with ChatEndpoint(says("Hi", tokens=(1000, 100))) as endpoint:
        model = model_from(replace(settings, base_url=endpoint.url), {})
        reply = await model.ask(QUESTION, max_tokens=9)
    assert spent_on(model) == Spent(1, 1000, 100, reply.tokens.cost)
    assert reply.tokens.cost == pytest.approx(0.003)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (ModelSettings(price_sent=1.0), "go together"),
        (ModelSettings(price_received=1.0), "go together"),
        (ModelSettings(budget_money=1.0), r"needs prices: set `model\.price\.sent`"),
        (ModelSettings(concurrent=0), "at least 1, not 0"),
        (ModelSettings(provider="recorded"), r"set `model\.cassette`"),
    ],
)
def test_settings_that_do_not_go_together(settings: ModelSettings, words: str) -> None:
    with pytest.raises(NoModel, match=words):
        model_from(settings, {"OPENAI_API_KEY": "k"})


async def test_what_the_cache_answers_is_not_spent(tmp_path: Path) -> None:
    settings = ModelSettings(cache=str(tmp_path / "cache"), budget_tokens=1000)
    async with ChatEndpoint(says("Hi", tokens=(900, 50))) as endpoint:
        assert await asked(settings, endpoint, times=3) == ["Hi"] * 3
        model = model_from(replace(settings, name="m", base_url=endpoint.url), {})
        await model.ask(QUESTION, max_tokens=99)
    assert spent_on(model) == Spent()
    assert len(endpoint.requests) == 1


async def test_questions_at_a_time_are_a_setting() -> None:
    async with ChatEndpoint(Hangs(), says("second")) as endpoint:
        model = model_from(ModelSettings(name="m", base_url=endpoint.url, concurrent=1), {})
        tasks = [asyncio.create_task(model.ask(QUESTION, max_tokens=9)) for _ in range(2)]
        await soon(endpoint.arrived)
        assert len(endpoint.requests) == 1
        tasks[0].cancel()
        assert (await tasks[1]).text == "second"


async def test_a_recording_is_made_with_a_model_and_replayed_without(tmp_path: Path) -> None:
    settings = ModelSettings(provider="recorded", cassette=str(tmp_path / "tape.jsonl"))
    with pytest.raises(NoModel, match="No model is configured"):
        model_from(settings, {})
    async with ChatEndpoint(says("Hi", tokens=(7, 1))) as endpoint:
        model = model_from(replace(settings, name="m", base_url=endpoint.url), {})
        reply = await model.ask(QUESTION, max_tokens=9)
        assert spent_on(model) == Spent(1, 7, 1)
    assert await model_from(settings, {}).ask(QUESTION, max_tokens=9) == reply
    (tmp_path / "tape.jsonl").write_text("no", encoding="utf-8")
    with pytest.raises(CassetteDamaged):
        model_from(settings, {})
