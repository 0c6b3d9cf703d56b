"""`history`: what was tried, looked at again, compared, written and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from commandline import Done, program, trace_lsp
from session.cases import WARMER, contents, script, suggests

FILE = "thermostat.py"
HOT = suggests("def should_heat(degrees):\n    return degrees < 22")


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACE_LSP_STATE", str(tmp_path / "state"))


def optimize(folder: Path, reply: Any, *arguments: str) -> Any:
    """The proposal, which is in the history then."""
    replies = ("--replies", script(folder.parent, reply))
    asked = program("optimize", FILE, "--feedback", "Warmer.", *replies, "--json", *arguments)
    done = trace_lsp(folder, *asked)
    assert done.json["ok"], done
    return done.json["proposal"]


def history(folder: Path, *arguments: str) -> Done:
    return trace_lsp(folder, "history", *arguments)


def decision(folder: Path, id: str) -> str:
    found: str = history(folder, "show", id, "--json").json["entry"]["decision"]
    return found


def test_of_nothing_there_is_a_sentence(folder: Path) -> None:
    done = history(folder)
    assert (done.code, done.out) == (
        0, "Nothing was tried here yet: `trace-lsp optimize FILE` does.\n",
    )  # fmt: skip
    assert history(folder, "--json").json == {"ok": True, "kind": "shown", "entries": []}
    assert not (folder.parent / "state").exists()


def test_the_list(folder: Path) -> None:
    first, second = optimize(folder, WARMER), optimize(folder, HOT, "--write")
    listed = history(folder, "list", "--json").json["entries"]
    assert [each["id"] for each in listed] == [second["id"], first["id"]]
    assert [each["decision"] for each in listed] == ["applied", "open"]
    assert listed[0]["names"] == ["should_heat"]
    assert listed == history(folder, "--json").json["entries"]
    assert listed == history(folder, "--json", "list").json["entries"]
    assert listed == history(folder, "list", FILE, "--json").json["entries"]
    assert history(folder, "list", "two.py", "--json").json["entries"] == []
    assert history(folder, "list", "--limit", "1", "--json").json["entries"] == listed[:1]
    plain = history(folder).out.splitlines()
    assert plain[0].startswith("id ")
    assert [line.split()[0] for line in plain[1:]] == [second["id"], first["id"]]
    assert "thermostat.py: should_heat" in plain[1]


def test_one_whole(folder: Path) -> None:
    made = optimize(folder, WARMER)
    entry = history(folder, "show", made["id"][:5], "--json").json["entry"]
    assert (entry["id"], entry["diff"], entry["judgement"]) == (made["id"], made["diff"], "better")
    (step,) = entry["steps"]
    assert "Warmer." in step["problem"]
    assert "return degrees < 20" in step["reply"]
    assert step["trials"][0]["accepted"] is True
    plain = history(folder, "show", made["id"]).out
    assert plain.startswith(f"should_heat ({made['id']})\n")
    assert "+    return degrees < 20" in plain
    assert step["problem"].strip().splitlines()[0] in plain


def test_a_search_in_the_history_sent_nothing(folder: Path) -> None:
    trace_lsp(folder, *program("optimize", FILE, "--no-model"))
    (listed,) = history(folder, "--json").json["entries"]
    plain = history(folder, "show", listed["id"]).out
    assert "Step 1: search" in plain
    assert "model: none was asked" in plain
    assert "tokens" not in plain


def test_two_beside_each_other(folder: Path) -> None:
    first, second = optimize(folder, WARMER), optimize(folder, HOT)
    compared = history(folder, "compare", first["id"], second["id"], "--json").json["comparison"]
    assert [compared[each]["id"] for each in ("first", "second")] == [first["id"], second["id"]]
    (pair,) = compared["cameTo"]
    assert pair["differs"]
    plain = history(folder, "compare", first["id"], second["id"]).out
    assert "-    return degrees < 20\n+    return degrees < 22" in plain


def test_apply_and_undo(folder: Path) -> None:
    before = contents(folder)
    path = folder / FILE
    id = optimize(folder, WARMER)["id"]
    applied = history(folder, "apply", id, "--json")
    assert (applied.code, applied.json["kind"]) == (0, "applied")
    assert path.read_bytes() == before[str(path)].replace(b"< 18", b"< 20")
    assert decision(folder, id) == "applied"
    again = history(folder, "apply", id, "--json")
    assert (again.code, again.json["kind"]) == (1, "staleText")
    # What was changed elsewhere meanwhile stays.
    path.write_text(path.read_text() + "# more\n")
    undone = history(folder, "undo", id)
    assert (undone.code, undone.out) == (0, f"should_heat in {path}: undone.\n")
    assert path.read_bytes() == before[str(path)] + b"# more\n"
    assert decision(folder, id) == "undone"
    assert history(folder, "undo", id, "--json").json["kind"] == "staleText"


def test_undo_what_optimize_wrote(folder: Path) -> None:
    before = contents(folder)
    id = optimize(folder, WARMER, "--write")["id"]
    assert contents(folder) != before
    assert history(folder, "undo", id, "--json").json["kind"] == "undone"
    assert contents(folder) == before


def test_what_was_edited_by_hand_is_not_written_over(folder: Path) -> None:
    id = optimize(folder, WARMER, "--write")["id"]
    path = folder / FILE
    path.write_text(path.read_text().replace("< 20", "< 21"))
    edited = contents(folder)
    done = history(folder, "undo", id)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("staleText: `should_heat` in ")
    assert contents(folder) == edited
    assert decision(folder, id) == "applied"


def test_reject(folder: Path) -> None:
    before = contents(folder)
    id = optimize(folder, WARMER)["id"]
    plain = history(folder, "reject", id)
    assert (plain.code, plain.out) == (0, f"{id} is noted as refused.\n")
    assert decision(folder, id) == "rejected"
    assert history(folder, "reject", id, "--json").json["kind"] == "rejected"
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("show", "abcd"), "unknownEntry"),
        (("compare", "abcd", "0123"), "unknownEntry"),
        (("apply", "abcd"), "unknownEntry"),
        (("undo", "abcd"), "unknownEntry"),
        (("reject", "ab"), "unknownEntry"),
    ],
    ids=str,
)
def test_what_is_not_there(folder: Path, arguments: tuple[str, ...], kind: str) -> None:
    done = history(folder, *arguments, "--json")
    assert (done.code, done.json["ok"], done.json["kind"]) == (1, False, kind)
    plain = history(folder, *arguments)
    assert (plain.code, plain.out) == (1, "")
    assert plain.err.startswith(f"{kind}: ")


def test_what_came_to_no_change_cannot_be_written(folder: Path) -> None:
    id = optimize(folder, {"reasoning": "It is right.", "suggestion": {}})["id"]
    for action in ("apply", "undo"):
        done = history(folder, action, id, "--json")
        assert (done.code, done.json["kind"]) == (1, "editRefused")


@pytest.mark.parametrize("arguments", [("forget",), ("show",), ("compare", "abcd")], ids=str)
def test_what_makes_no_sense(folder: Path, arguments: tuple[str, ...]) -> None:
    done = history(folder, *arguments)
    assert (done.code, done.out) == (2, "")
    assert "--help" in done.err


def test_a_file_that_is_no_history(folder: Path) -> None:
    optimize(folder, WARMER)
    (path,) = (folder.parent / "state" / "history").glob("*.sqlite3")
    path.write_bytes(b"something else entirely, and long enough to be looked at" * 20)
    done = history(folder, "--json")
    assert (done.code, done.json["kind"]) == (1, "historyDamaged")
    # Optimizing goes on without it, and does not promise what is not so.
    replies = ("--replies", script(folder.parent, WARMER))
    asked = trace_lsp(folder, *program("optimize", FILE, "--feedback", "Warmer.", *replies))
    assert asked.code == 0
    assert "warning: " in asked.err
    assert "history apply" not in asked.err


def test_a_project_has_one_history_wherever_one_stands(folder: Path) -> None:
    (folder / "pyproject.toml").touch()
    inner = folder / "inner" / "most"
    inner.mkdir(parents=True)
    id = optimize(folder, WARMER)["id"]
    assert [each["id"] for each in history(inner, "--json").json["entries"]] == [id]
    assert history(inner, "list", f"../../{FILE}", "--json").json["entries"][0]["id"] == id
    assert history(inner, "apply", id).code == 0
    assert "< 20" in (folder / FILE).read_text()
