"""The Python runs of a workspace's ``.vscode/launch.json``, and what each comes to."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Optional

from trace_lsp.errors import LaunchError
from trace_lsp.runs.configuration import Launch, ModuleLaunch, ProgramLaunch
from trace_lsp.runs.env_file import read_env_file
from trace_lsp.runs.fields import Fields
from trace_lsp.runs.modules import module_file, search_path
from trace_lsp.runs.plan import RunPlan
from trace_lsp.runs.variables import Place, substituted

_TYPES = ("debugpy", "python")
_SYSTEMS = {"linux": "linux", "darwin": "osx", "win32": "windows"}
_SEARCH_PATHS = ("PATH", "PYTHONPATH")

# The choice of VS Code's Python extension, which is the workspace's interpreter.
_SELECTED = "command:python.interpreterPath"

_PART = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|[:,{}\[\]]', re.DOTALL)


@dataclass(frozen=True)
class LaunchEntry:
    """A configuration as it is written; `line` is from 1, `name` as VS Code shows it."""

    name: str
    file: str
    line: int
    data: Mapping[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """What is written down, and is no run that can be taken here; `reason` is a sentence."""

    name: str
    file: str
    line: int
    reason: str


@dataclass(frozen=True)
class Launches:
    entries: tuple[LaunchEntry, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def launch_file(folder: str) -> str:
    """Where a workspace folder's launch.json is, whether it is there or not."""
    return os.path.join(folder, ".vscode", "launch.json")


def read_launches(file: str) -> Launches:
    """The Python runs in a launch.json, and what is left out; nothing if there is no such file.

    Configurations of other languages count as not there. Raises LaunchError if the file is not
    JSON, with or without comments, or not made as a launch.json is.
    """
    text = _text_of(file)
    if text is None:
        return Launches()
    data = _parsed(text, file)
    lines = _Lines(text)
    entries, left_out = [], []
    for configuration in _objects(data, "configurations", file):
        name = _name(configuration)
        line = lines.after(name)
        if configuration.get("type") not in _TYPES:
            continue
        if reason := _why_left_out(name, configuration):
            left_out.append(LeftOut(name, file, line, reason))
        else:
            entries.append(LaunchEntry(name, file, line, configuration))
    lines = _Lines(text)
    for compound in _objects(data, "compounds", file):
        name = _name(compound)
        reason = f"{name} is a compound: it starts several programs, and one at a time is traced."
        left_out.append(LeftOut(name, file, lines.after(name), reason))
    return Launches(tuple(entries), tuple(left_out))


def plan_launch(entry: LaunchEntry, place: Place) -> RunPlan:
    """The run that the entry means at that place, which VS Code would start.

    Paths are from the workspace folder, and that of a program from the working directory. Raises
    LaunchError for a key that is wrong, or that cannot be carried out here.
    """
    fields = Fields(
        _for_this_system(entry.data), entry.file, entry.name, partial(substituted, place=place)
    )
    directory = os.path.join(place.folder, os.path.expanduser(fields.text("cwd")))
    environment, notes = _environment(fields, place)
    launch, program = _launch(fields, search_path(directory, environment.get("PYTHONPATH")))
    python, *options = _python(fields, place)
    return RunPlan(
        program=program,
        directory=os.path.normpath(directory),
        launch=launch,
        arguments=_arguments(fields),
        environment=environment,
        python=python,
        options=(*options, *fields.texts("pythonArgs")),
        notes=(*notes, *_tasks(fields)),
    )


def _text_of(file: str) -> Optional[str]:
    try:
        return Path(file).read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LaunchError(f"{file} cannot be read: {error}.", file) from error


def _parsed(text: str, file: str) -> Mapping[str, Any]:
    import jsonc

    try:
        data = jsonc.loads(text)
    except json.JSONDecodeError as error:
        where = f"{file}:{error.lineno}:{error.colno}"
        raise LaunchError(f"{where} is not JSON: {error.msg}.", file) from error
    except RecursionError as error:
        raise LaunchError(f"{file} is nested too deeply to be read.", file) from error
    if not isinstance(data, dict):
        raise LaunchError(f"{file} should hold an object, not {data!r:.100}.", file)
    return data


def _objects(data: Mapping[str, Any], key: str, file: str) -> list[Mapping[str, Any]]:
    values = data.get(key)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise LaunchError(f"{file}, {key}: should be a list of objects.", file, key=key)
    return values


def _name(configuration: Mapping[str, Any]) -> str:
    return str(configuration.get("name") or "(without a name)")


