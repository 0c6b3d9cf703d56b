from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from trace_lsp.errors import ModelRejected, ScriptEnded
from trace_lsp.models.chat import Message, Reply, Tokens
from trace_lsp.models.scripted import Item, Scripted

QUESTION = [Message("user", "Anything")]


def written(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.asyncio
async def test_answers_in_order() -> None:
    model = Scripted(["first", {"text": "second", "finish": "length"}], name="demo")
    assert await model.ask(QUESTION, max_tokens=9) == Reply("first", model="demo")
    second = await model.ask(QUESTION, max_tokens=9, json_object=True)
    assert second == Reply("second", finish="length", tokens=Tokens(), model="demo")


@pytest.mark.asyncio
async def test_an_object_without_text_is_the_reply() -> None:
    item = {"reasoning": "naïve", "suggestion": {"x": "1"}}
    reply = await Scripted([item]).ask(QUESTION, max_tokens=9)
    assert json.loads(reply.text) == item
    assert "naïve" in reply.text


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one two\n  three ", ["one ", "two\n  ", "three "]),
        ("  {\n", ["  ", "{\n"]),
        ("", []),
    ],
)
async def test_streams_word_by_word(text: str, pieces: list[str]) -> None:
    heard: list[str] = []
    reply = await Scripted([text]).ask(QUESTION, max_tokens=9, on_text=heard.append)
    assert (heard, reply.text) == (pieces, text)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("replies", "count"), [([], "0 replies"), (["a"], "1 reply"), (["a", "b"], "2 replies")]
)
async def test_the_end_of_the_script_is_named(replies: list[Item], count: str) -> None:
    model = Scripted(replies)
    for _ in replies:
        await model.ask(QUESTION, max_tokens=9)
    with pytest.raises(ScriptEnded, match=rf"has {count}\."):
        await model.ask(QUESTION, max_tokens=9)


@pytest.mark.asyncio
async def test_cancel_stops_between_two_words() -> None:
    model = Scripted(["one two three", "next"])
    heard: list[str] = []

    def hear(piece: str) -> None:
        heard.append(piece)
        task.cancel()

    task = asyncio.create_task(model.ask(QUESTION, max_tokens=9, on_text=hear))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert heard == ["one "]
    assert (await model.ask(QUESTION, max_tokens=9)).text == "next"


@pytest.mark.asyncio
async def test_reads_a_file(tmp_path: Path) -> None:
    path = written(tmp_path / "replies.json", ["a", {"text": "b", "finish": "filtered"}, {"c": 1}])
    model = Scripted.from_file(path)
    replies = [await model.ask(QUESTION, max_tokens=9) for _ in range(3)]
    assert [reply.finish for reply in replies] == ["stop", "filtered", "stop"]
    assert [reply.text for reply in replies] == ["a", "b", '{\n  "c": 1\n}']


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[1, 2", "Expecting"),
        ({"text": "a"}, "list of replies"),
        (["a", 3], "reply 2 should be a string or an object, not 3"),
        ([{"text": 1}], "`text` of reply 1 should be a string"),
        ([{"text": "a", "finish": "done"}], "one of stop, length, filtered, not 'done'"),
        ([{"text": "a", "finnish": "stop"}], "more than `text` and `finish`: finnish"),
    ],
)
def test_a_bad_file_is_refused_with_its_path_and_the_reason(
    tmp_path: Path, content: object, reason: str
) -> None:
    path = written(tmp_path / "replies.json", content)
    with pytest.raises(ModelRejected) as raised:
        Scripted.from_file(path)
    assert str(path) in raised.value.message
    assert reason in raised.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelRejected, match=r"none\.json cannot be used: No such file"):
        Scripted.from_file(tmp_path / "none.json")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "replies.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelRejected, match="cannot be used"):
        Scripted.from_file(path)
