"""A recorded graph made small enough to look at: equal calls are one, and far ones are left out."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from trace_lsp.trace.graph import NodeRecord
from trace_lsp.views.values import is_failure, operator_name

Kind = Literal["parameter", "leaf", "call", "failure", "more"]

LIMIT = 150
"""Nodes that are drawn. Layouts take seconds, and readers give up, not far above it."""

MORE = "more"
_NAMES_SHOWN = 4
_VALUES_SHOWN = 3
_NUMBER = re.compile(r"[_:]?\d+\Z")


@dataclass(frozen=True)
class ViewNode:
    """One drawn node, standing for `count` recorded ones.

    `key` is unique in its graph and safe in any markup. `first` and `last` are the values of the
    earliest and the latest record, `type` the latest's type; `values` are all of them with how
    often each occurred, empty if there are more than three. `failed` says how many raised (then
    `kind` is ``failure``). `record` is the one to show in full: the first that raised, else the
    latest. `records` are the ids it stands for, in order. The ``more`` node has neither; its
    `count` says how many were left out.
    """

    key: str
    kind: Kind
    name: str
    operator: str = ""
    type: str = ""
    count: int = 1
    first: str = ""
    last: str = ""
    values: tuple[tuple[str, int], ...] = ()
    failed: int = 0
    is_output: bool = False
    record: NodeRecord | None = None
    records: tuple[int, ...] = ()


@dataclass(frozen=True)
class ViewEdge:
    """`count` recorded edges from `source` to `target`, as the arguments `names` (some of them)."""

    source: str
    target: str
    names: tuple[str, ...] = ()
    count: int = 1


@dataclass(frozen=True)
class ViewGraph:
    """What is drawn: nodes in the order of their first record, edges between them.

    `recorded` is the number of records it was made from.
    """

    nodes: tuple[ViewNode, ...]
    edges: tuple[ViewEdge, ...]
    recorded: int


@dataclass
class _Group:
    """Records at the same place in the structure, while they are being collected."""

    records: list[NodeRecord] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    is_output: bool = False

    def add(self, node: NodeRecord, is_output: bool) -> None:
        self.records.append(node)
        self.failed += is_failure(node)
        self.is_output = self.is_output or is_output
        # One value more than is shown tells that there are too many.
        if len(self.values) <= _VALUES_SHOWN:
            self.values[node.value] = self.values.get(node.value, 0) + 1


@dataclass
class _Bundle:
    """Edges between the same two groups, while they are being collected."""

    names: dict[str, None] = field(default_factory=dict)
    count: int = 0

    def add(self, names: Iterable[str], count: int = 1) -> None:
        self.count += count
        for name in names:
            if len(self.names) < _NAMES_SHOWN:
                self.names[name] = None


_Edges = dict[tuple[int, int], _Bundle]


def collapse(
    nodes: Sequence[NodeRecord], outputs: Collection[int] = (), limit: int = LIMIT
) -> ViewGraph:
    """The graph of at most `limit` nodes (one at least) that shows the recorded one.

    Calls of one operator at one place whose inputs come from the same places become one node, and
    so do the constants that feed the same argument of it. If more are left than the limit, those
    nearest the outputs stay, found by walking back breadth first. Without `outputs`, they are
    the nodes that nothing was computed from. In time linear in the nodes and their inputs.
    """
    group_of = _positions(nodes)
    groups = _groups(nodes, group_of, set(outputs) or sinks(nodes))
    edges = _edges(nodes, group_of)
    kept = _kept(groups, edges, max(limit, 1))
    return _view(groups, edges, kept, len(nodes))


def sinks(nodes: Sequence[NodeRecord]) -> set[int]:
    """The ids of the nodes that nothing was computed from."""
    used = {parent for node in nodes for parent in node.parents}
    return {node.id for node in nodes if node.id not in used}


def _positions(nodes: Sequence[NodeRecord]) -> dict[int, int]:
    """For each record's id, the number of its group, in the order of the groups' first records."""
    local = _numbered((node.id, _local(node)) for node in nodes)
    uses = _first_uses(nodes, local)
    return _numbered((node.id, _position(node, local, uses)) for node in nodes)


def _numbered(keys: Iterable[tuple[int, object]]) -> dict[int, int]:
    """For each id a number: the same for equal keys, counted from 0 in order of appearance."""
    numbers: dict[object, int] = {}
    return {id: numbers.setdefault(key, len(numbers)) for id, key in keys}


def _local(node: NodeRecord) -> object:
    """What a node is by itself, whatever its value: its operator and its place."""
    if node.operator is None:
        return (node.trainable and _NUMBER.sub("", node.name), node.place)
    return (operator_name(node.operator), node.place)


def _first_uses(
    nodes: Sequence[NodeRecord], local: Mapping[int, int]
) -> dict[int, tuple[int, str]]:
    """For each node that was used, by what first, and as which argument."""
    uses: dict[int, tuple[int, str]] = {}
    for node in nodes:
        for name, parent in node.inputs:
            uses.setdefault(parent, (local[node.id], _NUMBER.sub("", name)))
    return uses


def _position(
    node: NodeRecord, local: Mapping[int, int], uses: Mapping[int, tuple[int, str]]
) -> object:
    """Equal for records that stand at the same place in the structure."""
    if node.operator is None:
        return (local[node.id], uses.get(node.id))
    above = dict.fromkeys(local.get(parent) for parent in node.parents)
    return (local[node.id], tuple(above))


def _groups(
    nodes: Sequence[NodeRecord], group_of: Mapping[int, int], outputs: Collection[int]
) -> list[_Group]:
    groups = [_Group() for _ in range(len(set(group_of.values())))]
    for node in nodes:
        groups[group_of[node.id]].add(node, node.id in outputs)
    return groups


def _edges(nodes: Sequence[NodeRecord], group_of: Mapping[int, int]) -> _Edges:
    edges: _Edges = {}
    for node in nodes:
        for name, parent in node.inputs:
            if parent in group_of:
                ends = group_of[parent], group_of[node.id]
                edges.setdefault(ends, _Bundle()).add([name])
    return edges


def _kept(groups: Sequence[_Group], edges: _Edges, limit: int) -> set[int]:
    """The groups to draw: all, or one less than the limit, so that the rest has a node too."""
    if len(groups) <= limit:
        return set(range(len(groups)))
    sources: dict[int, list[int]] = {}
    for source, target in edges:
        sources.setdefault(target, []).append(source)
    # The last output first: the newest is what a person looks for.
    pending = deque(reversed([i for i, group in enumerate(groups) if group.is_output]))
    kept: dict[int, None] = {}
    while pending and len(kept) < limit - 1:
        group = pending.popleft()
        if group not in kept:
            kept[group] = None
            pending.extend(sources.get(group, ()))
    return set(kept)


def _view(groups: Sequence[_Group], edges: _Edges, kept: set[int], recorded: int) -> ViewGraph:
    nodes = [_view_node(i, group) for i, group in enumerate(groups) if i in kept]
    left_out = recorded - sum(node.count for node in nodes)
    if left_out:
        nodes.append(ViewNode(MORE, "more", f"… {left_out:,} more", count=left_out))
    return ViewGraph(tuple(nodes), _view_edges(edges, kept), recorded)


def _view_node(number: int, group: _Group) -> ViewNode:
    first, last = group.records[0], group.records[-1]
    name = first.name if first is last else f"{first.name} … {last.name}"
    return ViewNode(
        key=f"n{number}",
        kind=_kind(group),
        name=name,
        operator=operator_name(first.operator) if first.operator else "",
        type=last.type,
        count=len(group.records),
        first=first.value,
        last=last.value,
        values=tuple(group.values.items()) if len(group.values) <= _VALUES_SHOWN else (),
        failed=group.failed,
        is_output=group.is_output,
        record=next(filter(is_failure, group.records), last),
        records=tuple(record.id for record in group.records),
    )


def _kind(group: _Group) -> Kind:
    if group.failed:
        return "failure"
    first = group.records[0]
    if first.trainable:
        return "parameter"
    return "leaf" if first.operator is None else "call"


def _view_edges(edges: _Edges, kept: set[int]) -> tuple[ViewEdge, ...]:
    merged: dict[tuple[str, str], _Bundle] = {}
    for (source, target), bundle in edges.items():
        ends = _key(source, kept), _key(target, kept)
        if ends == (MORE, MORE):
            continue
        names = () if MORE in ends else bundle.names
        merged.setdefault(ends, _Bundle()).add(names, bundle.count)
    return tuple(
        ViewEdge(source, target, tuple(bundle.names), bundle.count)
        for (source, target), bundle in merged.items()
    )


def _key(group: int, kept: set[int]) -> str:
    return f"n{group}" if group in kept else MORE
