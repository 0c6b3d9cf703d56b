"""Live nodes as records: the same for the wire and for an optimizer in the same process."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from types import CodeType
from typing import Optional

from trace_lsp.trace.graph import NodeRecord, Operator, Output, Place, TraceGraph
from trace_lsp.trace.nodes import (
    ExceptionNode,
    MessageNode,
    Node,
    ParameterNode,
    live_ancestors,
)
from trace_lsp.trace.values import shortened


def place_of(code: CodeType, lasti: int) -> Place:
    """Where in the text the instruction stands; with columns from Python 3.11 on."""
    line = 0
    if hasattr(code, "co_positions") and lasti >= 0:
        found = next(itertools.islice(code.co_positions(), lasti // 2, None), None)
        if found is not None and None not in found:
            line, end_line, column, end_column = found
            return Place(code.co_filename, line, column, end_line, end_column)
    return Place(code.co_filename, _line(code, lasti))


def _line(code: CodeType, lasti: int) -> int:
    if lasti < 0:
        return code.co_firstlineno
    import dis  # a slow import that 3.11 and newer never need

    line = code.co_firstlineno
    for start, at in dis.findlinestarts(code):
        if start > lasti:
            break
        line = at
    return line


def record(node: Node) -> NodeRecord:
    """The node as data. A trainable's value is whole, any other's bounded."""
    text, omitted = node.text(), 0
    kind = type(node._data).__name__
    if isinstance(node, ParameterNode):
        kind = "code" if node.is_code else kind
    else:
        text, omitted = shortened(text)
    operator: Optional[Operator] = None
    inputs: tuple[tuple[str, int], ...] = ()
    if isinstance(node, MessageNode):
        operator = node.operator
        inputs = tuple((name, each._serial) for name, each in zip(node._names, node._parents))
    return NodeRecord(
        id=node._serial,
        name=node.py_name,
        type=kind,
        value=text,
        operator=operator,
        inputs=inputs,
        trainable=node.trainable,
        constraint=_constraint(node),
        place=place_of(node._code, node._lasti),
        omitted=omitted,
        error=node.comment if isinstance(node, ExceptionNode) else "",
    )


def _constraint(node: Node) -> str:
    if not isinstance(node, ParameterNode):
        return ""
    return "\n".join(each for each in (node.description, node.constraint) if each)


def trace_graph(outputs: Sequence[tuple[Node, str]]) -> TraceGraph:
    """The part of the live graph that led to the outputs, with the feedback on them."""
    nodes = live_ancestors([node for node, _ in outputs])
    return TraceGraph(
        tuple(record(each) for each in nodes),
        tuple(Output(node._serial, feedback) for node, feedback in outputs),
    )
