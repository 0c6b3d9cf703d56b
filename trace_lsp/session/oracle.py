"""The trace oracle: from a run, a trainable and a sentence to a trace graph with feedback.

Feedback is given on outputs. Which outputs those are, in this order: those that the program itself
gave feedback on; the exception that ended it; every result that the trainable led to and that led
nowhere further.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trace_lsp.errors import NothingRecorded, RunFailed
from trace_lsp.runs.process import told
from trace_lsp.runs.record import Trace
from trace_lsp.session.calls import parameters_of
from trace_lsp.source.trainables import Trainable
from trace_lsp.trace.graph import NodeRecord, Output, TraceGraph, backward

MOST_OUTPUTS = 24
"""Outputs that are shown to an optimizer when nobody chose them."""


class NoFeedback(NothingRecorded):
    """Nobody said what should be better, and nothing failed."""


def oracle(trace: Trace, trainable: Trainable, feedback: str) -> tuple[TraceGraph, list[int]]:
    """The graph that led from the trainable to the outputs, with the feedback; and the trainable's
    node ids.

    `feedback` is what a person said; empty to go by what the program, or its failure, said. Raises
    RunFailed if the run was cut off, NothingRecorded if it never used the trainable, NoFeedback if
    nobody said anything.
    """
    if not trace.outcome.is_complete:
        raise RunFailed(
            f"There is nothing to optimize from: {_lowered(trace.outcome.message)}",
            trace.outcome.kind,
        )
    parameters = [node.id for node in parameters_of(trace, trainable)]
    dependent = _dependent(trace, parameters)
    if len(dependent) == len(parameters):
        raise NothingRecorded(
            f"The run never used `{trainable.name}` ({trace.outcome.message.rstrip('.')}). "
            "Call it from the program, so that there is something to improve."
        )
    outputs = _outputs(trace, dependent, parameters, feedback or trainable.comment)
    return backward(trace.nodes, outputs), parameters


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _dependent(trace: Trace, parameters: Iterable[int]) -> dict[int, NodeRecord]:
    """The parameters and everything computed from them."""
    found = {id: trace.nodes[id] for id in parameters}
    for node in trace.nodes.values():
        if any(parent in found for parent in node.parents):
            found[node.id] = node
    return found


def _outputs(
    trace: Trace, dependent: dict[int, NodeRecord], parameters: Sequence[int], said: str
) -> list[Output]:
    for group in reversed(trace.feedback):
        given = [output for output in group if output.node in dependent]
        if given:
            return [Output(each.node, _joined(each.feedback, said)) for each in given]
    failure = trace.failure
    if failure is not None and failure.node in dependent:
        node = dependent[failure.node]
        return [Output(node.id, _joined(node.error, said))]
    if failure is not None:
        said = said or f"The program fails: {told(failure)}\n{failure.traceback.rstrip()}"
    if not said:
        raise NoFeedback(
            "Nothing says what should be better: the program ended well and gave no feedback. "
            "Say it in a sentence, or write it in the code as `# trace: …`."
        )
    return _shared(_ends(dependent, parameters), said)


def _joined(given: str, said: str) -> str:
    return "\n".join(each for each in (given, said) if each)


def _ends(dependent: dict[int, NodeRecord], parameters: Sequence[int]) -> list[int]:
    """The results that led nowhere further."""
    used = {parent for node in dependent.values() for parent in node.parents}
    return [id for id in dependent if id not in used and id not in parameters]


def _shared(ids: Sequence[int], said: str) -> list[Output]:
    if len(ids) > MOST_OUTPUTS:
        said = f"{said}\n({len(ids) - MOST_OUTPUTS} further outputs are not shown.)"
    return [Output(id, said) for id in ids[:MOST_OUTPUTS]]
