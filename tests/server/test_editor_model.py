"""The editor's own model: the client is asked, and what it answers is the model's reply."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from models.endpoint import ChatEndpoint, says
from runs.processes import DEADLINE, none_left
from session.cases import WARMER, suggests

from server.client import LATER, Client, Fails, Json, Refused
from server.test_ending import by_command, by_progress
from trace_lsp.errors import ModelTimedOut, ModelUnreachable, NoModel
from trace_lsp.models.chat import ChatModel, Message
from trace_lsp.models.choose import ModelSettings, Provider
from trace_lsp.server.app import TraceServer
from trace_lsp.server.editor_answer import FAILURES
from trace_lsp.server.editor_model import EditorModel, choose
from trace_lsp.server.features import make_server

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "trace_lsp" / "server" / "PROTOCOL.md").read_text("utf-8")
WORKSPACES = TESTS / "workspaces"
OFFER = {"editorModel": {"name": "Editor Model"}}
TEXT = json.dumps(WARMER)
WARM = {"feedback": "Warmer."}
ENDPOINT = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://localhost:1/v1", "OPENAI_MODEL": "m"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("shared") / "workspace"
    shutil.copytree(WORKSPACES, folder)
    with Client(folder, options=OFFER) as client:
        yield client
        # Nothing in this file is a fault of the server's.
        assert not re.search("ERROR|Traceback|InvalidState", client.log.read_text("utf-8"))


def optimized(client: Client, answer: Any, file: str = "thermostat.py") -> Json:
    client.answers["trace/ask"] = answer
    uri = client.open(client.folder / file)
    return client.command("optimize", uri=uri, feedback="Warmer.")


def asked(client: Client, count: int = 1) -> list[Json]:
    """The questions to the client, once there are so many of them."""
    client.hear(lambda each: len(client.heard("trace/ask")) >= count)
    return client.heard("trace/ask")


def answers(text: str, **more: Any) -> Json:
    return {"text": text, "finish": "stop", **more}


# Asking


def test_what_is_asked(patient: Client) -> None:
    answer = optimized(patient, answers(TEXT, model="gpt-x", tokens={"sent": 321, "received": 45}))
    assert (answer["ok"], answer["kind"]) == (True, "ready")
    proposal = answer["proposal"]
    assert proposal["verdict"]["judgement"] == "better"
    assert (proposal["model"], proposal["tokens"]) == ("gpt-x", {"sent": 321, "received": 45})
    (question,) = patient.heard("trace/ask")
    assert [each["role"] for each in question["messages"]] == ["system", "user"]
    assert "#Feedback\nWarmer." in question["messages"][1]["text"]
    assert question["maxTokens"] > 0
    assert question["jsonObject"] is True
    assert question["schema"]["properties"]["suggestion"]["properties"].keys() == {"__code0"}
    assert question["id"] == patient.hear(lambda e: e.get("method") == "trace/ask")["id"]
    assert patient.command("apply", proposal=proposal["id"])["ok"]


def test_the_name_is_the_one_that_was_offered(patient: Client) -> None:
    proposal = optimized(patient, answers(TEXT))["proposal"]
    assert proposal["model"] == "Editor Model"
    assert proposal["tokens"] == {"sent": None, "received": None}


@pytest.mark.parametrize("final", [{}, {"text": ""}, {"text": None}], ids=str)
def test_an_answer_in_pieces(patient: Client, final: Json) -> None:
    def in_pieces(params: Json) -> Json:
        for at in range(0, len(TEXT), 7):
            patient.notify("trace/said", {"id": params["id"], "text": TEXT[at : at + 7]})
        return {"finish": "stop", **final}

    answer = optimized(patient, in_pieces)
    assert answer["kind"] == "ready"
    assert "+    return degrees < 20" in answer["proposal"]["diff"]


def test_the_final_text_counts_for_more_than_the_pieces(patient: Client) -> None:
    def says_otherwise(params: Json) -> Json:
        patient.notify("trace/said", {"id": params["id"], "text": "Let me think"})
        return answers(TEXT)

    assert optimized(patient, says_otherwise)["kind"] == "ready"


def test_pieces_for_nobody(patient: Client) -> None:
    def says_for_others(params: Json) -> Json:
        for said in ({"id": "another", "text": "x"}, {"id": [1], "text": "x"}, {}, None, "x"):
            patient.notify("trace/said", said)
        return {"finish": "stop"}

    assert optimized(patient, says_for_others)["kind"] == "emptyReply"


def test_a_character_in_two_pieces(patient: Client) -> None:
    first, second = "\ud83d", "\ude00"
    code = f"def should_heat(degrees):\n    return degrees < 20  # {first}\u00b7{second}"
    whole = json.dumps(suggests(code), ensure_ascii=False).split("\u00b7")

    def in_halves(params: Json) -> Json:
        for text in whole:
            patient.notify("trace/said", {"id": params["id"], "text": text})
        return {"finish": "stop"}

    assert "# \N{GRINNING FACE}" in optimized(patient, in_halves)["proposal"]["diff"]


@pytest.mark.parametrize(
    ("finish", "kind"), [("length", "replyCutOff"), ("filtered", "contentFiltered")]
)
def test_how_it_came_to_its_end(patient: Client, finish: str, kind: str) -> None:
    answer = optimized(patient, {"text": "{", "finish": finish})
    assert (answer["ok"], answer["kind"]) == (False, kind)


def test_two_at_a_time(patient: Client) -> None:
    folder = patient.folder
    shutil.copy(folder / "thermostat.py", folder / "another.py")
    patient.answers["trace/ask"] = LATER
    uris = [patient.open(folder / name) for name in ("thermostat.py", "another.py")]
    jobs = [
        patient.ask("trace/optimize", {"uri": uri, "feedback": f"Below {limit}."})
        for uri, limit in zip(uris, (20, 21))
    ]
    questions = asked(patient, 2)
    assert len({each["id"] for each in questions}) == 2
    for limit in (21, 20):
        (question,) = [each for each in questions if f"Below {limit}." in str(each["messages"])]
        text = json.dumps(suggests(f"def should_heat(degrees):\n    return degrees < {limit}"))
        half = len(text) // 2
        question["rest"] = text[half:]
        patient.notify("trace/said", {"id": question["id"], "text": text[:half]})
    for question in questions:
        patient.notify("trace/said", {"id": question["id"], "text": question["rest"]})
        patient.send({"id": question["id"], "result": {"finish": "stop"}})
    for job, limit in zip(jobs, (20, 21)):
        assert f"+    return degrees < {limit}" in patient.answer(job)["proposal"]["diff"]


def test_a_program_that_asks(patient: Client) -> None:
    program = (
        "from opto.utils.llm import LLM\n"
        "reply = LLM()(messages=[{'role': 'user', 'content': 'Name a colour.'}], temperature=0.5)\n"
        "print(reply.choices[0].message.content)\n"
    )
    patient.answers["trace/ask"] = answers("Blue")
    uri = patient.open(patient.folder / "echo.py", program)
    assert patient.command("run", uri=uri)["output"] == "Blue\n"
    (question,) = patient.heard("trace/ask")
    assert question["options"] == {"temperature": 0.5}
    assert question["messages"] == [{"role": "user", "text": "Name a colour."}]
    assert "schema" not in question


# Errors


@pytest.mark.parametrize("kind", FAILURES)
def test_an_error_of_a_kind(patient: Client, kind: str) -> None:
    answer = optimized(patient, Fails("It is\n  Tuesday", -32803, {"kind": kind}))
    assert (answer["ok"], answer["kind"]) == (False, kind)
    assert "Editor Model" in answer["message"]
    assert ": It is Tuesday." in answer["message"]
    assert patient.said()[-1] == answer["message"]


def test_when_to_ask_again(patient: Client) -> None:
    slow = Fails("Slow down!", data={"kind": "rateLimited", "retryAfter": 2.5})
    said = optimized(patient, slow)["message"]
    assert (
        said == "The editor's model Editor Model asks to slow down: Slow down! Ask again in 2.5 s."
    )


@pytest.mark.parametrize("wait", [-1, True, "soon", [], 10**400, None], ids=lambda w: str(w)[:9])
def test_a_wait_that_is_none(patient: Client, wait: Any) -> None:
    slow = Fails("Slow down.", data={"kind": "rateLimited", "retryAfter": wait})
    assert optimized(patient, slow)["message"].endswith("Ask again later.")


@pytest.mark.parametrize(
    "data", [None, "noModel", ["noModel"], {"kind": "outOfPaper"}, {"kind": ["noModel"]}], ids=str
)
def test_every_other_error_is_a_refusal(patient: Client, data: Any) -> None:
    answer = optimized(patient, Fails("No. " * 500, data=data))
    assert (answer["ok"], answer["kind"]) == (False, "modelRejected")
    assert "refused the request: No. No. " in answer["message"]
    assert len(answer["message"]) < 600


def test_an_error_without_a_word(patient: Client) -> None:
    answer = optimized(patient, Fails("", data={"kind": "modelUnreachable"}))
    assert answer["kind"] == "modelUnreachable"


def test_a_client_that_does_not_know_the_request(patient: Client) -> None:
    answer = optimized(patient, Fails("Unhandled method trace/ask", -32601))
    assert (answer["ok"], answer["kind"]) == (False, "noModel")
    assert "does not know `trace/ask`" in answer["message"]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "it should be an object, not None"),
        ("text", "it should be an object, not 'text'"),
        ([TEXT], "it should be an object, not ["),
        ({"text": 7, "finish": "stop"}, "`text` should be a string, not 7"),
        ({"text": TEXT}, "`finish` should be one of stop, length, filtered, not None"),
        (answers(TEXT, finish="ended"), "`finish` should be one of stop, length, filtered, not"),
        (answers(TEXT, finish=["stop"]), "`finish` should be one of stop, length, filtered, not"),
        (answers(TEXT, model=4), "`model` should be a string, not 4"),
        (answers(TEXT, tokens=4), "`tokens` should be an object, not 4"),
        (answers(TEXT, tokens={"sent": "4"}), "`tokens.sent` should be a whole number from 0"),
        (answers(TEXT, tokens={"received": -1}), "`tokens.received` should be a whole number"),
        (answers(TEXT, tokens={"received": True}), "`tokens.received` should be a whole number"),
    ],
    ids=lambda each: str(each)[:40],
)
def test_an_answer_that_is_none(patient: Client, result: Any, words: str) -> None:
    answer = optimized(patient, result)
    assert (answer["ok"], answer["kind"]) == (False, "modelRejected")
    assert words in answer["message"]


def test_a_piece_that_is_none(patient: Client) -> None:
    def says_a_number(params: Json) -> Json:
        patient.notify("trace/said", {"id": params["id"], "text": TEXT})
        patient.notify("trace/said", {"id": params["id"], "text": 7})
        return {"finish": "stop"}

    answer = optimized(patient, says_a_number)
    assert (answer["ok"], answer["kind"]) == (False, "modelRejected")
    assert "the `text` of a `trace/said` should be a string, not 7" in answer["message"]


@pytest.mark.parametrize(
    "answer", [{"error": "no"}, {"error": {"code": "x"}}, {"error": 1, "result": {}}, {}], ids=str
)
def test_an_answer_that_breaks_the_protocol(folder: Path, answer: Json) -> None:
    with Client(folder, options=OFFER) as client:
        client.answers["trace/ask"] = LATER
        job = client.ask("trace/optimize", {"uri": client.open(folder / "thermostat.py")} | WARM)
        (question,) = asked(client)
        client.send({"id": question["id"], **answer})
        assert client.answer(job)["kind"] == "modelRejected"
        assert client.answer(job)["message"] == client.said()[-1]
        assert optimized(client, answers(TEXT))["kind"] == "ready"


# Cancelling and going away


def by_cancel_request(client: Client, id: int, uri: str) -> None:
    client.notify("$/cancelRequest", {"id": id})


@pytest.mark.parametrize(
    "late",
    [{"result": answers(TEXT)}, {"error": {"code": -32800, "message": "Cancelled"}}],
    ids=["answer", "error"],
)
@pytest.mark.parametrize(
    "cancel", [by_progress, by_command, by_cancel_request], ids=lambda f: f.__name__
)
def test_cancel(folder: Path, cancel: Callable[[Client, int, str], None], late: Json) -> None:
    with Client(folder, options=OFFER) as client:
        client.answers["trace/ask"] = LATER
        uri = client.open(folder / "thermostat.py")
        job = client.ask("trace/optimize", {"uri": uri, **WARM})
        (question,) = asked(client)
        client.notify("trace/said", {"id": question["id"], "text": "{"})
        cancel(client, job, uri)
        told = client.hear(lambda each: each.get("method") == "$/cancelRequest")
        assert told["params"] == {"id": question["id"]}
        if cancel is by_cancel_request:
            with pytest.raises(Refused) as refused:
                client.answer(job)
            assert refused.value.code == -32800
        else:
            assert client.answer(job)["kind"] == "cancelled"
        client.notify("trace/said", {"id": question["id"], "text": "}"})
        client.send({"id": question["id"], **late})
        # It is still there, and has not said a word about that.
        assert optimized(client, answers(TEXT))["kind"] == "ready"
        assert client.said() == []
        assert len(client.heard("$/cancelRequest")) == 1
        assert client.log.read_text("utf-8") == ""


def test_cancelling_one_of_two(patient: Client) -> None:
    shutil.copy(patient.folder / "thermostat.py", patient.folder / "another.py")
    patient.answers["trace/ask"] = LATER
    uris = [patient.open(patient.folder / name) for name in ("thermostat.py", "another.py")]
    jobs = []
    for count, uri in enumerate(uris, start=1):
        jobs.append(patient.ask("trace/optimize", {"uri": uri, **WARM}))
        first, *others = asked(patient, count)
    patient.command("cancel", uri=uris[0])
    assert patient.answer(jobs[0])["kind"] == "cancelled"
    assert patient.heard("$/cancelRequest") == [{"id": first["id"]}]
    patient.send({"id": others[0]["id"], "result": answers(TEXT)})
    assert patient.answer(jobs[1])["kind"] == "ready"


@pytest.mark.parametrize("command", ["trace/optimize", "workspace/executeCommand"])
def test_shut_down_while_asked(folder: Path, command: str) -> None:
    with Client(folder, options=OFFER) as client:
        client.answers["trace/ask"] = LATER
        params: Json = {"uri": client.open(folder / "thermostat.py"), **WARM}
        if command == "workspace/executeCommand":
            params = {"command": "trace-lsp.optimize", "arguments": [params]}
        client.ask(command, params)
        asked(client)
        assert client.stop() == 0


def test_hung_up_while_asked(folder: Path) -> None:
    with Client(folder, options=OFFER) as client:
        client.answers["trace/ask"] = LATER
        client.ask("trace/optimize", {"uri": client.open(folder / "thermostat.py"), **WARM})
        asked(client)
        client.hang_up()
        assert client.process.wait(DEADLINE) == 1
        assert "Traceback" not in client.log.read_text("utf-8")


CRASHES = """
import os, signal, sys
from pathlib import Path
from server.client import Client

