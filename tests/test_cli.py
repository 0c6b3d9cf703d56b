"""What the editor can do, in a terminal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from commandline import Done, program, start, trace_lsp
from models.endpoint import ChatEndpoint, Hangs, says
from runs.processes import DEADLINE, alive, none_left, pids_in, until
from session.cases import COLDER, PROGRAMS, REPLIES, WARMER, Case, contents, script, suggests

GOOD = "thermostat.py"


def run(folder: Path, *arguments: str) -> Done:
    return trace_lsp(folder, *program("run", *arguments))


def optimize(folder: Path, reply: object, *arguments: str) -> Done:
    replies = script(folder.parent, reply)
    return trace_lsp(folder, *program("optimize", "--replies", replies, *arguments))


def test_journey(folder: Path) -> None:
    before = contents(folder)
    ran = run(folder, GOOD, "--json")
    assert ran.code == 0
    facts = {"ok": True, "kind": "finished", "calls": 4, "output": "3 of 4 right\n", "learned": []}
    assert facts.items() <= ran.json.items()
    shown = trace_lsp(folder, *program("graph", GOOD, "--json"))
    assert (shown.json["ok"], shown.json["kind"], shown.json["format"]) == (
        True,
        "shown",
        "outline",
    )
    assert "should_heat(degrees=degrees0" in shown.json["text"]
    feedback = ("--feedback", "Cold below 20.")
    asked = optimize(folder, WARMER, GOOD, *feedback, "--json").json
    assert (asked["ok"], asked["kind"]) == (True, "ready")
    proposal = asked["proposal"]
    assert proposal["file"] == str(folder / GOOD)
    assert proposal["feedback"] == "Cold below 20."
    assert proposal["verdict"]["judgement"] == "better"
    assert contents(folder) == before
    written = optimize(folder, WARMER, GOOD, *feedback, "--write", "--json")
    assert (written.code, written.json["kind"]) == (0, "written")
    assert run(folder, GOOD, "--json").json["output"] == "4 of 4 right\n"
    name = str(folder / GOOD)
    assert contents(folder) == {**before, name: before[name].replace(b"< 18", b"< 20")}


@pytest.mark.parametrize("case", PROGRAMS, ids=lambda case: case.program)
def test_a_program_that_ends_badly(folder: Path, case: Case) -> None:
    before = contents(folder)
    seconds = ("--timeout", "1" if case.run == "timedOut" else "60")
    ran = run(folder, case.program, "--json", *seconds)
    assert (ran.code, ran.json["kind"]) == (case.code, case.run)
    if case.optimize == "ready":
        assert case.words in ran.json["message"]
    else:
        asked = optimize(folder, WARMER, case.program, "--feedback", "Do.", "--json", *seconds)
        assert (asked.code, asked.json["ok"], asked.json["kind"]) == (1, False, case.optimize)
        assert case.words in asked.json["message"]
    assert contents(folder) == before


@pytest.mark.parametrize("kind", REPLIES)
def test_a_reply_that_cannot_be_used(folder: Path, kind: str) -> None:
    before = contents(folder)
    asked = optimize(folder, REPLIES[kind], GOOD, "--feedback", "Warmer.", "--write", "--json")
    assert (asked.code, asked.json["ok"], asked.json["kind"]) == (1, False, kind)
    assert asked.json["message"]
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("run", "gone.py"), "sourceError"),
        (("run", GOOD, "--python", "/nowhere/python"), "interpreterMissing"),
        (("graph", "gone.py"), "sourceError"),
        (("optimize", f"{GOOD}:nobody", "--feedback", "x"), "unknownTrainable"),
        (("optimize", "two.py", "--feedback", "x"), "unknownTrainable"),
        (("optimize", GOOD, "--feedback", "x", "--optimizer", "OPRO"), "noModel"),
        (("optimize", "exits.py"), "nothingFound"),
        (("optimize", GOOD, "--minimize", "loss", "--optimizer", "search"), "nothingFound"),
        (("optimize", GOOD, "--feedback", "x", "--replies", "gone.json"), "modelRejected"),
    ],
    ids=str,
)
def test_what_cannot_be_done(folder: Path, arguments: tuple[str, ...], kind: str) -> None:
    done = trace_lsp(folder, *arguments, "--json")
    assert (done.code, done.json["ok"], done.json["kind"]) == (1, False, kind)
    assert done.json["message"]


def test_what_cannot_be_done_in_words(folder: Path) -> None:
    done = trace_lsp(folder, "run", "gone.py")
    assert (done.code, done.out) == (1, "")
    file = folder / "gone.py"
    assert done.err == f"sourceError: {file} cannot be read: No such file or directory.\n"


@pytest.mark.parametrize(
    "arguments", [(), ("nonsense",), ("run",), ("run", GOOD, "--timeout", "0")], ids=str
)
def test_what_makes_no_sense(folder: Path, arguments: tuple[str, ...]) -> None:
    done = trace_lsp(folder, *arguments)
    assert (done.code, done.out) == (2, "")
    assert "--help" in done.err


# Streams and codes


def test_the_programs_own_streams_and_arguments(folder: Path) -> None:
    done = run(folder, "echo.py", "--", "one", "--json")
    assert (done.code, done.out) == (0, "out ONE --JSON\nfrom a child of it\n")
    assert done.err.startswith("err\n")
    assert "The program ran to its end · 5 nodes, 2 calls · " in done.err
    done = run(folder, "echo.py", "--json", "--", "one")
    assert done.json["output"].count("\n") == 3
    assert "out ONE\n" in done.err


def test_the_programs_exit_code(folder: Path) -> None:
    assert run(folder, "exits.py").code == 3
    assert run(folder, "raises.py").code == 1
    (folder / "code.py").write_text("raise SystemExit(77)\n")
    assert run(folder, "code.py").code == 77
    (folder / "code.py").write_text("raise SystemExit('words')\n")
    done = run(folder, "code.py")
    assert done.code == 1
    assert done.err.startswith("words\n")


@pytest.mark.parametrize("format", ["outline", "mermaid", "dot"])
def test_graphs_have_stdout_to_themselves(folder: Path, format: str) -> None:
    done = trace_lsp(folder, *program("graph", GOOD, "--format", format))
    first = {"outline": "eq0 = True", "mermaid": "flowchart", "dot": "digraph"}
    assert done.code == 0
    assert done.out.lstrip("/ \n").startswith(first[format])
    assert done.out.endswith("\n")
    assert "3 of 4 right\n" in done.err


def test_whoever_reads_the_output_leaves(folder: Path) -> None:
    # The program is ended, long before it would be by a limit.
    process, mark = start(folder, *program("run", "chatters.py"))
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(10) == "and on and"
    process.stdout.close()
    assert process.wait(DEADLINE) == 141
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    none_left(mark)


@pytest.mark.parametrize("command", ["run", "graph", "optimize"])
def test_interrupted(folder: Path, command: str) -> None:
    pids = folder.parent / "pids"
    replies = ("--replies", script(folder.parent, WARMER))
    arguments = program(command, "endless.py", *replies, "--json", "--", str(pids))
    process, mark = start(folder, *arguments)
    child, grandchild = pids_in(pids)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert json.loads(out)["kind"] == "cancelled"
    assert "Traceback" not in err
    none_left(mark)
    until(lambda: not alive(child) and not alive(grandchild))


async def test_interrupted_while_the_model_thinks(folder: Path) -> None:
    async with ChatEndpoint(Hangs()) as endpoint:
        address = ("--base-url", endpoint.url, "--model", "m", "--feedback", "Warmer.")
        process, _ = start(folder, *program("optimize", GOOD, *address))
        await asyncio.wait_for(endpoint.arrived.wait(), DEADLINE)
        process.send_signal(signal.SIGINT)
        _, err = await asyncio.to_thread(process.communicate, timeout=DEADLINE)
        assert process.returncode == 130
        assert err.endswith("cancelled: Interrupted. Nothing was changed.\n")


def test_killed(folder: Path) -> None:
    pids = folder.parent / "pids"
    process, mark = start(folder, *program("run", "endless.py", "--", str(pids)))
    child, grandchild = pids_in(pids)
    process.kill()
    process.communicate(timeout=DEADLINE)
    none_left(mark)
    until(lambda: not alive(child) and not alive(grandchild))


# Optimizing


async def test_a_real_endpoint(folder: Path) -> None:
    async with ChatEndpoint(says(json.dumps(WARMER), tokens=(300, 20))) as endpoint:
        done = await asyncio.to_thread(
            trace_lsp,
            folder,
            *program("optimize", GOOD, "--feedback", "Warmer.", "--json"),
            OPENAI_BASE_URL=endpoint.url,
            OPENAI_MODEL="a-model",
        )
        assert done.code == 0, done
        assert done.json["proposal"]["tokens"] == {"sent": 300, "received": 20}
        assert endpoint.bodies[0]["model"] == "a-model"


def test_diff_prints_the_diff_alone(folder: Path) -> None:
    done = optimize(folder, WARMER, GOOD, "--feedback", "Warmer.", "--diff")
    assert done.code == 0
    assert done.out.startswith(f"--- a/{GOOD}\n+++ b/{GOOD}\n@@ ")
    assert {line[0] for line in done.out.splitlines()[3:]} <= set(" +-")
    assert "-    return degrees < 18\n+    return degrees < 20\n" in done.out
    none = optimize(folder, {"reasoning": "", "suggestion": {}}, GOOD, "--feedback", "x", "--diff")
    assert (none.code, none.out) == (0, "")


def test_what_a_person_reads(folder: Path) -> None:
    done = optimize(folder, WARMER, GOOD, "--feedback", "Warmer.")
    assert done.code == 0
    assert done.out.startswith("Because.\n")
    assert "│ 3 of 4 right\n" in done.err
    assert "should_heat(19.5) == True" in done.out
    assert done.out.endswith("(better): 4 of 4 checks hold; 3 did before.\n")
    assert "To write it: trace-lsp history apply " in done.err
    for phase in ("tracing…", "building the problem…", "asking the model…", "checking…", "ready"):
        assert phase in done.err


@pytest.mark.parametrize("name", ["Shop.price", "price"])
def test_a_name_behind_the_file(folder: Path, name: str) -> None:
    reply = suggests("def price(self, cost):\n    return cost * 3", "__code1")
    for target in (f"two.py:{name}", f"{folder / 'two.py'}:{name}"):
        done = optimize(folder, reply, target, "--feedback", "More.", "--json")
        assert done.json["proposal"]["names"] == ["Shop.price"]
        assert "+        return cost * 3" in done.json["proposal"]["diff"]


def test_a_value(folder: Path) -> None:
    before = (folder / "two.py").read_text()
    done = optimize(
        folder, suggests(5, "int0"), "two.py:factor", "--feedback", "5.", "--write", "--json"
    )
    assert done.json["kind"] == "written", done
    assert (folder / "two.py").read_text() == before.replace("node(3,", "node(5,")


def test_a_file_with_a_colon(folder: Path) -> None:
    os.rename(folder / GOOD, folder / "a:b.py")
    assert optimize(folder, WARMER, "a:b.py", "--feedback", "Warmer.").code == 0


def test_a_worse_one_is_not_written(folder: Path) -> None:
    before = contents(folder)
    done = optimize(folder, COLDER, GOOD, "--feedback", "Colder.", "--write", "--json")
    assert (done.code, done.json["ok"]) == (1, False)
    assert done.json["proposal"]["verdict"]["judgement"] == "worse"
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("cookie", "encoding", "end"),
    [
        ("", "utf-8", "\r\n"),
        ("# -*- coding: latin-1 -*-", "latin-1", "\n"),
        ("", "utf-8-sig", "\r\n"),
    ],
    ids=str,
)
def test_write_changes_that_function_alone(
    folder: Path, cookie: str, encoding: str, end: str
) -> None:
    path = folder / GOOD
    lines = [cookie, *path.read_text().splitlines(), "# à la fin \t ", "", "x = 'ü'  ;y=1"]
    text = end.join(lines)
    path.write_bytes(text.encode(encoding))
    path.chmod(0o640)
    done = optimize(folder, WARMER, GOOD, "--feedback", "Warmer.", "--write", "--json")
    assert done.json["kind"] == "written", done
    assert path.read_bytes() == text.replace("< 18", "< 20").encode(encoding)
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in folder.glob("*tmp*")] == []


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [('"""Is', '"""\N{SNOWMAN} was\n\nIs', "written"), ("// 3", "// 4", "staleText")],
    ids=["elsewhere", "itself"],
)
def test_a_file_that_is_edited_meanwhile(folder: Path, old: str, new: str, kind: str) -> None:
    path = folder / "rewrites.py"
    edited = path.read_text().replace(old, new)
    other = folder.parent / "edited.py"
    other.write_text(edited)
    reply = suggests("def half(number):\n    return number // 2")
    options = ("--feedback", "Half.", "--write", "--json", "--", str(other))
    done = optimize(folder, reply, path.name, *options)
    assert done.json["kind"] == kind
    assert done.code == (0 if kind == "written" else 1)
    after = edited.replace("// 3", "// 2") if kind == "written" else edited
    assert path.read_text() == after


def test_learning(folder: Path) -> None:
    before = contents(folder)
    code = "def rule(number):\n    return 2 * number + 1"
    replies = ("--replies", script(folder.parent, suggests(code)))
    done = run(folder, "learns.py", *replies, "--json")
    assert done.json["output"] == "wrong: [1, 2, 5]\nwrong: []\n"
    assert done.json["learned"] == [{"name": "rule", "value": code}]
    plain = run(folder, "learns.py", *replies)
    assert "learned rule:" in plain.err
    assert "return 2 * number + 1" in plain.err
    asked = optimize(folder, suggests(code), "learns.py", "--json")
    assert asked.json["kind"] == "ready"
    assert "should be 11" in asked.json["proposal"]["problem"]
    failed = run(folder, "learns.py", "--json")
    assert (failed.code, failed.json["kind"]) == (1, "raised")
    assert failed.json["message"].startswith("NoneConfigured at learns.py:25: ")
    assert contents(folder) == before


# The rest


def test_doctor(folder: Path) -> None:
    done = trace_lsp(folder, "doctor", "--python", sys.executable, "--json")
    found = {each["name"]: each for each in done.json["findings"]}
    assert list(found) == ["server", "programs", "model", "drawing"]
    assert found["programs"]["ok"]
    assert sys.executable in found["programs"]["text"]
    assert not found["model"]["ok"]
    assert found["model"]["text"].startswith("none, so `optimize` searches: ")
    assert "OPENAI_API_KEY" in found["model"]["text"]
    assert (done.code, done.json["ok"]) == (0, True)
    done = trace_lsp(folder, "doctor", "--python", "/bin/false", "--json")
    assert (done.code, done.json["ok"]) == (1, False)
    plain = trace_lsp(folder, "doctor", "--python", sys.executable)
    assert plain.out.startswith("✓ server: trace-lsp ")


def test_help_and_version(folder: Path) -> None:
    assert trace_lsp(folder, "--version").out.startswith("trace-lsp ")
    assert "optimize" in trace_lsp(folder, "--help").out
