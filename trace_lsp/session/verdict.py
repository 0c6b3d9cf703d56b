"""What a candidate run showed, held against the run before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Optional

from trace_lsp.runs.record import Trace
from trace_lsp.session.calls import dependents, is_check
from trace_lsp.session.goal import Goal, number_of
from trace_lsp.session.proposal import Comparison, Judgement, Verdict
from trace_lsp.source.assertions import assertions_in
from trace_lsp.trace.graph import NodeRecord, TraceGraph
from trace_lsp.trace.values import shortened

MOST_SHOWN = 12
_SHOWN = 60
_SYMBOLS = {"eq": "==", "neq": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

Key = tuple[object, ...]


def compare(
    before: Trace,
    after: Trace,
    graph: TraceGraph,
    goal: Optional[Goal] = None,
    variables: Collection[int] = (),
) -> Verdict:
    """Better, same, worse or unknown: by how each run ended, by the program's own checks (what it
    asserts, and what it compares with `.eq`), by the goal, and by whether anything changed.

    What counts is everything that the variables (nodes of the run before; else the graph's
    trainables) led to, in the whole run; what is shown are their calls, the checks that changed,
    and the outputs.
    """
    found = _by_key(after)
    trainables = list(variables) or [node.id for node in graph.nodes if node.trainable]
    dependent = dependents(before, trainables)
    compared = [id for id, node in dependent.items() if is_check(node)]
    checks = (
        *_compared(before, compared, found),
        *_only_after(before, after, trainables),
        *_asserted(before, after),
    )
    calls = _compared(before, _calls(dependent, trainables), found)
    outputs = _compared(before, [output.node for output in graph.outputs], found)
    numbers = (number_of(before), number_of(after))
    judgement, reason = _judged(before, after, checks, [*calls, *outputs])
    if goal is not None and judgement in ("same", "unknown") and not _is_torn(checks):
        judgement, reason = _measured(goal, numbers, judgement, reason)
    told = [each for each in (*checks, *_feedback(before, after, found)) if each.changed]
    shown = dict.fromkeys([*calls[:MOST_SHOWN], *told[:MOST_SHOWN], *outputs])
    held = sum(each.after == "True" for each in checks)
    return Verdict(
        judgement,
        reason,
        before.outcome,
        after.outcome,
        tuple(shown),
        numbers,
        (held, len(checks)),
        passes=held == len(checks) and after.outcome.kind == "finished",
    )


def _only_after(before: Trace, after: Trace, trainables: Collection[int]) -> tuple[Comparison, ...]:
    """The checks that the run before did not come to."""
    known = set(_keys(before))
    places = {before.nodes[id].place for id in trainables}
    ids = [node.id for node in after.nodes.values() if node.trainable and node.place in places]
    dependent = dependents(after, ids)
    return tuple(
        Comparison(label(after, node), None, node.value)
        for key, node in zip(_keys(after), after.nodes.values())
        if key not in known and node.id in dependent and is_check(node)
    )


def _is_torn(checks: Sequence[Comparison]) -> bool:
    """True if a check was lost: no number makes up for that."""
    return any(each.before == "True" and each.after != "True" for each in checks)


def _measured(
    goal: Goal,
    numbers: tuple[Optional[float], Optional[float]],
    judgement: Judgement,
    reason: str,
) -> tuple[Judgement, str]:
    """What the goal says, where the checks say nothing."""
    before, after = numbers
    if after is None and before is None:
        missing = f"The program has no number `{goal.name}` at its end."
        return judgement, f"{reason.rstrip('.')}. {missing}"
    was, now = _told_apart(before, after)
    told = f"`{goal.name}` is {now}; it was {was}."
    if goal.is_better(after, before):
        return "better", told
    return ("worse" if goal.is_better(before, after) else "same"), told


def _told_apart(*numbers: Optional[float]) -> list[str]:
    """The numbers in six digits, or in all that they have where six do not tell them apart."""
    shown = ["not there" if each is None else f"{each:g}" for each in numbers]
    return shown if len(set(shown)) == len(set(numbers)) else [f"{each!r}" for each in numbers]


def _asserted(before: Trace, after: Trace) -> tuple[Comparison, ...]:
    """What the program asserts, in both runs: the nth time at each line."""
    conditions = assertions_in(before.text)
    was, now = _by_line(before), _by_line(after)
    return tuple(
        Comparison(f"assert {conditions.get(key[0], '…')}", was.get(key), now.get(key))
        for key in dict.fromkeys([*was, *now])
    )


def _by_line(trace: Trace) -> dict[tuple[int, int], str]:
    count: Counter[int] = Counter()
    found: dict[tuple[int, int], str] = {}
    for check in trace.checks:
        found[check.line, count[check.line]] = str(check.holds)
        count[check.line] += 1
    return found


def _judged(
    before: Trace, after: Trace, checks: Sequence[Comparison], results: Sequence[Comparison]
) -> tuple[Judgement, str]:
    was, now = before.outcome, after.outcome
    if not now.is_complete:
        return "worse", now.message
    if now.kind != "finished" and was.kind == "finished":
        return "worse", f"The program does not run to its end any more: {now.message}"
    is_mended = now.kind == "finished" and was.kind != "finished"
    is_changed = any(each.changed for each in (*checks, *results))
    gained = any(each.before != "True" and each.after == "True" for each in checks)
    lost = any(each.before == "True" and each.after != "True" for each in checks)
    counted = _counted(checks)
    if lost and (gained or is_mended):
        ending = "The program runs to its end" if is_mended else "The outputs changed"
        return "unknown", f"{ending}, and {counted}"
    if gained and is_mended:
        return "better", f"The program runs to its end, and {counted}"
    if lost or gained:
        return ("better" if gained else "worse"), counted
    if is_mended:
        return _mended(before, results)
    if now.kind != "finished":
        return _both_failed(before, after, is_changed)
    if not is_changed:
        return "same", "Every output is the same as before."
    checked = (
        f", and {counted}"
        if checks
        else "; the program has no check that says whether for the better."
    )
    return "unknown", f"The outputs changed{checked}"


def _counted(checks: Sequence[Comparison]) -> str:
    held = sum(each.before == "True" for each in checks)
    holds = sum(each.after == "True" for each in checks)
    return f"{holds} of {len(checks)} checks hold; {held} did before."


def _mended(before: Trace, results: Sequence[Comparison]) -> tuple[Judgement, str]:
    """The program runs to its end only now. If it failed in a traced function, the calls that went
    well should come out as before; if it failed elsewhere, at an operator say, their results may be
    what was wrong."""
    failure = before.failure
    node = before.nodes.get(failure.node) if failure and failure.node is not None else None
    call = node if node and node.operator and node.operator.function else None
    if call and any(each.changed and each.before != call.value for each in results):
        return "unknown", "The program runs to its end; but results changed that were there."
    return "better", f"The program runs to its end; before, it did not: {before.outcome.message}"


def _both_failed(before: Trace, after: Trace, is_changed: bool) -> tuple[Judgement, str]:
    """Neither ran to its end, and the program's checks do not tell them apart."""
    was, now = before.outcome, after.outcome
    if was.message == now.message and not is_changed:
        return "same", f"The program ends as before: {now.message}"
    return "unknown", f"The program still does not run to its end: {now.message}"


def _feedback(before: Trace, after: Trace, found: dict[Key, NodeRecord]) -> tuple[Comparison, ...]:
    """What the program itself said of its outputs, in both runs."""
    said = {each.node: each.feedback for group in after.feedback for each in group}
    keys = dict(zip(before.nodes, _keys(before)))
    rows = {}
    for output in (each for group in before.feedback for each in group):
        node, now = before.nodes[output.node], found.get(keys[output.node])
        text = said.get(now.id) if now is not None else None
        name = f"feedback on {label(before, node)}"
        rows[output.node] = Comparison(name, output.feedback, text)
    return tuple(rows.values())


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


def _calls(dependent: Mapping[int, NodeRecord], trainables: Collection[int]) -> list[int]:
    """The results that came of the trainables at once: calls of functions, uses of values."""
    return [id for id, node in dependent.items() if not set(trainables).isdisjoint(node.parents)]


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
        if name not in ("__code", "self")
    )
    return f"{node.operator.function.rpartition('.')[2]}({arguments})"


def _side(trace: Trace, node: NodeRecord) -> str:
    is_call = node.operator is not None and node.operator.function
    return label(trace, node) if is_call else shortened(node.value, _SHOWN)[0]