folder = Path(sys.argv[1])
with Client(folder, options={"editorModel": {"name": "m"}}) as client:
    print(client.mark, client.log, flush=True)
    client.answers["trace/ask"] = lambda params: os.kill(os.getpid(), signal.SIGKILL)
    client.command("optimize", uri=client.open(folder / "thermostat.py"), feedback="Warmer.")
"""


def test_a_client_that_crashes_while_asked(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-c", CRASHES, str(folder)]
    crashed = subprocess.run(
        command, env=environment, cwd=TESTS.parent, capture_output=True, text=True, check=False
    )
    assert crashed.returncode == -9, crashed.stderr
    mark, log = crashed.stdout.split(maxsplit=1)
    none_left(mark)
    # It noticed, and did not go on and on about it.
    assert Path(log.strip()).stat().st_size < 100_000


@pytest.fixture
def wires() -> Iterator[tuple[TraceServer, int]]:
    """A server that writes into a pipe, and the end of it to read from."""
    server = make_server()
    heard, said = os.pipe()
    with os.fdopen(said, "wb", buffering=0) as stream:
        server.protocol.set_writer(stream)  # type: ignore[arg-type]
        yield server, heard


async def test_a_client_that_reads_no_more(wires: tuple[TraceServer, int]) -> None:
    server, heard = wires
    os.close(heard)
    with pytest.raises(ModelUnreachable, match="The editor went away"):
        await EditorModel(server.protocol, "m").ask([Message("user", "Hi")], max_tokens=9)


async def test_a_client_that_never_answers(wires: tuple[TraceServer, int]) -> None:
    server, heard = wires
    model = EditorModel(server.protocol, "m", patience=0.01)
    with pytest.raises(ModelTimedOut, match=r"within 0\.01 s"):
        await model.ask([Message("user", "Hi")], max_tokens=9)
    with os.fdopen(heard, "rb") as stream:
        text = os.read(stream.fileno(), 10_000).decode()
    id = re.search('"id": "([^"]+)", "method": "trace/ask"', text)
    assert id is not None
    assert f'{{"id": "{id[1]}"}}, "method": "$/cancelRequest"' in text.replace("params", "")


def take(server: TraceServer, **message: Any) -> None:
    """Has the server read a message."""
    protocol = server.protocol
    protocol.handle_message(protocol.structure_message({"jsonrpc": "2.0", **message}))


async def question(heard: int) -> str:
    """The id of the question that the server has put, once it has."""
    text = await asyncio.to_thread(os.read, heard, 10_000)
    return str(json.loads(text[text.index(b"{") :])["id"])


@pytest.mark.parametrize("pieces", [["Good ", "day"], []], ids=str)
async def test_pieces_are_heard_as_they_come(
    wires: tuple[TraceServer, int], pieces: list[str]
) -> None:
    server, heard = wires
    server.take_editor_model({"name": "m"})
    assert server.editor_model is not None
    said: list[str] = []
    asking = asyncio.create_task(
        server.editor_model.ask([Message("user", "Hi")], max_tokens=9, on_text=said.append)
    )
    id = await question(heard)
    for count, piece in enumerate(pieces, start=1):
        take(server, method="trace/said", params={"id": id, "text": piece})
        assert said == pieces[:count]
    take(server, id=id, result=answers("Good day"))
    assert (await asking).text == "Good day"
    assert said == (pieces or ["Good day"])
    os.close(heard)


async def test_a_client_that_ends_the_server(wires: tuple[TraceServer, int]) -> None:
    server, heard = wires
    take(server, id=1, method="initialize", params={"capabilities": {}, "processId": None})
    await asyncio.to_thread(os.read, heard, 100_000)
    model = EditorModel(server.protocol, "m")
    asking = asyncio.create_task(model.ask([Message("user", "Hi")], max_tokens=9))
    await question(heard)
    take(server, id=2, method="shutdown", params=None)
    with pytest.raises(ModelUnreachable, match="The editor went away"):
        await asking
    os.close(heard)


# Offering, and which model is meant


@pytest.mark.parametrize(
    ("offered", "words"),
    [
        ("gpt", "editorModel should be an object with a `name`, not 'gpt'"),
        ({}, "editorModel should be an object with a `name`"),
        ({"name": "  "}, "editorModel should be an object with a `name`"),
        ({"name": 4}, "editorModel should be an object with a `name`"),
        ({"name": "m", "maxInputTokens": 0}, "editorModel.maxInputTokens is a whole number"),
        ({"name": "m", "maxInputTokens": True}, "editorModel.maxInputTokens is a whole number"),
        ({"name": "m", "maxInputTokens": "9"}, "editorModel.maxInputTokens is a whole number"),
    ],
    ids=str,
)
def test_an_offer_that_is_wrong(folder: Path, offered: Any, words: str) -> None:
    with Client(folder, options={"editorModel": offered}) as client:
        (said,) = client.said()
        assert words in said
        has_name = "maxInputTokens" in words
        optimized(client, answers(TEXT))
        assert len(client.heard("trace/ask")) == has_name


def test_a_question_that_is_too_long(folder: Path) -> None:
    offer = {"editorModel": {"name": "Small", "maxInputTokens": 100}}
    with Client(folder, options=offer) as client:
        answer = optimized(client, answers(TEXT))
        assert (answer["ok"], answer["kind"]) == (False, "modelRejected")
        assert re.search(
            r"about [\d,]+ tokens, and the editor's model Small takes 100\.", answer["message"]
        )
        assert client.heard("trace/ask") == []


def _chosen(settings: ModelSettings, environment: dict[str, str], model: EditorModel | None) -> str:
    try:
        chosen: ChatModel = choose(settings, environment, model)
    except NoModel as error:
        return error.message
    return chosen.name


@pytest.mark.parametrize(
    ("settings", "environment", "has_own", "meant"),
    [
        (ModelSettings(), {}, True, "own"),
        (ModelSettings(), ENDPOINT, True, "own"),
        (ModelSettings(name="n"), ENDPOINT, True, "own"),
        (ModelSettings(), ENDPOINT, False, "m"),
        (ModelSettings(), {}, False, "No model is configured"),
        (ModelSettings(base_url="http://localhost:1/v1", name="n"), {}, True, "n"),
        (ModelSettings(base_url=" "), ENDPOINT, True, "own"),
        (ModelSettings(provider="openai"), ENDPOINT, True, "m"),
        (ModelSettings(provider="openai"), {}, True, "No model is configured"),
        (ModelSettings(provider="scripted"), ENDPOINT, True, "A scripted model needs replies"),
        (ModelSettings(provider="none"), ENDPOINT, True, "Models are turned off"),
        (ModelSettings(provider="editor"), ENDPOINT, True, "own"),
        (ModelSettings(provider="editor", base_url="http://x/v1"), {}, True, "own"),
        (ModelSettings(provider="editor"), ENDPOINT, False, "there is no editor here"),
    ],
    ids=str,
)
def test_which_model_is_meant(
    settings: ModelSettings, environment: dict[str, str], has_own: bool, meant: str
) -> None:
    own = EditorModel(TraceServer().protocol, "own") if has_own else None
    assert meant in _chosen(settings, environment, own)


async def test_settings_that_change(folder: Path) -> None:
    async with ChatEndpoint(says(TEXT)) as endpoint:
        await asyncio.to_thread(_changing, folder, endpoint.url)
        assert len(endpoint.requests) == 1


def _changing(folder: Path, url: str) -> None:
    with Client(folder, options=OFFER, environment=ENDPOINT) as client:
        assert optimized(client, answers(TEXT))["proposal"]["model"] == "Editor Model"
        client.configure({"model": {"baseUrl": url, "name": "a-model"}})
        assert optimized(client, answers(TEXT))["kind"] == "ready"
        assert len(client.heard("trace/ask")) == 1
        client.configure({"model": {"provider": "none"}})
        searched = optimized(client, answers(TEXT))["proposal"]
        assert searched["model"] == "search"
        assert len(client.heard("trace/ask")) == 1
        client.configure({"model": {"provider": "editor"}})
        assert optimized(client, answers(TEXT))["kind"] == "ready"
        assert len(client.heard("trace/ask")) == 2


def test_no_editor_that_offers_one(folder: Path) -> None:
    with Client(folder, settings={"model": {"provider": "editor"}}) as client:
        answer = optimized(client, answers(TEXT))
        assert (answer["ok"], answer["kind"]) == (False, "noModel")
        assert "no editor here" in answer["message"]
        assert client.heard("trace/ask") == []


# The page


def test_the_page_names_the_errors_and_the_providers() -> None:
    table = PAGE.partition("| `kind` | meaning |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(FAILURES)
    (row,) = re.findall(r"^\| `model.provider` \|([^|]*)\|", PAGE, re.MULTILINE)
    assert re.findall(r'"(\w+)"', row) == [each for each in get_args(Provider) if each]


def test_the_page_names_what_is_sent(patient: Client) -> None:
    optimized(patient, answers(TEXT))
    (question,) = patient.heard("trace/ask")
    table = PAGE.partition("| parameter | type | meaning |")[2].partition("\n\n")[0]
    named = re.findall(r"^\| `(\w+)`", table, re.MULTILINE)
    assert [each for each in named if each != "options"] == list(question)
