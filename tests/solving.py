"""How the tasks of the table are put to a session, with a search or with a model's replies."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tasks import Task, new_text

from trace_lsp.models.choose import ModelSettings
from trace_lsp.runs.configuration import Limits
from trace_lsp.session.calls import parameters_of
from trace_lsp.session.events import CandidateTried, Listener, SearchTried, StepEvent
from trace_lsp.session.proposal import Proposal
from trace_lsp.session.session import Session
from trace_lsp.session.settings import Settings
from trace_lsp.session.wanted import Until, Wanted
from trace_lsp.source.files import read_source
from trace_lsp.source.trainables import find_trainables


@dataclass
class Counting(Listener):
    """Hears how much was tried."""

    candidates: int = 0
    steps: list[StepEvent] = field(default_factory=list)

    def on_step(self, event: StepEvent) -> None:
        self.candidates += isinstance(event, (CandidateTried, SearchTried))
        self.steps.append(event)


def session_for(task: Task, folder: Path, model: ModelSettings) -> Session:
    seconds = 2.0 if task.hangs else 60.0
    settings = Settings(python=sys.executable, limits=Limits(seconds=seconds), model=model)
    return Session(str(folder), settings, {"TRACE_LSP_STATE": str(folder / "state")})


def wanted_for(task: Task) -> Wanted:
    text = read_source(str(task.path))
    trainables = find_trainables(text, str(task.path))
    return Wanted(str(task.path), text, tuple(trainables), task.feedback)


def written(task: Task, folder: Path) -> ModelSettings:
    """The task's replies as a script: a reply names variables as the problem does."""
    wanted = wanted_for(task)
    names = asyncio.run(_variables(task, folder, wanted))
    by_name = {each.name: each for each in wanted.trainables}
    replies = [
        {
            "reasoning": "Because.",
            "suggestion": {
                names[name]: new_text(by_name[name], value)
                if by_name[name].kind == "function"
                else value
                for name, value in reply.items()
            },
        }
        for reply in task.replies
    ]
    path = folder / "replies.json"
    path.write_text(json.dumps(replies), "utf-8")
    return ModelSettings("scripted", replies=str(path))


async def _variables(task: Task, folder: Path, wanted: Wanted) -> dict[str, str]:
    """What the problem calls each trainable."""
    session = session_for(task, folder, ModelSettings("none"))
    trace = await session.trace(wanted.file, wanted.text, Listener())
    session.close()
    return {each.name: parameters_of(trace, each)[0].name for each in wanted.trainables}


def optimized(task: Task, folder: Path, steps: int = 5) -> tuple[Proposal, Counting]:
    model = written(task, folder) if task.by == "OptoPrime" else ModelSettings("none")
    session, listener = session_for(task, folder, model), Counting()
    try:
        work = session.optimize(wanted_for(task), listener, Until(steps))
        return asyncio.run(work), listener
    finally:
        session.close()
