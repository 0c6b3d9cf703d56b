"""Propagators: how feedback on an output is carried back to what led to it.

Without one, every parameter behind the output gets the feedback as it is. A `Propagator` decides
instead, operator by operator, what each input of a node gets, from what the node got.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from numbers import Number
from typing import Any, Optional

from trace_lsp.trace.feedback import levels, live_ancestors, sources
from trace_lsp.trace.nodes import MessageNode, Node, ParameterNode
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.values import text_of

Propagate = Callable[[MessageNode], Mapping[Node, Any]]
"""Gives each input of a node its feedback. Inputs that are left out get nothing."""


class AbstractPropagator:
    """What gives the inputs of a node their feedback when it is called with the node."""

    def __call__(self, child: MessageNode) -> Mapping[Node, Any]:
        """The feedback for the node's inputs.

        Raises TypeError if `propagate` returns no mapping, and ValueError if it has feedback for
        anything but the node's parents and hidden dependencies.
        """
        if not isinstance(child, MessageNode):
            raise TypeError(
                f"Feedback is propagated from a MessageNode, not from a {type(child).__name__}."
            )
        passed = self.propagate(child)
        _check(child, passed)
        return passed

    def propagate(self, child: MessageNode) -> Mapping[Node, Any]:
        """The feedback for the node's inputs, made from ``child.feedback``."""
        raise NotImplementedError

    def init_feedback(self, node: Node, feedback: Any) -> Any:
        """The feedback that starts at `node`, made from what a person or a program gave."""
        raise NotImplementedError

    @property
    def is_plain(self) -> bool:
        """True if every parameter gets the feedback as it is, with the graph: as without one."""
        return False


class AbstractFeedback:
    """Feedback that can be added up, with ``+`` and with `sum`."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        raise NotImplementedError

    def __radd__(self, other: Any) -> Any:
        # `sum` starts from 0.
        return self if isinstance(other, int) and other == 0 else self + other


class Propagator(AbstractPropagator):
    """Carries feedback by `_propagate`, or by the function registered for the operator."""

    def __init__(self) -> None:
        self.override: dict[str, Propagate] = {}

    def register(self, operator_name: str, propagate_function: Propagate) -> None:
        """From now on, the function decides for nodes of the operator of that name."""
        if not callable(propagate_function):
            raise TypeError(
                f"What is registered for {operator_name} must be a function of a node, not "
                f"{type(propagate_function).__name__}."
            )
        self.override[operator_name] = propagate_function

    def propagate(self, child: MessageNode) -> Mapping[Node, Any]:
        override = self.override.get(child.operator.name)
        return self._propagate(child) if override is None else override(child)

    def _propagate(self, child: MessageNode) -> Mapping[Node, Any]:
        """The feedback for the node's inputs where no function is registered."""
        raise NotImplementedError


class SumPropagator(Propagator):
    """Every input gets the sum of what the node got: texts are joined, numbers added."""

    def init_feedback(self, node: Node, feedback: Any) -> Any:
        """The feedback as it is."""
        return feedback

    def _propagate(self, child: MessageNode) -> Mapping[Node, Any]:
        total = _total(child, [each for arrived in child.feedback.values() for each in arrived])
        return dict.fromkeys(sources(child), total)


class GraphPropagator(Propagator):
    """Every input gets the graph that leads from it to the outputs, and the feedback on these."""

    @property
    def is_plain(self) -> bool:
        return type(self) is GraphPropagator and not self.override

    def init_feedback(self, node: Node, feedback: Any) -> TraceGraph:
        """The graph of the output alone."""
        return TraceGraph.of_output(node, feedback)

    def _propagate(self, child: MessageNode) -> Mapping[Node, Any]:
        return dict.fromkeys(sources(child), self.aggregate(child.feedback).through(child))

    def aggregate(self, feedback: Mapping[Node, list[TraceGraph]]) -> TraceGraph:
        """What came through all children as one graph; an empty one if nothing came."""
        for child, arrived in feedback.items():
            for each in arrived:
                if not isinstance(each, TraceGraph):
                    raise TypeError(
                        f"Feedback of a GraphPropagator is a TraceGraph; through {child.name} came "
                        f"one of type {type(each).__name__}."
                    )
        return sum((each for arrived in feedback.values() for each in arrived), TraceGraph())


