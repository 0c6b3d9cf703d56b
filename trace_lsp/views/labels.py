"""What stands on a drawn node: its name, how often it ran, and its values, line by line."""

from __future__ import annotations

from trace_lsp.views.collapse import ViewNode
from trace_lsp.views.values import counted, line_of, one_line, times, visible

WIDTH = 32
"""Characters of a label's line: wider boxes make a drawing that has to be scrolled."""


def label_lines(node: ViewNode, width: int = WIDTH) -> list[str]:
    """The lines of a node's label: what it is, which records it stands for, what they held."""
    if node.kind == "more":
        return [node.name]
    lines = [_title(node, width), *_names(node, width), *_values(node, width)]
    return [line for line in lines if line] or [node.key]


def full_text(node: ViewNode) -> str:
    """Everything about a node: its label's heading and its whole value, for a tooltip."""
    if node.record is None:
        return f"{counted(node.count, 'node')} not drawn"
    record = node.record
    heading = f"{record.name}: {node.operator or record.type}"
    return visible("\n".join(filter(None, [heading, record.value, record.error])))


def _title(node: ViewNode, width: int) -> str:
    mark = {"parameter": "◆ ", "failure": "✗ "}.get(node.kind, "")
    name = one_line(node.operator or node.name, width)
    return f"{mark}{name} {times(node.count)}".rstrip()


def _names(node: ViewNode, width: int) -> list[str]:
    if node.kind == "parameter":
        return ["trainable"]
    return [one_line(node.name, width)] if node.operator else []


def _values(node: ViewNode, width: int) -> list[str]:
    if node.failed:
        return [_failures(node), _shown(node, node.record.value if node.record else "", width)]
    if len(node.values) == 1:
        return [_shown(node, node.last, width)]
    if node.values and len(node.values) < node.count:
        part = width // len(node.values)
        each = (f"{_shown(node, value, part)} {times(count)}" for value, count in node.values)
        return [", ".join(map(str.rstrip, each))]
    half = width // 2
    return [f"{_shown(node, node.first, half)} … {_shown(node, node.last, half)}"]


def _failures(node: ViewNode) -> str:
    return "failed" if node.count == node.failed else f"{node.failed:,} of {node.count:,} failed"


def _shown(node: ViewNode, value: str, width: int) -> str:
    return line_of(value, "" if node.failed else node.type, width)
