"""What the engine costs, beside trace-opt: both in turn, in one run, as ratios.

    python tests/benchmarks/engine.py --theirs PYTHON [--json FILE]

PYTHON is an interpreter that has trace-opt installed. Each engine works in processes of its own,
one after the other in turn, so that a slow moment of the machine meets both. Times are CPU time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ROUNDS = 5
CHAIN = 10_000
GOALS = {
    "operation, two nodes": 100,
    "operation, node and constant": 60,
    "bundled call, two nodes": 35,
    "trainable call": 45,
    "call with defaults and keywords": 30,
    "call that raises": 40,
    "decorating a function": 50,
    "operation under stop_tracing": 150,
    "backward, a node of a chain": 1000,
}


def works(trace: Any) -> dict[str, tuple[int, Callable[[int], Any], Callable[[Any], Any]]]:
    """Each work: how often to do it, what to prepare for that often, and what is timed."""
    node, bundle = trace.node, trace.bundle

    @bundle()
    def first(a, b):
        return a

    @bundle(trainable=True)
    def trained(a, b):
        return a

    @bundle()
    def documented(a, b=2, *, c=3):
        """The first of three."""
        return a

    @bundle()
    def failing(a):
        raise ValueError("no")

    def plain(x):
        return x

    def operate(times: int) -> Any:
        x, y = node(1), node(2)
        for _ in range(times):
            x = x + y
        return x

    def operate_with_constant(times: int) -> None:
        x = node(1)
        for _ in range(times):
            x = x + 1

    def call(function: Any, **keywords: Any) -> Callable[[int], None]:
        def calls(times: int) -> None:
            x, y = node(1), node(2)
            arguments = (x,) if keywords else (x, y)
            named = dict.fromkeys(keywords, x)
            for _ in range(times):
                function(*arguments, **named)

        return calls

    def fail(times: int) -> None:
        x = node(1)
        for _ in range(times):
            try:  # noqa: SIM105  a context manager would cost as much as what is measured
                failing(x)
            except trace.ExecutionError:
                pass

    def decorate(times: int) -> None:
        for _ in range(times):
            bundle()(plain)

    def stopped(times: int) -> None:
        x, y = node(1), node(2)
        with trace.stop_tracing():
            for _ in range(times):
                x + y

    def nothing(times: int) -> int:
        return times

    return {
        "operation, two nodes": (CHAIN, nothing, operate),
        "operation, node and constant": (CHAIN, nothing, operate_with_constant),
        "bundled call, two nodes": (CHAIN, nothing, call(first)),
        "trainable call": (CHAIN, nothing, call(trained)),
        "call with defaults and keywords": (CHAIN, nothing, call(documented, c=None)),
        "call that raises": (1_000, nothing, fail),
        "decorating a function": (1_000, nothing, decorate),
        "operation under stop_tracing": (CHAIN, nothing, stopped),
        "backward, a node of a chain": (CHAIN, operate, lambda x: x.backward("more")),
    }


def measure(trace: Any) -> dict[str, float]:
    """Microseconds of CPU time for each work, once."""
    found = {}
    for name, (times, prepare, work) in works(trace).items():
        trace.GRAPH.clear()
        prepared = prepare(times)
        start = time.process_time()
        work(prepared)
        found[name] = (time.process_time() - start) / times * 1e6
    return found


def in_turn(theirs: str) -> dict[str, dict[str, list[float]]]:
    """What each engine took in each round."""
    pythons = {"ours": sys.executable, "theirs": theirs}
    found: dict[str, dict[str, list[float]]] = {name: {} for name in pythons}
    for _ in range(ROUNDS):
        for name, python in pythons.items():
            command = [python, __file__, "--measure", name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            for work, took in json.loads(done.stdout.splitlines()[-1]).items():
                found[name].setdefault(work, []).append(took)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--theirs", metavar="PYTHON", help="an interpreter with trace-opt")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured")
    parser.add_argument("--measure", choices=("ours", "theirs"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure == "ours":
        sys.path.insert(0, str(ROOT))
        from trace_lsp import trace as ours

        print(json.dumps(measure(ours)))
    elif options.measure == "theirs":
        from opto import trace as theirs

        print(json.dumps(measure(theirs)))
    else:
        report(in_turn(options.theirs), options.json)


def report(found: dict[str, dict[str, list[float]]], file: Path | None) -> None:
    """Prints medians and ratios as a table, and writes everything that was measured."""
    from rich.console import Console
    from rich.table import Table

    table = Table("work", "trace-opt µs", "ours µs", "ratio", "goal")
    for work, goal in GOALS.items():
        theirs = statistics.median(found["theirs"][work])
        ours = statistics.median(found["ours"][work])
        ratio = f"{theirs / ours:.0f} ×"
        table.add_row(work, f"{theirs:.2f}", f"{ours:.2f}", ratio, f"{goal} ×")
    Console().print(table)
    if file is not None:
        file.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
