"""Records as JSON-ready lists, and back.

Operators and files repeat, so each is sent once, ahead of the first node that needs it, and
referred to by number from then on. An `Encoder` and the `Decoder` at the other end count alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional

from trace_lsp.trace.graph import NodeRecord, Operator, Output, Place, TraceGraph

Row = list[Any]


class Encoder:
    """Encodes nodes in batches. One for each stream."""

    def __init__(self) -> None:
        self._operators: dict[Operator, int] = {}
        self._files: dict[str, int] = {}
        self._new_operators: list[Row] = []
        self._new_files: list[str] = []

    def batch(self, nodes: Iterable[NodeRecord]) -> dict[str, Any]:
        """The nodes, with what they refer to that was not sent before."""
        rows = [self._node(each) for each in nodes]
        batch = {"files": self._new_files, "operators": self._new_operators, "nodes": rows}
        self._new_files, self._new_operators = [], []
        return batch

    def _node(self, node: NodeRecord) -> Row:
        return [
            node.id,
            node.name,
            node.type,
            node.value,
            -1 if node.operator is None else self._operator(node.operator),
            [list(each) for each in node.inputs],
            self._place(node.place),
            [node.trainable, node.constraint, node.omitted, node.error]
            if node.trainable or node.constraint or node.omitted or node.error
            else None,
        ]

    def _operator(self, operator: Operator) -> int:
        number = self._operators.get(operator)
        if number is None:
            number = self._operators[operator] = len(self._operators)
            place = self._place(operator.place)
            row = [operator.name, operator.documentation, operator.function, place]
            self._new_operators.append(row)
        return number

    def _place(self, place: Optional[Place]) -> Optional[Row]:
        if place is None:
            return None
        number = self._files.get(place.file)
        if number is None:
            number = self._files[place.file] = len(self._files)
            self._new_files.append(place.file)
        return [number, place.line, place.column, place.end_line, place.end_column]


class Decoder:
    """Decodes what an `Encoder` made. Raises ValueError for anything else."""

    def __init__(self) -> None:
        self._operators: list[Operator] = []
        self._files: list[str] = []

    def batch(self, batch: Mapping[str, Any]) -> tuple[NodeRecord, ...]:
        try:
            self._files += [str(each) for each in batch["files"]]
            self._operators += [self._operator(*row) for row in batch["operators"]]
            return tuple(self._node(*row) for row in batch["nodes"])
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"not a batch of nodes: {error!r}") from error

    def _operator(
        self, name: str, documentation: str, function: str, place: Optional[Row]
    ) -> Operator:
        return Operator(name, documentation, function, self._place(place))

    def _node(
        self,
        id: int,
        name: str,
        type: str,
        value: str,
        operator: int,
        inputs: list[Row],
        place: Optional[Row],
        rare: Optional[Row],
    ) -> NodeRecord:
        trainable, constraint, omitted, error = rare or (False, "", 0, "")
        return NodeRecord(
            id=id,
            name=name,
            type=type,
            value=value,
            operator=None if operator < 0 else self._operators[operator],
            inputs=tuple((str(name), int(parent)) for name, parent in inputs),
            trainable=trainable,
            constraint=constraint,
            place=self._place(place),
            omitted=omitted,
            error=error,
        )

    def _place(self, place: Optional[Row]) -> Optional[Place]:
        if place is None:
            return None
        number, line, column, end_line, end_column = place
        return Place(self._files[number], line, column, end_line, end_column)


def encode_graph(graph: TraceGraph) -> dict[str, Any]:
    """The graph by itself: with everything it refers to."""
    outputs = [[output.node, output.feedback] for output in graph.outputs]
    return {**Encoder().batch(graph.nodes), "outputs": outputs}


def decode_graph(data: Mapping[str, Any]) -> TraceGraph:
    """The graph that `encode_graph` made; raises ValueError for anything else."""
    nodes = Decoder().batch(data)
    try:
        outputs = tuple(Output(int(node), str(feedback)) for node, feedback in data["outputs"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a graph: {error!r}") from error
    return TraceGraph(nodes, outputs)
