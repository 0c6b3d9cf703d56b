"""How many candidates a second and core: forked from the warm process, and each in a fresh one.

    python tests/benchmarks/candidates.py [--rounds N]

The server, the warm process and the forks are held to one core, so that a second of the clock is
one of the core. Of several rounds the best is shown: others may have had the core in the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trace_lsp.runs.candidates import CandidateRuns, candidate_runs
from trace_lsp.runs.configuration import Override, RunConfiguration
from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Trace
from trace_lsp.runs.wire import UNCHANGED

FUNCTION = """\
from opto import trace

@trace.bundle(trainable=True)
def f(x):
    if x > 3:
        return x + 1
    return x - 1

"""
FIRST, LAST = 3, 7
PROGRAMS = {
    "6 checks": FUNCTION + "for x in range(6):\n    f(x).eq(x - 1)\n",
    "6 asserts": FUNCTION + "for x in range(6):\n    assert f(x).data == x - 1\n",
    "3,000 checks": FUNCTION + "for x in range(3000):\n    f(x).eq(x - 1)\n",
    "9,000 asserts": FUNCTION + "for x in range(9000):\n    assert x >= 0\nf(4)\n",
}
FORKED, FRESH = 200, 10


@dataclass(frozen=True)
class Speed:
    """Candidates a second, and the milliseconds of CPU time that each took of the server, and of
    the warm process and its forks."""

    rate: float
    here: float
    there: float


async def traced(program: Path) -> Trace:
    """A run of the program."""

    async def no_step(request: object) -> dict[str, object]:
        return UNCHANGED

    interpreter = Interpreter(sys.executable, sys.version_info[:2], "")
    configuration = RunConfiguration(str(program), interpreter, str(program.parent))
    text = program.read_text("utf-8")
    return await run(configuration, text, on_event=lambda event: None, answer_step=no_step)


async def measured(trace: Trace, count: int, is_forked: bool) -> Speed:
    """So many candidates, each another, as a search asks for them."""
    file = trace.configuration.program
    began = time.perf_counter(), _seconds(resource.RUSAGE_CHILDREN)
    async with candidate_runs(trace, slots=2) as runs:
        if not is_forked:
            await runs.warm.stop()
        started, here = time.perf_counter(), _seconds(resource.RUSAGE_SELF)
        numbers = iter(range(count))

        async def some() -> None:
            for number in numbers:
                await _one(runs, file, number)

        await asyncio.gather(some(), some(), some())
        seconds = time.perf_counter() - started
        here = _seconds(resource.RUSAGE_SELF) - here
    there = _seconds(resource.RUSAGE_CHILDREN) - began[1]
    return Speed(count / seconds, here / count * 1e3, there / count * 1e3)


async def _one(runs: CandidateRuns, file: str, number: int) -> None:
    code = f"def f(x):\n    if x > {number}:\n        return x + 1\n    return x - 1"
    result = await runs.run([Override(file, FIRST, LAST, code, True)], cpu=5.0)
    assert len(result.checks) > 1, result.message


def _seconds(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def best(speeds: Sequence[Speed]) -> Speed:
    return max(speeds, key=lambda each: each.rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print("Candidates a second and core (CPU: ms each, in the server and in its processes)")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in PROGRAMS.items():
            program = Path(folder, "program.py")
            program.write_text(text, "utf-8")
            trace = asyncio.run(traced(program))
            for kind, count in (("forked", FORKED), ("fresh", FRESH)):
                speeds = [
                    asyncio.run(measured(trace, count, kind == "forked")) for _ in range(rounds)
                ]
                found = best(speeds)
                print(
                    f"  {name:14} {kind:7} {found.rate:6.0f}   "
                    f"({found.here:5.2f} + {found.there:6.2f})"
                )


if __name__ == "__main__":
    main()
