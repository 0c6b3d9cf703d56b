"""What a run knows about the trainables of its program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from trace_lsp.errors import NotParsable
from trace_lsp.runs.record import Trace
from trace_lsp.source.trainables import Trainable, find_trainables
from trace_lsp.trace.graph import NodeRecord, Operator, Place


def is_check(node: NodeRecord) -> bool:
    """True for the result of an `.eq`: the program's own word on whether something is right.

    Of other comparisons nobody knows whether true is good: a loss may be above a limit.
    """
    return node.type == "bool" and node.operator is not None and node.operator.name == "eq"


def dependents(trace: Trace, parameters: Iterable[int]) -> dict[int, NodeRecord]:
    """The parameters and everything computed from them, by id, in the order of recording."""
    found = {id: trace.nodes[id] for id in parameters}
    for node in trace.nodes.values():
        if any(parent in found for parent in node.parents):
            found[node.id] = node
    return found


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


class RunIndex:
    """A run by the names of its trainables. Names outlive line numbers: the text may have changed
    since the run, so places are looked up in the text that ran."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    def calls(self, name: str) -> list[NodeRecord]:
        """The calls of a trainable function, in order; of a value, the values it had."""
        trainable = self._trainables.get(name)
        if trainable is None:
            return []
        if trainable.kind == "value":
            return parameters_of(self.trace, trainable)
        return self._calls[name]

    def failed(self, name: str) -> int:
        """How many calls raised, or had a comparison of their result come out false."""
        return sum(bool(call.error) or call.id in self._refuted for call in self.calls(name))

    def is_current(self, trainable: Trainable) -> bool:
        """True if the trainable reads as it did when it ran."""
        then = self._trainables.get(trainable.name)
        return then is not None and then.text == trainable.text

    @cached_property
    def _trainables(self) -> dict[str, Trainable]:
        try:
            found = find_trainables(self.trace.text, self.trace.configuration.program)
        except NotParsable:
            return {}
        return {each.name: each for each in found}

    @cached_property
    def _calls(self) -> dict[str, list[NodeRecord]]:
        calls: dict[str, list[NodeRecord]] = defaultdict(list)
        # A program has few operators, however many nodes they made.
        names: dict[Operator, str | None] = {}
        for node in self.trace.nodes.values():
            if node.operator is None or not node.operator.function:
                continue
            if node.operator not in names:
                names[node.operator] = self._name(node.operator)
            name = names[node.operator]
            if name is not None:
                calls[name].append(node)
        return calls

    def _name(self, operator: Operator) -> str | None:
        for name, trainable in self._trainables.items():
            if stands_in(operator.place, trainable):
                return name
        return None

    @cached_property
    def _refuted(self) -> set[int]:
        """The nodes that a comparison spoke against."""
        return {
            parent
            for node in self.trace.nodes.values()
            if is_check(node) and node.value == "False"
            for parent in node.parents
        }
