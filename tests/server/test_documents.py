"""Documents that change between a run and an edit, and edits that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from session.cases import COLDER, WARMER, contents

from server.client import Client, Json
from server.conftest import Asking


def optimized(client: Client, uri: str) -> str:
    answer = client.command("optimize", uri=uri, name="should_heat", feedback="Warmer.")
    assert answer["kind"] == "ready"
    return str(answer["proposal"]["id"])


def resolved(client: Client, uri: str, line: int) -> Json:
    (action,) = [each for each in client.actions(uri, line) if each["title"].startswith("Apply")]
    found: Json = client.request("codeAction/resolve", action)
    return found


def by_command(client: Client, uri: str, id: str) -> Json:
    return client.command("apply", proposal=id)


def by_action(client: Client, uri: str, id: str) -> Json:
    line = client.texts[uri].split("\n").index("@trace.bundle(trainable=True)")
    edit = resolved(client, uri, line).get("edit")
    if edit is None:
        return {"ok": False, "kind": "staleText", "message": client.said()[-1]}
    return {"ok": client.apply_edit(edit), "kind": "applied"}


both = pytest.mark.parametrize("apply", [by_command, by_action], ids=lambda each: each.__name__)


@both
def test_edited_elsewhere(asking: Asking, folder: Path, apply: Any) -> None:
    before = contents(folder)
    client = asking(WARMER)
    uri = client.open(folder / "thermostat.py")
    id = optimized(client, uri)
    text = "# A new line \N{GRINNING FACE} above.\n\n" + client.texts[uri].replace("17.0", "17.1")
    client.change(uri, text)
    answer = apply(client, uri, id)
    assert (answer["ok"], answer["kind"]) == (True, "applied")
    assert client.texts[uri] == text.replace("< 18", "< 20")
    # It is applied now, however it came about: a run later it is not offered any more.
    client.command("run", uri=uri)
    assert client.lenses(uri) == ["Trace · 4 calls"]
    assert client.command("apply", proposal=id)["kind"] == "editRefused"
    assert contents(folder) == before


@both
def test_edited_itself(asking: Asking, folder: Path, apply: Any) -> None:
    client = asking(WARMER)
    uri = client.open(folder / "thermostat.py")
    id = optimized(client, uri)
    line = client.texts[uri].split("\n").index("@trace.bundle(trainable=True)")
    (listed,) = [each for each in client.actions(uri, line) if each["title"].startswith("Apply")]
    text = client.texts[uri].replace("< 18", "<= 18")
    client.change(uri, text)
    # What no longer fits is not offered, and what was offered before says so.
    assert "Apply" not in str(client.actions(uri, line))
    assert "suggestion ready" not in str(client.lenses(uri))
    if apply is by_action:
        assert "edit" not in client.request("codeAction/resolve", listed)
        assert "should_heat" in client.said()[-1]
    else:
        answer = apply(client, uri, id)
        assert (answer["ok"], answer["kind"]) == (False, "staleText")
        assert "should_heat" in answer["message"]
    assert client.texts[uri] == text
    # Undone, it fits again.
    client.change(uri, text.replace("<= 18", "< 18"))
    assert apply(client, uri, id)["ok"]


@both
def test_gone_altogether(asking: Asking, folder: Path, apply: Any) -> None:
    client = asking(WARMER)
    uri = client.open(folder / "thermostat.py")
    id = optimized(client, uri)
    client.change(uri, client.texts[uri].replace("should_heat", "heats"))
    if apply is by_action:  # nothing to offer it on
        assert "Apply" not in str(client.actions(uri, 7))
    else:
        assert apply(client, uri, id)["kind"] == "staleText"


def test_not_python_any_more(asking: Asking, folder: Path) -> None:
    client = asking(WARMER)
    uri = client.open(folder / "thermostat.py")
    id = optimized(client, uri)
    client.change(uri, client.texts[uri] + "\n(")
    assert client.command("apply", proposal=id)["kind"] == "notParsable"
    assert client.lenses(uri) == []


def test_rejected_then_applied(asking: Asking, folder: Path) -> None:
    client = asking(WARMER)
    uri = client.open(folder / "thermostat.py")
    id = optimized(client, uri)
    assert client.lenses(uri) == ["Trace · 4 calls · 1 failed · suggestion ready"]
    assert client.command("reject", proposal=id)["kind"] == "rejected"
    assert client.lenses(uri) == ["Trace · 4 calls · 1 failed"]
    answer = client.command("apply", proposal=id)
    assert (answer["ok"], answer["kind"]) == (False, "editRefused")
    assert "rejected already" in answer["message"]
    assert "Apply" not in str(client.actions(uri, 7))


def test_the_older_of_two_is_replaced(asking: Asking, folder: Path) -> None:
    client = asking(COLDER, WARMER)
    uri = client.open(folder / "thermostat.py")
    older, newer = optimized(client, uri), optimized(client, uri)
    titles = [each["title"] for each in client.actions(uri, 7)]
    assert titles[0] == "Apply the suggestion for `should_heat` (better)"
    assert "Apply" not in str(titles[1:])
    answer = client.command("apply", proposal=older)
    assert (answer["ok"], answer["kind"]) == (False, "editRefused")
    assert "replaced already" in answer["message"]
    assert client.command("apply", proposal=newer)["ok"]


def test_applied_twice(asking: Asking, folder: Path) -> None:
    client = asking(WARMER)
    uri = client.open(folder / "thermostat.py")
    id = optimized(client, uri)
    assert client.command("apply", proposal=id)["ok"]
    text = client.texts[uri]
    assert "applied already" in client.command("apply", proposal=id)["message"]
    assert client.texts[uri] == text


def test_the_editor_says_no(asking: Asking, folder: Path) -> None:
    def refuses(params: Json) -> Json:
        return {"applied": False, "failureReason": "it is read-only"}

    def cannot(params: Json) -> Json:
        raise RuntimeError("this editor applies no edits")

    client = asking(WARMER)
    uri = client.open(folder / "thermostat.py")
    id = optimized(client, uri)
    for answer, reason in ((refuses, "it is read-only"), (cannot, "applies no edits")):
        client.answers["workspace/applyEdit"] = answer
        said = client.command("apply", proposal=id)
        assert (said["ok"], said["kind"]) == (False, "editRefused")
        assert reason in said["message"]
    assert "Apply" in str(client.actions(uri, 7))


def test_an_edit_made_for_another_version(asking: Asking, folder: Path) -> None:
    client = asking(WARMER)
    uri = client.open(folder / "thermostat.py")
    optimized(client, uri)
    edit = resolved(client, uri, 7)["edit"]
    assert edit["documentChanges"][0]["textDocument"]["version"] == 1
    client.change(uri, client.texts[uri] + "# typed meanwhile\n")
    assert not client.apply_edit(edit)


def test_what_runs_is_the_editors_text(asking: Asking, folder: Path) -> None:
    before = contents(folder)
    client = asking(WARMER)
    uri = client.open(folder / "thermostat.py")
    client.change(uri, client.texts[uri].replace("< 18", "< 25") + "print('unsaved')\n1 / 0\n")
    ran = client.command("run", uri=uri)
    assert ran["output"].startswith("2 of 4 right\nunsaved\n")
    assert ran["message"] == "ZeroDivisionError at thermostat.py:16: division by zero"
    assert "    1 / 0\n" in ran["output"]
    assert contents(folder) == before


def test_a_document_that_is_not_open(asking: Asking, folder: Path) -> None:
    # Then the file counts, in its own encoding.
    path = folder / "latin.py"
    path.write_bytes(b"# coding: latin-1\nprint('\xe9'.encode())\n")
    client = asking()
    assert client.command("run", uri=path.as_uri())["output"] == "b'\\xc3\\xa9'\n"
    client.notify("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})
    assert client.command("run", uri=path.as_uri())["ok"]


def test_windows_line_ends(asking: Asking, folder: Path) -> None:
    client = asking(WARMER)
    text = (folder / "thermostat.py").read_text().replace("\n", "\r\n")
    uri = client.open(folder / "thermostat.py", text)
    answer = client.command("apply", proposal=optimized(client, uri))
    assert answer["ok"], answer
    assert client.texts[uri] == text.replace("< 18", "< 20")


def test_a_document_that_is_no_file(asking: Asking, folder: Path) -> None:
    client = asking()
    document = {"uri": "untitled:1", "languageId": "python", "version": 1, "text": "x"}
    client.notify("textDocument/didOpen", {"textDocument": document})
    moved = {"uri": "untitled:1", "version": 2}
    changes = {"textDocument": moved, "contentChanges": [{"text": ""}]}
    client.notify("textDocument/didChange", changes)
    assert client.lenses("untitled:1") == []
    assert client.actions("untitled:1", 0) == []
    assert client.hover("untitled:1", 0) is None
    assert client.lenses(client.open(folder / "thermostat.py")) == ["Trace · run"]
    assert "Traceback" not in client.log.read_text()
