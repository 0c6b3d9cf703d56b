"""An editor's JSON as settings, and what is said of a value that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trace_lsp.models.choose import ModelSettings
from trace_lsp.session.settings import Settings, settings_from

PACKAGE = Path(__file__).parents[2] / "vscode-extension" / "package.json"
PROTOCOL = Path(__file__).parents[2] / "trace_lsp" / "server" / "PROTOCOL.md"

MODEL = {
    "provider": "recorded",
    "name": "m",
    "baseUrl": "http://host/v1",
    "replies": "r.json",
    "api": "responses",
    "cassette": "c.jsonl",
    "cache": "folder",
    "concurrent": 2,
    "budget": {"tokens": 5000, "money": 0.5},
    "price": {"sent": 2, "received": 8.5},
}


def of_model(data: object) -> tuple[ModelSettings, list[str]]:
    settings, problems = settings_from({"model": data})
    return settings.model, problems


def test_every_setting_of_a_model() -> None:
    expected = ModelSettings(
        "recorded", "m", "http://host/v1", "r.json", "responses", "c.jsonl", "folder", 2,
        5000, 0.5, 2, 8.5,
    )  # fmt: skip
    assert of_model(MODEL) == (expected, [])


def test_nothing_set_is_the_defaults() -> None:
    nulls = {**dict.fromkeys(MODEL), "budget": {"tokens": None}, "price": {}}
    assert of_model({}) == of_model(nulls) == (ModelSettings(), [])
    assert settings_from({}) == (Settings(), [])


WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"provider": "llama"},
        "provider is one of 'openai', 'scripted', 'recorded', 'editor', 'none', not 'llama'.",
    ),
    ({"api": "grpc"}, "api is one of 'chat', 'responses', not 'grpc'."),
    ({"cassette": 5}, "cassette should be a string, not 5."),
    ({"concurrent": 0}, "concurrent is at least 1, not 0."),
    ({"concurrent": 1.5}, "concurrent should be a whole number, not 1.5."),
    ({"budget": 5}, "budget should be an object, not 5."),
    ({"budget": {"tokens": -1}}, "budget.tokens is at least 0, not -1."),
    ({"budget": {"tokens": True}}, "budget.tokens should be a whole number, not True."),
    ({"budget": {"money": float("nan")}}, "budget.money is at least 0, not nan."),
    ({"price": {"sent": "2"}}, "price.sent should be a number, not '2'."),
    ({"price": {"received": -0.5}}, "price.received is at least 0, not -0.5."),
]


@pytest.mark.parametrize(("data", "said"), WRONG)
def test_a_wrong_value_is_named_and_counts_as_not_set(data: dict[str, Any], said: str) -> None:
    assert of_model(data) == (ModelSettings(), [f"traceLsp.model.{said}"])


def keys(data: dict[str, Any], path: str = "model.") -> set[str]:
    return {
        key
        for name, value in data.items()
        for key in (keys(value, f"{path}{name}.") if isinstance(value, dict) else [path + name])
    }


def test_editors_are_offered_what_is_read() -> None:
    package = json.loads(PACKAGE.read_text("utf-8"))
    properties = package["contributes"]["configuration"]["properties"]
    offered = {name.removeprefix("traceLsp.") for name in properties if ".model." in name}
    assert offered == keys(MODEL)
    untrusted = package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert {f"traceLsp.{each}" for each in offered} <= set(untrusted)
    table = PROTOCOL.read_text("utf-8")
    assert {each for each in offered if f"| `{each}` |" in table} == offered
