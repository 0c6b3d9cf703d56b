"""Live nodes as records: the same for the wire and for an optimizer in the same process."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from types import CodeType
from typing import Any, Optional

from trace_lsp.trace.codec import KNOWN, Encoder, Row, Site
from trace_lsp.trace.feedback import live_ancestors
from trace_lsp.trace.graph import NodeRecord, Operator, Output, Place, TraceGraph, unlike
from trace_lsp.trace.message_types import ExceptionNode, MessageNode
from trace_lsp.trace.node_types import Node, ParameterNode
from trace_lsp.trace.recorder import NOT_TRACING, nodes_read
from trace_lsp.trace.values import LIMIT, shortened

ERROR_LIMIT = 4 * LIMIT
"""Characters of an exception node's error that are kept."""

_TABLES = 500
"""Code objects whose positions are kept at most."""

_serial = attrgetter("_serial")

Positions = list[tuple[Optional[int], Optional[int], Optional[int], Optional[int]]]


class Places:
    """Where instructions stand in the text. Keeps what it has read of a code object."""

    def __init__(self) -> None:
        self._tables: dict[int, tuple[CodeType, Positions]] = {}

    def of(self, code: CodeType, at: int) -> Place:
        """The place of the code's instruction of that index, of the whole code for a negative
        one; with columns from Python 3.11 on."""
        if at < 0:
            return Place(code.co_filename, code.co_firstlineno)
        # By identity: to hash a code object, or to compare two, takes longer than all the rest.
        _, positions = self._tables.get(id(code)) or self._read(code)
        line, end_line, column, end_column = positions[at]
        if line is None or end_line is None or column is None or end_column is None:
            return Place(code.co_filename, line or code.co_firstlineno)
        return Place(code.co_filename, line, column, end_line, end_column)

    def _read(self, code: CodeType) -> tuple[CodeType, Positions]:
        if len(self._tables) >= _TABLES:
            self._tables.clear()
        self._tables[id(code)] = table = (code, _positions(code))
        return table


def _positions(code: CodeType) -> Positions:
    """For each instruction: its line, its end's line, and the columns of both."""
    if hasattr(code, "co_positions"):
        return list(code.co_positions())
    import dis  # a slow import that 3.11 and newer never need

    starts = dict(dis.findlinestarts(code))
    positions: Positions = []
    line = code.co_firstlineno
    for offset in range(0, len(code.co_code), 2):
        line = starts.get(offset, line)
        positions.append((line, None, None, None))
    return positions


def record(node: Node, places: Optional[Places] = None) -> NodeRecord:
    """The node as data. A trainable's value is whole, any other's bounded.

    `places` may be shared by many calls, which are faster for it.
    """
    text, omitted = _text(node), 0
    kind = type(node._data).__name__
    if isinstance(node, ParameterNode):
        kind = "code" if node.is_code else kind
    else:
        text, omitted = shortened(text)
    operator: Optional[Operator] = None
    inputs: tuple[tuple[str, int], ...] = ()
    if isinstance(node, MessageNode):
        operator = node.operator
        names = [*node._names]
        for each in node._hidden:
            names.append(unlike(names, each.py_name))
        inputs = tuple((name, each._serial) for name, each in zip(names, node._parents))
    return NodeRecord(
        id=node._serial,
        name=node.py_name,
        type=kind,
        value=text,
        operator=operator,
        inputs=inputs,
        trainable=node.trainable,
        constraint=_constraint(node),
        place=(places or Places()).of(node._code, node._at),
        omitted=omitted,
        error=shortened(node.comment, ERROR_LIMIT)[0] if isinstance(node, ExceptionNode) else "",
    )


def _text(node: Node) -> str:
    """The node's value as text. What its own repr reads is not read by the function that runs."""
    token = nodes_read.set(NOT_TRACING)
    try:
        return node.text()
    finally:
        nodes_read.reset(token)


def _constraint(node: Node) -> str:
    if not isinstance(node, ParameterNode):
        return ""
    return "\n".join(each for each in (node.description, node.constraint) if each)


def trace_graph(outputs: Sequence[tuple[Node, str]]) -> TraceGraph:
    """The part of the live graph that led to the outputs, with the feedback on them."""
    nodes, places = live_ancestors([node for node, _ in outputs]), Places()
    return TraceGraph(
        tuple(record(each, places) for each in nodes),
        tuple(Output(node._serial, feedback) for node, feedback in outputs),
    )


class LiveEncoder(Encoder):
    """Makes rows of live nodes: for each the row of its record."""

    def __init__(self) -> None:
        super().__init__()
        self._places = Places()
        self._known: dict[Any, tuple[int, Any]] = {}

    def live_row(self, node: Node) -> Row:
        """The node as a row: what it is now, whatever becomes of its value afterwards."""
        # This is done for every node of a run, so ordinary nodes go without a record. A key has
        # the ids of what is slow to hash; what it leads to keeps them from being given again.
        data, text, code = node._data, node._text, node._code
        kind = type(data)
        if text is None:
            if kind is bytes:  # whose repr may be long
                return self.row(record(node, self._places))
            try:
                text = data if kind is str else repr(data)
            except ValueError:  # an int of too many digits
                return self.row(record(node, self._places))
        if len(text) > LIMIT:
            return self.row(record(node, self._places))
        if type(node) is MessageNode and len(node._names) == len(node._parents):
            operator, names = node.operator, node._names
            key: Any = (kind.__name__, node._base, id(code), node._at, id(operator), names)
            found = self._known.get(key) or self._meet(key, node, (code, operator))
            return (node._serial, found[0], node._number, text, *map(_serial, node._parents))
        if type(node) is Node:
            key = (kind.__name__, node._base, id(code), node._at)
            found = self._known.get(key) or self._meet(key, node, code)
            return (node._serial, found[0], node._number, text)
        if type(node) is ExceptionNode and len(node._names) == len(node._parents):
            return self._failed_row(node, text)
        return self.row(record(node, self._places))

    def _failed_row(self, node: ExceptionNode, text: str) -> Row:
        # Each failure has an operator of its own, made of what the same failures share.
        made, code = node.operator, node._code
        operator = (made.name, made.documentation, made.function, id(made.place))
        key = (type(node._data).__name__, node._base, id(code), node._at, operator, node._names)
        found = self._known.get(key) or self._meet(key, node, (code, made.place))
        value = (text, 0, shortened(node.comment, ERROR_LIMIT)[0])
        return (node._serial, found[0], node._number, value, *map(_serial, node._parents))

    def _meet(self, key: Any, node: Node, kept: Any) -> tuple[int, Any]:
        """The number of an ordinary node's site, and what keeps its key's ids."""
        name = node.py_name
        operator: Optional[Operator] = None
        names: tuple[str, ...] = ()
        if isinstance(node, MessageNode):
            operator, names = node.operator, node._names
        site = Site(
            stem=name[: len(name) - len(str(node._number))],
            type=type(node._data).__name__,
            operator=operator,
            names=names,
            trainable=False,
            constraint="",
            place=self._places.of(node._code, node._at),
        )
        if len(self._known) >= KNOWN:
            self._known.clear()
        self._known[key] = found = (self.site(site), kept)
        return found
