"""Recordings: what was asked of a real client is answered from the file, and nothing else is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trace_lsp.errors import CassetteDamaged, ModelRejected, NoModel, NotRecorded
from trace_lsp.models.budget import Budget, Spent, spent_on
from trace_lsp.models.cassette import Exchange, append, read
from trace_lsp.models.chat import ChatModel, Message, Reply, Tokens
from trace_lsp.models.hashing import hash_of
from trace_lsp.models.metered import Metered
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.recorded import recorded
from trace_lsp.models.request import ChatRequest
from trace_lsp.models.scripted import Scripted

from .endpoint import Answers, ChatEndpoint, Streams, chunk, says

QUESTION = [Message("system", "Be brief."), Message("user", "One\nTwo\nThree")]
SCHEMA = {"type": "object"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "tape.jsonl"


def model_at(endpoint: ChatEndpoint) -> ChatModel:
    return OpenAICompatible("a-model", endpoint.url, "sk-secret", max_retries=0)


async def record(path: Path, *replies: str) -> None:
    """A recording of the question, asked once for each of the replies."""
    async with ChatEndpoint(*(says(each, tokens=(7, 1)) for each in replies)) as endpoint:
        model = recorded(path, model_at(endpoint))
        for _ in replies:
            await model.ask(QUESTION, max_tokens=9)


async def test_what_was_recorded_is_answered_without_the_model(path: Path) -> None:
    heard: list[str] = []
    async with ChatEndpoint(says("Hello there, naïve 😀", tokens=(7, 4))) as endpoint:
        model = recorded(path, model_at(endpoint))
        first = await model.ask(QUESTION, max_tokens=9, on_text=heard.append)
    assert first == Reply("Hello there, naïve 😀", "stop", Tokens(7, 4), "endpoint-model")
    again: list[str] = []
    replaying = recorded(path)
    assert await replaying.ask(QUESTION, max_tokens=9, on_text=again.append) == first
    assert "".join(again) == "".join(heard) == first.text
    assert len(again) > 1
    assert replaying.name == model.name == "a-model"


async def test_what_it_cost_is_recorded_and_spent_once(path: Path) -> None:
    async with ChatEndpoint(says("x", tokens=(7, 4))) as endpoint:
        model = recorded(path, Metered(model_at(endpoint), Budget(tokens=1000)))
        await model.ask(QUESTION, max_tokens=9)
    assert spent_on(model) == Spent(1, 7, 4)
    assert spent_on(recorded(path)) is None


async def test_a_file_that_is_there_is_never_added_to(path: Path) -> None:
    await record(path, "x")
    before = path.read_bytes()
    async with ChatEndpoint() as endpoint:
        model = recorded(path, model_at(endpoint))
        with pytest.raises(NotRecorded):
            await model.ask(QUESTION, max_tokens=10)
        assert not endpoint.requests
    assert path.read_bytes() == before


async def test_a_line_is_one_exchange(path: Path) -> None:
    await record(path, "one", "two")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["reply"]["text"] for line in lines] == ["one", "two"]
    assert {line["version"] for line in lines} == {1}
    assert lines[0]["hash"] == lines[1]["hash"]
    assert lines[0]["question"]["messages"] == [[each.role, each.text] for each in QUESTION]
    assert "sk-secret" not in path.read_text("utf-8")


async def test_equal_questions_get_their_replies_in_order_and_the_last_again(path: Path) -> None:
    await record(path, "one", "two", "three")
    model = recorded(path)
    replies = [await model.ask(QUESTION, max_tokens=9) for _ in range(5)]
    assert [reply.text for reply in replies] == ["one", "two", "three", "three", "three"]


async def test_a_schema_and_options_are_of_the_question(path: Path) -> None:
    options = {"temperature": 0.5, "stop": ("a", "b"), "logit_bias": {10: 1, 9: 2}}
    async with ChatEndpoint(says("{}")) as endpoint:
        model = recorded(path, model_at(endpoint))
        await model.ask(QUESTION, max_tokens=9, schema=SCHEMA, options=options)
    replaying: Any = recorded(path)
    assert replaying.takes_schema
    assert (await replaying.ask(QUESTION, max_tokens=9, schema=SCHEMA, options=options)).text
    with pytest.raises(NotRecorded, match=r"in `temperature`: asked “0\.7”, recorded “0\.5”"):
        await replaying.ask(
            QUESTION, max_tokens=9, schema=SCHEMA, options={**options, "temperature": 0.7}
        )
    with pytest.raises(NotRecorded, match=r"in `schema`: asked “null”, recorded “\{"):
        await replaying.ask(QUESTION, max_tokens=9, options=options)


async def test_a_model_that_takes_no_schema_is_replayed_as_one(path: Path) -> None:
    await recorded(path, Scripted(["x"])).ask(QUESTION, max_tokens=9)
    assert not getattr(recorded(path), "takes_schema", True)


DIFFERENCES = [
    ([QUESTION[0], Message("user", "One\nTwo\nFour")], 9, "message 2 (user), line 3: asked “Four”"),
    (
        [QUESTION[0], Message("user", "One\nTwo")],
        9,
        "(user), line 3: asked nothing, recorded “Three”",
    ),
    (
        [Message("user", "Be brief.\nOne\nTwo\nThree")],
        9,
        "“Be brief.”, in message 1 (system), line 1",
    ),
    ([Message("user", "Be brief."), QUESTION[1]], 9, "message 1 (user), line 1: asked “Be"),
    (QUESTION, 8, "in `max_tokens`: asked “8”, recorded “9”"),
    ([*QUESTION, Message("user", "x" * 200)], 9, f"asked “{'x' * 80}…”, recorded nothing"),
]


@pytest.mark.parametrize(("messages", "limit", "words"), DIFFERENCES)
async def test_what_was_not_recorded_says_how_it_differs(
    path: Path, messages: list[Message], limit: int, words: str
) -> None:
    await record(path, "x")
    with pytest.raises(NotRecorded) as raised:
        await recorded(path).ask(messages, max_tokens=limit)
    assert f"{path} has no reply to this question: the nearest" in raised.value.message
    assert words in raised.value.message
    assert "Delete tape.jsonl to record again" in raised.value.message


async def test_the_nearest_is_the_one_with_most_lines_in_common(path: Path) -> None:
    talks = [["alpha", "beta", "gamma"], ["one", "two", "three"], ["uno", "due", "tre"]]
    model = recorded(path, Scripted(["x"] * 3))
    for talk in talks:
        await model.ask([Message("user", "\n".join(talk))], max_tokens=9)
    long = "y" * 100
    with pytest.raises(NotRecorded) as raised:
        await recorded(path).ask([Message("user", f"one\ntwo\n{long}")], max_tokens=9)
    assert "the nearest is in line 2, and differs in message 1 (user), line 3" in str(raised.value)
    assert "recorded “three”" in str(raised.value)


async def test_an_empty_recording_says_so(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with pytest.raises(NotRecorded, match="nothing is recorded there"):
        await recorded(path).ask(QUESTION, max_tokens=9)


async def test_what_fails_is_not_recorded(path: Path) -> None:
    cut = Streams((chunk("Hel"),), "cut")
    async with ChatEndpoint(Answers(400, {"error": "no"}), cut, says("x")) as endpoint:
        model = recorded(path, model_at(endpoint))
        with pytest.raises(ModelRejected):
            await model.ask(QUESTION, max_tokens=9)
        assert not path.exists()
        with pytest.raises(Exception, match="broke off"):
            await model.ask(QUESTION, max_tokens=9)
        await model.ask(QUESTION, max_tokens=9)
    assert [each.reply.text for each in read(path)] == ["x"]


def test_neither_a_file_nor_a_model(path: Path) -> None:
    with pytest.raises(NoModel, match="Nothing is recorded in"):
        recorded(path)


def test_half_characters_do_not_damage_it(path: Path) -> None:
    path.parent.mkdir()
    request = ChatRequest((Message("user", "cut \ud83d, \u2028 and \x85"),))
    append(path, Exchange(request, Reply("\udc80"), "m"))
    (found,) = read(path)
    assert found.reply.text == "\ufffd"
    assert hash_of(found.request) == hash_of(request)


GOOD = Exchange(ChatRequest((Message("user", "Hi"),)), Reply("x"), "m")


def line(**changes: object) -> str:
    data = {
        "version": 1,
        "hash": hash_of(GOOD.request),
        "asked": "m",
        "question": {"messages": [["user", "Hi"]], "max_tokens": 4096, "json_object": False},
        "reply": {"text": "x", "finish": "stop", "tokens": [1, 2, None], "model": "m"},
    }
    data["question"]["options"] = {}  # type: ignore[index]
    return json.dumps({**data, **changes})


DAMAGE = [
    (line()[:-5], "Line 2 of {path} is cut off."),
    ("{no\n", "Line 2 of {path} is not JSON"),
    ("\n", "Line 2 of {path} is not JSON"),
    ("[1]\n", "Line 2 of {path} is of version None; this program reads 1."),
    (line(version=2) + "\n", "Line 2 of {path} is of version 2"),
    (line(question=5) + "\n", "Line 2 of {path} is no question and reply"),
    (line(question={"messages": [["user", 5]]}) + "\n", "is no question and reply"),
    (line(reply={"text": "x"}) + "\n", "Line 2 of {path} is no question and reply"),
    (line(hash="x") + "\n", "The question in Line 2 of {path} was changed by hand."),
    ("\udcff\n", "Line 2 of {path} is not JSON"),
]


@pytest.mark.parametrize(("text", "words"), DAMAGE)
def test_a_damaged_file_is_named_with_its_line(path: Path, text: str, words: str) -> None:
    path.parent.mkdir()
    path.write_bytes(f"{line()}\n{text}".encode("utf-8", "surrogateescape"))
    with pytest.raises(CassetteDamaged) as raised:
        recorded(path)
    assert words.format(path=path) in raised.value.message
    assert "Delete tape.jsonl to record again." in raised.value.message


def test_the_undamaged_line_is_read(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(line() + "\n")
    assert [each.asked for each in read(path)] == ["m"]


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CassetteDamaged, match=r"cannot be read: Is a directory\. Check"):
        recorded(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(CassetteDamaged, match="Nothing can be recorded in"):
        recorded(tmp_path / "file" / "tape.jsonl", Scripted(["x"]))


async def test_a_file_that_cannot_be_written(path: Path) -> None:
    model = recorded(path, Scripted(["x"]))
    path.mkdir()
    with pytest.raises(CassetteDamaged, match="cannot be written"):
        await model.ask(QUESTION, max_tokens=9)


WRITER = """
import sys
from pathlib import Path
from trace_lsp.models.cassette import Exchange, append
from trace_lsp.models.chat import Message, Reply
from trace_lsp.models.request import ChatRequest

path, name = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for at in range(100):
    request = ChatRequest((Message("user", f"{name} {at} " + name * 50_000),))
    append(Path(path), Exchange(request, Reply(f"{name} {at}"), name))
"""


def test_two_processes_that_record_at_once_do_not_damage_it(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    found = [each.reply.text for each in read(path)]
    assert [each for each in found if each[0] == "a"] == [f"a {at}" for at in range(100)]
    assert [each for each in found if each[0] == "b"] == [f"b {at}" for at in range(100)]
