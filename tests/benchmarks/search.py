"""What the search reaches: bugs of a set fixed, the numeric tasks beside random and optuna, and
functions made better by an objective.

    python tests/benchmarks/search.py [--set bugs|bugs_seen] [--each] [--optuna PYTHON]

For each bug the search gets the buggy function and its checks. A patch is right if it does what the
right function does on held-out arguments, which the search never sees.
"""

from __future__ import annotations

import argparse
import copy
import importlib
import json
import os
import random
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import climbing
import numeric
from bugs_format import Bug
from trying import FLOOR, Check, TooLong, called, limited, loaded, quiet, tried
from varied import varied

from trace_lsp.optimizers.search.changes import changed
from trace_lsp.optimizers.search.outcome import Limits
from trace_lsp.optimizers.search.repair import Repair

HELD_OUT = 40
LIMITS = Limits(floor=FLOOR)


@dataclass(frozen=True)
class Finding:
    """How the search did on one bug. `first` is the number of the first right candidate, 0 if none."""

    name: str
    fault: str
    was: str
    wrong: str
    verdict: str
    why: str
    candidates: int
    seconds: float
    offered: str
    is_right: bool
    any_right: bool
    first: int
    kind: str
    passing: int


def checks_of(bug: Bug, arguments: Sequence[tuple[Any, ...]], with_after: bool) -> list[Check]:
    """What the right function does with these arguments; those it refuses are left out."""
    function = loaded(bug.right, bug.name)
    checks = []
    for given in arguments:
        after = copy.deepcopy(given)
        try:
            with limited(FLOOR):
                expected = called(function, after)
        except (Exception, TooLong):  # noqa: BLE001
            continue
        checks.append(Check(given, expected, after if with_after else None))
    return checks


def held_out(bug: Bug) -> list[Check]:
    """Checks that the search never sees."""
    rng = random.Random(bug.name)
    more = [each for each in varied(list(bug.checks), HELD_OUT, rng) if bug.allows(*each)]
    return checks_of(bug, [*bug.others, *more, *bug.checks], True)


def is_right(bug: Bug, source: str, checks: Sequence[Check]) -> bool:
    """Whether the source does on all the held-out checks what it should."""
    numbers = tuple(range(len(checks)))
    outcome = tried(source, bug.name, checks, [numbers], 50 * FLOOR, to_the_end=True)
    return all(number in outcome and outcome[number].passed for number in numbers)


def repaired(bug: Bug, limits: Limits = LIMITS) -> Finding:
    """The search on one bug."""
    shown = checks_of(bug, bug.checks, False)
    hidden = held_out(bug)
    numbers = tuple(range(len(shown)))
    began = time.process_time(), _children()
    baseline = tried(bug.wrong, bug.name, shown, [numbers], FLOOR * 5, to_the_end=True)
    baseline = {
        n: baseline.get(n) or tried(bug.wrong, bug.name, shown, [(n,)], FLOOR * 5)[n]
        for n in numbers
    }
    search = Repair(bug.wrong, bug.name, baseline, limits)
    while not search.is_done:
        for candidate in search.ask():
            outcome = tried(candidate.source, bug.name, shown, candidate.stages, candidate.limit)
            search.tell(candidate, outcome)
    seconds = time.process_time() - began[0] + _children() - began[1]
    best = search.best()
    right = [patch for patch in search.ranked() if is_right(bug, patch.source, hidden)]
    first = min(right, key=lambda patch: patch.candidate.number, default=None)
    return Finding(
        bug.name,
        bug.kind,
        bug.was,
        bug.wrong,
        search.verdict,
        search.why,
        search.tried,
        seconds,
        best.source if best else "",
        best is not None and best in right,
        bool(right),
        first.candidate.number if first else 0,
        "+".join(each.kind for each in (best or first).candidate.edits) if best else "",
        len(search.ranked()),
    )


