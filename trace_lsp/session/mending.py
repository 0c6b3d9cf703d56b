"""Small edits of a function, by the program's checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from trace_lsp.optimizers.search.changes import changed
from trace_lsp.optimizers.search.outcome import Candidate, CheckResult
from trace_lsp.optimizers.search.repair import Repair
from trace_lsp.runs.results import END, CandidateResult, CheckKey
from trace_lsp.session.phases import Try
from trace_lsp.source.trainables import Trainable


class Mending:
    """Small edits of a function, by the program's checks.

    `baseline` is how the program did as it is, and `watched` the same with the lines that ran.
    """

    def __init__(
        self, function: Trainable, baseline: CandidateResult, watched: CandidateResult
    ) -> None:
        self._function = function
        self._keys = list(baseline.checks)
        self._first = function.range.start.line
        name = function.name.rpartition(".")[2]
        self._repair = Repair(function.text, name, self._outcome(baseline, watched))
        self._is_slow = baseline.kind == "timedOut"

    def _outcome(
        self, result: CandidateResult, watched: Optional[CandidateResult] = None
    ) -> dict[int, CheckResult]:
        """The checks by their numbers; those that were not made are not there.

        The baseline may have ended before it came to all checks, so the last one, the end, stands
        for those that it did not know.
        """
        new_ones_hold = all(
            check.holds for key, check in result.checks.items() if key not in self._keys
        )
        outcome: dict[int, CheckResult] = {}
        for number, key in enumerate(self._keys):
            check = result.checks.get(key)
            if check is None:
                continue
            lines = self._lines(watched, key)
            outcome[number] = CheckResult(
                passed=check.holds and (key != END or new_ones_hold),
                cost=result.cpu if key == END else 0.0,
                type=check.type,
                timed_out=key == END and result.kind == "timedOut",
                lines=frozenset(lines),
                raised_at=lines[-1] if lines and key == END and result.kind == "raised" else None,
            )
        return outcome

    def _lines(self, watched: Optional[CandidateResult], key: CheckKey) -> list[int]:
        """The function's lines that ran before a check, counted from its first."""
        check = watched.checks.get(key) if watched is not None else None
        last = self._function.range.end.line
        found = check.lines if check is not None else ()
        return [line - self._first for line in found if self._first < line <= last + 1]

    def ask(self) -> Optional[Try]:
        found = self._repair.ask()
        if not found:
            return None
        candidate = found[0]
        cpu = max(candidate.limit, 1.0 if self._is_slow else 0.0)
        return Try({self._function.name: candidate.source}, cpu, candidate)

    def tell(self, tried: Try, result: CandidateResult) -> None:
        candidate: Candidate = tried.asked
        self._repair.tell(candidate, self._outcome(result))

    @property
    def is_done(self) -> bool:
        return self._repair.is_done

    def best(self) -> Optional[Mapping[str, str]]:
        patch = self._repair.best()
        return None if patch is None else {self._function.name: patch.source}

    @property
    def is_odd(self) -> bool:
        """True if the edit that was found adds something to an expression, where another number
        may be what is meant."""
        patch = self._repair.best()
        return patch is not None and any("number" in each.kind for each in patch.candidate.edits)

    @property
    def why(self) -> str:
        patches = self._repair.ranked()
        if not patches:
            return self._repair.why
        more = len(patches) - 1
        others = f" {more} other edit{'s' if more > 1 else ''} did so, too." if more else ""
        change = changed(self._function.text, patches[0].source)
        doubts = "".join(f" {each}" for each in patches[0].warnings)
        return f"With one small edit every check holds: {change}.{others}{doubts}"
