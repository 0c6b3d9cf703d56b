"""Making nodes: each value that a program records goes through one of these functions.

What stands here besides is what programs import from `opto.trace.nodes`.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Sequence
from types import CodeType
from typing import Any, Optional

from trace_lsp.trace.graph import Operator
from trace_lsp.trace.living import GRAPH, Graph
from trace_lsp.trace.message_types import ExceptionNode, MessageNode, get_op_name
from trace_lsp.trace.node_types import AbstractNode, InstanceNode, Node, ParameterNode
from trace_lsp.trace.recorder import nodes_read, recorder
from trace_lsp.trace.registration import begin, text_now
from trace_lsp.trace.values import FIXED

__all__ = [
    "GRAPH",
    "IDENTITY_OPERATORS",
    "NAME_SCOPES",
    "USED_NODES",
    "AbstractNode",
    "ExceptionNode",
    "Graph",
    "MessageNode",
    "Node",
    "ParameterNode",
    "get_op_name",
    "node",
]

IDENTITY_OPERATORS = ("identity", "clone")
NAME_SCOPES = recorder.scopes
"""Prefixes of the names of new nodes: the last one holds."""

USED_NODES = nodes_read

Where = tuple[CodeType, int]
"""Where in the program a node is made: a code object, and the instruction's index in it."""

_new = object.__new__
_counts = recorder.counts
_serials = recorder.serials
_scopes = recorder.scopes


def __getattr__(name: str) -> Any:
    # What draws is not loaded before it is needed.
    if name not in ("NodeVizStyleGuide", "NodeVizStyleGuideColorful"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from trace_lsp.trace import drawing

    return getattr(drawing, name)


def leaf(data: Any, name: Optional[str], code: CodeType, lasti: int) -> Node:
    """A value that comes from nowhere else in the graph."""
    made = _new(Node)
    kind = type(data)
    base = name or FIXED.get(kind) or kind.__name__
    # As in `begin`, whose call would cost a fifth of it all; so in `message`.
    if _scopes:
        base = f"{_scopes[-1]}/{base}"
    made._data = data
    made._base = base
    made._code = code
    made._at = lasti >> 1
    try:
        made._number = next(_counts[base])
    except KeyError:
        made._number = recorder.number(base)
    made._serial = next(_serials)
    made._text = None if kind in FIXED else text_now(data)
    if recorder.host is not None:
        recorder.host.on_node(made)
    return made


def instance_node(instance: Any, where: Where) -> Node:
    """The node of what a method is called on: one for all calls, while somebody holds it."""
    if type(instance) in FIXED:
        return leaf(instance, None, *where)
    found = recorder.instances.get(id(instance))
    if found is None:
        found = _new(InstanceNode)
        begin(found, instance, type(instance).__name__, *where)
        recorder.instances[id(instance)] = found
    return found


def message(
    data: Any,
    operator: Operator,
    names: tuple[str, ...],
    parents: tuple[Node, ...],
    code: CodeType,
    lasti: int,
    name: Optional[str] = None,
) -> MessageNode:
    """What the operator computed of the parents: its arguments, by those names, and then what it
    used besides."""
    made = _new(MessageNode)
    made.operator = operator
    made._names = names
    made._parents = parents
    base = name or operator.name
    if _scopes:
        base = f"{_scopes[-1]}/{base}"
    made._data = data
    made._base = base
    made._code = code
    made._at = lasti >> 1
    try:
        made._number = next(_counts[base])
    except KeyError:
        made._number = recorder.number(base)
    made._serial = next(_serials)
    made._text = None if type(data) in FIXED else text_now(data)
    if recorder.host is not None:
        recorder.host.on_node(made)
    return made


def exception(
    data: str,
    operator: Operator,
    names: tuple[str, ...],
    parents: tuple[Node, ...],
    where: Where,
    story: Any,
) -> ExceptionNode:
    """What is there in place of a result. `story` tells how it came about."""
    made = _new(ExceptionNode)
    made.operator, made._names, made._parents = operator, names, parents
    made._story = story
    begin(made, data, operator.name, *where)
    return made


def parameter(
    data: Any, name: Optional[str], where: Where, is_code: bool = False, **notes: Any
) -> ParameterNode:
    """A leaf that an optimizer may change. `notes` are its description, constraint, projections."""
    made = _new(ParameterNode)
    made.is_code = is_code
    made._given = []
    made._note_given(**notes)
    begin(made, data, name or type(data).__name__, *where)
    return made


def node(
    data: Any,
    name: Optional[str] = None,
    trainable: bool = False,
    description: Optional[str] = None,
    constraint: Optional[str] = None,
    projections: Optional[Sequence[Any]] = None,
) -> Node:
    """The value as a node; a node is returned as it is, unless a trainable one is asked for.

    `description` says what the value is for, `constraint` what a new one must keep, and
    `projections` are applied to a new one by ``Optimizer.project``.
    """
    if not trainable and isinstance(data, Node):
        if name is not None:
            text = f"{data.name} is a node already: the name {name!r} is not used."
            warnings.warn(text, stacklevel=2)
        return data
    frame = sys._getframe(1)
    if not trainable:
        made = leaf(data, name, frame.f_code, frame.f_lasti)
        if description is not None or constraint is not None:
            made._note_given(description=description, constraint=constraint)
        return made
    if isinstance(data, Node):
        data, name = data._data, name or data._base
    if recorder.host is not None:
        data = _overridden(data, frame.f_code.co_filename, frame.f_lineno)
    notes: dict[str, Any] = {
        "description": description,
        "constraint": constraint,
        "projections": projections,
    }
    return parameter(data, name, (frame.f_code, frame.f_lasti), **notes)


def _overridden(data: Any, file: str, line: int) -> Any:
    """The value a candidate run puts in place of the program's, or the program's."""
    host = recorder.host
    value = host.override(file, line, False) if host is not None else None
    return data if value is None else ast.literal_eval(value)
