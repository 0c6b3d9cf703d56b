"""The variables of a launch.json."""

from __future__ import annotations

import os

import pytest

from trace_lsp.errors import UnknownVariable
from trace_lsp.runs.variables import Place, substituted

PLACE = Place(
    folder="/home/ada/shop",
    file="/home/ada/shop/src/prices.v2.py",
    environment={"TOWN": "London"},
    folders={"lib": "/home/ada/lib", "inner": "/home/ada/shop/src"},
    settings={"python.envFile": "x.env", "a": {"b": {"c": 3}, "d.e": True}, "many": [1]},
    given={"input:name": "Ada", "command:ask": "${file}"},
    line=3,
    column=4,
    selected="tax",
    editor="/usr/bin/code",
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${workspaceFolder}", "/home/ada/shop"),
        ("${workspaceFolder:lib}", "/home/ada/lib"),
        ("${workspaceFolder:shop}", "/home/ada/shop"),
        ("${workspaceFolderBasename}", "shop"),
        ("${workspaceFolderBasename:lib}", "lib"),
        ("${workspaceRoot}", "/home/ada/shop"),
        ("${cwd}", "/home/ada/shop"),
        ("${file}", "/home/ada/shop/src/prices.v2.py"),
        ("${fileBasename}", "prices.v2.py"),
        ("${fileBasenameNoExtension}", "prices.v2"),
        ("${fileDirname}", "/home/ada/shop/src"),
        ("${fileDirnameBasename}", "src"),
        ("${fileExtname}", ".py"),
        ("${fileWorkspaceFolder}", "/home/ada/shop/src"),
        ("${fileWorkspaceFolderBasename}", "src"),
        ("${relativeFile}", "src/prices.v2.py"),
        ("${relativeFile:lib}", "../shop/src/prices.v2.py"),
        ("${relativeFileDirname}", "src"),
        ("${relativeFileDirname:inner}", "."),
        ("${userHome}", os.path.expanduser("~")),
        ("${pathSeparator}${/}", os.sep * 2),
        ("${env:TOWN} ${env:NOT_SET}.", "London ."),
        ("${config:python.envFile} ${config:a.b.c} ${config:a.d.e}", "x.env 3 true"),
        ("${input:name}", "Ada"),
        ("${command:ask}", "${file}"),
        ("${lineNumber}:${columnNumber} ${selectedText}", "3:4 tax"),
        ("${execPath}", "/usr/bin/code"),
        ("a $file {file} $", "a $file {file} $"),
    ],
)
def test_values(text: str, value: str) -> None:
    assert substituted(text, PLACE) == value


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("input:other", "only VS Code can ask"),
        ("command:other", "only VS Code can ask"),
        ("workspaceFolder:other", "no folder 'other'"),
        ("config:other", "did not tell"),
        ("config:many", "more than a word"),
        ("config:a", "more than a word"),
        ("defaultBuildTask", "only the editor knows it"),
        ("file:lib", "no variable of that name"),
        ("env", "no variable of that name"),
        ("nothing", "no variable of that name"),
        ("", "no variable of that name"),
    ],
)
def test_what_nobody_knows_is_named(variable: str, said: str) -> None:
    with pytest.raises(UnknownVariable, match=said) as unknown:
        substituted(f"a ${{{variable}}}", PLACE)
    assert unknown.value.variable == variable
    assert f"${{{variable}}}" in unknown.value.message


@pytest.mark.parametrize(
    "variable",
    [
        "file",
        "relativeFile",
        "fileWorkspaceFolder",
        "lineNumber",
        "columnNumber",
        "selectedText",
        "execPath",
    ],
)
def test_what_only_some_places_have(variable: str) -> None:
    with pytest.raises(UnknownVariable, match="has no value here"):
        substituted(f"${{{variable}}}", Place("/home/ada/shop"))


def test_a_file_outside_of_the_workspace() -> None:
    place = Place("/home/ada/shop", "/home/ada/shop2/a.py")
    assert substituted("${relativeFile}", place) == "../shop2/a.py"
    with pytest.raises(UnknownVariable, match="in no folder of the workspace"):
        substituted("${fileWorkspaceFolder}", place)
