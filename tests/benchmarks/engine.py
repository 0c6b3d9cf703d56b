"""What the engine costs, beside trace-opt: both in turn, in one run, as ratios.

    python tests/benchmarks/engine.py --theirs PYTHON [--json FILE] [--markdown FILE]

PYTHON is an interpreter that has trace-opt installed; without it this engine is measured alone.
Each engine works in processes of its own, one after the other in turn, so that a slow moment of the
machine meets both. Times are CPU time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plan
import streamed
from table import caption, machine, rows
from turns import Engines, Failed, Worker, asked, asked_new, new_worker
from written import check_markers, print_table, write_markdown

Findings = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """`scale` makes every size smaller; `rounds` are of what is timed."""

    engines: Engines
    rounds: int
    scale: float

    def size(self, size: int) -> int:
        return max(round(size * self.scale), 2)


def measured(settings: Settings) -> Findings:
    """Everything, as it goes to JSON: times are in seconds for each, sizes are text."""
    found: Findings = {"about": {**machine(), "rounds": settings.rounds, "scale": settings.scale}}
    found.update(versions={}, imported={}, times={}, streamed={})
    for number in range(1, settings.rounds + 1):
        _tell(f"times, round {number} of {settings.rounds}")
        try:
            _round(settings, found)
        except Failed as failed:
            if number == 1:
                raise
            _tell(f"left out: {failed}")
            found["about"]["rounds"] -= 1
    for section in (held, training, depth, nesting):
        _tell(section.__name__)
        found[section.__name__] = section(settings)
    return found


def _round(settings: Settings, found: Findings) -> None:
    """Each work once more, by each engine in turn."""
    with contextlib.ExitStack() as stack:
        workers = {}
        for engine, python in settings.engines.items():
            workers[engine] = stack.enter_context(new_worker(python, engine))
            greeting = workers[engine].greeting
            found["imported"].setdefault(engine, []).append(greeting.pop("import"))
            found["versions"][engine] = greeting
        for work in plan.TIMED:
            for engine, worker in workers.items():
                _time(settings, found["times"].setdefault(work, {}), work, engine, worker)
    for work in plan.STREAMED:
        took = caught(streamed.work_seconds, work, settings.size(plan.STREAMED_SIZE))
        _add(found["streamed"], work, took if isinstance(took, dict) else [took])


def _time(
    settings: Settings, samples: dict[str, Any], work: str, engine: str, worker: Worker
) -> None:
    timed = plan.TIMED[work]
    for planned in (timed.size, *(timed.longer if engine == "ours" else ())):
        size = settings.size(planned)
        times = plan.TIMES[engine] if planned <= plan.LARGE else 1
        took = asked(worker, "timed", work=work, size=size, times=times)
        _add(samples.setdefault(engine, {}), str(size), took)


def _add(samples: dict[str, Any], key: str, took: Any) -> None:
    """Puts what was measured to what there is; a failure stands for all of it."""
    before = samples.get(key, [])
    both = isinstance(before, list) and isinstance(took, list)
    samples[key] = before + took if both else next(e for e in (before, took) if isinstance(e, dict))


def held(settings: Settings) -> Findings:
    """Bytes a node."""
    size = settings.size(plan.HELD_SIZE)
    return {
        kind: {
            engine: asked_new(python, engine, "held", kind=kind, size=size)
            for engine, python in settings.engines.items()
        }
        for kind in plan.HELD
    }


def training(settings: Settings) -> Findings:
    """Bytes held by a training loop, by the number of iterations; in a traced run as well."""
    marks = {
        engine: [settings.size(mark) for mark in planned]
        for engine, planned in plan.TRAINING_MARKS.items()
    }
    found: Findings = {
        engine: asked_new(python, engine, "training", marks=marks[engine])
        for engine, python in settings.engines.items()
    }
    found["run"] = caught(streamed.called, "memory", "training", marks=marks["ours"])
    return found


def depth(settings: Settings) -> Findings:
    """Seconds of each step on a very long chain, each in a process of its own, which may die."""
    size = settings.size(plan.DEPTH)
    ours = settings.engines["ours"]
    return {
        "size": size,
        "steps": {
            step: asked_new(ours, "ours", "stepped", step=step, size=size) for step in plan.STEPS
        },
        "copied": {
            engine: asked_new(python, engine, "longest", step="copied", limit=plan.LONGEST)
            for engine, python in settings.engines.items()
        },
    }


def nesting(settings: Settings) -> Findings:
    """How deep plain calls and bundled ones nest."""
    limit = plan.NESTING_LIMIT
    found: Findings = {
        engine: asked_new(python, engine, "nesting", limit=limit)
        for engine, python in settings.engines.items()
    }
    found["run"] = caught(streamed.called, "depth", "nesting", limit=limit)
    return found


def caught(measure: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What it returns, or ``{"error": why it failed}``."""
    try:
        return measure(*args, **kwargs)
    except Failed as failed:
        return {"error": str(failed)}


def _tell(step: str) -> None:
    print(step, file=sys.stderr)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--theirs", metavar="PYTHON", help="an interpreter with trace-opt")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all that was measured")
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="write the table; in a file that is there, between its two marks",
    )
    parser.add_argument("--rounds", type=int, default=plan.ROUNDS, help="default: %(default)s")
    parser.add_argument("--scale", type=float, default=1.0, help="multiply every size by this")
    return parser.parse_args()


def main() -> None:
    options = _parsed()
    engines = {"ours": sys.executable}
    if options.theirs:
        engines["theirs"] = options.theirs
    try:
        if options.markdown:
            check_markers(options.markdown)
        found = measured(Settings(engines, options.rounds, options.scale))
    except (Failed, OSError) as failed:
        sys.exit(str(failed))
    table = rows(found)
    print_table(table, caption(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    if options.markdown:
        write_markdown(options.markdown, table, caption(found))


if __name__ == "__main__":
    main()
