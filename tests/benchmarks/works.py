"""What is timed, as a program for `opto` would do it: it runs on either engine.

Each work is what to prepare for a size, and what is timed with that; the size is how often
something is done, or how many nodes or arguments there are. What the timed part returns is held
until the time is taken, so freeing it does not count: trace-opt frees nothing before `GRAPH.clear`.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

from opto.trace import GRAPH, ExecutionError, bundle, node, stop_tracing

Work = tuple[Callable[[int], Any], Callable[[Any], Any]]


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


@bundle()
def join(*args):
    return len(args)


def plain(x):
    return x


def two_nodes(size: int) -> tuple[int, Any, Any]:
    return size, node(1), node(2)


def operate(prepared: tuple[int, Any, Any]) -> Any:
    size, x, y = prepared
    for _ in range(size):
        x = x + y
    return x


def operate_with_constant(prepared: tuple[int, Any, Any]) -> Any:
    size, x, _ = prepared
    for _ in range(size):
        x = x + 1
    return x


def operate_stopped(prepared: tuple[int, Any, Any]) -> None:
    size, x, y = prepared
    with stop_tracing():
        for _ in range(size):
            x + y


def call(prepared: tuple[int, Any, Any]) -> Any:
    size, x, y = prepared
    for _ in range(size):
        x = first(x, y)
    return x


def call_trained(prepared: tuple[int, Any, Any]) -> Any:
    size, x, y = prepared
    for _ in range(size):
        x = trained(x, y)
    return x


def call_with_keyword(prepared: tuple[int, Any, Any]) -> Any:
    size, x, y = prepared
    for _ in range(size):
        x = documented(x, c=y)
    return x


def call_failing(prepared: tuple[int, Any, Any]) -> None:
    size, x, _ = prepared
    for _ in range(size):
        try:  # noqa: SIM105  a context manager would cost as much as what is measured
            failing(x)
        except ExecutionError:
            pass


def decorate(size: int) -> None:
    for _ in range(size):
        bundle()(plain)


def parameters(size: int) -> list[Any]:
    return [node(1, trainable=True) for _ in range(size)]


def fan_in(arguments: list[Any]) -> Any:
    """One call of very many parameters."""
    output = join(*arguments)
    output.backward("more")
    return output


def fan_out(size: int) -> Any:
    """One parameter used very many times, and all that came of it joined."""
    used = node(1, trainable=True)
    output = join(*[used + 1 for _ in range(size)])
    output.backward("more")
    return output


def new_parameters(size: int) -> Any:
    """A chain that takes up a parameter of its own at each step."""
    output = node(0)
    for _ in range(size):
        output = output + node(1, trainable=True)
    output.backward("more")
    return output


def chain(size: int) -> Any:
    return operate((size, node(0, trainable=True), node(1)))


def go_back(output: Any) -> Any:
    output.backward("more")
    return output


def same(size: int) -> int:
    return size


WORKS: dict[str, Work] = {
    "operation, two nodes": (two_nodes, operate),
    "operation, node and constant": (two_nodes, operate_with_constant),
    "bundled call, two nodes": (two_nodes, call),
    "trainable call": (two_nodes, call_trained),
    "call with docstring, defaults and keyword": (two_nodes, call_with_keyword),
    "call that raises": (two_nodes, call_failing),
    "decorating a function": (same, decorate),
    "operation under stop_tracing": (two_nodes, operate_stopped),
    "backward on a chain": (chain, go_back),
    "fan-in and backward": (parameters, fan_in),
    "fan-out, join and backward": (same, fan_out),
    "a new parameter a step, and backward": (same, new_parameters),
}


def timed(work: str, size: int, times: int) -> list[float]:
    """Seconds of CPU time that the work took for each of its size, so many times."""
    prepare, do = WORKS[work]
    do(prepare(max(size // 100, 1)))
    return [_once(prepare, do, size) / size for _ in range(times)]


def _once(prepare: Callable[[int], Any], do: Callable[[Any], Any], size: int) -> float:
    GRAPH.clear()
    gc.collect()
    prepared = prepare(size)
    start = time.process_time()
    held = do(prepared)
    took = time.process_time() - start
    del held
    return took
