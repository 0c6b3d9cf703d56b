"""Candidates of real programs: forked from a warm process, and from fresh ones; both say the same."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from runs.processes import MARK, none_left
from runs.running import PYTHONS, needs, traced
from trace_lsp.runs.candidates import CandidateRuns, candidate_runs
from trace_lsp.runs.configuration import Override
from trace_lsp.runs.record import Trace
from trace_lsp.runs.results import END, CandidateResult, objective_of, result_of

T = TypeVar("T")

PROGRAM = """\
from opto import trace

@trace.bundle(trainable=True)
def f(x):
    if x > 3:
        return x + 1
    return x - 1

right = [f(x).eq(x - 1) for x in range(6)]
for each in (2, 4):
    try:
        assert f(each).data == each - 1
    except AssertionError:
        pass
loss = sum(not each for each in right)
assert loss < 9
"""
FIRST, LAST = 3, 7
RIGHT = "def f(x):\n    return x - 1"
ENDLESS = "def f(x):\n    while x > 1:\n        pass\n    return x - 1"
SLEEPS = "def f(x):\n    import time\n    time.sleep(100)"
GREEDY = "def f(x):\n    return len(bytearray(8 << 30))"
ABORTS = "def f(x):\n    import os\n    os.abort()"


def override(trace: Trace, code: str) -> Override:
    return Override(trace.configuration.program, FIRST, LAST, code, True)


def tried(
    trace: Trace,
    work: Callable[[CandidateRuns], Awaitable[T]],
    slots: int | None = None,
) -> T:
    async def all_of_it() -> T:
        watched = [(trace.configuration.program, FIRST, LAST)]
        async with candidate_runs(trace, watched, slots) as runs:
            return await work(runs)

    return asyncio.run(all_of_it())


def one(trace: Trace, code: str = "", **more: float) -> CandidateResult:
    overrides = [override(trace, code)] if code else []
    return tried(trace, lambda runs: runs.run(overrides, **more))


def held(result: CandidateResult) -> dict[object, bool]:
    return {key: check.holds for key, check in result.checks.items()}


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return traced(tmp_path_factory.mktemp("candidates"), PROGRAM, objective="loss")


def test_a_run_tells_what_was_asserted(trace: Trace) -> None:
    assert [(each.line, each.holds) for each in trace.checks] == [
        (12, True),
        (12, False),
        (16, True),
    ]
    result = result_of(trace)
    assert [check.holds for key, check in result.checks.items() if key.kind == "eq"] == [
        *[True] * 4,
        *[False] * 2,
    ]
    assert result.checks[END].holds
    assert result.failing == 3


def test_a_fork_tells_what_a_run_does(trace: Trace) -> None:
    forked = one(trace)
    assert (forked.kind, held(forked)) == ("finished", held(result_of(trace)))
    types = {check.type for key, check in forked.checks.items() if key.kind == "eq"}
    assert types == {"int"}


def test_what_a_candidate_takes(trace: Trace) -> None:
    busy = one(trace, "def f(x):\n    sum(range(2_000_000))\n    return x - 1")
    assert busy.kind == "finished"
    assert busy.cpu > one(trace, RIGHT).cpu


def test_the_value_is_another_in_a_candidate(trace: Trace) -> None:
    better = one(trace, RIGHT)
    assert (better.kind, better.failing, better.objective) == ("finished", 0, 0.0)
    assert one(trace).objective == 2.0


def test_what_lines_ran(trace: Trace) -> None:
    watched = tried(trace, lambda runs: runs.run(watch=True))
    lines = [check.lines for key, check in watched.checks.items() if key.kind == "eq"]
    assert lines == [*[(5, 7)] * 4, *[(5, 6)] * 2]
    plain = one(trace)
    assert not any(check.lines for check in plain.checks.values())


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (ENDLESS, "timedOut", "within its time"),
        (SLEEPS, "timedOut", "within its time"),
        (GREEDY, "raised", "MemoryError"),
        (ABORTS, "crashed", "Its process ended"),
        ("def f(x):\n    return x.nothing", "raised", "nothing"),
        ("def f(x):\n    exit(3)", "exited", ""),
    ],
    ids=["endless", "sleeps", "greedy", "aborts", "raises", "exits"],
)
def test_a_candidate_that_ends_badly(trace: Trace, code: str, kind: str, words: str) -> None:
    result = one(trace, code, cpu=0.2)
    assert result.kind == kind
    assert words in result.message
    assert not result.checks[END].holds


def test_what_held_before_it_was_ended(trace: Trace) -> None:
    result = one(trace, ENDLESS, cpu=0.2)
    assert [check.holds for key, check in result.checks.items() if key.kind == "eq"] == [True] * 2


def test_nothing_is_left(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)

    async def many(runs: CandidateRuns) -> None:
        sleeping = [asyncio.ensure_future(runs.run([override(trace, SLEEPS)])) for _ in range(3)]
        await runs.run([override(trace, RIGHT)], cpu=5)
        for each in sleeping:
            each.cancel()

    tried(trace, many, slots=4)
    none_left(mark)


def test_candidates_side_by_side_do_not_mix(trace: Trace) -> None:
    codes = [f"def f(x):\n    return x - {number}" for number in range(20)]

    async def many(runs: CandidateRuns) -> list[CandidateResult]:
        return await asyncio.gather(*(runs.run([override(trace, code)]) for code in codes))

    failing = [each.failing for each in tried(trace, many)]
    assert failing[1] == 0
    assert all(failing[:1] + failing[2:])


@pytest.mark.parametrize("version", PYTHONS)
def test_under_each_python(version: str, tmp_path: Path) -> None:
    trace = traced(tmp_path, PROGRAM, needs(version))
    assert one(trace, RIGHT).failing == 0


THREADED = """\
import threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
"""


def test_what_starts_threads_gets_fresh_processes(tmp_path: Path) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "threaded.py").write_text(THREADED)
    program = f"import sys; sys.path.append({str(installed)!r}); import threaded\n{PROGRAM}"
    trace = traced(tmp_path, program)
    assert "threaded" in trace.modules
    path = f"import sys; sys.path.append({str(installed)!r})"
    assert path in trace.text

    async def both(runs: CandidateRuns) -> tuple[str, CandidateResult]:
        moved = replace(override(trace, RIGHT), line=FIRST + 1, end_line=LAST + 1)
        return runs.why_fresh, await runs.run([moved])

    environment = {"PYTHONPATH": str(installed)}
    configuration = replace(trace.configuration, environment=environment)
    why, result = tried(replace(trace, configuration=configuration), both)
    assert "threads" in why
    assert result.failing == 0


def test_a_program_that_is_not_python(trace: Trace) -> None:
    result = one(replace(trace, text="def"))
    assert result.kind == "notParsable"


def test_an_interpreter_that_is_gone(trace: Trace) -> None:
    gone = replace(trace.configuration.interpreter, path="/nowhere/python")
    result = one(replace(trace, configuration=replace(trace.configuration, interpreter=gone)))
    assert result.kind == "notStarted"


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("loss = 2", "loss", 2.0),
        ("class A: loss = 2.5\na = A()", "a.loss", 2.5),
        ("from opto.trace import node\nx = node(3, name='loss')", "loss", 3.0),
        ("from opto.trace import node\nloss = node(4) + 1", "loss", 5.0),
        ("loss = float('nan')", "loss", None),
        ("loss = 'high'", "loss", None),
        ("cost = 2", "loss", None),
        ("loss = 2\nraise KeyError", "loss", None),
    ],
)
def test_the_objective(tmp_path: Path, text: str, name: str, number: float | None) -> None:
    trace = traced(tmp_path, text, objective=name)
    assert objective_of(trace) == number
    assert one(trace).objective == number


def test_a_trainable_does_not_judge_itself(tmp_path: Path) -> None:
    text = PROGRAM.replace("    if x > 3:", "    assert x < 9\n    if x > 3:")
    assert [each.line for each in traced(tmp_path, text).checks] == [13, 13, 17]
