"""What an optimization came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from trace_lsp.optimizers.problem import Problem
from trace_lsp.optimizers.suggestion import Suggestion
from trace_lsp.session.history_types import Step
from trace_lsp.session.proposal import Change, Verdict


@dataclass(frozen=True)
class Improvement:
    """The best changes, none if no change is wanted, and how they did against the program as it is
    (None if nothing was tried); what was asked, answered and tried in each step; and a sentence why
    it ended. `problem` and `suggestion` are those that led to the changes, or else the last ones.
    """

    changes: tuple[Change, ...]
    verdict: Optional[Verdict]
    steps: tuple[Step, ...]
    ended: str
    problem: Problem
    suggestion: Suggestion
