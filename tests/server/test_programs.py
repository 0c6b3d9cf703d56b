"""Programs that end badly, in the editor: a named outcome, and a server that goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from session.cases import PROGRAMS, WARMER, Case, contents, suggests

from server.client import Client
from server.conftest import Asking

HALF = suggests("def half(number):\n    return number")
LEFT = suggests('def left(name):\n    """How many are left."""\n    return STOCK.get(name, 0)')


@pytest.mark.parametrize("case", PROGRAMS, ids=lambda case: case.program)
def test_a_program_that_ends_badly(asking: Asking, folder: Path, case: Case) -> None:
    before = contents(folder)
    reply = LEFT if case.program == "raises.py" else HALF
    client = asking(reply, timeout=1 if case.run == "timedOut" else 60)
    uri = client.open(folder / case.program)
    ran = client.command("run", uri=uri)
    assert ran["kind"] == case.run
    assert ran["ok"] == (case.run in ("finished", "raised", "exited"))
    client.alone()
    optimized = client.command("optimize", uri=uri, feedback="Do better.")
    assert optimized["kind"] == case.optimize
    assert optimized["ok"] == (case.optimize == "ready")
    client.alone()
    about = ran["message"] if case.optimize == "ready" else optimized["message"]
    assert case.words in about
    if not optimized["ok"]:
        assert optimized["message"] in client.said()
    # It goes on: the next program is none the worse for it.
    good = client.open(folder / "thermostat.py")
    assert client.command("run", uri=good)["kind"] == "finished"
    assert client.progress()[-1][0] == "end"
    assert contents(folder) == before


def test_a_candidate_that_never_ends_is_worse(asking: Asking, folder: Path) -> None:
    endless = suggests("def should_heat(degrees):\n    while True:\n        pass")
    client = asking(endless, WARMER, timeout=2)
    uri = client.open(folder / "thermostat.py")
    verdict = client.command("optimize", uri=uri, feedback="Warmer.")["proposal"]["verdict"]
    assert verdict["judgement"] == "worse"
    assert "did not end within 2 s" in verdict["reason"]
    client.alone()
    verdict = client.command("optimize", uri=uri, feedback="Warmer.")["proposal"]["verdict"]
    assert verdict["judgement"] == "better"


def test_what_a_program_leaves_running_is_ended_with_it(patient: Client, folder: Path) -> None:
    text = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('done')\n"
    )
    client = patient
    uri = client.open(folder / "leaves.py", text)
    ran = client.command("run", uri=uri)
    assert (ran["kind"], ran["output"]) == ("finished", "done\n")
    client.alone()


def test_an_endless_recursion_is_told_like_any_exception(patient: Client, folder: Path) -> None:
    text = "def f(n):\n    return f(n + 1)\n\n\nf(0)\n"
    client = patient
    uri = client.open(folder / "recursive.py", text)
    ran = client.command("run", uri=uri)
    assert ran["kind"] == "raised"
    assert ran["message"].startswith("RecursionError at recursive.py:2")
    assert "trace_lsp" not in ran["output"]


def test_an_exception_is_told_though_stderr_is_gone(patient: Client, folder: Path) -> None:
    client = patient
    uri = client.open(folder / "mute.py", "import sys\nsys.stderr = None\n1 / 0\n")
    ran = client.command("run", uri=uri)
    assert (ran["kind"], ran["message"]) == (
        "raised",
        "ZeroDivisionError at mute.py:3: division by zero",
    )


def test_a_crash_while_the_interpreter_ends(patient: Client, folder: Path) -> None:
    text = "import atexit, os, signal\natexit.register(os.kill, os.getpid(), signal.SIGTERM)\n"
    client = patient
    uri = client.open(folder / "late.py", text)
    ran = client.command("run", uri=uri)
    assert ran["kind"] == "crashed"
    assert "SIGTERM" in ran["message"]


def test_the_output_is_whole_up_to_the_last_half_character(patient: Client, folder: Path) -> None:
    text = "import os\nos.write(1, 'é'.encode() + 'é'.encode()[:1])\n"
    client = patient
    uri = client.open(folder / "half.py", text)
    assert client.command("run", uri=uri)["output"] == "é\N{REPLACEMENT CHARACTER}"
