"""Runs and proposals as JSON-ready data: for `--json`, and for the server's results."""

from __future__ import annotations

from typing import Any

from trace_lsp.runs.record import Trace
from trace_lsp.session.history_types import Step
from trace_lsp.session.proposal import Proposal, Verdict
from trace_lsp.views.values import finite
from trace_lsp.views.verdict import JUDGEMENTS


def trace_json(trace: Trace) -> dict[str, Any]:
    """How the run ended, what it recorded in numbers, and what it printed."""
    calls = [node for node in trace.nodes.values() if node.operator and node.operator.function]
    return {
        "ok": trace.outcome.is_complete,
        "kind": trace.outcome.kind,
        "message": trace.outcome.message,
        "seconds": round(trace.seconds, 3),
        "nodes": len(trace.nodes),
        "calls": len(calls),
        "failed": sum(bool(node.error) for node in calls),
        "output": trace.output,
    }


def proposal_json(proposal: Proposal) -> dict[str, Any]:
    """The proposal, but for its edits, whose positions are the reader's business."""
    suggestion = proposal.suggestion
    return {
        "id": proposal.id,
        "names": list(proposal.names),
        "feedback": proposal.feedback,
        "reasoning": suggestion.reasoning,
        "answer": suggestion.answer,
        "diff": proposal.diff,
        "model": suggestion.model,
        "tokens": {"sent": suggestion.tokens.sent, "received": suggestion.tokens.received},
        "problem": proposal.problem.text(),
        "verdict": None if proposal.verdict is None else _verdict_json(proposal.verdict),
        "steps": [_step_json(each) for each in proposal.steps],
        "ended": proposal.ended,
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "number": step.number,
        "optimizer": step.optimizer,
        "model": step.model,
        "understood": step.understood,
        "outcome": step.outcome,
        "tokens": {"sent": step.tokens_sent, "received": step.tokens_received},
        "seconds": round(step.seconds, 3),
        "candidates": [
            {
                "values": dict(each.values),
                "judgement": each.judgement,
                "reason": each.reason,
                "objective": finite(each.objective),
                "accepted": each.accepted,
            }
            for each in step.trials
        ],
    }


def ready_text(proposal: Proposal) -> str:
    """One sentence: that it is ready, and how it did."""
    verdict = proposal.verdict
    if verdict is None:
        return "The model wants no change."
    return f"A suggestion is ready ({JUDGEMENTS[verdict.judgement]}): {verdict.reason}"


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    before, after = map(finite, verdict.objective)
    return {
        "judgement": verdict.judgement,
        "reason": verdict.reason,
        "before": verdict.before.message,
        "after": verdict.after.message,
        "outputs": [
            {"label": each.label, "before": each.before, "after": each.after}
            for each in verdict.outputs
        ],
        "objective": {"before": before, "after": after},
        "passes": verdict.passes,
    }
