"""A function by the program's goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from trace_lsp.optimizers.search.changes import changed
from trace_lsp.optimizers.search.climb import Attempt, Climb
from trace_lsp.runs.results import CandidateResult
from trace_lsp.session.goal import Goal
from trace_lsp.session.phases import Try, cpu_for, held
from trace_lsp.source.trainables import Trainable


class Climbing:
    """A function by the goal: its numbers, then small edits, then its numbers again."""

    def __init__(self, function: Trainable, baseline: CandidateResult, goal: Goal) -> None:
        self._function = function
        self._baseline = baseline
        name = function.name.rpartition(".")[2]
        self._climb = Climb(function.text, name, baseline.objective, goal.maximize)
        self._cpu = cpu_for(baseline)

    def ask(self) -> Optional[Try]:
        found = self._climb.ask()
        return Try({self._function.name: found[0].source}, self._cpu, found[0]) if found else None

    def tell(self, tried: Try, result: CandidateResult) -> None:
        attempt: Attempt = tried.asked
        is_kept = held(result) >= held(self._baseline)
        self._climb.tell(attempt, result.objective if is_kept else None)

    @property
    def is_done(self) -> bool:
        return self._climb.is_done

    def best(self) -> Optional[Mapping[str, str]]:
        source, _ = self._climb.best()
        return None if source == self._function.text else {self._function.name: source}

    @property
    def why(self) -> str:
        return self._climb.why

    def told(self, texts: Mapping[str, str]) -> str:
        """What was found, as it will be written, in a sentence."""
        (text,) = texts.values()
        change = changed(self._function.text, text)
        return f"Of {self._climb.tried} versions of the function this one did best: {change}."
