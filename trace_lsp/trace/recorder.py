"""The engine's one recorder: what has a name, who listens, what replaces what.

This is the only mutable state of the engine. Names and ids are the process's; whether calls are
recorded, and which nodes a running function has read, belong to the context (PEP 567), so that
threads and asyncio tasks never mix. The recorder holds no node: a graph lives as long as
somebody holds its outputs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Optional, Protocol

if TYPE_CHECKING:
    from trace_lsp.trace.definitions import FileIndex
    from trace_lsp.trace.nodes import Node, ParameterNode


class Host(Protocol):
    """What a run is watched by. The child process installs one; without it nothing is reported."""

    def on_node(self, node: Node) -> None: ...

    def on_backward(self, outputs: list[tuple[Node, str]]) -> None:
        """Feedback was given on an output; `outputs` is all feedback pending since it was zeroed."""

    def on_update(self, parameter: ParameterNode) -> None: ...

    def step(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answers an optimizer's step. Blocks until the answer is there."""

    def override(self, file: str, line: int, is_code: bool) -> Optional[str]:
        """The value that replaces the trainable made at that line, None to keep the program's."""


class _Counts(dict[str, "itertools.count[int]"]):
    def __missing__(self, base: str) -> itertools.count[int]:
        # setdefault is atomic: two threads that come here together share one counter.
        return self.setdefault(base, itertools.count())


class Recorder:
    """Counts names and ids, and knows the host.

    `next(serials)` is a new node's id; `next(counts[base])` the number in its name: how many nodes
    of that base were made before, since the last `clear`.
    """

    def __init__(self) -> None:
        self.host: Optional[Host] = None
        self.serials = itertools.count()
        self.counts = _Counts()
        self.files: dict[str, FileIndex] = {}

    def clear(self) -> None:
        """Starts the numbers in names again at 0. Ids go on, so order is never lost."""
        self.counts.clear()


class Graph:
    """The `GRAPH` of the Trace papers: the handle a program has on the recorder."""

    def clear(self) -> None:
        """Forgets all names, so that the next node of each base name is number 0 again."""
        recorder.clear()


recorder = Recorder()
GRAPH = Graph()

is_tracing: ContextVar[bool] = ContextVar("is_tracing", default=True)
nodes_read: ContextVar[Optional[list[Node]]] = ContextVar("nodes_read", default=None)


@contextmanager
def stop_tracing() -> Iterator[None]:
    """Calls made inside are not recorded. May be nested; what was in force comes back at the end."""
    token = is_tracing.set(False)
    try:
        yield
    finally:
        is_tracing.reset(token)
