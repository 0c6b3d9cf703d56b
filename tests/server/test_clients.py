"""Clients of little ability, and settings: what they cannot do is done without."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from session.cases import WARMER, script

from server.client import CAPABILITIES, Client, Json


def scripted(folder: Path, *replies: Any) -> Json:
    return {"provider": "scripted", "replies": script(folder.parent, *replies)}


def journey(client: Client, folder: Path) -> str:
    """Run, optimize, apply, run again; the URI."""
    uri = client.open(folder / "thermostat.py")
    assert client.command("run", uri=uri)["output"] == "3 of 4 right\n"
    proposal = client.command("optimize", uri=uri, feedback="Warmer.")["proposal"]
    assert client.command("apply", proposal=proposal["id"])["ok"]
    assert client.command("run", uri=uri)["output"] == "4 of 4 right\n"
    return uri


def test_a_client_that_can_do_nothing(folder: Path) -> None:
    settings = {"model": scripted(folder, WARMER)}
    with Client(folder, settings=settings, capabilities={}) as client:
        journey(client, folder)
        methods = {each["method"] for each in client._heard if "method" in each}
        assert methods == {"workspace/applyEdit"}


def test_a_client_without_document_changes(folder: Path) -> None:
    settings = {"model": scripted(folder, WARMER)}
    with Client(folder, settings=settings, capabilities={"workspace": {}}) as client:
        uri = journey(client, folder)
        (asked,) = client.heard("workspace/applyEdit")
        assert list(asked["edit"]["changes"]) == [uri]
        assert "documentChanges" not in asked["edit"]


def test_a_client_with_document_changes(folder: Path) -> None:
    with Client(folder, settings={"model": scripted(folder, WARMER)}) as client:
        journey(client, folder)
        (asked,) = client.heard("workspace/applyEdit")
        (change,) = asked["edit"]["documentChanges"]
        assert change["textDocument"]["version"] == 1
        assert "changes" not in asked["edit"]


@pytest.mark.parametrize("formats", [["markdown", "plaintext"], ["plaintext"], None], ids=str)
def test_hovers_in_the_clients_format(folder: Path, formats: Any) -> None:
    hover = {} if formats is None else {"hover": {"contentFormat": formats}}
    with Client(folder, capabilities={"textDocument": hover}) as client:
        uri = client.open(folder / "thermostat.py")
        assert client.hover(uri, 8, 6) is None
        client.command("run", uri=uri)
        found = client.hover(uri, 8, 6)
        assert found is not None
        is_markdown = bool(formats) and "markdown" in formats
        assert found["contents"]["kind"] == ("markdown" if is_markdown else "plaintext")
        assert ("`" in found["contents"]["value"]) == is_markdown
        assert client.hover(uri, 9, 6) is None


def test_progress(folder: Path) -> None:
    with Client(folder, settings={"model": scripted(folder, WARMER)}) as client:
        uri = client.open(folder / "thermostat.py")
        client.command("optimize", uri=uri, feedback="Warmer.")
        assert client.progress() == [
            ("begin", "Trace: optimizing should_heat"),
            ("report", "tracing"),
            ("report", "building the problem"),
            ("report", "asking the model"),
            ("report", "checking"),
            ("report", "ready"),
            ("end", ""),
        ]
        client.command("run", uri=uri)
        tokens = {each["token"] for each in client.heard("$/progress")}
        assert len(tokens) == 2


def test_a_client_that_refuses_progress(folder: Path) -> None:
    def refuses(params: Json) -> None:
        raise RuntimeError("no more of these")

    with Client(folder) as client:
        client.answers["window/workDoneProgress/create"] = refuses
        uri = client.open(folder / "thermostat.py")
        assert client.command("run", uri=uri)["ok"]
        assert client.heard("$/progress") == []


def test_actions_are_of_our_kinds_and_marked(folder: Path) -> None:
    action = {"tagSupport": {"valueSet": [1]}}
    capabilities = {**CAPABILITIES, "textDocument": {"codeAction": action}}
    options = {"feedbackCommand": "client.ask"}
    settings = {"model": scripted(folder, WARMER)}
    with Client(folder, settings=settings, options=options, capabilities=capabilities) as client:
        uri = client.open(folder / "thermostat.py")
        client.command("optimize", uri=uri, feedback="Warmer.")
        apply, ask, loop, *source = client.actions(uri, 7)
        assert apply["kind"] == "refactor.rewrite.trace.apply"
        assert apply["tags"] == [1]
        assert ask["title"] == "Optimize `should_heat` with feedback…"
        command = {"command": "client.ask", "arguments": [{"uri": uri, "name": "should_heat"}]}
        assert command.items() <= ask["command"].items()
        assert loop["kind"] == "refactor.rewrite.trace.optimizeUntilPass"
        kinds = ["source.trace.run", "source.trace.showGraph"]
        assert [each["kind"] for each in source] == kinds
        assert client.actions(uri, 0) == source
        assert not any("isPreferred" in each for each in (apply, ask, loop, *source))


def test_feedback_in_the_code(folder: Path) -> None:
    with Client(folder, settings={"model": scripted(folder, WARMER)}) as client:
        text = (
            (folder / "thermostat.py")
            .read_text()
            .replace("@trace", "# trace: it is cold below 20\n@trace")
        )
        uri = client.open(folder / "thermostat.py", text)
        (action, *_) = client.actions(uri, 8)
        assert action["title"] == "Optimize `should_heat`: it is cold below 20"
        params = {key: action["command"][key] for key in ("command", "arguments")}
        answer = client.request("workspace/executeCommand", params)
        assert answer["proposal"]["feedback"] == "it is cold below 20"


# Settings


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"timeout": -1}, "traceLsp.timeout is a number of seconds above 0, not -1"),
        ({"timeout": "long"}, "traceLsp.timeout should be a number, not 'long'"),
        ({"timeout": True}, "traceLsp.timeout should be a number, not True"),
        ({"arguments": "a b"}, "traceLsp.arguments should be a list, not 'a b'"),
        ({"arguments": ["a", None]}, "traceLsp.arguments is a list of strings"),
        ({"model": "gpt"}, "traceLsp.model should be an object, not 'gpt'"),
        ({"model": {"provider": "oracle"}}, "traceLsp.model.provider is one of 'openai'"),
        ({"model": {"name": 4}}, "traceLsp.model.name should be a string, not 4"),
    ],
    ids=str,
)
def test_a_wrong_setting_falls_back_and_is_said(patient: Client, wrong: Json, words: str) -> None:
    before = len(patient.said())
    patient.configure(wrong)
    uri = patient.open(patient.folder / "thermostat.py")
    assert patient.command("run", uri=uri)["output"] == "3 of 4 right\n"
    (said,) = patient.said()[before:]
    assert words in said


def test_a_wrong_setting_at_the_start(folder: Path) -> None:
    with Client(folder, settings={"timeout": -1}) as client:
        (said,) = client.said()
        assert "traceLsp.timeout" in said
        assert client.command("run", uri=client.open(folder / "thermostat.py"))["ok"]


def test_settings_that_are_asked_for(folder: Path) -> None:
    workspace = {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}
    with Client(folder, capabilities={"workspace": workspace}, bare=True) as client:
        settings: Json = {"python": sys.executable, "arguments": ["one"]}
        client.answers["workspace/configuration"] = lambda params: [settings]
        client.initialize()
        client.hear(lambda each: each.get("method") == "client/registerCapability")
        client.hear(lambda each: each.get("method") == "workspace/configuration")
        uri = client.open(folder / "echo.py")
        assert "out ONE\n" in client.command("run", uri=uri)["output"]
        settings["arguments"] = ["two"]
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.hear(lambda each: len(client.heard("workspace/configuration")) >= 2)
        assert "out TWO\n" in client.command("run", uri=uri)["output"]
        client.answers["workspace/configuration"] = lambda params: [None]
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.hear(lambda each: len(client.heard("workspace/configuration")) >= 3)
        assert "out\n" in client.command("run", uri=uri)["output"]


def test_settings_that_are_sent_along(folder: Path) -> None:
    with Client(folder) as client:
        uri = client.open(folder / "echo.py")
        for arguments, wraps in ((["one"], True), (["two"], False), ([], True)):
            sent: Json = {"python": sys.executable, "arguments": arguments}
            sent = {"traceLsp": sent} if wraps else sent
            client.notify("workspace/didChangeConfiguration", {"settings": sent})
            words = " ".join(["out", *arguments]).upper().replace("OUT", "out")
            assert f"{words}\n" in client.command("run", uri=uri)["output"]


def test_a_client_that_refuses_to_register_and_to_configure(folder: Path) -> None:
    def refuses(params: Json) -> None:
        raise RuntimeError("not here")

    workspace = {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}
    with Client(folder, capabilities={"workspace": workspace}, bare=True) as client:
        client.answers["client/registerCapability"] = refuses
        client.answers["workspace/configuration"] = refuses
        client.initialize()
        client.hear(lambda each: each.get("method") == "workspace/configuration")
        uri = client.open(folder / "thermostat.py")
        assert client.command("run", uri=uri)["ok"]


def test_new_arguments_count_for_the_next_suggestion(folder: Path) -> None:
    with Client(folder) as client:
        uri = client.open(folder / "echo.py")
        client.command("run", uri=uri)
        settings = {"python": sys.executable, "arguments": ["word"]}
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
        problem = client.command("showProblem", uri=uri, feedback="Louder.")
        assert "word" in problem["text"]
