"""Every task of the table is solved: by search where search can, else by a model's replies."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from solving import Counting, optimized, session_for, wanted_for
from tasks import TASKS, Task

from trace_lsp.errors import NothingFound
from trace_lsp.models.choose import ModelSettings
from trace_lsp.runs.record import Trace
from trace_lsp.session.events import Listener
from trace_lsp.session.proposal import Proposal
from trace_lsp.source.text import apply_edits


def run_edited(task: Task, proposal: Proposal, folder: Path) -> Trace:
    """The program with the edits in its text."""
    session = session_for(task, folder, ModelSettings("none"))
    text = apply_edits(proposal.text, proposal.edits)
    trace = asyncio.run(session.trace(proposal.file, text, Listener()))
    session.close()
    return trace


def refuted(trace: Trace) -> list[str]:
    """What the program checks, and what does not hold."""
    compared = [
        node for node in trace.nodes.values() if node.operator and node.operator.name == "eq"
    ]
    asserted = [f"line {check.line}" for check in trace.checks if not check.holds]
    return asserted + [node.name for node in compared if node.value != "True"]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_is_solved(task: Task, tmp_path: Path) -> None:
    proposal, _ = optimized(task, tmp_path)
    verdict = proposal.verdict
    assert verdict is not None
    assert verdict.judgement == "better", verdict
    if task.target is not None:
        number = verdict.objective[1]
        assert number is not None
        assert task.is_reached(number), number
    else:
        assert verdict.passes, verdict
    trace = run_edited(task, proposal, tmp_path)
    assert trace.outcome.kind == "finished", trace.outcome
    assert refuted(trace) == []
    if task.by == "OptoPrime":
        assert len(proposal.steps) == len(task.replies)


def test_what_is_out_of_reach_is_said_early(tmp_path: Path) -> None:
    task = next(each for each in TASKS if each.program == "out_of_reach.py")
    session, listener = session_for(task, tmp_path, ModelSettings("none")), Counting()
    with pytest.raises(NothingFound, match="OPENAI_API_KEY"):
        asyncio.run(session.optimize(wanted_for(task), listener))
    assert listener.candidates < 100
    session.close()
