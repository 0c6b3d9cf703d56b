"""A person's launch.json: what is in it, and what each run of it comes to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from runs.projects import entries_of, output_of, planned, shop_in
from trace_lsp.errors import LaunchError
from trace_lsp.runs.configuration import ModuleLaunch, ProgramLaunch
from trace_lsp.runs.interpreter import interpreter_at
from trace_lsp.runs.launches import LaunchEntry, launch_file, plan_launch, read_launches
from trace_lsp.runs.variables import Place


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return shop_in(tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty workspace."""
    return Place(str(tmp_path), str(tmp_path / "shop" / "prices.py"))


def entry_of(shop: Path, name: str) -> LaunchEntry:
    return next(e for e in read_launches(launch_file(str(shop))).entries if e.name == name)


def test_what_is_in_the_file(shop: Path) -> None:
    launches = read_launches(launch_file(str(shop)))
    lines = Path(launch_file(str(shop))).read_text().splitlines()
    named = [(entry.name, lines[entry.line - 1].strip()[:20]) for entry in launches.entries]
    assert named == [
        ("Sell", '"name": "Sell",'),
        ("Current file", '"name": "Current fil'),
        ("Module", '{ "name": "Module", '),
        ("Ask", '{ "name": "Ask", "ty'),
        ("Pick", '{ "name": "Pick", "t'),
        ("Sell", '{ "name": "Sell", "t'),
    ]
    assert [(each.name, each.reason.partition(":")[0]) for each in launches.left_out] == [
        ("Running", "Running attaches to a program that runs already"),
        ("All", "All is a compound"),
    ]
    assert all(each.name in lines[each.line - 1] for each in launches.left_out)


