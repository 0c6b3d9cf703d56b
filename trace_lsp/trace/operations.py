"""How an operation is computed and recorded: what every operator of nodes goes through."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trace_lsp.trace.containers import CONTAINERS, as_node, data_of
from trace_lsp.trace.failures import fail, is_engine
from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import MessageNode, Node, Where, leaf, message
from trace_lsp.trace.recorder import NOT_TRACING, nodes_read
from trace_lsp.trace.shapes import Shapes
from trace_lsp.trace.values import FIXED

Function = Callable[..., Any]


def operate(
    operator: Operator,
    function: Function,
    names: tuple[str, ...],
    values: Sequence[Any],
    where: Where,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> MessageNode:
    """Computes ``function(*args, **kwargs)`` on the data of nodes, and records it.

    `values` are the operation's inputs, by those `names`: the arguments, and what stands for those
    that were not given. Raises ExecutionError if the function raises.
    """
    read = nodes_read.get()
    parents: tuple[Node, ...] = ()
    if read is NOT_TRACING:
        names = ()
    else:
        parents = tuple(
            [each if isinstance(each, Node) else as_node(each, None, where) for each in values]
        )
    try:
        named = kwargs and {name: data_of(each) for name, each in kwargs.items()}
        result = function(*map(data_of, args), **named)
    except Exception as error:  # noqa: BLE001  the operands are the user's own objects
        fail(error, operator, names, parents, where)
    made = message(data_of(result), operator, names, parents, *where)
    if read is not None:
        read.append(parents)
    return made


def outside() -> Where:
    """Where the engine was entered: the innermost place that is not in this package."""
    frame = sys._getframe(1)
    while is_engine(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code, frame.f_lasti


def unary(operator: Operator, function: Function, names: tuple[str, ...]) -> Function:
    """The operator of one node."""

    def apply(x: Any) -> MessageNode:
        frame = sys._getframe(1)
        return operate(operator, function, names, (x,), (frame.f_code, frame.f_lasti), (x,), {})

    return apply


def binary(operator: Operator, function: Function, names: tuple[str, ...]) -> Function:
    """The operator of two nodes, or of a node and any value."""
    read_now, frame_at = nodes_read.get, sys._getframe

    def apply(x: Any, y: Any) -> MessageNode:
        frame = frame_at(1)
        code, lasti = frame.f_code, frame.f_lasti
        read = read_now()
        # Most operations are one of two nodes, or a node and a constant, outside of any bundle:
        # here they cost a fourth. Whatever else there is goes the long way, to the same end.
        if (read is None or read is NOT_TRACING) and isinstance(x, Node):
            if not isinstance(y, Node) and type(y) in FIXED:
                y = leaf(y, None, code, lasti)
            if (
                isinstance(y, Node)
                and (x._text is None or type(x._data) not in CONTAINERS)
                and (y._text is None or type(y._data) not in CONTAINERS)
            ):
                try:
                    result = function(x._data, y._data)
                except Exception as error:  # noqa: BLE001  numbers raise as well
                    fail(error, operator, names, (x, y), (code, lasti))
                if read is None:
                    return message(result, operator, names, (x, y), code, lasti)
                return message(result, operator, (), (), code, lasti)
        return operate(operator, function, names, (x, y), (code, lasti), (x, y), {})

    return apply


def reflected(operator: Operator, function: Function, names: tuple[str, ...]) -> Function:
    """The operator of two nodes as the method of the right one."""

    def apply(y: Any, x: Any) -> MessageNode:
        frame = sys._getframe(1)
        return operate(operator, function, names, (x, y), (frame.f_code, frame.f_lasti), (x, y), {})

    return apply


def general(operator: Operator, function: Function) -> Function:
    """The operator of whatever the function takes; its inputs are named as its parameters are."""
    shapes = Shapes(function)

    def apply(*args: Any, **kwargs: Any) -> MessageNode:
        shape = shapes.shape(args, kwargs)
        values = shape.values(args, kwargs)
        return operate(operator, function, shape.names, values, outside(), args, kwargs)

    return apply
