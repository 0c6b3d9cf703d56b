"""The nodes that are alive. Nodes know their parents only, and nobody keeps a list of them: what a
program holds no more is gone. Who wants to see them all looks at every object of the process."""

from __future__ import annotations

import gc
from typing import Any

from trace_lsp.trace.node_types import Node
from trace_lsp.trace.recorder import NOT_TRACING, is_tracing, nodes_read, recorder


def living() -> list[Node]:
    """The living nodes made since `GRAPH.clear`, in order. Takes some 10 ms for 100,000 objects."""
    # isinstance would ask an object for its __class__, and that may be code of the user's.
    found = [each for each in gc.get_objects() if issubclass(type(each), Node)]
    since = recorder.cleared_at
    # One that is being made, or never will be, has no text yet: it comes last.
    made = (each for each in found if hasattr(each, "_text") and each._serial >= since)
    return sorted(made, key=lambda each: each._serial)


def children_of(node: Node) -> list[Node]:
    """The living nodes that have this one among their parents, in order."""
    return [each for each in living() if any(parent is node for parent in each.parents)]


class Graph:
    """The `GRAPH` of the Trace papers: the handle a program has on what was recorded."""

    def clear(self) -> None:
        """Forgets all names, so that the next node of each base name is number 0 again."""
        recorder.clear()

    def register(self, node: Node) -> None:
        """Gives the node the next number of its name, as if it were made now."""
        if not isinstance(node, Node):
            raise TypeError(f"A node is registered; this is of type {type(node).__name__}.")
        node._number = recorder.number(node._base)

    def get(self, name: str) -> Node:
        """The living node of that name (``base:number``). Raises KeyError if there is none."""
        for each in living():
            if each.name == name:
                return each
        raise KeyError(f"No living node has the name {name!r}.")

    def count(self, base: str) -> int:
        """How many living nodes have that base name."""
        return sum(each._base == base for each in living())

    @property
    def roots(self) -> list[Node]:
        """The living nodes without parents, in the order in which they were made."""
        return [each for each in living() if each.is_root]

    @property
    def TRACE(self) -> bool:  # noqa: N802  the name is that of the API
        """True where calls are recorded. May be set; better is ``with stop_tracing():``."""
        return is_tracing()

    @TRACE.setter
    def TRACE(self, trace: bool) -> None:  # noqa: N802
        if trace is not is_tracing():
            nodes_read.set(None if trace else NOT_TRACING)

    def __len__(self) -> int:
        return len(living())

    def __contains__(self, node: Any) -> bool:
        return any(each is node for each in living())


GRAPH = Graph()
