"""What is held in memory, on either engine: a node of each kind, and a training loop."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

from opto.optimizers.optimizer import Optimizer
from opto.trace import GRAPH, node
from works import call, call_trained, operate, two_nodes

HELD: dict[str, Callable[[int], Any]] = {
    "operation": lambda size: operate(two_nodes(size)),
    "bundled call": lambda size: call(two_nodes(size)),
    "trainable call": lambda size: call_trained(two_nodes(size)),
    "leaf": lambda size: [node(number) for number in range(size)],
}


def held(kind: str, size: int) -> float:
    """Bytes that each node of that kind holds, its value included, when there are so many."""
    make = HELD[kind]
    make(1)
    GRAPH.clear()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = make(size)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return (after - before) / size


class _CountsUp(Optimizer):
    """Needs no model: each step adds one."""

    def propose(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return {each: each.data + 1 for each in self.parameters}


def training(marks: list[int], operations: int = 20) -> dict[int, int]:
    """Bytes held after as many iterations of a training loop as each mark says, by the mark."""
    weight, one = node(0, trainable=True), node(1)
    optimizer = _CountsUp([weight])
    held_at = {}
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for iteration in range(1, max(marks) + 1):
        x = weight
        for _ in range(operations):
            x = x + one
        optimizer.zero_feedback()
        optimizer.backward(x, "more")
        optimizer.step()
        if iteration in marks:
            gc.collect()
            held_at[iteration] = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return held_at
