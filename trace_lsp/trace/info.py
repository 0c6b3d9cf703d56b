"""What is known of how a node came about, as the dicts that programs written for `opto` read."""

from __future__ import annotations

import linecache
import textwrap
from typing import Any

from trace_lsp.trace.graph import Operator
from trace_lsp.trace.message_types import ExceptionNode, MessageNode
from trace_lsp.trace.node_types import ParameterNode


def function_info(operator: Operator) -> dict[str, Any]:
    """What is known of a function: its name, docstring, source, file and first line."""
    place = operator.place
    lines: list[str] = []
    if place is not None:
        lines = linecache.getlines(place.file)[place.line - 1 : place.end_line]
    return {
        "fun_name": operator.function or operator.name,
        "doc": operator.documentation,
        "source": textwrap.dedent("".join(lines)).rstrip("\n"),
        "file": place.file if place is not None else None,
        "line_number": place.line if place is not None else None,
    }


def info_of(node: MessageNode) -> dict[str, Any]:
    """`function_info`, and the call: its inputs' values and its output, as nodes for traceable
    code; the nodes that it read besides; and for a failure how it came about."""
    passed, output = node._noted("inner") or ((_arguments(node), {}), node._data)
    comment = node.comment if isinstance(node, ExceptionNode) else None
    return {
        **function_info(node.operator),
        "inputs": {"args": list(passed[0]), "kwargs": dict(passed[1])},
        "output": output,
        "external_dependencies": list(node._noted("external") or ()),
        "error_comment": comment,
        "traceback": comment,
    }


def _arguments(node: MessageNode) -> list[Any]:
    return [
        each._data
        for each in node.parents
        if not (isinstance(each, ParameterNode) and each.is_code)
    ]
