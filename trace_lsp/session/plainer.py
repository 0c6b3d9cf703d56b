"""What was found, as a person would write it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Optional

from trace_lsp.optimizers.search.constants import Constants
from trace_lsp.runs.results import CandidateResult
from trace_lsp.session.goal import Goal
from trace_lsp.session.phases import Try, cpu_for, held
from trace_lsp.source.trainables import Trainable

_DIGITS = (1, 2, 3, 4, 6)
_WORTH = 0.001


class Plainer:
    """What was found, with its numbers rounded: the plainest that does as well is taken.

    By a goal, as well means but for a thousandth of what was gained.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        trainables: Mapping[str, Trainable],
        baseline: CandidateResult,
        goal: Optional[Goal],
    ) -> None:
        self._baseline = baseline
        self._goal = goal
        self._cpu = cpu_for(baseline)
        rounded = [
            {name: _rounded(trainables[name], text, digits) for name, text in texts.items()}
            for digits in _DIGITS
        ]
        # As it is comes first: what the others are held against.
        self._texts = [dict(texts), *(each for each in rounded if each != texts)]
        self._asked = 0
        self._results: dict[int, CandidateResult] = {}

    def ask(self) -> Optional[Try]:
        if self._asked == len(self._texts) or len(self._texts) == 1:
            return None
        self._asked += 1
        return Try(self._texts[self._asked - 1], self._cpu, self._asked - 1)

    def tell(self, tried: Try, result: CandidateResult) -> None:
        self._results[tried.asked] = result

    @property
    def is_done(self) -> bool:
        return len(self._texts) == 1 or len(self._results) == len(self._texts)

    def best(self) -> Mapping[str, str]:
        for number in range(1, len(self._texts)):
            if number in self._results and self._is_as_good(self._results[number]):
                return self._texts[number]
        return self._texts[0]

    def _is_as_good(self, result: CandidateResult) -> bool:
        best = self._results.get(0)
        if best is None or held(result) < held(best) or result.kind != best.kind:
            return False
        if self._goal is None:
            return True
        before, reached, now = self._baseline.objective, best.objective, result.objective
        if before is None or reached is None or now is None:
            return False
        lost = (reached - now) if self._goal.maximize else (now - reached)
        return lost <= abs(before - reached) * _WORTH

    @property
    def why(self) -> str:
        return ""


def _rounded(trainable: Trainable, text: str, digits: int) -> str:
    """The text with its fractions rounded to so many digits that count."""
    if trainable.kind == "value":
        value = ast.literal_eval(text)
        return repr(float(f"{value:.{digits}g}")) if isinstance(value, float) else text
    constants = Constants(text, trainable.name.rpartition(".")[2])
    floats = {
        label: float(f"{value:.{digits}g}")
        for label, value in constants.values.items()
        if isinstance(value, float)
    }
    return constants.with_values(floats)
