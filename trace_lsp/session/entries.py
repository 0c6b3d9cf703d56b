"""An optimization as the history keeps it, while it goes on and when it is over."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Optional

from trace_lsp.session.history_types import Entry, Step
from trace_lsp.session.improvement import Improvement
from trace_lsp.session.proposal import Change, Proposal, Verdict
from trace_lsp.session.wanted import Wanted
from trace_lsp.source.edits import edits_for, unified_diff


@dataclass(frozen=True)
class Begun:
    """An optimization that was begun: what is wanted, its id, and when."""

    wanted: Wanted
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    time: float = field(default_factory=time.time)

    def entry(
        self,
        changes: Sequence[Change],
        verdict: Optional[Verdict],
        steps: Sequence[Step],
        ended: str = "",
    ) -> Entry:
        """The entry of what it came to so far; `ended` is "" while it goes on."""
        wanted = self.wanted
        edits = [
            edit for each in changes for edit in edits_for(each.trainable, each.value, wanted.text)
        ]
        return Entry(
            id=self.id,
            time=self.time,
            file=wanted.file,
            names=wanted.names,
            feedback=wanted.said,
            goal=str(wanted.aim) if wanted.aim else "",
            before={each.name: each.text for each in wanted.trainables},
            after={each.trainable.name: each.value for each in changes},
            kinds={each.name: each.kind for each in wanted.trainables},
            diff=unified_diff(wanted.text, edits, wanted.file),
            judgement=verdict.judgement if verdict else "",
            reason=verdict.reason if verdict else "",
            ended=ended,
            steps=tuple(steps),
        )

    def proposal(self, found: Improvement) -> Proposal:
        """What was found, as something that can be accepted."""
        wanted = self.wanted
        edits = [
            edit
            for each in found.changes
            for edit in edits_for(each.trainable, each.value, wanted.text)
        ]
        return Proposal(
            id=self.id,
            file=wanted.file,
            trainables=wanted.trainables,
            feedback=wanted.feedback or found.problem.feedback,
            problem=found.problem,
            suggestion=found.suggestion,
            changes=found.changes,
            edits=tuple(edits),
            diff=unified_diff(wanted.text, edits, wanted.file),
            text=wanted.text,
            verdict=found.verdict,
            steps=found.steps,
            ended=found.ended,
        )