def test_a_run_with_everything_is_run(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEFT", "behind")
    environment = {"SHOP_PYTHON": sys.executable, "PYTHONPATH": "more"}
    place = Place(str(shop), str(shop / "prices.py"), environment)
    plan = plan_launch(entry_of(shop, "Sell"), place)
    assert plan.options == ("-X", "dev")
    assert plan.notes == ("The preLaunchTask build is VS Code's to run: it is not run.",)
    interpreter = interpreter_at(plan.python, str(shop), "as the run asks")
    assert interpreter.path == sys.executable
    assert output_of(plan, interpreter).splitlines() == [
        "args --url http://localhost:80/,} prices.py",
        "env Ada's Baker Street, London, Ada's None",
        f"path lib{os.pathsep}more",
        "in shop True",
        "read",
    ]


def test_the_file_at_hand_with_arguments_as_a_shell_splits_them(shop: Path) -> None:
    place = Place(str(shop), str(shop / "tools" / "count.py"))
    plan = plan_launch(entry_of(shop, "Current file"), place)
    assert plan.program == place.file
    assert plan.launch == ProgramLaunch()
    assert plan.arguments == ("--name", "Ada L", "tools/count.py")
    assert plan.directory == str(shop / "tools")
    assert plan.python == ""
    assert output_of(plan) == "45\n"


def test_a_module(shop: Path) -> None:
    plan = plan_launch(entry_of(shop, "Module"), Place(str(shop), str(shop / "prices.py")))
    assert (plan.launch, plan.directory) == (ModuleLaunch("tools.count"), str(shop))
    assert plan.program == str(shop / "tools" / "count.py")


def test_where_modules_are_looked_for(place: Place) -> None:
    root = Path(place.folder)
    (root / "far" / "pack").mkdir(parents=True)
    assert planned(place, module="pack").program == ""
    main = root / "far" / "pack" / "__main__.py"
    main.write_text("")
    assert planned(place, module="pack", cwd="far").program == str(main)
    assert planned(place, module="pack", env={"PYTHONPATH": "gone:far"}).program == str(main)
    (root / "pack.py").write_text("")
    found = planned(place, module="pack", env={"PYTHONPATH": "far"}).program
    assert found == str(root / "pack.py")


@pytest.mark.parametrize(("name", "asked"), [("Ask", "input:name"), ("Pick", "command:pickArgs")])
def test_what_only_vs_code_can_ask_for(shop: Path, name: str, asked: str) -> None:
    place = Place(str(shop), str(shop / "prices.py"))
    with pytest.raises(LaunchError, match="only VS Code can ask") as wrong:
        plan_launch(entry_of(shop, name), place)
    assert f"${{{asked}}}" in wrong.value.message
    error = wrong.value
    assert (error.kind, error.file) == ("launchError", launch_file(str(shop)))
    assert (error.entry, error.key) == (name, "args")
    given = Place(place.folder, place.file, given={asked: "Ada"})
    assert plan_launch(entry_of(shop, name), given).arguments == ("Ada",)


def test_what_is_usual_when_nothing_is_said(place: Place) -> None:
    plan = planned(place, program="a.py")
    assert (plan.program, plan.directory) == (f"{place.folder}/a.py", place.folder)
    assert (plan.arguments, plan.environment, plan.python, plan.notes) == ((), {}, "", ())


def test_the_usual_env_file(place: Place) -> None:
    Path(place.folder, ".env").write_text("A=1\n")
    assert planned(place, program="a.py").environment == {"A": "1"}
    assert planned(place, program="a.py", env={"A": "2"}).environment == {"A": "2"}
    assert planned(place, program="a.py", envFile="").environment == {}


def test_an_env_file_that_is_not_there_is_said(place: Place) -> None:
    plan = planned(place, program="a.py", envFile="${workspaceFolder}/no.env")
    assert plan.environment == {}
    assert f"{place.folder}/no.env is not there" in plan.notes[0]


def test_paths_are_from_where_vs_code_has_them(place: Place) -> None:
    plan = planned(place, program="../a.py", cwd="src", python="bin/python")
    assert plan.directory == f"{place.folder}/src"
    assert plan.program == f"{place.folder}/a.py"
    assert planned(place, program="/x/a.py", cwd="/y").program == "/x/a.py"
    assert planned(place, program="~/a.py").program == os.path.expanduser("~/a.py")


def test_the_interpreter(place: Place) -> None:
    selected = "${command:python.interpreterPath}"
    assert planned(place, program="a.py", python="/p").python == "/p"
    assert planned(place, program="a.py", pythonPath="/p").python == "/p"
    assert planned(place, program="a.py", python="/p", pythonArgs=["-O"]).options == ("-O",)
    plan = planned(place, program="a.py", python=[selected, "-O"])
    assert (plan.python, plan.options) == ("", ("-O",))
    given = Place(place.folder, given={"command:python.interpreterPath": "/chosen"})
    assert planned(given, program="a.py", python=selected).python == "/chosen"


def test_what_it_says_for_this_system_goes_first(place: Place) -> None:
    own = "osx" if sys.platform == "darwin" else "linux"
    plan = planned(
        place, program="a.py", args=["1"], **{own: {"args": ["2"]}, "windows": {"args": []}}
    )
    assert plan.arguments == ("2",)


def test_search_paths_are_put_before_the_environments(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PATH=/file\n")
    place = Place(str(tmp_path), environment={"PATH": "/bin", "PYTHONPATH": "/lib"})
    plan = planned(place, program="a.py", env={"PATH": "/own", "PYTHONPATH": None})
    assert plan.environment == {
        "PATH": os.pathsep.join(["/file", "/own", "/bin"]),
        "PYTHONPATH": None,
    }


@pytest.mark.parametrize(
    ("configuration", "key", "said"),
    [
        ({}, "program", "neither a program nor a module"),
        ({"program": "a.py", "module": "a"}, "module", "program and module are given"),
        ({"code": "print()"}, "code", "cannot be traced"),
        ({"program": "a.py", "sudo": True}, "sudo", "another user"),
        ({"program": 3}, "program", "should be a text, not 3"),
        ({"program": "${nothing}"}, "program", "${nothing} has no value here"),
        ({"program": "a.py", "args": "it's"}, "args", "as a shell does (No closing quotation)"),
        ({"program": "a.py", "args": ["a", 1]}, "args", "should be a text, not 1"),
        ({"program": "a.py", "env": ["A=1"]}, "env", "names with texts"),
        ({"program": "a.py", "env": {"A": 1}}, "env.A", "should be a text, not 1"),
        ({"program": "a.py", "env": {"A": "${config:a}"}}, "env.A", "did not tell"),
        ({"program": "a.py", "cwd": "${workspaceFolder:b}"}, "cwd", "no folder 'b'"),
        ({"program": "a.py", "envFile": "/"}, "envFile", "/ cannot be read"),
    ],
)
def test_what_is_wrong_is_said(
    place: Place, configuration: dict[str, Any], key: str, said: str
) -> None:
    with pytest.raises(LaunchError) as wrong:
        planned(place, **configuration)
    assert (wrong.value.entry, wrong.value.key) == ("Run", key)
    assert said in wrong.value.message
    assert wrong.value.message.startswith(f"{launch_file(place.folder)}, Run, {key}: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n "configurations": [}]\n}', "launch.json:2:"),
        ("[]", "should hold an object"),
        ('{"configurations": {}}', "configurations: should be a list of objects"),
        ('{"compounds": [1]}', "compounds: should be a list of objects"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": "\\x"}', "is not JSON"),
        ("", "is not JSON"),
    ],
)
def test_a_file_that_is_no_launch_file(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "launch.json"
    path.write_text(text)
    with pytest.raises(LaunchError) as wrong:
        read_launches(str(path))
    assert said in wrong.value.message
    assert wrong.value.file == str(path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "launch.json"
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(LaunchError, match="cannot be read"):
        read_launches(str(path))
    path.write_bytes(b"\xef\xbb\xbf{}")
    assert read_launches(str(path)).entries == ()


def test_no_file(tmp_path: Path) -> None:
    assert read_launches(launch_file(str(tmp_path))).entries == ()


def test_names_with_anything_in_them(tmp_path: Path) -> None:
    names = ['a "b" \\ c', "// no comment", "/* */", "ü, 😀", "x,]"]
    found = entries_of(*({"name": name} for name in names), folder=tmp_path)
    lines = Path(launch_file(str(tmp_path))).read_text().splitlines()
    assert [entry.name for entry in found] == names
    assert all('"name"' in lines[entry.line - 1] for entry in found)
    assert len({entry.line for entry in found}) == len(names)


def test_comments_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "launch.json"
    path.write_text(
        """{"configurations": [ // {"name": "A"}
        {"type": "debugpy", "request": "launch",
         "name" /* whose */ : // this one's: "name": "B"
            "A" /* , "name": "C" */ , /**/ }, // the last
        ]}"""
    )
    assert [(each.name, each.line) for each in read_launches(str(path)).entries] == [("A", 4)]
