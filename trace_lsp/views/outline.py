"""The graph as an indented text: for terminals, screen readers and read-only documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trace_lsp.trace.graph import NodeRecord, Output
from trace_lsp.views.collapse import sinks
from trace_lsp.views.values import (
    is_failure,
    one_line,
    operator_name,
    place_text,
    value_line,
)

_DEEPEST = 12
"""Levels that are indented; deeper ones say their level, so that lines stay readable."""


@dataclass
class _Outline:
    """An outline being written. `lines_of` says on which line a node was first shown."""

    nodes: Mapping[int, NodeRecord]
    width: int
    lines: list[str] = field(default_factory=list)
    lines_of: dict[int, int] = field(default_factory=dict)


def outline(
    nodes: Sequence[NodeRecord],
    outputs: Sequence[Output] = (),
    width: int = 100,
    lines: int = 500,
) -> str:
    """The outputs, each with what it was computed from indented beneath it, one node a line.

    Without `outputs`, they are the nodes that nothing was computed from, failures first. Values
    are shortened to `width` characters. A node that was shown already is not unfolded again.
    The text has at most `lines` lines; the last one says how many nodes it leaves out.
    """
    if not nodes:
        return "Nothing was recorded.\n"
    written = _Outline({node.id: node for node in nodes}, width)
    roots = [output for output in outputs or _roots(nodes) if output.node in written.nodes]
    for index, output in enumerate(roots):
        room = lines - 1 - len(written.lines)
        # Each output has its share of the lines; what one does not need is left to the others.
        _write_tree(written, output, len(written.lines) + room // (len(roots) - index))
    return "\n".join([*written.lines, *_left_out(written)]) + "\n"


def _roots(nodes: Sequence[NodeRecord]) -> list[Output]:
    last = sinks(nodes)
    found = sorted((node for node in nodes if node.id in last), key=lambda node: not node.error)
    return [Output(node.id, "") for node in found]


def _left_out(written: _Outline) -> list[str]:
    total = len(written.nodes)
    left_out = total - len(written.lines_of)
    return [f"… {left_out:,} of {total:,} nodes are not shown."] if left_out else []


def _write_tree(written: _Outline, output: Output, limit: int) -> None:
    """Writes the output and what led to it, until the outline has `limit` lines."""
    pending = [(output.node, 0)]
    while pending and len(written.lines) < limit:
        id, depth = pending.pop()
        node = written.nodes[id]
        is_new = id not in written.lines_of
        written.lines.append(_indent(depth) + _line(written, node))
        if depth == 0 and output.feedback:
            written.lines.append(f"  feedback: {one_line(output.feedback, written.width)}")
        if is_new:
            pending.extend((parent, depth + 1) for parent in reversed(_parents(written, node)))


def _parents(written: _Outline, node: NodeRecord) -> list[int]:
    """The node's inputs, plain values first: beneath a long computation they would be lost."""
    found = [parent for parent in dict.fromkeys(node.parents) if parent in written.nodes]
    return sorted(found, key=lambda parent: written.nodes[parent].operator is not None)


def _indent(depth: int) -> str:
    if depth <= _DEEPEST:
        return "  " * depth
    return "  " * _DEEPEST + f"(level {depth}) "


def _line(written: _Outline, node: NodeRecord) -> str:
    here = len(written.lines) + 1
    first = written.lines_of.setdefault(node.id, here)
    name = f"{_mark(node)}{one_line(node.name, written.width)}"
    if first != here:
        return f"{name} = {value_line(node, written.width // 2)}  (see line {first})"
    value = f"{name} = {value_line(node, written.width)}"
    return "  ".join(filter(None, [value, _origin(written, node), place_text(node.place)]))


def _mark(node: NodeRecord) -> str:
    if is_failure(node):
        return "✗ failed: "
    return "◆ trainable: " if node.trainable else ""


def _origin(written: _Outline, node: NodeRecord) -> str:
    if node.operator is None:
        return ""
    arguments = [f"{name}={_name(written, parent)}" for name, parent in node.inputs[:50]]
    call = f"{operator_name(node.operator)}({', '.join(arguments)})"
    return f"← {one_line(call, written.width)}"


def _name(written: _Outline, id: int) -> str:
    return written.nodes[id].name if id in written.nodes else "…"
