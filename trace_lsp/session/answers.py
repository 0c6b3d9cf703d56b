"""An optimizer's answer, as the texts that it would change, and as it is shown and kept."""

from __future__ import annotations

from collections.abc import Sequence

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.chat import Tokens
from trace_lsp.optimizers.steps import StepAnswer
from trace_lsp.optimizers.suggestion import REFUSALS, Suggestion
from trace_lsp.runs.record import Trace
from trace_lsp.session.goal import number_of
from trace_lsp.session.history_types import Step, Trial
from trace_lsp.session.proposal import Change, Verdict
from trace_lsp.session.wanted import Wanted
from trace_lsp.trace.graph import NodeRecord


def said_of(wanted: Wanted, trace: Trace) -> str:
    """What is said of a run: in words, and what the goal makes of its number."""
    goal = wanted.aim
    measured = goal.feedback(number_of(trace)) if goal is not None else ""
    return "\n".join(filter(None, (wanted.said, measured)))


def changes_of(
    answer: StepAnswer, trace: Trace, ids: dict[str, list[int]], wanted: Wanted
) -> tuple[Change, ...]:
    """The texts that take the trainables' places.

    What was made more than once has several variables, but one text: raises ReplyRefused if
    the answer means different things by them.
    """
    changes = []
    for trainable in wanted.trainables:
        nodes = ids[trainable.name]
        if answer.values.keys().isdisjoint(nodes):
            continue
        texts = {answer.values.get(id) or _literal(trace.nodes[id]) for id in nodes}
        if len(texts) > 1:
            reason = "severalValues"
            made = f" The run made `{trainable.name}` {len(nodes)} times."
            raise ReplyRefused(REFUSALS[reason] + made, reason, answer.reply)
        changes.append(Change(trainable, texts.pop()))
    return tuple(changes)


def _literal(node: NodeRecord) -> str:
    """The node's value as an answer would put it."""
    return repr(node.value) if node.type == "str" else node.value


def suggestion_of(answer: StepAnswer) -> Suggestion:
    """The answer as a proposal shows it."""
    values = {str(id): text for id, text in answer.values.items()}
    tokens = Tokens(answer.sent, answer.received, answer.cost)
    return Suggestion(answer.reasoning, answer.said, values, tokens, answer.reply, answer.model)


def trial_of(
    step: int, number: int, changes: Sequence[Change], gain: Verdict, accepted: bool
) -> Trial:
    """Changes that were tried as the history keeps them."""
    values = {each.trainable.name: each.value for each in changes}
    return Trial(step, number, values, gain.judgement, gain.reason, gain.objective[1], accepted)


def step_of(
    number: int,
    name: str,
    answer: StepAnswer,
    seconds: float,
    outcome: str,
    trials: Sequence[Trial],
) -> Step:
    """A question and its answer as the history keeps them."""
    return Step(
        number=number,
        optimizer=name,
        model=answer.model,
        problem=answer.prompt,
        reply=answer.reply,
        understood=answer.reason or ("suggestion" if answer.values else "no change"),
        reasoning=answer.reasoning,
        tokens_sent=answer.sent,
        tokens_received=answer.received,
        cost=answer.cost,
        seconds=seconds,
        outcome=outcome,
        trials=tuple(trials),
    )
