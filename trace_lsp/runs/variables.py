"""The variables that a launch.json may use, and what they stand for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from trace_lsp.errors import UnknownVariable

_VARIABLE = re.compile(r"\$\{(.*?)\}")


@dataclass(frozen=True)
class Place:
    """Where a person is, and what their editor told of itself.

    `folder` is the workspace folder, `folders` others by name; `file` the file at hand, "" for
    none; `line` and `column` the cursor's, from 1, 0 if unknown; `selected` the selected text.
    `settings` are the editor's, nested or by dotted names; `given` what was asked for already, as
    in ``{"input:port": "80"}``; `editor` the path of the editor's program.
    """

    folder: str
    file: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    line: int = 0
    column: int = 0
    selected: Optional[str] = None
    editor: str = ""


def substituted(text: str, place: Place) -> str:
    """The text with a value for each variable in it; raises UnknownVariable for the first that has
    none. Values are not searched for variables."""
    return _VARIABLE.sub(lambda match: _value(match[1], place), text)


def _value(variable: str, place: Place) -> str:
    if variable in place.given:
        return place.given[variable]
    name, _, argument = variable.partition(":")
    if argument and name in _PREFIXED:
        return _PREFIXED[name](variable, argument, place)
    if not argument and name in _OF_EDITOR:
        return _known(variable, _OF_EDITOR[name](place))
    if not argument and name in _OF_FILE:
        return _OF_FILE[name](_file(variable, place))
    if name in _OF_FOLDER:
        return _OF_FOLDER[name](_folder(variable, argument, place))
    if name in _OF_FILE_IN_FOLDER:
        folder = _folder(variable, argument, place)
        return _OF_FILE_IN_FOLDER[name](_file(variable, place), folder)
    raise _unknown(variable, "there is no variable of that name")


def _unknown(variable: str, why: str) -> UnknownVariable:
    return UnknownVariable(f"${{{variable}}} has no value here: {why}.", variable)


def _known(variable: str, value: Optional[str]) -> str:
    if value is None:
        raise _unknown(variable, "only the editor knows it, and did not tell")
    return value


def _file(variable: str, place: Place) -> str:
    if not place.file:
        raise _unknown(variable, "no file is open")
    return place.file


def _folder(variable: str, name: str, place: Place) -> str:
    if not name:
        return place.folder
    if name in place.folders:
        return place.folders[name]
    if name == os.path.basename(place.folder):
        return place.folder
    raise _unknown(variable, f"the workspace has no folder {name!r}")


def _folder_of_file(place: Place) -> Optional[str]:
    """The innermost workspace folder that the file is in."""
    folders = [place.folder, *place.folders.values()]
    around = [each for each in folders if place.file.startswith(os.path.join(each, ""))]
    return max(around, key=len, default=None)


def _file_workspace_folder(place: Place) -> str:
    variable = "fileWorkspaceFolder"
    _file(variable, place)
    folder = _folder_of_file(place)
    if folder is None:
        raise _unknown(variable, f"{place.file} is in no folder of the workspace")
    return folder


def _asked(variable: str, argument: str, place: Place) -> str:
    raise _unknown(variable, "only VS Code can ask for it. Write the value in its place")


def _environment(variable: str, argument: str, place: Place) -> str:
    return place.environment.get(argument, "")


def _setting(variable: str, argument: str, place: Place) -> str:
    value = _within(place.settings, argument)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    why = "did not tell of such a setting" if value is None else "has more than a word for it"
    raise _unknown(variable, f"the editor {why}")


def _within(settings: Any, name: str) -> Any:
    """The setting of that dotted name, however much of the name is nested; None if there is none."""
    if not isinstance(settings, Mapping):
        return None
    if name in settings:
        return settings[name]
    parts = name.split(".")
    heads = (".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))
    for head in heads:
        found = _within(settings.get(head), name[len(head) + 1 :])
        if found is not None:
            return found
    return None


def _itself(path: str) -> str:
    return path


def _name_without_extension(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


_OF_FILE: Mapping[str, Callable[[str], str]] = {
    "file": _itself,
    "fileBasename": os.path.basename,
    "fileBasenameNoExtension": _name_without_extension,
    "fileDirname": os.path.dirname,
    "fileDirnameBasename": lambda file: os.path.basename(os.path.dirname(file)),
    "fileExtname": lambda file: os.path.splitext(file)[1],
}

_OF_FOLDER: Mapping[str, Callable[[str], str]] = {
    "workspaceFolder": _itself,
    "workspaceFolderBasename": os.path.basename,
    "cwd": _itself,  # where the editor started, or, of a workspace, its folder
    # Their names before there were several folders, which still work.
    "workspaceRoot": _itself,
    "workspaceRootFolderName": os.path.basename,
}

_OF_FILE_IN_FOLDER: Mapping[str, Callable[[str, str], str]] = {
    "relativeFile": os.path.relpath,
    "relativeFileDirname": lambda file, folder: os.path.relpath(os.path.dirname(file), folder),
}

_OF_EDITOR: Mapping[str, Callable[[Place], Optional[str]]] = {
    "userHome": lambda place: os.path.expanduser("~"),
    "pathSeparator": lambda place: os.sep,
    "/": lambda place: os.sep,
    "fileWorkspaceFolder": _file_workspace_folder,
    "fileWorkspaceFolderBasename": lambda place: os.path.basename(_file_workspace_folder(place)),
    "lineNumber": lambda place: str(place.line) if place.line else None,
    "columnNumber": lambda place: str(place.column) if place.column else None,
    "selectedText": lambda place: place.selected,
    "execPath": lambda place: place.editor or None,
    "execInstallFolder": lambda place: None,
    "defaultBuildTask": lambda place: None,
}

_PREFIXED: Mapping[str, Callable[[str, str, Place], str]] = {
    "env": _environment,
    "config": _setting,
    "input": _asked,
    "command": _asked,
}
