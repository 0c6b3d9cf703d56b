"""Functions to learn, and a training loop as a program has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trace_lsp.optimizers import Search
from trace_lsp.trace import ExecutionError, bundle


@bundle(trainable=True)
def count(items: list[int], low: int) -> int:
    """How many are at least as much."""
    n = 0
    for i in items:
        if i > low:
            n += 1
    return n


@bundle(trainable=True)
def line(x: float) -> float:
    y = 3.0 + x
    return y * 0.5


@bundle(trainable=True)
def digits(n: int) -> int:
    total = 0
    while n:
        total += n
        n //= 10
    return total


@bundle(trainable=True)
def twice(x: float) -> float:
    return x + 3


CODE = (count, digits, line, twice)


COUNTED = [([1, 2, 3], 2, 2), ([], 1, 0), ([5, 5], 5, 2), ([1, 9], 4, 1), ([7, 8, 9], 5, 3)]

Evaluate = Callable[[Search], None]


def by_checks(optimizer: Search) -> None:
    for items, low, wanted in COUNTED:
        try:
            found = count(list(items), low)
        except ExecutionError as error:
            optimizer.backward(error.exception_node, str(error.exception_node.data))
        else:
            optimizer.backward(found, found.data == wanted)


def by_error(function: Any, wanted: Callable[[float], float]) -> Evaluate:
    def evaluate(optimizer: Search) -> None:
        for x in range(4):
            try:
                found = function(x)
                error = float(abs(found.data - wanted(x)))
            except ExecutionError as raised:
                optimizer.backward(raised.exception_node, "failed")
            except TypeError:
                optimizer.backward(found, None)
            else:
                optimizer.backward(found, error)

    return evaluate


def learn(optimizer: Search, evaluate: Evaluate, steps: int = 1000) -> int:
    """A loop as a program has it; how many steps it took."""
    for step in range(steps):
        if optimizer.is_done:
            return step
        optimizer.zero_feedback()
        evaluate(optimizer)
        optimizer.step()
    return steps


def distance_to(x: Any, place: float) -> Evaluate:
    return lambda optimizer: optimizer.backward(x + 0, abs(x.data - place))