class TraceGraph(AbstractFeedback):
    """The part of a live graph that leads to some outputs, and the feedback on these.

    Sums keep every output with its feedback. What belongs to the graph is found when it is read
    for the first time, in time linear in the graph behind the outputs.
    """

    __slots__ = ("_addends", "_given", "_graph", "_nodes", "_through")

    def __init__(self, graph: Iterable[tuple[int, Node]] = (), user_feedback: Any = None) -> None:
        """The graph of just these (level, node) pairs; the feedback is on the highest node."""
        nodes = [node for _, node in sorted(graph, key=lambda pair: pair[0])]
        self._nodes = {id(node): node for node in nodes}
        self._given: dict[int, tuple[Optional[Node], Any]] = {}
        if user_feedback is not None:
            self._given[next(recorder.serials)] = (nodes[-1] if nodes else None, user_feedback)
        self._through: dict[int, Node] = {}
        self._addends: tuple[TraceGraph, ...] = ()
        self._graph: Optional[list[tuple[int, Node]]] = None

    @classmethod
    def of_output(cls, output: Node, feedback: Any) -> TraceGraph:
        """The graph of the output alone, with the feedback on it."""
        made = cls()
        made._given = {next(recorder.serials): (output, feedback)}
        return made

    @classmethod
    def expand(cls, node: MessageNode) -> TraceGraph:
        """The graph within a node of traceable code, with no feedback; empty for any other node.

        The feedback that the nodes inside hold is left alone. Raises TypeError if `node` is not a
        MessageNode.
        """
        if not isinstance(node, MessageNode):
            raise TypeError(f"A MessageNode can be expanded, not a {type(node).__name__}.")
        made, info = cls(), node.info
        output = info.get("output") if isinstance(info, dict) else None
        if isinstance(output, MessageNode):
            made._nodes = {id(each): each for each in live_ancestors([output])}
        return made

    def through(self, child: Node) -> TraceGraph:
        """What lies between the node and the outputs, with the inputs of all that does."""
        self._settle()
        passed = TraceGraph()
        passed._given, passed._nodes = self._given, self._nodes
        passed._through = {id(child): child}
        return passed

    @property
    def graph(self) -> list[tuple[int, Node]]:
        """The nodes with their levels, in order of level: parents before children."""
        if self._graph is None:
            self._settle()
            self._graph = self._found()
        return self._graph

    @property
    def outputs(self) -> list[tuple[Node, Any]]:
        """The outputs, each with the feedback on it, in the order in which it was given."""
        self._settle()
        given = [self._given[number] for number in sorted(self._given)]
        return [(output, feedback) for output, feedback in given if output is not None]

    @property
    def user_feedback(self) -> Any:
        """The feedback; a list of them in order if they differ; None if there is none."""
        self._settle()
        distinct: dict[str, Any] = {}
        for number in sorted(self._given):
            feedback = self._given[number][1]
            # By their texts: what comes of comparing values of any type is not always a bool.
            distinct.setdefault(text_of(feedback), feedback)
        different = list(distinct.values())
        return different if len(different) > 1 else different[0] if different else None

    def empty(self) -> bool:
        """True if there is neither a node nor feedback."""
        self._settle()
        return not (self._given or self._nodes)

    def visualize(
        self,
        simple_visualization: bool = True,
        reverse_plot: bool = False,
        print_limit: int = 100,
    ) -> Any:
        """The graph as a drawing, see `trace_lsp.trace.drawing.draw`."""
        from trace_lsp.trace.drawing import draw

        nodes = [node for _, node in self.graph]
        return draw(nodes, simple_visualization, reverse_plot, print_limit)

    def __add__(self, other: Any) -> TraceGraph:
        if not isinstance(other, TraceGraph):
            return NotImplemented
        # Adding up is left to `_settle`: a sum of many is then linear.
        total = TraceGraph()
        total._addends = (self, other)
        return total

    def __len__(self) -> int:
        return len(self.graph)

    def __iter__(self) -> Iterator[tuple[int, Node]]:
        return iter(self.graph)

    def __repr__(self) -> str:
        names = ", ".join(output.name for output, _ in self.outputs)
        return f"TraceGraph({len(self)} nodes, feedback on {names or 'nothing'})"

    def _settle(self) -> None:
        """Adds up what has not been added up yet: each addend once, however often it occurs."""
        pending, seen = list(self._addends), set()
        while pending:
            each = pending.pop()
            if id(each) not in seen:
                seen.add(id(each))
                self._given.update(each._given)
                self._nodes.update(each._nodes)
                self._through.update(each._through)
                pending.extend(each._addends)
        self._addends = ()

    def _found(self) -> list[tuple[int, Node]]:
        """The nodes of the graph, by one walk from the roots to the outputs."""
        ends = [*(output for output, _ in self.outputs), *self._nodes.values()]
        members, leading = {id(end) for end in ends}, set(self._through)
        walked, level_of = live_ancestors(ends), levels(ends)
        for each in walked:
            above = [id(source) for source in sources(each)]
            if id(each) in leading or not leading.isdisjoint(above):
                leading.add(id(each))
                members.update((id(each), *above))
        found = [(level_of[each._serial], each) for each in walked if id(each) in members]
        return sorted(found, key=lambda pair: pair[0])


