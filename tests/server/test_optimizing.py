"""What may change, by what, and for how long: the parameters of `optimize` and `showProblem`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from models.endpoint import ChatEndpoint, Hangs, says, soon
from session.cases import WARMER, contents, suggests

from server.client import Client
from server.conftest import Asking

PLAIN = suggests('def size(number):\n    return "small" if number < 3 else "large"')
WORSE = suggests('def size(number):\n    return "tiny"')
RIGHT = suggests(
    'def size(number):\n    return "small" if number < 3 else "large" if number < 9 else "huge"'
)
GOAL = """\
from opto import trace

x = trace.node(1.0, trainable=True)
loss = ((x - 3) * (x - 3)).data
"""


def test_several_names(asking: Asking, folder: Path) -> None:
    reply: Any = suggests("def grow(number):\n    return number + 10")
    reply["suggestion"]["int0"] = 4
    client = asking(reply)
    uri = client.open(folder / "two.py")
    asked = {"uri": uri, "names": ["grow", "factor", "grow"], "feedback": "More."}
    shown = client.command("showProblem", **asked)["text"]
    assert "def grow" in shown
    assert "def price" not in shown[shown.index("#Variables") : shown.index("#Constraints")]
    answer = client.command("optimize", **asked)
    proposal = answer["proposal"]
    assert (answer["kind"], proposal["names"]) == ("ready", ["grow", "factor"])
    assert len(proposal["edits"]) == 2
    before = client.texts[uri]
    assert client.command("apply", proposal=proposal["id"])["ok"]
    text = before.replace("number + 1", "number + 10").replace("node(3,", "node(4,")
    assert client.texts[uri] == text
    assert ("begin", "Trace: optimizing grow, factor") in client.progress()


def test_steps_until_the_checks_hold(asking: Asking, folder: Path) -> None:
    client = asking(PLAIN, WORSE, RIGHT, PLAIN)
    uri = client.open(folder / "sizes.py")
    proposal = client.command("optimize", uri=uri, steps=5)["proposal"]
    assert proposal["ended"] == "Every check that depends on what may change holds."
    assert proposal["verdict"]["passes"] is True
    assert proposal["verdict"]["objective"] == {"before": None, "after": None}
    steps = proposal["steps"]
    assert [each["number"] for each in steps] == [1, 2, 3]
    assert {each["understood"] for each in steps} == {"suggestion"}
    assert {(each["optimizer"], each["model"]) for each in steps} == {("OptoPrime", "scripted")}
    (last,) = steps[-1]["candidates"]
    assert last["values"] == {"size": RIGHT["suggestion"]["__code0"]}
    assert (last["judgement"], last["accepted"]) == ("better", True)
    said = [message for kind, message in client.progress() if kind == "report"]
    for number in (1, 2, 3):
        for phase in ("building the problem", "asking the model", "checking"):
            assert f"step {number} of 5: {phase}" in said
    assert not any(message.startswith("step 4") for message in said)
    assert said[0] == "tracing"


def test_one_step_where_nobody_says(asking: Asking, folder: Path) -> None:
    client = asking(PLAIN, RIGHT)
    proposal = client.command("optimize", uri=client.open(folder / "sizes.py"))["proposal"]
    assert (len(proposal["steps"]), proposal["ended"]) == (1, "One step was to be taken.")
    assert not any("step 1" in message for _, message in client.progress())


def test_a_goal_and_a_search(patient: Client, folder: Path) -> None:
    before = contents(folder)
    uri = patient.open(folder / "thermostat.py", GOAL)
    answer = patient.command("optimize", uri=uri, goal="minimize loss")
    assert (answer["ok"], answer["kind"]) == (True, "ready")
    proposal = answer["proposal"]
    assert proposal["model"] == "search"
    assert proposal["verdict"]["objective"]["before"] == 4.0
    assert abs(proposal["verdict"]["objective"]["after"]) < 0.01
    (step,) = proposal["steps"]
    assert (step["optimizer"], step["model"]) == ("search", "")
    assert step["tokens"] == {"sent": 0, "received": 0}
    said = [message for kind, message in patient.progress() if kind == "report"]
    assert "searching" in said
    assert any(
        message.startswith("searching (") and message.endswith("candidates tried)")
        for message in said
    )
    assert contents(folder) == before
    # A hover and the report say what it was that found it.
    hover = patient.hover(uri, 2, 1)
    assert hover is not None
    assert "No model was asked" in hover["contents"]["value"]
    report = Path(patient.command("showReport", uri=uri)["path"]).read_text()
    assert "Found by a search; no model was asked." in report


async def test_a_search_sends_nothing(folder: Path) -> None:
    async with ChatEndpoint() as endpoint:
        settings = {"model": {"baseUrl": endpoint.url, "name": "a-model"}}

        def searched() -> Any:
            with Client(folder, settings=settings) as client:
                uri = client.open(folder / "thermostat.py")
                return client.command("optimize", uri=uri, optimizer="search")

        answer = await asyncio.to_thread(searched)
        assert answer["kind"] == "ready"
        assert endpoint.requests == []


def test_nothing_was_found(patient: Client, folder: Path) -> None:
    uri = patient.open(folder / "exits.py")
    answer = patient.command("optimize", uri=uri)
    assert (answer["ok"], answer["kind"]) == (False, "nothingFound")
    assert answer["message"] in patient.said()
    patient.alone()


def test_candidates(asking: Asking, folder: Path) -> None:
    client = asking(WORSE, RIGHT)
    uri = client.open(folder / "sizes.py")
    proposal = client.command("optimize", uri=uri, candidates=2)["proposal"]
    judged = [each["judgement"] for step in proposal["steps"] for each in step["candidates"]]
    assert sorted(judged) == ["better", "worse"]
    assert proposal["verdict"]["passes"] is True


def test_the_optimizer_that_is_named(asking: Asking, folder: Path) -> None:
    client = asking(PLAIN)
    uri = client.open(folder / "sizes.py")
    texts = {
        name: client.command("showProblem", uri=uri, optimizer=name)["text"]
        for name in ("OptoPrime", "OptoPrimeV2", "OPRO")
    }
    assert len(set(texts.values())) == 3
    proposal = client.command("optimize", uri=uri, optimizer="OPRO")["proposal"]
    assert proposal["steps"][0]["optimizer"] == "OPRO"


@pytest.mark.parametrize("command", ["optimize", "showProblem"])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"names": "grow"}, "`names`"),
        ({"names": []}, "`names`"),
        ({"names": ["grow", 3]}, "`names`"),
        ({"goal": "make it small"}, "`goal` is like `minimize loss`"),
        ({"goal": 3}, "`goal`"),
        ({"optimizer": "Guess"}, "`optimizer` is one of OptoPrime, "),
        ({"candidates": 0}, "`candidates`"),
        ({"candidates": True}, "`candidates`"),
        ({"candidates": "2"}, "`candidates`"),
    ],
    ids=str,
)
def test_wrong_parameters(patient: Client, command: str, wrong: dict[str, Any], words: str) -> None:
    uri = patient.open(patient.folder / "two.py")
    answer = patient.command(command, uri=uri, **{"names": ["grow"], "feedback": "x", **wrong})
    assert (answer["ok"], answer["kind"]) == (False, "invalidParams")
    assert words in answer["message"]
    assert patient.said() == [answer["message"]]


@pytest.mark.parametrize("steps", [0, -1, 1.5, "3", True], ids=str)
def test_wrong_steps(patient: Client, steps: object) -> None:
    uri = patient.open(patient.folder / "sizes.py")
    answer = patient.command("optimize", uri=uri, steps=steps)
    assert (answer["ok"], answer["kind"]) == (False, "invalidParams")
    assert "`steps` should be a whole number from 1 on" in answer["message"]


def test_names_that_are_not_there(patient: Client) -> None:
    uri = patient.open(patient.folder / "two.py")
    answer = patient.command("optimize", uri=uri, names=["grow", "nobody"], feedback="x")
    assert (answer["ok"], answer["kind"]) == (False, "unknownTrainable")


async def test_budget_recording_and_cancel(folder: Path) -> None:
    tape = str(folder.parent / "tape.json")
    async with ChatEndpoint(says(json.dumps(PLAIN), tokens=(9000, 900)), Hangs()) as endpoint:
        model: dict[str, Any] = {"baseUrl": endpoint.url, "name": "a-model"}
        budget = {**model, "budget": {"tokens": 10}}
        recording = {**model, "provider": "recorded", "cassette": tape}

        def spent(client: Client, uri: str) -> Any:
            return client.command("optimize", uri=uri)

        with Client(folder, settings={"model": budget}) as client:
            uri = client.open(folder / "sizes.py")
            answer = await asyncio.to_thread(spent, client, uri)
            assert (answer["ok"], answer["kind"]) == (False, "budgetSpent")
            assert endpoint.requests == []
            client.configure({"model": recording})
            answer = await asyncio.to_thread(spent, client, uri)
            assert answer["kind"] == "ready"
            # Cancelled in the middle of a loop: the history has what there is.
            client.configure({"model": model})
            id = client.ask("trace/optimize", {"uri": uri, "steps": 3})
            while len(endpoint.requests) < 2:
                endpoint.arrived.clear()
                await soon(endpoint.arrived)
            client.command("cancel", uri=uri)
            assert client.answer(id)["kind"] == "cancelled"
    with Client(folder, settings={"model": {"provider": "recorded", "cassette": tape}}) as client:
        uri = client.open(folder / "sizes.py")
        assert client.command("optimize", uri=uri)["kind"] == "ready"
        other = client.command("optimize", uri=client.open(folder / "thermostat.py"))
        assert (other["ok"], other["kind"]) == (False, "notRecorded")
        Path(tape).write_text("no tape")
        client.configure({"model": {"provider": "recorded", "cassette": tape, "name": "other"}})
        damaged = client.command("optimize", uri=uri)
        assert (damaged["ok"], damaged["kind"]) == (False, "cassetteDamaged")


# The code action


def test_until_its_checks_hold(asking: Asking, folder: Path) -> None:
    client = asking(PLAIN, RIGHT)
    uri = client.open(folder / "sizes.py")

    def offered() -> list[Any]:
        kind = "refactor.rewrite.trace.optimizeUntilPass"
        return [each for each in client.actions(uri, 8) if each["kind"] == kind]

    assert offered() == []  # nobody knows yet
    client.command("run", uri=uri)
    (action,) = offered()
    assert action["title"] == "Optimize `size` until its checks hold"
    command = action["command"]
    assert command["command"] == "trace-lsp.optimize"
    assert command["arguments"] == [{"uri": uri, "name": "size", "steps": 10}]
    params = {"command": command["command"], "arguments": command["arguments"]}
    proposal = client.request("workspace/executeCommand", params)["proposal"]
    assert (len(proposal["steps"]), proposal["verdict"]["passes"]) == (2, True)
    client.command("apply", proposal=proposal["id"])
    client.command("run", uri=uri)
    assert offered() == []  # they hold


@pytest.mark.parametrize(("program", "line"), [("raises.py", 6), ("exits.py", 5)], ids=str)
def test_a_failure_is_a_check(patient: Client, program: str, line: int) -> None:
    uri = patient.open(patient.folder / program)
    patient.command("run", uri=uri)
    titles = [each["title"] for each in patient.actions(uri, line)]
    failed = program == "raises.py"
    assert any(title.endswith("until its checks hold") for title in titles) == failed


def test_an_assertion_is_a_check(asking: Asking, folder: Path) -> None:
    client = asking(WARMER)
    text = (folder / "thermostat.py").read_text()
    caught = "try:\n    assert should_heat(19.0).data\nexcept AssertionError:\n    pass\n"
    uri = client.open(folder / "thermostat.py", text.replace(".eq(wanted)", "") + caught)
    client.command("run", uri=uri)
    titles = [each["title"] for each in client.actions(uri, 8)]
    assert "Optimize `should_heat` until its checks hold" in titles
