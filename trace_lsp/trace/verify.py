"""What is true of every graph, live or recorded, as one check."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Optional, Union

from trace_lsp.trace.feedback import sources
from trace_lsp.trace.graph import NodeRecord, Place, TraceGraph
from trace_lsp.trace.nodes import ExceptionNode, MessageNode, Node, ParameterNode
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.records import Places, record
from trace_lsp.trace.values import text_of

Subject = Union[Node, TraceGraph, Mapping[int, NodeRecord]]


class GraphError(Exception):
    """A graph is not what every graph is. The message names the node and says what is wrong."""


def verify(*subjects: Subject, since: Optional[int] = None) -> None:
    """Checks the live graph behind all nodes given, and each recorded graph given.

    A graph has no cycles: the inputs of every node are there and were recorded before it, under
    names of their own. Its levels are 0 for roots, else one more than the highest input's. Names are
    unique among the nodes with a serial from `since` on (default: since the last `GRAPH.clear` for
    live nodes, all of a recorded graph). Parameters are roots, exception nodes say what raised,
    and places are places. The outputs of a `TraceGraph` are among its nodes.

    Raises GraphError at the first thing that does not hold. Graphs may be of any depth. In time
    linear in the graph, but that each live node given is asked for its level.
    """
    live = [each for each in subjects if isinstance(each, Node)]
    if live:
        _verify_live(live, recorder.cleared_at if since is None else since)
    for each in subjects:
        if isinstance(each, TraceGraph):
            _verify_records(each.nodes, since or 0)
            _verify_outputs(each)
        elif isinstance(each, Mapping):
            _verify_keys(each)
            _verify_records([each[id] for id in sorted(each)], since or 0)
        elif not isinstance(each, Node):
            raise TypeError(
                "A node, a TraceGraph or a mapping of NodeRecords by id can be verified, not a "
                f"{type(each).__name__}."
            )


def verify_node(node: Node, places: Optional[Places] = None) -> None:
    """Checks one live node and how it stands to its parents; raises GraphError.

    `places` may be shared by many calls, which are faster for it.
    """
    for fault in _live_faults(node):
        raise GraphError(f"{node.name}: {fault}")
    for fault in _faults(record(node, places), {each._serial for each in sources(node)}):
        raise GraphError(f"{node.name}: {fault}")


def _verify_live(outputs: list[Node], since: int) -> None:
    nodes = _behind(outputs)
    levels: dict[int, int] = {}
    for node in nodes:
        for fault in _live_faults(node):
            raise GraphError(f"{node.name}: {fault}")
        levels[id(node)] = 1 + max((levels[id(each)] for each in sources(node)), default=-1)
    places = Places()
    _verify_records([record(node, places) for node in nodes], since)
    for output in outputs:
        if output.level != levels[id(output)]:
            raise GraphError(
                f"{output.name}: its level is {output.level}, not {levels[id(output)]}."
            )


def _behind(outputs: list[Node]) -> list[Node]:
    """The outputs and what led to them by serial, told apart by identity: serials may be wrong."""
    seen = {id(output): output for output in outputs}
    pending = list(seen.values())
    while pending:
        child = pending.pop()
        for parent in sources(child):
            if not isinstance(parent, Node):
                raise GraphError(f"{child.name}: its input {text_of(parent)} is not a node.")
            if id(parent) not in seen:
                seen[id(parent)] = parent
                pending.append(parent)
    return sorted(seen.values(), key=lambda node: node._serial)


def _live_faults(node: Node) -> Iterator[str]:
    """What is wrong with a live node that its record would not show."""
    for source in sources(node):
        if source._serial >= node._serial:
            yield f"its input {source.name} was made after it."
    if isinstance(node, MessageNode) and len(node._names) > len(node._parents):
        yield f"it has {len(node._parents)} inputs, but {len(node._names)} names of inputs."
    if not isinstance(node, MessageNode) and sources(node):
        yield "it has inputs, but no operator."
    if node.trainable and not isinstance(node, ParameterNode):
        yield "it is trainable, but not a parameter."
    if isinstance(node, ExceptionNode) and not node.comment:
        yield "it stands for an exception, but does not say where that was raised."


def _verify_records(nodes: Iterable[NodeRecord], since: int) -> None:
    """Checks records that stand in the order of their ids."""
    nodes = list(nodes)
    present = {node.id for node in nodes}
    names: set[str] = set()
    last = -1
    for node in nodes:
        for fault in _faults(node, present):
            raise GraphError(f"{node.name}: {fault}")
        if node.id <= last:
            raise GraphError(f"{node.name}: its id {node.id} is not above {last}, the one before.")
        if node.name in names:
            raise GraphError(f"{node.name}: another node has that name, too.")
        if node.id >= since:
            names.add(node.name)
        last = node.id


def _faults(node: NodeRecord, present: Container[int]) -> Iterator[str]:
    """What is wrong with one record of a graph of the ids that are `present`."""
    if not node.name:
        yield f"the node with the id {node.id} has no name."
    names: set[str] = set()
    for name, parent in node.inputs:
        if name in names:
            yield f"two of its inputs are called {name}."
        if parent not in present:
            yield f"its input {name} is node {parent}, which is not in the graph."
        if parent >= node.id:
            yield f"its input {name} is node {parent}, which was recorded after it."
        names.add(name)
    if node.operator is None and node.inputs:
        yield "it has inputs, but no operator."
    if node.operator is not None and node.trainable:
        yield "it is trainable, but computed by an operator."
    if node.operator is None and node.error:
        yield "it stands for an exception, but no operator raised it."
    if node.error and not node.value:
        yield "it stands for an exception, but does not say which."
    if node.place is not None:
        yield from _place_faults(node.place)


def _place_faults(place: Place) -> Iterator[str]:
    if not place.file:
        yield "its place is in no file."
    if place.line < 1:
        yield f"its place is line {place.line}; lines count from 1."
    if place.end_line and place.end_line < place.line:
        yield f"its place ends in line {place.end_line}, before it starts in line {place.line}."
    if min(place.column, place.end_column) < 0:
        yield "its place has a negative column."
    if place.end_line == place.line and place.end_column < place.column:
        yield f"its place ends in column {place.end_column}, before it starts in {place.column}."


def _verify_keys(nodes: Mapping[int, NodeRecord]) -> None:
    for key, node in nodes.items():
        if key != node.id:
            raise GraphError(f"{node.name}: it stands under the id {key}, but has {node.id}.")


def _verify_outputs(graph: TraceGraph) -> None:
    present = {node.id for node in graph.nodes}
    for output in graph.outputs:
        if output.node not in present:
            raise GraphError(f"Feedback is on node {output.node}, which is not in the graph.")
