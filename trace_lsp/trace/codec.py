"""Records as JSON-ready rows, and back.

What a place in a program gives to every node it makes is a `Site`. It is sent once, ahead of the
first node that needs it, and referred to by number from then on; so is an operator. Numbers stand
in the rows that they belong to, so a batch that comes twice does no harm.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional

from trace_lsp.trace.graph import NodeRecord, Operator, Output, Place, TraceGraph

Row = Sequence[Any]

KNOWN = 20_000
"""Sites, or operators, that an encoder remembers at most before it starts anew."""

_NUMBERED = re.compile(r"(.*?)(0|[1-9][0-9]{0,15})?\Z", re.DOTALL)


class Site(NamedTuple):
    """What the nodes have in common that one place in a program makes.

    `stem` is their name without the number it ends in; `names` are those of their inputs.
    """

    stem: str
    type: str
    operator: Optional[Operator]
    names: tuple[str, ...]
    trainable: bool
    constraint: str
    place: Optional[Place]


class Encoder:
    """Makes rows of nodes, and batches of rows. One for each stream.

    A row is the node's id, the number of its site, the number its name ends in, its value, and
    the ids of its parents. The value is a text, or for the few that have more a list: the text,
    how many characters of it were left out, and the error.

    Any thread may make rows, and be interrupted in it: what a row refers to is there before it.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._sites: dict[Site, int] = {}
        self._operators: dict[Operator, int] = {}
        self._new_sites: list[Row] = []
        self._new_operators: list[Row] = []

    def row(self, node: NodeRecord) -> Row:
        """The node as a row."""
        stem, number = _split(node.name)
        names = tuple(name for name, _ in node.inputs)
        site = Site(
            stem, node.type, node.operator, names, node.trainable, node.constraint, node.place
        )
        value: Any = node.value
        if node.omitted or node.error:
            value = (node.value, node.omitted, node.error)
        return (node.id, self.site(site), number, value, *node.parents)

    def site(self, site: Site) -> int:
        """The number of the site, which goes out with the next batch if it is new."""
        number = self._sites.get(site)
        if number is None:
            number = next(self._numbers)
            operator = None if site.operator is None else self._operator(site.operator)
            fields: dict[str, Any] = {"operator": operator, "place": _place_row(site.place)}
            row = (number, *site._replace(**fields))
            self._new_sites.append(row)
            _remember(self._sites, site, number)
        return number

    def batch(self, rows: Sequence[Row]) -> dict[str, Any]:
        """The rows, with what they refer to that was not sent before: as far as `sent` says."""
        sites = self._new_sites[:]
        return {"operators": self._new_operators[:], "sites": sites, "nodes": rows}

    def sent(self, batch: Mapping[str, Any]) -> None:
        """That batch is on its way, so the next need not repeat what it says."""
        del self._new_sites[: len(batch["sites"])]
        del self._new_operators[: len(batch["operators"])]

    def _operator(self, operator: Operator) -> int:
        number = self._operators.get(operator)
        if number is None:
            number = next(self._numbers)
            place = _place_row(operator.place)
            row = (number, operator.name, operator.documentation, operator.function, place)
            self._new_operators.append(row)
            _remember(self._operators, operator, number)
        return number


def _remember(numbers: dict[Any, int], thing: Any, number: int) -> None:
    if len(numbers) >= KNOWN:
        numbers.clear()  # a program may make up names, or functions, without end
    numbers[thing] = number


def _split(name: str) -> tuple[str, Optional[int]]:
    found = _NUMBERED.match(name)
    assert found is not None
    stem, number = found.groups()
    return stem, None if number is None else int(number)


def _place_row(place: Optional[Place]) -> Optional[Row]:
    if place is None:
        return None
    return (place.file, place.line, place.column, place.end_line, place.end_column)


class Decoder:
    """Decodes what an `Encoder` made. Raises ValueError for anything else."""

    def __init__(self) -> None:
        self._operators: dict[int, Operator] = {}
        self._sites: dict[int, Site] = {}

    def batch(self, batch: Mapping[str, Any]) -> tuple[NodeRecord, ...]:
        """The nodes of a batch, in its order."""
        try:
            for row in batch["operators"]:
                self._note_operator(*row)
            for row in batch["sites"]:
                self._note_site(*row)
            return tuple([self._node(*row) for row in batch["nodes"]])
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"not a batch of nodes: {error!r}") from error

    def _note_operator(
        self, number: int, name: str, documentation: str, function: str, place: Optional[Row]
    ) -> None:
        _check(int, number)
        _check(str, name, documentation, function)
        self._operators[number] = Operator(name, documentation, function, _place(place))

    def _note_site(
        self,
        number: int,
        stem: str,
        type: str,
        operator: Optional[int],
        names: list[str],
        trainable: bool,
        constraint: str,
        place: Optional[Row],
    ) -> None:
        if not isinstance(names, (list, tuple)):
            raise ValueError(f"{names!r} are no names")
        _check(int, number)
        _check(str, stem, type, constraint, *names)
        _check(bool, trainable)
        made_by = None if operator is None else self._operators[operator]
        at = _place(place)
        self._sites[number] = Site(stem, type, made_by, tuple(names), trainable, constraint, at)

    def _node(
        self, id: int, site: int, number: Optional[int], value: Any, *parents: int
    ) -> NodeRecord:
        stem, type, operator, names, trainable, constraint, place = self._sites[site]
        omitted, error = 0, ""
        if value.__class__ is not str:
            value, omitted, error = value
            _check(str, error)
        _check(int, id, omitted, *parents)
        _check(str, value)
        if number is not None:
            _check(int, number)
            stem = f"{stem}{number}"
        if len(parents) != len(names):
            raise ValueError(f"{len(parents)} parents for {len(names)} inputs")
        inputs = tuple(zip(names, parents))
        return NodeRecord(
            id, stem, type, value, operator, inputs, trainable, constraint, place, omitted, error
        )


def _check(kind: type, *values: Any) -> None:
    for value in values:
        if value.__class__ is not kind:
            raise ValueError(f"{value!r} is no {kind.__name__}")


def _place(row: Optional[Row]) -> Optional[Place]:
    if row is None:
        return None
    file, *numbers = row
    _check(str, file)
    _check(int, *numbers)
    return Place(file, *numbers)


def encode_graph(graph: TraceGraph) -> dict[str, Any]:
    """The graph by itself: with everything it refers to."""
    encoder = Encoder()
    outputs = [[output.node, output.feedback] for output in graph.outputs]
    return {**encoder.batch([encoder.row(each) for each in graph.nodes]), "outputs": outputs}


def decode_graph(data: Mapping[str, Any]) -> TraceGraph:
    """The graph that `encode_graph` made; raises ValueError for anything else."""
    nodes = Decoder().batch(data)
    try:
        outputs = tuple(Output(int(node), str(feedback)) for node, feedback in data["outputs"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a graph: {error!r}") from error
    return TraceGraph(nodes, outputs)
