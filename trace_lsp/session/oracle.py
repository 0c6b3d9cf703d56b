"""The trace oracle: from a run, a trainable and a sentence to a trace graph with feedback.

Feedback is given on outputs. Which outputs those are, in this order: those that the program itself
gave feedback on; the exception that ended it, with the comparisons by `.eq` that came out false;
those alone, if nobody says anything else; every result that the trainables led to and that led nowhere further.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from trace_lsp.errors import NothingRecorded, RunFailed
from trace_lsp.runs.process import told
from trace_lsp.runs.record import Trace
from trace_lsp.session.calls import dependents, is_check, parameters_of
from trace_lsp.source.trainables import Trainable
from trace_lsp.trace.graph import NodeRecord, Output, TraceGraph, backward

MOST_OUTPUTS = 24
"""Outputs that are shown to an optimizer when nobody chose them."""

REFUTED = "This comparison should hold, and it does not."
"""Feedback on a comparison by `.eq`, where nobody says anything else."""


class NoFeedback(NothingRecorded):
    """Nobody said what should be better, and nothing failed."""


def oracle(
    trace: Trace, trainables: Sequence[Trainable], said: str
) -> tuple[TraceGraph, dict[str, list[int]]]:
    """The graph that led from the trainables to the outputs, with the feedback; and each
    trainable's node ids, by its name.

    `said` is what a person said; empty to go by what the program, its checks or its failure, said.
    Raises RunFailed if the run was cut off, NothingRecorded if it never used one of the
    trainables, NoFeedback if nobody said anything.
    """
    ids = used(trace, trainables)
    parameters = [id for each in ids.values() for id in each]
    dependent = dependents(trace, parameters)
    return backward(trace.nodes, _outputs(trace, dependent, parameters, said)), ids


def searched(
    trace: Trace, trainables: Sequence[Trainable], said: str
) -> tuple[TraceGraph, dict[str, list[int]]]:
    """As `oracle`, for a search, which needs no words: where nothing else is said, what the
    trainables led to stands there without. A run that took too long will do."""
    if trace.outcome.kind != "timedOut":
        with contextlib.suppress(NoFeedback):
            return oracle(trace, trainables, said)
    ids = {each.name: [node.id for node in parameters_of(trace, each)] for each in trainables}
    parameters = [id for each in ids.values() for id in each]
    ends = _ends(dependents(trace, parameters), parameters) or parameters
    outputs = _bounded([Output(id, said or trace.outcome.message) for id in ends])
    return backward(trace.nodes, outputs), ids


def used(trace: Trace, trainables: Sequence[Trainable]) -> dict[str, list[int]]:
    """The node ids of each trainable, by its name.

    Raises RunFailed if the run was cut off, NothingRecorded if it never used one of them.
    """
    if not trace.outcome.is_complete:
        raise RunFailed(
            f"There is nothing to optimize from: {_lowered(trace.outcome.message)}",
            trace.outcome.kind,
        )
    found: dict[str, list[int]] = {}
    for trainable in trainables:
        parameters = [node.id for node in parameters_of(trace, trainable)]
        if len(dependents(trace, parameters)) == len(parameters):
            raise NothingRecorded(
                f"The run never used `{trainable.name}` ({trace.outcome.message.rstrip('.')}). "
                "Call it from the program, so that there is something to improve."
            )
        found[trainable.name] = parameters
    return found


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _outputs(
    trace: Trace, dependent: dict[int, NodeRecord], parameters: Sequence[int], said: str
) -> list[Output]:
    given = _given(trace, dependent)
    if given:
        return _bounded([Output(each.node, _joined(each.feedback, said)) for each in given])
    failure = trace.failure
    refuted = [
        Output(id, REFUTED)
        for id, node in dependent.items()
        if is_check(node) and node.value == "False"
    ]
    if failure is not None and failure.node in dependent:
        node = dependent[failure.node]
        return _bounded([Output(node.id, _joined(node.error, said)), *refuted])
    if failure is not None:
        said = said or f"The program fails: {told(failure)}\n{failure.traceback.rstrip()}"
    if refuted and not said:
        return _bounded(refuted)
    if not said:
        raise NoFeedback(
            "Nothing says what should be better: the program ended well and gave no feedback. "
            "Say it in a sentence, or write it in the code as `# trace: …`."
        )
    return _bounded([Output(id, said) for id in _ends(dependent, parameters)])


def _given(trace: Trace, dependent: Mapping[int, NodeRecord]) -> list[Output]:
    """The program's own feedback, all of it: as no step was taken, none of it is out of date.

    A training loop says the same of the same again and again; once is enough.
    """
    alike = _alike(trace.nodes)
    found: dict[object, Output] = {}
    for output in (each for group in trace.feedback for each in group):
        if output.node in dependent:
            found.setdefault((alike[output.node], output.feedback), output)
    return list(found.values())


def _alike(nodes: Mapping[int, NodeRecord]) -> dict[int, object]:
    """A mark for each node; two that came about in the same way, of the same values, share it."""
    marks: dict[object, int] = {}
    mark_of: dict[int, object] = {}
    for node in nodes.values():
        parents = tuple(mark_of[parent] for parent in node.parents)
        way = (node.operator, node.place, node.value, parents)
        mark_of[node.id] = marks.setdefault(way, node.id)
    return mark_of


def _joined(given: str, said: str) -> str:
    return "\n".join(each for each in (given, said) if each)


def _ends(dependent: Mapping[int, NodeRecord], parameters: Sequence[int]) -> list[int]:
    """The results that led nowhere further."""
    used = {parent for node in dependent.values() for parent in node.parents}
    return [id for id in dependent if id not in used and id not in parameters]


def _bounded(outputs: list[Output]) -> list[Output]:
    """As many outputs as a reader takes in, and how many there are besides."""
    if len(outputs) <= MOST_OUTPUTS:
        return outputs
    shown, left = outputs[:MOST_OUTPUTS], len(outputs) - MOST_OUTPUTS
    note = f"({left} further outputs are not shown.)"
    return [Output(each.node, f"{each.feedback}\n{note}") for each in shown]
