"""The engine's one recorder: what has a name, who listens, what replaces what.

This is the only mutable state of the engine. Names and ids are the process's; whether calls are
recorded, and which nodes a running function has read, belong to the context (PEP 567), so that
threads and asyncio tasks never mix. The recorder holds no node: a graph lives as long as
somebody holds its outputs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType
from typing import TYPE_CHECKING, Any, Optional, Protocol, Union
from weakref import WeakKeyDictionary, WeakValueDictionary

if TYPE_CHECKING:
    from trace_lsp.trace.definitions import FileIndex
    from trace_lsp.trace.dependencies import Read
    from trace_lsp.trace.node_types import InstanceNode, Node, ParameterNode
    from trace_lsp.trace.turns import Turns


class Host(Protocol):
    """What a run is watched by. The child process installs one; without it nothing is reported.

    `trains` is false where the program is wanted as it is written: then no step changes anything.
    """

    trains: bool

    def on_node(self, node: Node) -> None: ...

    def on_backward(self, outputs: list[tuple[Node, str]]) -> None:
        """Feedback was given on an output; `outputs` is all feedback pending since it was zeroed."""

    def on_update(self, parameter: ParameterNode) -> None: ...

    def step(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answers an optimizer's step. Blocks until the answer is there."""

    def ask_model(self, request: dict[str, Any]) -> dict[str, Any]:
        """The run's model's answer to a question of the program's. Blocks until it is there.

        Raises the ModelError that came of it.
        """

    def call(
        self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        """What the function returns, called by a bundled function inside of another."""

    def override(self, file: str, line: int, is_code: bool) -> Optional[str]:
        """The value that replaces the trainable made at that line, None to keep the program's."""


class Recorder:
    """Counts names and ids, and knows the host.

    `next(serials)` is a new node's id; `number(base)` the number in its name: how many nodes of
    that base were made before, since the last `clear`. `scopes` are the name scopes around, of
    which the last stands before each base. `instances` are the living nodes of what methods were
    called on, by the instance's id: a node keeps its instance, so that id is no other's meanwhile.
    `texts` are what trainable code was made of, which its file may not hold, and its first line.
    `on_trial` are the texts of trainable code that is only being tried, with the turns it may take.
    `allows_external` is True where every bundled function may read what it was not passed.
    """

    def __init__(self) -> None:
        self.host: Optional[Host] = None
        self.serials = itertools.count()
        self.counts: dict[str, itertools.count[int]] = {}
        self.scopes: list[str] = []
        self.files: dict[str, FileIndex] = {}
        self.instances: WeakValueDictionary[int, InstanceNode] = WeakValueDictionary()
        self.texts: WeakKeyDictionary[CodeType, tuple[str, int]] = WeakKeyDictionary()
        self.on_trial: dict[str, Turns] = {}
        self.cleared_at = 0
        self.allows_external = False

    def number(self, base: str) -> int:
        """The number of the next node of that base name."""
        # setdefault is atomic: two threads that come here together share one counter.
        return next(self.counts.setdefault(base, itertools.count()))

    def clear(self) -> None:
        """Starts the numbers in names again at 0. Ids go on, so order is never lost."""
        self.counts.clear()
        self.instances.clear()
        self.cleared_at = next(self.serials)


class _Unread:
    """In place of the list of nodes read, where calls are not recorded: takes note of nothing."""

    def append(self, read: Read) -> None: ...

    def __bool__(self) -> bool:
        return False


recorder = Recorder()

NOT_TRACING = _Unread()

nodes_read: ContextVar[Union[list[Read], _Unread, None]] = ContextVar("nodes_read", default=None)
"""What the bundled function that runs has read and used; None outside of any; NOT_TRACING where
calls are not recorded."""


def is_tracing() -> bool:
    """True where calls are recorded."""
    return nodes_read.get() is not NOT_TRACING


@contextmanager
def stop_tracing() -> Iterator[None]:
    """Calls made inside are not recorded. May be nested; what was in force comes back at the end."""
    token = nodes_read.set(NOT_TRACING)
    try:
        yield
    finally:
        nodes_read.reset(token)


class NodesRead(list[Any]):
    """The nodes whose values were read, each once, in order."""

    def append(self, read: Read) -> None:
        if not isinstance(read, tuple) and not any(read is each for each in self):
            super().append(read)


@contextmanager
def trace_nodes() -> Iterator[NodesRead]:
    """The nodes whose values are read inside."""
    read = NodesRead()
    token = nodes_read.set(read)
    try:
        yield read
    finally:
        nodes_read.reset(token)
