"""Every request is answered, whatever it is and whenever it comes; and stdout is the protocol's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from session.cases import contents

from server.client import Client, Json, Refused
from trace_lsp.errors import (
    ChoiceNotKept,
    FeedbackUnclear,
    HistoryError,
    LaunchError,
    ModelError,
    NoneConfigured,
    ReplyRefused,
    RunError,
    RunFailed,
    TraceLspError,
    UnknownVariable,
    WireError,
)
from trace_lsp.optimizers.suggestion import REFUSALS
from trace_lsp.server import code_action, commands

PRINTING = """
import os, sys

def print_all_over(frame, event, argument):
    # Whenever a handler of the server's is called, and in the child as well.
    if frame.f_code.co_name in ("hover", "code_lens", "trace_json", "_run", "initialize"):
        print("a stray print")
        sys.stdout.flush()
        sys.__stdout__.flush()
        os.write(1, b"straight to the descriptor\\n")
        os.system("echo from a process of its own")

if sys.argv[-1] in ("--stdio", "-m"):
    sys.setprofile(print_all_over)
"""


def refusal(client: Client, method: str, params: Any) -> int:
    with pytest.raises(Refused) as refused:
        client.request(method, params)
    assert refused.value.message
    return refused.value.code


@pytest.mark.parametrize("method", ["textDocument/hover", "workspace/executeCommand", "trace/run"])
def test_before_initialize(folder: Path, method: str) -> None:
    with Client(folder, bare=True) as client:
        assert refusal(client, method, {}) in (-32002, -32602)
        position = {"line": 0, "character": 0}
        params = {"textDocument": {"uri": "file:///x.py"}, "position": position}
        assert refusal(client, "textDocument/hover", params) == -32002
        assert refusal(client, "trace/run", {"uri": "file:///x.py"}) == -32002
        assert client.initialize()["serverInfo"]["name"] == "trace-lsp"


@pytest.mark.parametrize("method", ["textDocument/hover", "trace/run", "initialize"])
def test_after_shutdown(folder: Path, method: str) -> None:
    with Client(folder) as client:
        client.request("shutdown", None)
        params: Json = {"uri": "file:///x.py"}
        if method == "textDocument/hover":
            position = {"line": 0, "character": 0}
            params = {"textDocument": {"uri": "file:///x.py"}, "position": position}
        if method == "initialize":
            params = client.initialize_params()
        assert refusal(client, method, params) == -32600
        client.notify("exit", None)
        assert client.process.wait(30) == 0


def test_a_second_initialize(folder: Path) -> None:
    with Client(folder) as client:
        uri = client.open(folder / "thermostat.py", "print('as it is in the editor')\n")
        assert refusal(client, "initialize", client.initialize_params()) == -32600
        assert client.command("run", uri=uri)["output"] == "as it is in the editor\n"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/hover", {}),
        ("textDocument/hover", {"textDocument": {"uri": "file:///x.py"}}),
        (
            "textDocument/hover",
            {"textDocument": {"uri": "file:///x.py"}, "position": {"line": -1, "character": 0}},
        ),
        ("textDocument/codeAction", {"textDocument": "file:///x.py"}),
        ("workspace/executeCommand", {"arguments": []}),
        ("workspace/executeCommand", {"command": "trace-lsp.unknown", "arguments": [{}]}),
        ("trace/run", [1, 2]),
        ("trace/run", "file:///x.py"),
        ("trace/run", None),
    ],
    ids=str,
)
def test_bad_parameters(patient: Client, method: str, params: Any) -> None:
    assert refusal(patient, method, params) == -32602
    assert patient.lenses(patient.open(patient.folder / "thermostat.py")) == ["Trace · run"]


def test_an_unknown_request(patient: Client) -> None:
    assert refusal(patient, "trace/unknown", {}) == -32601
    assert patient.lenses(patient.open(patient.folder / "thermostat.py")) == ["Trace · run"]


WRONG: list[tuple[str, list[Any], str]] = [
    ("run", [], "invalidParams"),
    ("run", [None], "invalidParams"),
    ("run", ["file:///x.py"], "invalidParams"),
    ("run", [[1]], "invalidParams"),
    ("run", [{"uri": 7}], "invalidParams"),
    ("run", [{"uri": "file:///nowhere/x.py"}], "sourceError"),
    ("run", [{"uri": "file:///"}], "sourceError"),
    ("run", [{"uri": "untitled:Untitled-1"}], "sourceError"),
    ("run", [{"uri": ""}], "sourceError"),
    ("optimize", [{"uri": "OPEN", "name": 7}], "invalidParams"),
    ("optimize", [{"uri": "OPEN", "feedback": ["better"]}], "invalidParams"),
    ("optimize", [{"uri": "OPEN", "position": "here"}], "invalidParams"),
    ("optimize", [{"uri": "OPEN", "position": {"line": "x", "character": 0}}], "invalidParams"),
    ("optimize", [{"uri": "OPEN", "position": {"line": -1, "character": 0}}], "invalidParams"),
    ("optimize", [{"uri": "OPEN", "name": "nobody"}], "unknownTrainable"),
    ("apply", [{"proposal": "none"}], "editRefused"),
    ("apply", [{}], "invalidParams"),
    ("reject", [{"proposal": "none"}], "editRefused"),
    ("showGraph", [{"uri": "OPEN"}], "noRun"),
    ("showReport", [{"uri": "OPEN"}], "noRun"),
    ("showGraph", [{"uri": "OPEN", "format": "png"}], "noRun"),
    ("cancel", [{"uri": 3}], "invalidParams"),
]


@pytest.mark.parametrize(("name", "arguments", "kind"), WRONG, ids=str)
def test_wrong_arguments(patient: Client, name: str, arguments: list[Any], kind: str) -> None:
    uri = patient.open(patient.folder / "thermostat.py")
    for each in arguments:
        if isinstance(each, dict) and each.get("uri") == "OPEN":
            each["uri"] = uri
    params = {"command": f"trace-lsp.{name}", "arguments": arguments}
    answer = patient.request("workspace/executeCommand", params)
    assert (answer["ok"], answer["kind"]) == (False, kind)
    assert answer["message"] == patient.said()[-1]
    if arguments and isinstance(arguments[0], dict):
        assert patient.request(f"trace/{name}", arguments[0]) == answer
    assert patient.lenses(uri) == ["Trace · run"]
    patient.alone()


def test_nothing_but_the_protocol_on_stdout(folder: Path) -> None:
    # The client fails at whatever else comes.
    hooks = folder.parent / "hooks"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(PRINTING)
    with Client(folder, environment={"PYTHONPATH": str(hooks)}) as client:
        uri = client.open(folder / "echo.py")
        client.lenses(uri)
        ran = client.command("run", uri=uri)
        assert ran["kind"] == "finished"
        assert "from a child of it\n" in ran["output"]
        assert client.hover(uri, 9) is not None
        log = client.log.read_text("utf-8")
        for stray in ("a stray print", "straight to the descriptor", "from a process of its own"):
            assert stray in log


def test_a_large_and_odd_text_goes_through(folder: Path) -> None:
    text = "print('\N{GRINNING FACE}\x0c\x85\u2028' * 200_000)\r\n" + "# é\r\n" * 20_000
    with Client(folder) as client:
        uri = client.open(folder / "large.py", text)
        ran = client.command("run", uri=uri)
        assert ran["output"] == "\N{GRINNING FACE}\x0c\x85\u2028" * 200_000 + "\n"


def test_showing_leaves_the_workspace_alone(folder: Path) -> None:
    before = contents(folder)
    with Client(folder) as client:
        uri = client.open(folder / "thermostat.py")
        client.command("run", uri=uri)
        for format in ("outline", "mermaid", "dot"):
            shown = client.command("showGraph", uri=uri, format=format)
            assert shown["ok"]
            assert "heat" in shown["text"]
        assert client.command("showGraph", uri=uri, format="png")["kind"] == "invalidParams"
        report = Path(client.command("showReport", uri=uri)["path"])
        assert "should_heat" in report.read_text("utf-8")
        problem = client.command("showProblem", uri=uri, feedback="Warmer.")
        assert "#Feedback\nWarmer." in problem["text"]
    assert contents(folder) == before


def test_python_starts_without_the_folder_of_ours(folder: Path) -> None:
    with Client(folder) as client:
        text = "import sys\nprint(sys.path[0])\nprint([p for p in sys.path[:-1] if 'trace_lsp' in p])\n"
        uri = client.open(folder / "paths.py", text)
        assert client.command("run", uri=uri)["output"].splitlines() == [str(folder), "[]"]
    assert sys.version_info >= (3, 10)


def test_protocol_md_names_every_command_and_kind() -> None:
    text = (Path(commands.__file__).parent / "PROTOCOL.md").read_text("utf-8")
    for name in commands.COMMANDS:
        assert f"| `{name}` | `{commands.request_of(name)}` |" in text
    # These are never raised themselves, have another one's kind, or end the program that made them.
    others = (
        RunError,
        ModelError,
        HistoryError,
        RunFailed,
        ReplyRefused,
        NoneConfigured,
        WireError,
        FeedbackUnclear,
        # Nothing that the server does raises these.
        LaunchError,
        UnknownVariable,
        ChoiceNotKept,
    )
    for name in {each.__name__ for each in _subclasses(TraceLspError).difference(others)}:
        assert f"`{name[0].lower()}{name[1:]}`" in text, name
    for reason in REFUSALS:
        assert f"`{reason}`" in text
    for kind in code_action.KINDS:
        assert f"`{kind}`" in text


def _subclasses(kind: type[TraceLspError]) -> set[type[TraceLspError]]:
    below = kind.__subclasses__()
    return {*below, *(more for each in below for more in _subclasses(each))}
