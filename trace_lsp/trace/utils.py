"""Small helpers that programs written for `opto.trace` use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, TypeVar

from trace_lsp.trace.nodes import Node, ParameterNode
from trace_lsp.trace.propagators import TraceGraph
from trace_lsp.trace.recorder import recorder

C = TypeVar("C", bound=type)


def contain(container_of_nodes: Iterable[Any], node: Any) -> bool:
    """True if the node itself is in there, and not only one of an equal value."""
    return any(node is each for each in container_of_nodes)


def update_local(frame: FrameType, name: str, value: Any) -> None:
    """Gives a local variable of a running function another value. The name must be one that the
    function has already."""
    frame.f_locals[name] = value
    if sys.version_info < (3, 13):  # since then what is written there is written through (PEP 667)
        import ctypes

        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))


def disable_external_dependencies_check(disable: bool = True) -> None:
    """With True, bundled functions may read nodes that they were not passed, all of them; with
    False, only those that say so again. `bundle.ALLOW_EXTERNAL_DEPENDENCIES` tells which holds."""
    recorder.allows_external = bool(disable)


def sum_feedback(nodes: Iterable[Node]) -> Any:
    """The sum of all feedback that arrived at the nodes; 0 if there is none.

    What a GraphPropagator carried, or no propagator, is a TraceGraph: of all that lies between the
    nodes and the outputs, with the feedback on these.
    """
    outputs: dict[int, TraceGraph] = {}
    found: list[Any] = []
    for node in nodes:
        given = node._given if isinstance(node, ParameterNode) else ()
        for each in given:
            if each.number not in outputs:
                outputs[each.number] = TraceGraph.of_output(each.output, each.text)
            found.append(outputs[each.number].through(node))
        carried = node._noted("feedback") or {}
        found += (each for arrived in carried.values() for each in arrived)
    return sum(found)


def for_all_methods(decorator: Callable[[Any], Any]) -> Callable[[C], C]:
    """A decorator of classes that decorates each of a class's own methods, and everything else in
    it that can be called, save what has a name with two leading underscores."""

    def decorate(cls: C) -> C:
        for name, attribute in list(vars(cls).items()):
            if callable(attribute) and not name.startswith("__"):
                setattr(cls, name, decorator(attribute))
        return cls

    return decorate
