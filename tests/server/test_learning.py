"""Programs with a training loop of their own, in the editor."""

from __future__ import annotations

from pathlib import Path

from session.cases import contents, script, suggests

from server.client import Client
from server.conftest import Asking

RIGHT = suggests("def rule(number):\n    return 2 * number + 1")
WRONG = suggests("def rule(number):\n    return 2 * number")


def test_a_run_takes_the_steps(asking: Asking, folder: Path) -> None:
    before = contents(folder)
    client = asking(RIGHT)
    uri = client.open(folder / "learns.py")
    ran = client.command("run", uri=uri)
    assert (ran["kind"], ran["output"]) == ("finished", "wrong: [1, 2, 5]\nwrong: []\n")
    assert contents(folder) == before


def test_optimize_withholds_the_steps(asking: Asking, folder: Path) -> None:
    client = asking(RIGHT)
    uri = client.open(folder / "learns.py")
    # The one reply goes to us, not to the program's own steps.
    answer = client.command("optimize", uri=uri)
    assert answer["kind"] == "ready"
    for number, wanted in ((1, 3), (2, 5), (5, 11)):
        assert f"should be {wanted}" in answer["proposal"]["problem"], number
    assert answer["proposal"]["diff"].count("\n+    return") == 1


def test_optimize_after_a_run_that_learned_starts_from_the_program_as_written(
    asking: Asking, folder: Path
) -> None:
    client = asking(RIGHT, RIGHT)
    uri = client.open(folder / "learns.py")
    client.command("run", uri=uri)
    answer = client.command("optimize", uri=uri)
    assert answer["kind"] == "ready"
    assert "return number + 1" in answer["proposal"]["problem"]


def test_no_model_is_raised_where_the_step_is_taken(patient: Client, folder: Path) -> None:
    client = patient
    uri = client.open(folder / "learns.py")
    ran = client.command("run", uri=uri)
    assert (ran["ok"], ran["kind"]) == (True, "raised")
    assert ran["message"].startswith("NoneConfigured at learns.py:25: No model is configured.")
    assert "OPENAI_API_KEY" in ran["message"]
    assert "    optimizer.step()\n" in ran["output"]
    assert "/trace_lsp/" not in ran["output"]


def test_a_run_that_got_no_step_is_no_measure_for_a_suggestion(
    patient: Client, folder: Path
) -> None:
    # Held against a run that ended at its first step for want of a model, anything is better.
    client = patient
    uri = client.open(folder / "learns.py")
    assert client.command("run", uri=uri)["kind"] == "raised"
    model = {"provider": "scripted", "replies": script(folder.parent, WRONG)}
    client.configure({"model": model})
    verdict = client.command("optimize", uri=uri)["proposal"]["verdict"]
    assert verdict["before"] == "The program ran to its end."
    assert verdict["judgement"] == "unknown"


def test_a_script_that_ends_in_the_middle(asking: Asking, folder: Path) -> None:
    client = asking(WRONG)
    ran = client.command("run", uri=client.open(folder / "learns.py"))
    assert ran["kind"] == "raised"
    assert ran["message"].startswith("ScriptEnded at learns.py:25: ")


def test_a_reply_that_cannot_be_used_is_a_warning_in_the_program(
    asking: Asking, folder: Path
) -> None:
    client = asking("not JSON", "not JSON", RIGHT)
    ran = client.command("run", uri=client.open(folder / "learns.py"))
    assert ran["kind"] == "finished"
    assert "learns.py:25: UserWarning: The step changes nothing." in ran["output"]
    assert "not in the format that was asked for" in ran["output"]
