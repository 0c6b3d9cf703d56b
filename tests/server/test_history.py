"""The history in the editor: listed, looked at, and the way back."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from session.cases import WARMER, contents, script

from server.client import Client

HOT = {"reasoning": "", "suggestion": {"__code0": "def should_heat(degrees):\n    return True"}}


class Server(Client):
    """A server with a history of its own, and scripted replies."""

    def __init__(self, folder: Path, *replies: Any, **more: Any) -> None:
        model = {"provider": "scripted", "replies": script(folder.parent, *replies)}
        environment = {"TRACE_LSP_STATE": str(folder.parent / "state")}
        super().__init__(folder, settings={"model": model}, environment=environment, **more)

    def optimized(self, uri: str) -> Any:
        answer = self.command("optimize", uri=uri, feedback="Warmer.")
        assert answer["ok"], answer
        return answer["proposal"]


def test_nothing_was_tried_yet(folder: Path) -> None:
    with Server(folder) as client:
        answer = client.command("history")
        assert answer == {"ok": True, "kind": "shown", "message": "0 entries.", "entries": []}


def test_what_was_tried(folder: Path) -> None:
    with Server(folder, WARMER, HOT) as client:
        uri = client.open(folder / "thermostat.py")
        other = client.open(folder / "two.py")
        first, second = client.optimized(uri), client.optimized(uri)
        listed = client.command("history", uri=uri)["entries"]
        assert [each["id"] for each in listed] == [second["id"], first["id"]]
        assert [each["decision"] for each in listed] == ["open", "replaced"]
        assert listed[1]["judgement"] == "better"
        assert client.command("history")["entries"] == listed
        assert client.request("trace/history", {"limit": 1})["entries"] == listed[:1]
        assert client.command("history", uri=other)["entries"] == []
        answer = client.command("history", entry=first["id"][:6])
        assert (answer["kind"], answer["message"]) == ("shown", f"Entry {first['id']}.")
        entry = answer["entry"]
        assert (entry["id"], entry["diff"]) == (first["id"], first["diff"])
        assert "Warmer." in entry["steps"][0]["problem"]


def test_undo(folder: Path) -> None:
    before = contents(folder)
    with Server(folder, WARMER) as client:
        uri = client.open(folder / "thermostat.py")
        text = client.texts[uri]
        id = client.optimized(uri)["id"]
        client.command("apply", proposal=id)
        changed = text.replace("< 18", "< 20")
        assert client.texts[uri] == changed
        # What was edited elsewhere since stays, and it was never saved.
        client.change(uri, changed + "# more\n")
        answer = client.command("undo", id=id)
        assert (answer["ok"], answer["kind"]) == (True, "undone")
        assert answer["message"] == "The change of should_heat was undone."
        assert client.texts[uri] == text + "# more\n"
        (entry,) = client.command("history")["entries"]
        assert entry["decision"] == "undone"
        again = client.command("undo", id=id)
        assert (again["ok"], again["kind"]) == (False, "staleText")
        refused = client.command("apply", proposal=id)
        assert (refused["ok"], refused["kind"]) == (False, "editRefused")
    assert contents(folder) == before


def test_undo_in_a_later_server(folder: Path) -> None:
    with Server(folder, WARMER) as client:
        uri = client.open(folder / "thermostat.py")
        id = client.optimized(uri)["id"]
        client.command("apply", proposal=id)
        changed = client.texts[uri]
        assert client.stop() == 0
    path = folder / "thermostat.py"
    with Server(folder) as client:
        uri = client.open(path, changed)
        assert client.command("undo", id=id[:8])["ok"]
        assert client.texts[uri] == path.read_text()


@pytest.mark.parametrize("answer", [{"applied": False, "failureReason": "busy"}, None], ids=str)
def test_the_editor_does_not_want_to(folder: Path, answer: Any) -> None:
    with Server(folder, WARMER) as client:
        uri = client.open(folder / "thermostat.py")
        id = client.optimized(uri)["id"]
        client.command("apply", proposal=id)
        client.answers["workspace/applyEdit"] = answer or _fails
        refused = client.command("undo", id=id)
        assert (refused["ok"], refused["kind"]) == (False, "editRefused")
        assert client.command("history")["entries"][0]["decision"] == "applied"


def _fails(params: Any) -> Any:
    raise RuntimeError("no")


@pytest.mark.parametrize(
    ("command", "params", "kind"),
    [
        ("undo", {}, "invalidParams"),
        ("undo", {"id": 3}, "invalidParams"),
        ("undo", {"id": "abcd"}, "unknownEntry"),
        ("history", {"entry": "abcd"}, "unknownEntry"),
        ("history", {"entry": ["abcd"]}, "invalidParams"),
        ("history", {"limit": 0}, "invalidParams"),
        ("history", {"uri": 3}, "invalidParams"),
        ("history", {"uri": "untitled:Untitled-1"}, "sourceError"),
    ],
    ids=str,
)
def test_wrong_parameters(patient: Client, command: str, params: dict[str, Any], kind: str) -> None:
    answer = patient.command(command, **params)
    assert (answer["ok"], answer["kind"]) == (False, kind)
    assert answer["message"]


def test_what_came_to_no_change(folder: Path) -> None:
    with Server(folder, {"reasoning": "It is right.", "suggestion": {}}) as client:
        uri = client.open(folder / "thermostat.py")
        id = client.optimized(uri)["id"]
        answer = client.command("undo", id=id)
        assert (answer["ok"], answer["kind"]) == (False, "editRefused")


def test_a_history_that_is_damaged(folder: Path) -> None:
    with Server(folder, WARMER) as client:
        client.optimized(client.open(folder / "thermostat.py"))
    (path,) = (folder.parent / "state" / "history").glob("*.sqlite3")
    path.write_bytes(b"something else entirely, and long enough to be looked at" * 20)
    with Server(folder, WARMER) as client:
        answer = client.command("history")
        assert (answer["ok"], answer["kind"]) == (False, "historyDamaged")
        # All else goes on.
        assert client.optimized(client.open(folder / "thermostat.py"))["verdict"]


def test_what_was_decided_last_is_kept_when_the_server_ends(folder: Path) -> None:
    with Server(folder, WARMER) as client:
        uri = client.open(folder / "thermostat.py")
        id = client.optimized(uri)["id"]
        client.command("reject", proposal=id)
        assert client.stop() == 0
    (path,) = (folder.parent / "state" / "history").glob("*.sqlite3")
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT id, decision FROM entries").fetchall() == [(id, "rejected")]
    connection.close()
    # Whoever closes the file last takes its log away.
    assert list(path.parent.iterdir()) == [path]
