"""The runs that a project names in its pyproject.toml, under ``[tool.trace-lsp.runs]``.

Each is a table with one of `program` (a path), `module` (a dotted name), `pytest` (one of pytest's
names for tests, or a list of them) or `function` (``"path.py::name"``, with `arguments` as Python
text), and with any of `args` and `stdin` (lists of texts), `env` (names with texts), `cwd`,
`python`, `timeout` (seconds) and `objective`. Paths are from the project's folder.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace_lsp.errors import LaunchError, NotParsable
from trace_lsp.runs.configuration import (
    FunctionLaunch,
    Launch,
    ModuleLaunch,
    ProgramLaunch,
    TestLaunch,
)
from trace_lsp.runs.fields import Fields
from trace_lsp.runs.modules import module_file, search_path
from trace_lsp.runs.plan import RunPlan
from trace_lsp.runs.project_file import read_toml
from trace_lsp.source.parsed import parse

_TABLE = ("tool", "trace-lsp", "runs")
_BESIDE = ("args", "arguments", "cwd", "env", "objective", "python", "stdin", "timeout")


@dataclass(frozen=True)
class ProjectRun:
    """A run as it is written; `line` is from 1."""

    name: str
    file: str
    line: int
    data: Mapping[str, Any]


def read_project_runs(file: str) -> tuple[ProjectRun, ...]:
    """The runs in a pyproject.toml, in its order; none if there is no such file.

    Raises LaunchError if the file is not TOML, or if what should be a table is none.
    """
    try:
        runs: Any = read_toml(file)
        text = Path(file).read_text("utf-8") if runs else ""
    except (OSError, ValueError) as error:
        raise LaunchError(f"{file} cannot be read: {error}.", file) from error
    for key in _TABLE:
        runs = runs.get(key, {})
        if not isinstance(runs, dict):
            raise LaunchError(
                f"{file}, {key}: should be a table, not {runs!r:.100}.", file, key=key
            )
    for name, data in runs.items():
        if not isinstance(data, dict):
            raise LaunchError(f"{file}, {name}: should be a table, not {data!r:.100}.", file, name)
    return tuple(ProjectRun(name, file, _line_of(name, text), runs[name]) for name in runs)


def plan_project_run(run: ProjectRun) -> RunPlan:
    """The run that is meant. Raises LaunchError for a key that is wrong or not known."""
    fields = Fields(run.data, run.file, run.name)
    folder = os.path.dirname(run.file)
    launch, program = _launch(fields, folder)
    return RunPlan(
        program=program,
        directory=_path(fields.text("cwd"), folder),
        launch=launch,
        arguments=fields.texts("args"),
        environment=fields.variables("env"),
        python=_python(fields, folder),
        seconds=fields.number("timeout"),
        objective=fields.text("objective"),
        stdin="".join(f"{line}\n" for line in fields.texts("stdin")),
    )


def _line_of(name: str, text: str) -> int:
    """The line of the table's header, or of its name in another table; 1 if neither is found."""
    key = f"""["']?{re.escape(name)}["']?"""
    header = rf"\[\s*tool\s*\.\s*[\"']?trace-lsp[\"']?\s*\.\s*runs\s*\.\s*{key}\s*[\].]"
    for pattern in (header, rf"{key}\s*[.=]"):
        if found := re.search(rf"^[ \t]*{pattern}", text, re.MULTILINE):
            return text.count("\n", 0, found.start()) + 1
    return 1


def _launch(fields: Fields, folder: str) -> tuple[Launch, str]:
    """What is launched, and its file."""
    known = sorted([*_KINDS, *_BESIDE])
    for key in fields.data:
        if key not in known:
            raise fields.wrong(key, f"is not known; known are {', '.join(known)}")
    given = [key for key in _KINDS if key in fields.data]
    if len(given) != 1:
        named = " and ".join(given) or "none"
        kinds = ", ".join(_KINDS)
        raise fields.wrong((given or ["program"])[-1], f"one of {kinds} is needed, not {named}")
    if not fields.data[given[0]]:
        raise fields.wrong(given[0], "is empty")
    if "arguments" in fields.data and "function" not in given:
        raise fields.wrong("arguments", "are for a function; a program has args")
    return _KINDS[given[0]](fields, folder)


def _program(fields: Fields, folder: str) -> tuple[Launch, str]:
    return ProgramLaunch(), _path(fields.text("program"), folder)


def _module(fields: Fields, folder: str) -> tuple[Launch, str]:
    name, variable = fields.text("module"), fields.variables("env").get("PYTHONPATH")
    folders = search_path(_path(fields.text("cwd"), folder), variable)
    return ModuleLaunch(name), module_file(name, folders)


def _tests(fields: Fields, folder: str) -> tuple[Launch, str]:
    node_ids = fields.texts("pytest")
    file = node_ids[0].partition("::")[0]
    return TestLaunch(node_ids), _path(file, _path(fields.text("cwd"), folder))


def _function(fields: Fields, folder: str) -> tuple[Launch, str]:
    path, mark, name = fields.text("function").partition("::")
    if not (path and mark and all(part.isidentifier() for part in name.split("."))):
        raise fields.wrong("function", 'should be a file and a name in it, as in "shop.py::total"')
    arguments = fields.text("arguments")
    if not _are_arguments(arguments):
        raise fields.wrong("arguments", f"are not what a call can have: {arguments!r:.100}")
    return FunctionLaunch(name, arguments), _path(path, folder)


_KINDS: Mapping[str, Callable[[Fields, str], tuple[Launch, str]]] = {
    "program": _program,
    "module": _module,
    "pytest": _tests,
    "function": _function,
}


def _are_arguments(text: str) -> bool:
    """True for what may stand between a call's parentheses, and does not end them."""
    try:
        body = parse(f"f(\n{text}\n)", "arguments").body
    except NotParsable:
        return False
    call = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name)


def _python(fields: Fields, folder: str) -> str:
    """The interpreter: a bare name is looked for on PATH."""
    python = fields.text("python")
    return _path(python, folder) if os.sep in python else python


def _path(path: str, folder: str) -> str:
    return os.path.normpath(os.path.join(folder, os.path.expanduser(path)))
