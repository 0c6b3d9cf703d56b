"""The numeric tasks of the search's benchmark, and how random search and optuna do on them.

Needs the standard library only, so that an interpreter with optuna can run it:

    PYTHON tests/benchmarks/numeric.py optuna
"""

from __future__ import annotations

import json
import random
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MARKS = (30, 100)
SEEDS = 31

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """A function to be made small. `space` has a pair of bounds for a number, a list of options."""

    name: str
    space: Mapping[str, Any]
    make: Callable[[random.Random], Callable[[Values], float]]
    true: Callable[[Callable[[Values], float], Values], float]


def _quadratic(rng: random.Random) -> Callable[[Values], float]:
    centre = [rng.uniform(-4, 4) for _ in range(3)]
    scale = (1.0, 2.0, 0.5)
    return lambda v: sum(s * (v[n] - c) ** 2 for n, c, s in zip("abc", centre, scale))


def _rosenbrock(_: random.Random) -> Callable[[Values], float]:
    return lambda v: (1 - v["a"]) ** 2 + 100 * (v["b"] - v["a"] ** 2) ** 2


def _noisy(rng: random.Random) -> Callable[[Values], float]:
    centre = [rng.uniform(-4, 4) for _ in range(4)]
    noise = random.Random(rng.random())
    return lambda v: sum((v[n] - c) ** 2 for n, c in zip("abcd", centre)) + noise.gauss(0, 0.3)


def _mixed(rng: random.Random) -> Callable[[Values], float]:
    kind, mode = rng.choice("pqr"), rng.choice("xy")
    m, n, a, b = rng.randint(1, 10), rng.randint(1, 10), rng.random(), rng.random()
    return lambda v: (
        0.3 * (v["kind"] != kind)
        + 0.2 * (v["mode"] != mode)
        + ((v["m"] - m) / 10) ** 2
        + ((v["n"] - n) / 10) ** 2
        + (v["a"] - a) ** 2
        + (v["b"] - b) ** 2
    )


def _plateau(rng: random.Random) -> Callable[[Values], float]:
    a, b = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8)
    return lambda v: int(800 * ((v["a"] - a) ** 2 + (v["b"] - b) ** 2)) / 800


def _same(task: Callable[[Values], float], values: Values) -> float:
    return task(values)


def _without_noise(task: Callable[[Values], float], values: Values) -> float:
    return statistics.fmean(task(values) for _ in range(400))


BOX = (-5.0, 5.0)
TASKS = (
    Task("quadratic", dict.fromkeys("abc", BOX), _quadratic, _same),
    Task("Rosenbrock", dict.fromkeys("ab", (-2.0, 2.0)), _rosenbrock, _same),
    Task("noisy 4-d", dict.fromkeys("abcd", BOX), _noisy, _without_noise),
    Task(
        "mixed",
        {
            "kind": list("pqr"), "mode": list("xy"), "m": (1, 10), "n": (1, 10),
            "a": (0.0, 1.0), "b": (0.0, 1.0),
        },
        _mixed,
        _same,
    ),
    Task("plateau", dict.fromkeys("ab", (0.0, 1.0)), _plateau, _same),
)  # fmt: skip

Search = Callable[[Task, Callable[[Values], float], int, int], list[tuple[float, Values]]]
"""From a task, its function, a number of evaluations and a seed: what was found, in order."""


def by_chance(task: Task, function: Callable[[Values], float], count: int, seed: int) -> Any:
    """Every evaluation at random, by other numbers than those that made the task."""
    rng = random.Random(-1 - seed)
    found = []
    for _ in range(count):
        values = {name: _any(rng, space) for name, space in task.space.items()}
        found.append((function(values), values))
    return found


def _any(rng: random.Random, space: Any) -> Any:
    if isinstance(space, list):
        return rng.choice(space)
    low, high = space
    return rng.randint(low, high) if isinstance(low, int) else rng.uniform(low, high)


def ours(task: Task, function: Callable[[Values], float], count: int, seed: int) -> Any:
    """The search of this project, from a start by chance."""
    from trace_lsp.optimizers.search.numbers import NumberSearch

    rng = random.Random(-1 - seed)
    space = {name: _dimension(each, rng) for name, each in task.space.items()}
    search = NumberSearch(space, seed)
    found = []
    for _ in range(count):
        (values,) = search.ask()
        found.append((function(values), values))
        search.tell(values, found[-1][0])
    return found


def _dimension(space: Any, rng: random.Random) -> Any:
    from trace_lsp.optimizers.search.ranges import Choice, Number

    if isinstance(space, list):
        return Choice(tuple(space), rng.randrange(len(space)))
    low, high = space
    return Number(_any(rng, space), low, high, isinstance(low, int), low, high)


def by_optuna(task: Task, function: Callable[[Values], float], count: int, seed: int) -> Any:
    """optuna's default sampler, TPE."""
    import optuna  # type: ignore[import-not-found]

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    found = []
    for _ in range(count):
        trial = study.ask()
        values = {name: _suggested(trial, name, space) for name, space in task.space.items()}
        found.append((function(values), values))
        study.tell(trial, found[-1][0])
    return found


def _suggested(trial: Any, name: str, space: Any) -> Any:
    if isinstance(space, list):
        return trial.suggest_categorical(name, space)
    low, high = space
    is_whole = isinstance(low, int)
    return trial.suggest_int(name, low, high) if is_whole else trial.suggest_float(name, low, high)


def medians(search: Search, seeds: int = SEEDS) -> dict[str, list[float]]:
    """For each task the median of the best after each of the marks."""
    found = {}
    for task in TASKS:
        bests = [_bests(task, search, seed) for seed in range(seeds)]
        found[task.name] = [statistics.median(each) for each in zip(*bests)]
    return found


def _bests(task: Task, search: Search, seed: int) -> list[float]:
    function = task.make(random.Random(seed))
    history = search(task, function, max(MARKS), seed)
    bests = [min(history[:mark], key=lambda each: each[0]) for mark in MARKS]
    return [task.true(function, values) for _, values in bests]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(medians({"optuna": by_optuna, "random": by_chance}[sys.argv[1]])))
