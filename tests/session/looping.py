"""Optimizations by real runs of small programs, with replies that a test writes."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trace_lsp.models.choose import ModelSettings
from trace_lsp.optimizers.problem import Problem
from trace_lsp.session.events import (
    Asking,
    CandidateTried,
    Listener,
    Phase,
    StepBegan,
    StepEnded,
    StepEvent,
    Understood,
)
from trace_lsp.session.history import History, history_of
from trace_lsp.session.history_types import Entry
from trace_lsp.session.proposal import Proposal
from trace_lsp.session.session import Session
from trace_lsp.session.settings import Settings
from trace_lsp.session.wanted import Until, Wanted
from trace_lsp.source.trainables import find_trainable, find_trainables

HEAD = """\
from opto import trace

@trace.bundle(trainable=True)
def f(x):
    return x

"""
"""Line 8 is the first of what a test adds."""

CHECKED = HEAD + "f(1).eq(2)\nf(2).eq(3)\n"
"""Right is ``x + 1``. Neither check holds; by ``2`` the first does."""

NUMBER = """\
from opto import trace

x = trace.node(3.0, trainable=True, name="x")
loss = abs((x - 1).data)
"""
"""`loss` is 2; the best `x` is 1."""


def f(expression: str) -> str:
    """The function's source that returns the expression."""
    return f"def f(x):\n    return {expression}"


def suggests(**values: Any) -> dict[str, Any]:
    """A reply in OptoPrime's form. `f` is what the function returns."""
    if "f" in values:
        values["__code0"] = f(values.pop("f"))
    return {"reasoning": "Because.", "answer": "", "suggestion": values}


NO_CHANGE = suggests()


@dataclass
class Heard(Listener):
    """All that was heard, in order, each in a word or two; and what a test wants to look at."""

    words: list[str] = field(default_factory=list)
    events: list[StepEvent] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def on_phase(self, phase: Phase) -> None:
        self.words.append(phase)

    def on_problem(self, problem: Problem) -> None:
        self.words.append("problem")
        self.problems.append(problem)

    def on_text(self, text: str) -> None:
        if self.words[-1] != "text":
            self.words.append("text")

    def on_warning(self, message: str) -> None:
        self.words.append("warning")
        self.warnings.append(message)

    def on_step(self, event: StepEvent) -> None:
        self.words.append(_word(event))
        self.events.append(event)

    @property
    def prompts(self) -> list[str]:
        """What was sent, step by step."""
        return [each.prompt for each in self.events if isinstance(each, Asking)]

    @property
    def ended(self) -> list[StepEnded]:
        return [each for each in self.events if isinstance(each, StepEnded)]


def _word(event: StepEvent) -> str:
    if isinstance(event, StepBegan):
        return f"step {event.number} of {event.most}"
    if isinstance(event, Understood):
        return "refused" if event.refusal else "understood"
    if isinstance(event, CandidateTried):
        return event.verdict.judgement
    if isinstance(event, StepEnded):
        return "accepted" if event.accepted else "not accepted"
    return type(event).__name__.lower()


class Bench:
    """A program in a folder, and a session that has these replies for it."""

    def __init__(
        self, folder: Path, text: str, *replies: Any, model: ModelSettings | None = None
    ) -> None:
        self.folder = folder
        self.file = folder / "program.py"
        self.file.write_text(text, "utf-8")
        script = folder / "replies.json"
        script.write_text(json.dumps(replies), "utf-8")
        self.environment = {"TRACE_LSP_STATE": str(folder / "state")}
        self.heard = Heard()
        model = model or ModelSettings("scripted", replies=str(script))
        settings = Settings(python=sys.executable, model=model)
        self.session = Session(str(folder), settings, self.environment)

    def wanted(self, *names: str, **more: Any) -> Wanted:
        """What is wanted of the trainables of these names, or of all."""
        text, file = self.file.read_text("utf-8"), str(self.file)
        found = find_trainables(text, file)
        chosen = [find_trainable(found, name=name) for name in names] or found
        return Wanted(file, text, tuple(chosen), **more)

    def optimize(
        self, *names: str, steps: int = 1, patience: int = 3, resumed: str = "", **more: Any
    ) -> Proposal:
        return asyncio.run(
            self.optimizing(*names, until=Until(steps, patience), resumed=resumed, **more)
        )

    async def optimizing(
        self, *names: str, until: Until | None = None, resumed: str = "", **more: Any
    ) -> Proposal:
        wanted = self.wanted(*names, **more)
        return await self.session.optimize(wanted, self.heard, until, resumed)

    def entries(self) -> list[Entry]:
        """What the history has when all is written, the newest first."""
        self.session.close()
        history = History(history_of(str(self.folder), self.environment))
        found = [history.entry(each.id) for each in history.entries()]
        history.close()
        return found

    @property
    def entry(self) -> Entry:
        """The only entry of the history."""
        (found,) = self.entries()
        return found
