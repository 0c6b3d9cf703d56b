"""What a candidate run showed, held against the run before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from trace_lsp.runs.record import Trace
from trace_lsp.session.calls import is_check
from trace_lsp.session.proposal import Comparison, Judgement, Verdict
from trace_lsp.trace.graph import NodeRecord, TraceGraph
from trace_lsp.trace.values import shortened

_SHOWN = 60
_SYMBOLS = {"eq": "==", "neq": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

Key = tuple[object, ...]


def compare(before: Trace, after: Trace, graph: TraceGraph) -> Verdict:
    """Better, same, worse or unknown, by: how each run ended, then how many of the program's own
    checks hold, then whether the outputs changed at all."""
    found = _by_key(after)
    outputs = _compared(before, [output.node for output in graph.outputs], found)
    checks = _compared(before, [node.id for node in graph.nodes if is_check(node)], found)
    calls = [each for each in _calls(before, graph, found) if each not in outputs]
    judgement, reason = _judged(before, after, checks, outputs)
    return Verdict(judgement, reason, before.outcome, after.outcome, (*calls, *outputs))


def _judged(
    before: Trace, after: Trace, checks: Sequence[Comparison], outputs: Sequence[Comparison]
) -> tuple[Judgement, str]:
    ended = _by_outcome(before, after)
    if ended is not None:
        return ended
    held = sum(each.before == "True" for each in checks)
    holds = sum(each.after == "True" for each in checks)
    counted = f"{holds} of {len(checks)} checks hold; {held} did before."
    if holds != held:
        return ("better" if holds > held else "worse"), counted
    if after.outcome.kind != "finished":
        return _both_failed(before, after)
    if not any(each.changed for each in (*checks, *outputs)):
        return "same", "Every output is the same as before."
    if checks:
        return "unknown", f"The outputs changed, and {counted}"
    return (
        "unknown",
        "The outputs changed; the program has no check that says whether for the better.",
    )


def _by_outcome(before: Trace, after: Trace) -> tuple[Judgement, str] | None:
    """What the two endings say by themselves."""
    was, now = before.outcome, after.outcome
    if now.kind == "finished" and was.kind != "finished":
        return "better", f"The program runs to its end; before, it did not: {was.message}"
    if now.kind != "finished" and was.kind == "finished":
        return "worse", f"The program does not run to its end any more: {now.message}"
    if not now.is_complete:
        return "worse", now.message
    return None


def _both_failed(before: Trace, after: Trace) -> tuple[Judgement, str]:
    """Neither ran to its end, and the program's checks do not tell them apart."""
    was, now = before.outcome, after.outcome
    if was.message == now.message:
        return "same", f"The program ends as before: {now.message}"
    return "unknown", f"The program still does not run to its end; now: {now.message}"


def _by_key(trace: Trace) -> dict[Key, NodeRecord]:
    """Each node by what it is: the nth result of that operator at that line."""
    return dict(zip(_keys(trace), trace.nodes.values()))


def _keys(trace: Trace) -> list[Key]:
    count: Counter[Key] = Counter()
    keys: list[Key] = []
    for node in trace.nodes.values():
        name = "" if node.operator is None else node.operator.name.removeprefix("exception_")
        place = node.place
        kind = (name, place and place.file, place and place.line)
        keys.append((*kind, count[kind]))
        count[kind] += 1
    return keys


def _compared(
    before: Trace, ids: Sequence[int], after: dict[Key, NodeRecord]
) -> tuple[Comparison, ...]:
    keys = dict(zip(before.nodes, _keys(before)))
    rows = []
    for id in ids:
        node, now = before.nodes[id], after.get(keys[id])
        value = None if now is None else now.value
        rows.append(Comparison(label(before, node), node.value, value))
    return tuple(rows)


def _calls(before: Trace, graph: TraceGraph, after: dict[Key, NodeRecord]) -> list[Comparison]:
    """The calls of trainable functions on the way, at most as many as fit the eye."""
    ids = [
        node.id
        for node in graph.nodes
        if node.operator is not None and any(name == "__code" for name, _ in node.inputs)
    ]
    return list(_compared(before, ids[:12], after))


def label(trace: Trace, node: NodeRecord) -> str:
    """A call or comparison as a person would write it, or the node's name."""
    if node.operator is None:
        return node.name
    symbol = _SYMBOLS.get(node.operator.name)
    if symbol is not None:
        sides = [trace.nodes[parent] for parent in node.parents]
        return f" {symbol} ".join(_side(trace, each) for each in sides)
    if not node.operator.function:
        return node.name
    arguments = ", ".join(
        shortened(trace.nodes[parent].value, _SHOWN)[0]
        for name, parent in node.inputs
        if name != "__code"
    )
    return f"{node.operator.function.rpartition('.')[2]}({arguments})"


def _side(trace: Trace, node: NodeRecord) -> str:
    is_call = node.operator is not None and node.operator.function
    return label(trace, node) if is_call else shortened(node.value, _SHOWN)[0]