def bugs_of(module: str) -> list[Bug]:
    """The bugs of a set."""
    found: list[Bug] = importlib.import_module(module).BUGS
    return found


def repaired_at(module: str, at: int) -> Finding:
    """The search on one bug of a set, in a process of the pool."""
    with quiet():
        return repaired(bugs_of(module)[at])


def all_repaired(module: str) -> list[Finding]:
    """The search on each bug, as many side by side as there are cores."""
    places = range(len(bugs_of(module)))
    with ProcessPoolExecutor() as pool:
        return list(pool.map(repaired_at, repeat(module), places))


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def report(findings: Sequence[Finding], each: bool) -> None:
    """The figures, and with `each` a line for each bug."""
    if each:
        for found in findings:
            mark = (
                "right"
                if found.is_right
                else "ranked"
                if found.any_right
                else "wrong"
                if found.offered
                else "none"
            )
            print(
                f"{mark:7}{found.name:24}{found.candidates:6}{found.first:6}{found.passing:4}"
                f"{found.seconds:7.2f}s  {found.kind:28} [{found.fault}]"
            )
            if mark in ("ranked", "wrong"):
                print(
                    "        offered:",
                    changed_line(found.wrong, found.offered),
                    "| wanted:",
                    found.was,
                )
    total = len(findings)
    offered = [found for found in findings if found.offered]
    right = [found for found in findings if found.is_right]
    print(
        f"{total} bugs: right {len(right)} ({len(right) / total:.0%}), "
        f"right among the patches {sum(f.any_right for f in findings)}, "
        f"offered {len(offered)}, first offered right {len(right) / max(len(offered), 1):.0%}"
    )
    print(
        f"candidates: median {statistics.median(f.candidates for f in findings):.0f}, "
        f"to the first right {statistics.median([f.first for f in findings if f.first] or [0]):.0f}; "
        f"CPU median {statistics.median(f.seconds for f in findings):.2f} s, "
        f"{sum(f.candidates for f in findings) / sum(f.seconds for f in findings):.0f} candidates a second"
    )
    print("verdicts:", dict(Counter(found.verdict for found in findings)))


def changed_line(before: str, after: str) -> str:
    """The first line that differs."""
    lines = set(before.splitlines())
    return next((line.strip() for line in after.splitlines() if line not in lines), "(deleted)")


def numeric_table(optuna: str | None) -> None:
    """The medians of the best after each mark, ours beside the others."""
    rows = {"ours": numeric.medians(numeric.ours), "random": numeric.medians(numeric.by_chance)}
    if optuna:
        command = [optuna, numeric.__file__, "optuna"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows["optuna"] = json.loads(done.stdout)
    print(f"median best of {numeric.SEEDS} after {' → '.join(map(str, numeric.MARKS))} evaluations")
    for task in numeric.TASKS:
        cells = (
            f"{who} {' → '.join(f'{best:.2g}' for best in row[task.name])}"
            for who, row in rows.items()
        )
        print(f"{task.name:12}", *(f"{cell:26}" for cell in cells))


def climbing_table() -> None:
    """For each function the objective before and after, and what it took."""
    print("functions by an objective: before → after, candidates to the best and in all")
    for case in climbing.CASES:
        before = case.objective(case.source)
        found = climbing.climbed(case)
        print(
            f"{case.name:12}{before:8.4g} → {found.search.best()[1]:<8.3g}"
            f"{found.to_the_best:6}{found.search.tried:6}  "
            f"{changed(case.source, found.search.best()[0]) or 'as it was'}"
        )


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", default="bugs", choices=["bugs", "bugs_seen"])
    parser.add_argument("--each", action="store_true", help="a line for each bug")
    parser.add_argument("--optuna", metavar="PYTHON", help="an interpreter that has optuna")
    options = parser.parse_args()
    report(all_repaired(options.set), options.each)
    numeric_table(options.optuna)
    climbing_table()


if __name__ == "__main__":
    main()
