"""What a program finds around it: as `python FILE` has it, or with a word about why not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runs.running import traced, untraced
from trace_lsp.runs.candidates import candidate_runs
from trace_lsp.runs.record import Trace

WORKERS = """\
import multiprocessing
from opto import trace

@trace.bundle()
def half(x):
    return x / 2

def work(x):
    return half(x).data

if __name__ == "__main__":
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        print(pool.map(work, [2, 4]))
    print(half(6).data)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_can_import_what_the_program_does(tmp_path: Path, method: str) -> None:
    text = WORKERS.format(method=method)
    (tmp_path / "program.py").write_text(text)
    trace = traced(tmp_path, text)
    assert (trace.outcome.kind, trace.output) == ("finished", "[1.0, 2.0]\n3.0\n")
    # What workers compute is their own.
    assert sum(node.operator is not None for node in trace.nodes.values()) == 1


def test_a_breakpoint_is_passed(tmp_path: Path) -> None:
    trace = traced(tmp_path, "x = 1\nbreakpoint()\nprint('on')\n")
    assert trace.outcome.kind == "finished"
    assert (
        "breakpoint() at program.py:2: a traced run is not debugged; it goes on.\n" in trace.output
    )
    assert trace.output.endswith("on\n")


def test_there_is_no_keyboard(tmp_path: Path) -> None:
    trace = traced(tmp_path, "name = input('name? ')\n")
    assert trace.outcome.kind == "raised"
    assert trace.failure is not None
    assert (trace.failure.type, trace.failure.place and trace.failure.place.line) == ("EOFError", 1)
    assert "no keyboard" in trace.failure.message
    assert "trace_lsp" not in trace.failure.traceback


def given(folder: Path, text: str, stdin: str) -> Trace:
    return traced(folder, text, stdin=stdin)


def test_lines_that_are_given_are_read(tmp_path: Path) -> None:
    text = "import sys\nprint(input(), input())\nprint(repr(sys.stdin.read()))\ninput()\n"
    trace = given(tmp_path, text, "a\nübung\nrest")
    assert trace.output.startswith("a übung\n'rest'\n")
    assert "no keyboard" in trace.outcome.message


def test_much_that_nobody_reads(tmp_path: Path) -> None:
    trace = given(tmp_path, "print(1)", "x" * 3_000_000)
    assert (trace.outcome.kind, trace.output) == ("finished", "1\n")


def test_a_crash_says_where(tmp_path: Path) -> None:
    trace = traced(tmp_path, "import ctypes\n\nctypes.string_at(0)\n")
    assert (trace.outcome.kind, "SIGSEGV" in trace.outcome.message) == ("crashed", True)
    assert 'program.py", line 3 in <module>' in trace.output


def test_the_main_module(tmp_path: Path) -> None:
    text = """\
print(sorted(set(globals()) - {"sys"}), __name__, __file__, __spec__, __package__, __doc__)
print(type(__loader__).__name__, __annotations__, __cached__)
"""
    assert traced(tmp_path, text).output == untraced(tmp_path, text)


def test_warnings_are_shown_as_they_would_be(tmp_path: Path) -> None:
    text = "import warnings\nwarnings.warn('old', DeprecationWarning)\n"
    assert "program.py:2: DeprecationWarning: old\n" in traced(tmp_path, text).output


def test_candidates_find_the_same(tmp_path: Path) -> None:
    import asyncio

    trace = traced(tmp_path, "breakpoint()\nassert input\n")

    async def kind() -> str:
        async with candidate_runs(replace(trace)) as runs:
            return (await runs.run()).kind

    assert asyncio.run(kind()) == "finished"