def carry(
    propagator: AbstractPropagator, output: Node, feedback: Any, retain_graph: bool = False
) -> list[ParameterNode]:
    """Carries feedback on the output to the parameters behind it, as the propagator says; returns
    those that it reached.

    Each node passes on what it got once, after all that was computed from it; one that got nothing
    passes nothing on. Parameters keep what arrives, in ``feedback``, until `zero_feedback`: all of
    it, or nothing if the propagator raises. With `retain_graph` the other nodes keep what they
    got in this walk until the next. In time linear in the graph, and of any depth.
    """
    if not isinstance(output, Node):
        raise TypeError(f"Feedback is given on a node; this is of type {type(output).__name__}.")
    if not isinstance(propagator, AbstractPropagator):
        raise TypeError(
            f"A propagator is a subclass of Propagator; this is of type {type(propagator).__name__}."
        )
    nodes = live_ancestors([output])
    # What an earlier walk left would be passed on twice.
    _forget(nodes)
    raw = feedback.data if isinstance(feedback, Node) else feedback
    try:
        arrived = _walk(propagator, nodes, output, raw, retain_graph)
    except BaseException:
        _forget(nodes)
        raise
    for parameter, child, passed in arrived:
        parameter._add_feedback(child, passed)
    return list(dict.fromkeys(parameter for parameter, _, _ in arrived))


def _walk(
    propagator: AbstractPropagator, nodes: list[Node], output: Node, feedback: Any, retain: bool
) -> list[tuple[ParameterNode, Node, Any]]:
    """Takes the feedback from node to node, children first; returns what arrived at parameters."""
    arrived: list[tuple[ParameterNode, Node, Any]] = []

    def arrive(node: Node, child: Node, passed: Any) -> None:
        if isinstance(node, ParameterNode):
            arrived.append((node, child, passed))
        elif sources(node) or retain:
            node._add_feedback(child, passed)

    arrive(output, output, propagator.init_feedback(output, feedback))
    for child in reversed(nodes):
        if isinstance(child, MessageNode) and sources(child) and child.feedback:
            for parent, passed in propagator(child).items():
                arrive(parent, child, passed)
            if not retain:
                child.zero_feedback()
    return arrived


def _forget(nodes: Iterable[Node]) -> None:
    for each in nodes:
        if not isinstance(each, ParameterNode) and each.feedback:
            each.zero_feedback()


def _check(child: MessageNode, passed: Any) -> None:
    where = f"What is propagated from {child.name}, of operator {child.operator.name},"
    if not isinstance(passed, Mapping):
        raise TypeError(
            f"{where} must be a dict of feedback by input, not {type(passed).__name__}."
        )
    inputs = {id(each) for each in sources(child)}
    for each in passed:
        if id(each) not in inputs:
            name = each.name if isinstance(each, Node) else text_of(each)
            raise ValueError(f"{where} has feedback for {name}, which is not one of its inputs.")


def _total(child: MessageNode, arrived: list[Any]) -> Any:
    if all(isinstance(each, str) for each in arrived):
        return "".join(arrived)
    if not all(isinstance(each, Number) for each in arrived):
        kinds = list(dict.fromkeys(type(each).__name__ for each in arrived))
        if len(kinds) > 1:
            raise TypeError(
                f"Feedback of different types cannot be summed: {' and '.join(kinds)} came to "
                f"{child.name}, of operator {child.operator.name}."
            )
    return functools.reduce(operator.add, arrived)
