"""What a run knows about one trainable."""

from __future__ import annotations

from trace_lsp.runs.record import Trace
from trace_lsp.source.trainables import Trainable
from trace_lsp.trace.graph import NodeRecord, Place

CHECKS = frozenset({"eq", "neq", "lt", "le", "gt", "ge", "in_", "not_in", "is_", "is_not", "not_"})
"""Operators whose result says whether something holds."""


def stands_in(place: Place | None, trainable: Trainable) -> bool:
    """True if the place lies in the trainable's statement."""
    if place is None or place.file != trainable.file:
        return False
    return trainable.statement.start.line < place.line <= trainable.statement.end.line + 1


def parameters_of(trace: Trace, trainable: Trainable) -> list[NodeRecord]:
    """The nodes through which the run held the trainable; more than one if it was made again."""
    is_code = trainable.kind == "function"
    return [
        node
        for node in trace.nodes.values()
        if node.trainable and (node.type == "code") == is_code and stands_in(node.place, trainable)
    ]


def calls_of(trace: Trace, trainable: Trainable) -> list[NodeRecord]:
    """The calls of a trainable function, in order; of a value, the values it had."""
    if trainable.kind == "value":
        return parameters_of(trace, trainable)
    return [
        node
        for node in trace.nodes.values()
        if node.operator is not None and stands_in(node.operator.place, trainable)
    ]


def is_check(node: NodeRecord) -> bool:
    """True for a comparison's result: the program's own word on whether something is right."""
    return node.type == "bool" and node.operator is not None and node.operator.name in CHECKS


def has_failed(trace: Trace, call: NodeRecord) -> bool:
    """True if the call raised, or a comparison of its result came out false."""
    if call.error:
        return True
    return any(
        is_check(node) and node.value == "False" and call.id in node.parents
        for node in trace.nodes.values()
    )
