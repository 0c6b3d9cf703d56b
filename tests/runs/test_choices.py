"""What was chosen last, remembered by any number of editors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from trace_lsp.errors import ChoiceNotKept
from trace_lsp.runs.choices import MOST_FILES, Choices, choices_of
from trace_lsp.session.history import history_of

MANY = """
import sys
from trace_lsp.runs.choices import Choices
choices = Choices(sys.argv[1])
for count in range(40):
    choices.choose(f"{sys.argv[2]}/{count}.py", f"launch:{count}")
    choices.choose("shared.py", sys.argv[2])
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return choices_of(str(tmp_path / "shop"), {"TRACE_LSP_STATE": str(tmp_path / "state")})


def test_it_is_beside_the_history(tmp_path: Path, path: str) -> None:
    history = history_of(str(tmp_path / "shop"), {"TRACE_LSP_STATE": str(tmp_path / "state")})
    assert Path(path).parents[1] == Path(history).parents[1] == tmp_path / "state"
    assert Path(path).stem == Path(history).stem
    other = choices_of(str(tmp_path / "other"), {"TRACE_LSP_STATE": str(tmp_path / "state")})
    assert other != path


def test_it_is_remembered(path: str) -> None:
    choices = Choices(path)
    assert choices.chosen("a.py") == ""
    choices.choose("a.py", "launch:One")
    choices.choose("b.py", "file")
    choices.choose("a.py", "launch:Ü")
    again = Choices(path)
    assert (again.chosen("a.py"), again.chosen("b.py"), again.chosen("c.py")) == (
        "launch:Ü",
        "file",
        "",
    )


def test_several_editors_at_once_lose_nothing(path: str) -> None:
    names = ["one", "two", "three"]
    started = [subprocess.Popen([sys.executable, "-c", MANY, path, name]) for name in names]
    assert [each.wait() for each in started] == [0, 0, 0]
    choices = Choices(path)
    for name in names:
        for count in range(40):
            assert choices.chosen(f"{name}/{count}.py") == f"launch:{count}"
    assert choices.chosen("shared.py") in names
    assert {each.name for each in Path(path).parent.iterdir()} == {
        Path(path).name,
        f"{Path(path).name}.lock",
    }


def test_the_oldest_go(path: str) -> None:
    Path(path).parent.mkdir(parents=True)
    most = {f"{count}.py": "file" for count in range(MOST_FILES - 1)}
    Path(path).write_text(json.dumps(most))
    choices = Choices(path)
    choices.choose("0.py", "launch:A")
    choices.choose("new.py", "file")
    assert choices.chosen("1.py") == "file"
    choices.choose("newer.py", "file")
    assert choices.chosen("1.py") == ""
    assert (choices.chosen("0.py"), choices.chosen("2.py")) == ("launch:A", "file")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a.py": 3}', "\xff", "[" * 100_000])
def test_a_file_that_is_damaged_begins_anew(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True)
    Path(path).write_text(text, "latin-1")
    choices = Choices(path)
    assert choices.chosen("a.py") == ""
    choices.choose("a.py", "file")
    assert choices.chosen("a.py") == "file"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in the folder's place")
    choices = Choices(str(tmp_path / "state" / "runs" / "x.json"))
    assert choices.chosen("a.py") == ""
    with pytest.raises(ChoiceNotKept, match="cannot be written"):
        choices.choose("a.py", "file")
