"""The runs that a project names in its pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from runs.projects import HERE, output_of, shop_in
from trace_lsp.errors import LaunchError
from trace_lsp.runs.configuration import FunctionLaunch, Limits, ModuleLaunch, TestLaunch
from trace_lsp.runs.plan import RunPlan
from trace_lsp.runs.projects import plan_project_run, read_project_runs


def plans_of(folder: Path) -> dict[str, RunPlan]:
    runs = read_project_runs(str(folder / "pyproject.toml"))
    return {run.name: plan_project_run(run) for run in runs}


def written(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, "utf-8")
    return folder


def test_what_is_in_the_file(tmp_path: Path) -> None:
    shop = shop_in(tmp_path)
    file = str(shop / "pyproject.toml")
    lines = (shop / "pyproject.toml").read_text().splitlines()
    assert [(run.name, lines[run.line - 1][:21]) for run in read_project_runs(file)] == [
        ("sell", "[tool.trace-lsp.runs."),
        ("all tests", "[tool.trace-lsp.runs."),
        ("count", 'count = { module = "c'),
        ("total", "total = { function = "),
    ]
    assert '."all tests"]' in lines[read_project_runs(file)[1].line - 1]


def test_each_kind(tmp_path: Path) -> None:
    shop = shop_in(tmp_path)
    plans = plans_of(shop)
    tests = ("tests/test_prices.py", "tests/test_prices.py::TestSale")
    assert plans["all tests"].launch == TestLaunch(tests)
    assert plans["all tests"].program == str(shop / "tests" / "test_prices.py")
    count = plans["count"]
    assert (count.launch, count.directory) == (ModuleLaunch("count"), str(shop / "tools"))
    assert count.program == str(shop / "tools" / "count.py")
    assert count.python == str(shop / ".venv" / "bin" / "python")
    assert plans["total"].launch == FunctionLaunch("Cart.total", "[1, 2], tax=0.2")
    assert plans["total"].program == str(shop / "prices.py")


def test_a_program_is_run(tmp_path: Path) -> None:
    plan = plans_of(shop_in(tmp_path))["sell"]
    configuration = plan.configuration(HERE, Limits(seconds=5, output=1000))
    assert configuration.limits == Limits(seconds=90, output=1000)
    assert configuration.objective == "sold"
    assert output_of(plan).splitlines() == [
        "args --fast",
        "env Ada's Baker Street None",
        "path lib",
        "in shop False",
        "read one two",
    ]


@pytest.mark.parametrize(
    ("run", "key", "said"),
    [
        ('program = "a.py"\nagrs = []', "agrs", "is not known; known are args, arguments, cwd,"),
        ('args = ["a"]', "program", "one of program, module, pytest, function is needed, not none"),
        ('program = "a.py"\nmodule = "a"', "module", "not program and module"),
        ('program = ""', "program", "is empty"),
        ("pytest = []", "pytest", "is empty"),
        ('program = "a.py"\narguments = "1"', "arguments", "are for a function"),
        ('function = "total"', "function", "a file and a name in it"),
        ('function = "a.py::1"', "function", "a file and a name in it"),
        (
            'function = "a.py::f"\narguments = "1)(2"',
            "arguments",
            "not what a call can have: '1)(2'",
        ),
        ('function = "a.py::f"\narguments = "1); g("', "arguments", "not what a call can have"),
        ('function = "a.py::f"\narguments = "1 +"', "arguments", "not what a call can have"),
        ('program = "a.py"\ntimeout = 0', "timeout", "a number above 0, not 0"),
        ('program = "a.py"\ntimeout = true', "timeout", "a number above 0, not True"),
        ('program = "a.py"\ntimeout = nan', "timeout", "a number above 0, not nan"),
        ('program = "a.py"\nenv = { A = 1 }', "env.A", "should be a text, not 1"),
        ('program = "a.py"\nstdin = [1]', "stdin", "should be a text, not 1"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, run: str, key: str, said: str) -> None:
    folder = written(tmp_path, f"[tool.trace-lsp.runs.mine]\n{run}\n")
    with pytest.raises(LaunchError) as wrong:
        plans_of(folder)
    error = wrong.value
    assert (error.file, error.entry, error.key) == (str(folder / "pyproject.toml"), "mine", key)
    assert said in error.message


@pytest.mark.parametrize(
    "arguments", ["", "1", "*a, **b", "x=[1,\n2],", "'a' if b else c", "1  # one"]
)
def test_arguments_that_a_call_can_have(tmp_path: Path, arguments: str) -> None:
    folder = written(
        tmp_path, f'[tool.trace-lsp.runs.f]\nfunction = "a.py::f"\narguments = """{arguments}"""\n'
    )
    assert plans_of(folder)["f"].launch == FunctionLaunch("f", arguments)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool", "cannot be read"),
        ("tool = 1", "tool: should be a table"),
        ("[tool.trace-lsp]\nruns = []", "runs: should be a table"),
        ('[tool.trace-lsp.runs]\nmine = "a.py"', "mine: should be a table"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LaunchError, match=said):
        plans_of(written(tmp_path, text))


def test_nothing_written(tmp_path: Path) -> None:
    assert plans_of(tmp_path) == {}
    assert plans_of(written(tmp_path, "[project]\nname = 'x'\n")) == {}
