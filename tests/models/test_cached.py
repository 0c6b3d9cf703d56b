"""The cache in a folder, before the real client library and an endpoint on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trace_lsp.errors import NoModel
from trace_lsp.models.cached import Cached
from trace_lsp.models.chat import Message, Reply, Tokens
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.scripted import Scripted

from .endpoint import Behaviour, ChatEndpoint, responds, says

QUESTION = [Message("user", "Hi")]
KEY = "sk-a-secret-key"


def cached(endpoint: ChatEndpoint, folder: Path, name: str = "m", **options: Any) -> Cached:
    model = OpenAICompatible(name, endpoint.url, KEY, max_retries=0, **options)
    return Cached(model, folder, model.address)


async def asked(folder: Path, *behaviours: Behaviour, **options: Any) -> tuple[list[str], int]:
    """The texts of as many equal questions as there are behaviours, and how many were sent."""
    async with ChatEndpoint(*behaviours) as endpoint:
        model = cached(endpoint, folder)
        replies = [await model.ask(QUESTION, max_tokens=9, **options) for _ in behaviours]
    return [reply.text for reply in replies], len(endpoint.requests)


async def test_a_question_is_sent_once_and_its_reply_costs_nothing_again(tmp_path: Path) -> None:
    heard: list[str] = []
    async with ChatEndpoint(says("Hello ", "there", tokens=(7, 2))) as endpoint:
        first = await cached(endpoint, tmp_path / "a" / "b").ask(QUESTION, max_tokens=9)
        model = cached(endpoint, tmp_path / "a" / "b")
        again = await model.ask(QUESTION, max_tokens=9, on_text=heard.append)
    assert first == Reply("Hello there", "stop", Tokens(7, 2), "endpoint-model")
    assert again == Reply("Hello there", "stop", Tokens(0, 0, 0.0), "endpoint-model")
    assert heard == ["Hello ", "there"]
    assert len(endpoint.requests) == 1


OTHERS: list[dict[str, Any]] = [
    {"messages": [Message("user", "Hi!")]},
    {"messages": [Message("system", "Hi")]},
    {"max_tokens": 10},
    {"json_object": True},
    {"options": {"temperature": 0.5}},
    {"schema": {"type": "object"}},
]


@pytest.mark.parametrize("change", OTHERS)
async def test_another_question_is_sent(tmp_path: Path, change: dict[str, Any]) -> None:
    async with ChatEndpoint(says("one"), says("two")) as endpoint:
        model = cached(endpoint, tmp_path)
        await model.ask(QUESTION, max_tokens=9)
        reply = await model.ask(**{"messages": QUESTION, "max_tokens": 9, **change})
        assert (await model.ask(QUESTION, max_tokens=9)).text == "one"
    assert reply.text == "two"


async def test_another_model_address_or_protocol_is_asked(tmp_path: Path) -> None:
    async with ChatEndpoint(says("one"), says("two"), responds("three")) as endpoint:
        replies = [
            await cached(endpoint, tmp_path).ask(QUESTION, max_tokens=9),
            await cached(endpoint, tmp_path, "other").ask(QUESTION, max_tokens=9),
            await cached(endpoint, tmp_path, api="responses").ask(QUESTION, max_tokens=9),
        ]
    assert [reply.text for reply in replies] == ["one", "two", "three"]
    assert await asked(tmp_path, says("elsewhere")) == (["elsewhere"], 1)


@pytest.mark.parametrize("finish", ["length", "content_filter"])
async def test_only_whole_replies_are_kept(tmp_path: Path, finish: str) -> None:
    texts = await asked(tmp_path, says("cut", finish=finish), says("whole"))
    assert texts == (["cut", "whole"], 2)


DAMAGE = [
    "",
    "{no",
    "[]",
    '{"version": 1}',
    '{"version": 1, "reply": {"text": "x"}}',
    '{"version": 1, "reply": {"text": 5, "finish": "stop", "tokens": [1, 2, 3], "model": "m"}}',
    '{"version": 2, "reply": {"text": "x", "finish": "stop", "tokens": [1, 2, 3], "model": "m"}}',
]


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_damaged_entry_counts_as_not_there(tmp_path: Path, damage: str) -> None:
    async with ChatEndpoint(says("one"), says("two")) as endpoint:
        model = cached(endpoint, tmp_path)
        await model.ask(QUESTION, max_tokens=9)
        (entry,) = tmp_path.iterdir()
        entry.write_text(damage, encoding="utf-8")
        texts = [(await model.ask(QUESTION, max_tokens=9)).text for _ in range(2)]
    assert texts == ["two", "two"]


async def test_the_key_is_nowhere_in_it(tmp_path: Path) -> None:
    await asked(tmp_path, says("Hi"))
    (entry,) = tmp_path.iterdir()
    assert set(json.loads(entry.read_bytes())) == {"version", "reply"}
    assert KEY not in entry.name + entry.read_text("utf-8")
    addresses = [
        OpenAICompatible("m", f"http://{secret}host/v1", key).address
        for secret, key in [("", KEY), ("me:password@", "another")]
    ]
    assert addresses == ["http://host/v1 chat"] * 2


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NoModel, match=r"No replies can be kept in .*Check `model\.cache`"):
        Cached(Scripted([]), tmp_path / "file" / "folder", "")


async def test_a_reply_that_cannot_be_kept_is_not_lost(tmp_path: Path) -> None:
    model = Cached(Scripted(["x"]), tmp_path / "gone", "")
    (tmp_path / "gone").rmdir()
    with pytest.warns(UserWarning, match="could not be kept in"):
        assert (await model.ask(QUESTION, max_tokens=9)).text == "x"
