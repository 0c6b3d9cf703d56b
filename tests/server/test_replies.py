"""Replies that cannot be used, in the editor: named, and nothing changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from models.endpoint import Answers, ChatEndpoint, says
from session.cases import REPLIES, WARMER, contents, script

from server.client import Client


def asking(folder: Path, *replies: object) -> Client:
    model = {"provider": "scripted", "replies": script(folder.parent, *replies)}
    return Client(folder, settings={"model": model})


@pytest.mark.parametrize("kind", REPLIES)
def test_a_reply_that_cannot_be_used(patient: Client, tmp_path: Path, kind: str) -> None:
    before = contents(patient.folder)
    replies = script(tmp_path, REPLIES[kind], REPLIES[kind], WARMER)
    patient.configure({"model": {"provider": "scripted", "replies": replies}})
    uri = patient.open(patient.folder / "thermostat.py")
    answer = patient.command("optimize", uri=uri, feedback="Warmer.")
    assert (answer["ok"], answer["kind"]) == (False, kind)
    assert patient.said()[-1] == answer["message"]
    assert patient.progress()[-1][0] == "end"
    patient.alone()
    assert patient.lenses(uri) == ["Trace · 4 calls · 1 failed"]
    # Asked once more it said the same; the next reply is a good one.
    answer = patient.command("optimize", uri=uri, feedback="Warmer.")
    assert (answer["ok"], answer["kind"]) == (True, "ready")
    patient.command("reject", proposal=answer["proposal"]["id"])
    assert contents(patient.folder) == before


def test_what_was_tried_is_what_is_written(folder: Path) -> None:
    text = (
        "from opto.trace import bundle\n"
        "class A:\n"
        "    @bundle(trainable=True)\n"
        "    def f(self, x):\n"
        "        s = '''\n"
        "  keep\n"
        "            this\n"
        "'''\n"
        "        return s + str(x)\n"
        "print(repr(A().f(1).data))\n"
    )
    code = "def f(self, x):\n    s = '''\nkeep\n        this\n'''\n    return s + str(x) + '!'"
    with asking(folder, {"reasoning": "", "suggestion": {"__code0": code}}) as client:
        uri = client.open(folder / "thermostat.py", text)
        proposal = client.command("optimize", uri=uri, feedback="Louder.")["proposal"]
        (row,) = proposal["verdict"]["outputs"]
        assert client.command("apply", proposal=proposal["id"])["ok"]
        assert client.command("run", uri=uri)["output"] == repr(row["after"]) + "\n"


def test_one_piece_of_text_with_several_values(folder: Path) -> None:
    text = (
        "from opto.trace import node\n"
        "ws = [node(0.5, trainable=True, name='w') for _ in range(2)]\n"
        "(ws[0] + ws[1]).eq(3)\n"
    )
    unlike = {"reasoning": "", "suggestion": {"w0": 1.0, "w1": 2.0}}
    alike = {"reasoning": "", "suggestion": {"w0": 1.5, "w1": 1.5}}
    with asking(folder, unlike, alike) as client:
        uri = client.open(folder / "thermostat.py", text)
        answer = client.command("optimize", uri=uri, feedback="More.")
        assert (answer["ok"], answer["kind"]) == (False, "severalValues")
        assert "2 times" in answer["message"]
        answer = client.command("optimize", uri=uri, feedback="More.")
        assert answer["proposal"]["verdict"]["judgement"] == "better"
        assert [each["newText"] for each in answer["proposal"]["edits"]] == ["1.5"]


def test_a_reply_that_wants_no_change(folder: Path) -> None:
    with asking(folder, {"reasoning": "It is right.", "suggestion": {}}) as client:
        uri = client.open(folder / "thermostat.py")
        answer = client.command("optimize", uri=uri, feedback="Warmer.")
        assert (answer["ok"], answer["kind"]) == (True, "noChange")
        assert answer["proposal"]["verdict"] is None
        assert not any(each["title"].startswith("Apply") for each in client.actions(uri, 7))


def test_a_script_that_has_ended(folder: Path) -> None:
    with asking(folder) as client:
        uri = client.open(folder / "thermostat.py")
        answer = client.command("optimize", uri=uri, feedback="Warmer.")
        assert (answer["ok"], answer["kind"]) == (False, "scriptEnded")


def test_no_model(folder: Path) -> None:
    with Client(folder) as client:
        uri = client.open(folder / "thermostat.py")
        asked = {"uri": uri, "feedback": "Warmer."}
        answer = client.command("optimize", **asked, optimizer="OptoPrime")
        assert (answer["ok"], answer["kind"]) == (False, "noModel")
        assert "OPENAI_API_KEY" in answer["message"]
        searched = client.command("optimize", **asked)
        assert (searched["ok"], searched["kind"]) == (True, "ready")
        assert searched["proposal"]["verdict"]["judgement"] == "better"
        assert "No model was asked" in searched["proposal"]["reasoning"]


def test_nobody_says_what_should_be_better(folder: Path) -> None:
    silent = folder / "silent.py"
    text = (folder / "thermostat.py").read_text()
    silent.write_text(text.replace(".eq(wanted)", ""))
    with asking(folder, WARMER) as client:
        uri = client.open(silent)
        answer = client.command("optimize", uri=uri)
        assert (answer["ok"], answer["kind"]) == (False, "noFeedback")
        assert "# trace:" in answer["message"]


async def test_a_real_endpoint(folder: Path) -> None:
    async with ChatEndpoint(
        says(json.dumps(WARMER), tokens=(321, 45)), Answers(401, {"error": {"message": "no"}})
    ) as endpoint:
        import asyncio

        await asyncio.to_thread(_journey, folder, endpoint.url)
        assert "should_heat" in str(endpoint.bodies[0]["messages"])
        assert endpoint.requests[0].headers["authorization"] == "Bearer a-key"


def _journey(folder: Path, url: str) -> None:
    settings = {"model": {"baseUrl": url, "name": "a-model"}}
    with Client(folder, settings=settings, environment={"OPENAI_API_KEY": "a-key"}) as client:
        uri = client.open(folder / "thermostat.py")
        answer = client.command("optimize", uri=uri, feedback="Warmer.")
        assert answer["proposal"]["tokens"] == {"sent": 321, "received": 45}
        assert answer["proposal"]["verdict"]["judgement"] == "better"
        answer = client.command("optimize", uri=uri, feedback="Warmer.")
        assert (answer["ok"], answer["kind"]) == (False, "keyRefused")
        assert "a-key" not in client.log.read_text("utf-8")
