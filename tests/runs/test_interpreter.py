"""Which Python runs a program, and what is said if there is none that can."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from server.client import Client

from runs.running import needs
from trace_lsp.errors import InterpreterMissing
from trace_lsp.runs.interpreter import find_interpreter

HERE = (sys.version_info.major, sys.version_info.minor)


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13"])
def test_programs_run_under_other_pythons(folder: Path, version: str) -> None:
    text = (folder / "thermostat.py").read_text() + "import sys\nprint(sys.version_info[:2])\n"
    with Client(folder, settings={"python": needs(version)}) as client:
        uri = client.open(folder / "thermostat.py", text)
        ran = client.command("run", uri=uri)
        expected = f"3 of 4 right\n{tuple(map(int, version.split('.')))}\n"
        assert (ran["kind"], ran["output"]) == ("finished", expected)
        assert client.lenses(uri) == ["Trace · 4 calls · 1 failed"]
        client.change(uri, "(" * 10)
        assert client.command("run", uri=uri)["kind"] == "notParsable"


@pytest.mark.parametrize("version", ["2.7", "3.8"])
def test_a_python_that_is_too_old(folder: Path, version: str) -> None:
    with Client(folder, settings={"python": needs(version)}) as client:
        uri = client.open(folder / "thermostat.py")
        answer = client.command("run", uri=uri)
        assert (answer["ok"], answer["kind"]) == (False, "interpreterMissing")
        assert f"is Python {version}; 3.9 or newer is needed" in answer["message"]
        assert answer["message"] in client.said()
        assert client.progress()[-1][0] == "end"
        assert client.command("run", uri=uri)["kind"] == "interpreterMissing"


@pytest.mark.parametrize(
    "path", ["/nowhere/python", "/bin/false", "/bin/echo", "/", "nosuchpython"]
)
def test_what_is_no_python(tmp_path: Path, path: str) -> None:
    with pytest.raises(InterpreterMissing, match="`python`") as missing:
        find_interpreter(str(tmp_path), path, {})
    assert path in missing.value.message
    assert missing.value.kind == "interpreterMissing"


def test_no_python_and_then_one(folder: Path) -> None:
    with Client(folder, settings={"python": "/bin/false"}) as client:
        uri = client.open(folder / "thermostat.py")
        answer = client.command("run", uri=uri)
        assert (answer["ok"], answer["kind"]) == (False, "interpreterMissing")
        assert client.progress()[-1][0] == "end"
        client.configure({})
        assert client.command("run", uri=uri)["ok"]


def test_a_folder_that_is_gone(folder: Path) -> None:
    with Client(folder) as client:
        uri = client.open(folder / "gone" / "x.py", "print(1)\n")
        answer = client.command("run", uri=uri)
        assert (answer["ok"], answer["kind"]) == (False, "notStarted")
        assert str(folder / "gone") in answer["message"]


def linked(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.symlink_to(sys.executable)
    return path


def test_the_order(tmp_path: Path) -> None:
    on_path = linked(tmp_path / "bin" / "python3")
    environment = {"PATH": str(on_path.parent)}

    def found(setting: str = "") -> tuple[str, str]:
        interpreter = find_interpreter(str(tmp_path), setting, environment)
        assert interpreter.version == HERE
        return interpreter.path, interpreter.reason

    assert found() == (str(on_path), "python3 on PATH")
    venv = linked(tmp_path / "venv" / "bin" / "python")
    assert found() == (str(venv), "the workspace's venv")
    dotted = linked(tmp_path / ".venv" / "bin" / "python")
    assert found() == (str(dotted), "the workspace's .venv")
    active = linked(tmp_path / "active" / "bin" / "python")
    environment["VIRTUAL_ENV"] = str(tmp_path / "active")
    assert found() == (str(active), "the active virtual environment")
    assert found(str(on_path)) == (str(on_path), "from the setting")
    assert found("${workspaceFolder}/venv/bin/python") == (str(venv), "from the setting")
    assert found("venv/bin/python") == (str(venv), "from the setting")


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = linked(tmp_path / "pythons" / "python")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_interpreter("/", "~/pythons/python", {}).path == str(python)


def test_nothing_on_path(tmp_path: Path) -> None:
    found = find_interpreter(str(tmp_path), "", {"PATH": str(tmp_path)})
    assert (found.path, found.reason) == (sys.executable, "the one that runs trace-lsp")


def test_what_is_on_path_but_cannot_run_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    linked(tmp_path / "later" / "python")
    path = os.pathsep.join([str(tmp_path), str(tmp_path / "later")])
    found = find_interpreter("/", "", {"PATH": path})
    assert found.reason == "python on PATH"


def test_an_environment_that_cannot_run_is_not_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / ".venv" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(InterpreterMissing, match="Choose another interpreter"):
        find_interpreter(str(tmp_path), "", {"PATH": str(tmp_path)})