def _why_left_out(name: str, configuration: Mapping[str, Any]) -> str:
    request = configuration.get("request")
    if request == "launch":
        return ""
    if request == "attach":
        return (
            f"{name} attaches to a program that runs already: one has to be started to be traced."
        )
    return f"{name} has the request {request!r}: launch is the one that starts a program."


class _Lines:
    """Where names stand in the text, asked for in the order in which they stand there."""

    def __init__(self, text: str) -> None:
        self._names = _names(text)

    def after(self, name: str) -> int:
        """The line, from 1, of the next place with that name; 1 if there is none."""
        return next((line for found, line in self._names if found == name), 1)


def _names(text: str) -> Iterator[tuple[str, int]]:
    """Each ``"name": "…"`` that is not in a comment, with its line."""
    before = key = ""
    for found in _PART.finditer(text):
        part = found[0]
        if part.startswith("/"):
            continue
        if key == '"name"' and part.startswith('"'):
            yield json.loads(part, strict=False), text.count("\n", 0, found.start()) + 1
        key = before if part == ":" else ""
        before = part


def _for_this_system(data: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with what it says for this operating system in place."""
    own = data.get(_SYSTEMS.get(sys.platform, "linux"))
    return {**data, **own} if isinstance(own, Mapping) else dict(data)


def _launch(fields: Fields, folders: list[str]) -> tuple[Launch, str]:
    """What is launched, and its file; `folders` are where modules are, the working directory first."""
    given = [key for key in ("program", "module", "code") if fields.data.get(key)]
    if len(given) > 1:
        raise fields.wrong(given[1], f"{' and '.join(given)} are given, and only one can be run")
    if fields.data.get("sudo"):
        raise fields.wrong("sudo", "programs are not run as another user")
    if module := fields.text("module"):
        return ModuleLaunch(module), module_file(module, folders)
    if program := fields.text("program"):
        path = os.path.join(folders[0], os.path.expanduser(program))
        return ProgramLaunch(), os.path.normpath(path)
    if given:
        raise fields.wrong("code", "code outside of a file cannot be traced")
    raise fields.wrong("program", "neither a program nor a module is given")


def _arguments(fields: Fields) -> tuple[str, ...]:
    """A list as it is; one text is split as a shell does, once its variables have their values."""
    if not isinstance(fields.data.get("args"), str):
        return fields.texts("args")
    try:
        return tuple(shlex.split(fields.text("args")))
    except ValueError as error:
        raise fields.wrong("args", f"cannot be split as a shell does ({error})") from error


def _python(fields: Fields, place: Place) -> list[str]:
    """The interpreter, "" for the workspace's, and options of its own."""
    key = "pythonPath" if fields.data.get("python") is None else "python"
    value = fields.data.get(key)
    named = value[0] if isinstance(value, list) and value else value
    if named != f"${{{_SELECTED}}}" or _SELECTED in place.given:
        return list(fields.texts(key)) or [""]
    return ["", *fields.texts(key, after=1)]


def _environment(fields: Fields, place: Place) -> tuple[dict[str, Optional[str]], list[str]]:
    """What the entry adds to the environment, and what to say of it.

    Its `env` goes before its `envFile`. Search paths are put before those of the environment,
    as VS Code's debugger does.
    """
    own = fields.variables("env")
    given = {name: value for name, value in own.items() if value is not None}
    from_file, notes = _from_file(fields, place, {**place.environment, **given})
    merged: dict[str, Optional[str]] = {**from_file, **own}
    for name in _SEARCH_PATHS:
        layers = [from_file.get(name), own.get(name), place.environment.get(name)]
        if merged.get(name):
            merged[name] = os.pathsep.join(filter(None, layers))
    return merged, notes


def _from_file(
    fields: Fields, place: Place, environment: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    named = fields.text("envFile", ".env")
    if not named:
        return {}, []
    path = os.path.join(place.folder, os.path.expanduser(named))
    try:
        return read_env_file(path, environment), []
    except FileNotFoundError:
        missing = f"The envFile {path} is not there: nothing was taken from it."
        return {}, [] if fields.data.get("envFile") is None else [missing]
    except (OSError, UnicodeDecodeError) as error:
        raise fields.wrong("envFile", f"{path} cannot be read ({error})") from error


def _tasks(fields: Fields) -> Iterator[str]:
    for key in ("preLaunchTask", "postDebugTask"):
        if task := fields.data.get(key):
            yield f"The {key} {task} is VS Code's to run: it is not run."
