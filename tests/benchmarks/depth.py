"""How long a chain may be and how deep calls may nest, on either engine."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

from opto.trace import bundle, node
from works import operate


@bundle()
def nested(depth):
    return 0 if depth == 0 else nested(depth - 1)


def plain(depth):
    return 0 if depth == 0 else plain(depth - 1)


def _chain(size: int) -> tuple[Any, Any]:
    """The parameter that a chain of so many operations starts at, and its end."""
    start = node(0, trainable=True)
    return start, operate((size, start, node(0)))


def _build(size: int) -> None:
    _, end = _chain(size)
    _is(end.data, 0)


def _go_back(size: int) -> None:
    start, end = _chain(size)
    end.backward("more")
    _is(bool(start.feedback), True)


def _slice(size: int) -> None:
    # This engine only: with the other, what led to an output is what `backward` gathers.
    from trace_lsp.trace.feedback import live_ancestors

    _, end = _chain(size)
    _is(len(live_ancestors([end])), size + 2)


def _records(size: int) -> None:
    # This engine only: what an optimizer's step is asked with.
    from trace_lsp.trace.records import trace_graph

    _, end = _chain(size)
    _is(len(trace_graph([(end, "more")]).nodes), size + 2)


def _copied_by(copied: Callable[[Any], Any]) -> Callable[[int], None]:
    def step(size: int) -> None:
        _, end = _chain(size)
        _is(copied(end).data, end.data)

    return step


def _is(found: Any, expected: Any) -> None:
    if found != expected:
        raise ValueError(f"{found!r} came out, and not {expected!r}")


STEPS: dict[str, Callable[[int], None]] = {
    "built and freed": _build,
    "gone back through": _go_back,
    "sliced": _slice,
    "made records": _records,
    "cloned": _copied_by(lambda end: end.clone()),
    "detached": _copied_by(lambda end: end.detach()),
    "copied": _copied_by(copy.deepcopy),
}


def stepped(step: str, size: int) -> float:
    """Seconds of CPU time of the step on a chain of that size, building and freeing included."""
    start = time.process_time()
    STEPS[step](size)
    return time.process_time() - start


def longest(step: str, limit: int) -> int:
    """The longest chain, up to the limit, that the step can be done with."""
    return _greatest(STEPS[step], limit)


def nesting(limit: int) -> dict[str, int]:
    """How deep plain calls and bundled ones nest in this process, each up to the limit."""
    return {"plain": _greatest(plain, limit), "bundled": _greatest(nested, limit)}


def _greatest(do: Callable[[int], Any], limit: int) -> int:
    """The greatest number up to the limit that it can be done with."""
    good, bad = 0, 1
    while bad <= limit and _can(do, bad):
        good, bad = bad, bad * 2
    bad = min(bad, limit + 1)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if _can(do, middle) else (good, middle)
    return good


def _can(do: Callable[[int], Any], size: int) -> bool:
    try:
        do(size)
    except Exception:  # noqa: BLE001  too deep a call ends as one or another error of the engine
        return False
    return True
