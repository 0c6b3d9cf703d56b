"""A recorded graph as data: what crosses the wire, is kept, and is optimized from.

Nothing here refers to a live object. A live program's nodes become `NodeRecord`s by
`trace_lsp.trace.records.record`; the server reads the same records from the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Optional, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where in the program's text something was made.

    `line` and `end_line` count from 1, as in tracebacks. `column` and `end_column` are offsets
    in UTF-8 bytes, as in `ast`; both are 0 on interpreters before 3.11, which know lines only.
    """

    file: str
    line: int
    column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True)
class Operator:
    """One operator: what a message node was computed by.

    `name` is what stands before the brackets in a problem's code (``eval``, ``add``, ``loss``);
    `documentation` the sentence about it; `function` the qualified name of the user's own
    function, empty for operators of the engine; `place` that function's definition.
    """

    name: str
    documentation: str
    function: str = ""
    place: Optional[Place] = None

    @cached_property
    def failed(self) -> Operator:
        """What stands for the operator where it raised."""
        meaning = f"{self.name} raised an exception instead of returning a value."
        return Operator(f"exception_{self.name}", meaning, self.function, self.place)


@dataclass(frozen=True)
class NodeRecord:
    """One node as data.

    `id` grows in the order of recording, so every parent has a smaller one. `value` is text,
    bounded for everything but trainable nodes: `omitted` says how many characters were left
    out. `operator` is None for a leaf. `inputs` are (argument name, parent id) pairs.
    `error` is set on exception nodes only: the source with the failing line marked.
    """

    id: int
    name: str
    type: str
    value: str
    operator: Optional[Operator] = None
    inputs: tuple[tuple[str, int], ...] = ()
    trainable: bool = False
    constraint: str = ""
    place: Optional[Place] = None
    omitted: int = 0
    error: str = ""

    @property
    def parents(self) -> tuple[int, ...]:
        return tuple(parent for _, parent in self.inputs)


@dataclass(frozen=True)
class Output:
    """A node that feedback was given on, and the feedback."""

    node: int
    feedback: str


@dataclass(frozen=True)
class TraceGraph:
    """What an OPTO oracle returns: the nodes that led to some outputs, and the feedback on them.

    `nodes` are in ascending id: parents before children. `outputs` are in the order in which
    the feedback was given. (Trace, section 3: "the trace oracle".)
    """

    nodes: tuple[NodeRecord, ...]
    outputs: tuple[Output, ...]

    def node(self, id: int) -> NodeRecord:
        """The node of that id; KeyError if it is not in the graph."""
        return self._by_id[id]

    @cached_property
    def _by_id(self) -> dict[int, NodeRecord]:
        return {node.id: node for node in self.nodes}


@dataclass(frozen=True)
class Failure:
    """An exception that ended a run: its type's name, message, traceback and place.

    `node` is the exception node it came from, None when it was raised outside traced code.
    """

    type: str
    message: str
    traceback: str
    place: Optional[Place] = None
    node: Optional[int] = None


def unlike(names: Container[str], name: str) -> str:
    """The name, made unlike the others: an operator's inputs each have their own."""
    while name in names:
        name += "_"
    return name


def ancestors(
    outputs: Iterable[T], parents_of: Callable[[T], Iterable[T]], id_of: Callable[[T], int]
) -> list[T]:
    """The outputs and everything that led to them, parents first, in time linear in the edges.

    This is the one backward walk: over live nodes and over records alike.
    """
    seen = {id_of(output): output for output in outputs}
    pending = list(seen.values())
    while pending:
        for parent in parents_of(pending.pop()):
            if id_of(parent) not in seen:
                seen[id_of(parent)] = parent
                pending.append(parent)
    return [seen[id] for id in sorted(seen)]


def backward(nodes: Mapping[int, NodeRecord], outputs: Sequence[Output]) -> TraceGraph:
    """The part of a recorded graph that led to the outputs, with the feedback on them."""
    found = ancestors(
        [output.node for output in outputs], lambda id: nodes[id].parents, lambda id: id
    )
    return TraceGraph(tuple(nodes[id] for id in found), tuple(outputs))
