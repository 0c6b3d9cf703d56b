"""How an operation is computed and recorded: what every operator of nodes goes through."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Optional

from trace_lsp.trace.containers import CONTAINERS, as_node, data_of, nodes_in
from trace_lsp.trace.failures import NoAttributeError, fail, is_engine
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
    labels: Iterable[Optional[str]] = itertools.repeat(None),
) -> MessageNode:
    """Computes ``function(*args, **kwargs)`` on the data of nodes, and records it.

    `values` are the operation's inputs, by those `names`: the arguments, and what stands for those
    that were not given. What is no node among them gets one, named by its label, or by its type.
    Raises ExecutionError if the function raises.
    """
    read = nodes_read.get()
    parents: tuple[Node, ...] = ()
    if read is NOT_TRACING:
        names = ()
    else:
        parents = tuple(
            [
                each if isinstance(each, Node) else as_node(each, label, where)
                for each, label in zip(values, labels)
            ]
        )
    try:
        named = kwargs and {name: data_of(each) for name, each in kwargs.items()}
        result = function(*map(data_of, args), **named)
    except AttributeError as error:
        fail(error, operator, names, parents, where, raised=NoAttributeError)
    except Exception as error:  # noqa: BLE001  the operands are the user's own objects
        fail(error, operator, names, parents, where)
    return _recorded(result, operator, names, parents, where)


def _recorded(
    result: Any,
    operator: Operator,
    names: tuple[str, ...],
    parents: tuple[Node, ...],
    where: Where,
) -> MessageNode:
    """The node of an operation's result. Nodes that come with it are what it depends on, too."""
    read = nodes_read.get()
    if type(result) not in FIXED:
        known = {id(each) for each in parents}
        held = {id(each): each for each in nodes_in(result) if id(each) not in known}
        result = data_of(result)
        if read is not NOT_TRACING:
            parents += tuple(held.values())
    made = message(result, operator, names, parents, *where)
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


def binary(
    operator: Operator,
    function: Function,
    names: tuple[str, ...],
    of_text: Optional[Operator] = None,
) -> Function:
    """The operator of two nodes, or of a node and any value. `of_text` is what it is recorded as
    if the left one is a string."""
    read_now, frame_at = nodes_read.get, sys._getframe
    of_others, of_text = operator, of_text or operator

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
                left = x._data
                operator = of_others if type(left) is not str else of_text
                try:
                    result = function(left, y._data)
                except Exception as error:  # noqa: BLE001  numbers raise as well
                    fail(error, operator, names, (x, y), (code, lasti))
                if type(result) not in FIXED:
                    names_now, inputs = (names, (x, y)) if read is None else ((), ())
                    return _recorded(result, operator, names_now, inputs, (code, lasti))
                if read is None:
                    return message(result, operator, names, (x, y), code, lasti)
                return message(result, operator, (), (), code, lasti)
        operator = of_text if type(data_of(x)) is str else of_others
        return operate(operator, function, names, (x, y), (code, lasti), (x, y), {})

    return apply


def reflected(
    operator: Operator,
    function: Function,
    names: tuple[str, ...],
    of_text: Optional[Operator] = None,
) -> Function:
    """The operator of two nodes as the method of the right one. `of_text` is as in `binary`."""
    of_others, of_text = operator, of_text or operator

    def apply(y: Any, x: Any) -> MessageNode:
        frame = sys._getframe(1)
        operator = of_text if type(x) is str else of_others
        return operate(operator, function, names, (x, y), (frame.f_code, frame.f_lasti), (x, y), {})

    return apply


def general(
    operator: Operator,
    function: Function,
    signature: Optional[Function] = None,
    unlabelled: tuple[str, ...] = (),
) -> Function:
    """The operator of whatever the function takes; its inputs are named as its parameters are.

    The `signature` is another function's if it is given. Plain values are named by the parameter
    too, but for those that are `unlabelled`.
    """
    shapes = Shapes(signature or function)

    def apply(*args: Any, **kwargs: Any) -> MessageNode:
        shape = shapes.shape(args, kwargs)
        values = shape.values(args, kwargs)
        labels = [None if each in unlabelled else each for each in shape.labels]
        if signature is not None:
            args, kwargs = values, {}  # the function's own parameters may have other names
        return operate(operator, function, shape.names, values, outside(), args, kwargs, labels)

    return apply
