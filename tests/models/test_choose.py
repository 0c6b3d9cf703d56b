from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from trace_lsp.errors import ModelRejected, NoModel
from trace_lsp.models.chat import Message
from trace_lsp.models.choose import DEFAULT_MODEL, ModelSettings, Provider, model_from
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.scripted import Scripted

from .endpoint import ChatEndpoint, says

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
    assert isinstance(model, OpenAICompatible)
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
    with pytest.raises(NoModel, match="openai, scripted, editor or none, not 'llama'"):
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
