"""The walk back: from outputs to everything that led to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trace_lsp.trace.graph import ancestors
from trace_lsp.trace.node_types import Given, Node, ParameterNode
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.values import text_of


def live_ancestors(outputs: Iterable[Node]) -> list[Node]:
    """The outputs and every node that led to them, parents first."""
    return ancestors(outputs, sources, lambda found: found._serial)


def sources(node: Node) -> tuple[Node, ...]:
    """What a node depends on: its parents, and its hidden dependencies."""
    return node._parents


def levels(outputs: Iterable[Node]) -> dict[int, int]:
    """The level of each node that led to the outputs, by its serial number: 0 without parents,
    else one more than the highest parent's."""
    found: dict[int, int] = {}
    for each in live_ancestors(outputs):
        found[each._serial] = 1 + max((found[above._serial] for above in each._parents), default=-1)
    return found


def give(output: Node, feedback: Any, propagator: Any, retain_graph: bool) -> None:
    """Carries feedback on the output back by the propagator, and tells the host."""
    if propagator is None or propagator.is_plain:
        reached = propagate(output, feedback)
    else:
        from trace_lsp.trace.propagators import carry

        reached = carry(propagator, output, feedback, retain_graph)
    if recorder.host is not None:
        # What a propagator made of the feedback is its own; what was said is told in any case.
        said = [(output, _told(feedback))]
        recorder.host.on_backward(pending_feedback(reached) or said)


def _told(feedback: Any) -> str:
    return text_of(feedback._data if isinstance(feedback, Node) else feedback)


def propagate(output: Node, feedback: Any) -> list[ParameterNode]:
    """Leaves the feedback at every parameter that led to the output; returns these."""
    if not isinstance(output, Node):
        raise TypeError(f"Feedback is given on a node; this is of type {type(output).__name__}.")
    given = [Given(next(recorder.serials), output, _told(feedback))]
    reached = [each for each in live_ancestors([output]) if isinstance(each, ParameterNode)]
    for parameter in reached:
        parameter._given = parameter._given + given
    return reached


def pending_feedback(parameters: Iterable[ParameterNode]) -> list[tuple[Node, str]]:
    """The outputs with feedback that any of the parameters led to, in the order it was given."""
    given = {each.number: each for parameter in parameters for each in parameter._given}
    return [(given[number].output, given[number].text) for number in sorted(given)]
