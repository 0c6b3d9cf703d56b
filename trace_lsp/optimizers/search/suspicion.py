"""Which lines are likely to hold the fault: those that failing checks run and passing ones do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import sqrt

from trace_lsp.optimizers.search.outcome import Outcome


def suspicion(outcome: Outcome) -> Mapping[int, float]:
    """Ochiai's measure for each line that a check ran, from 0 to 1; empty if none is known.

    It is the share of the failing checks that ran the line, in the geometric mean with the share of
    failing ones among all that ran it.
    """
    failing: Counter[int] = Counter()
    running: Counter[int] = Counter()
    for result in outcome.values():
        running.update(result.lines)
        if not result.passed:
            failing.update(result.lines)
    total = sum(not result.passed and bool(result.lines) for result in outcome.values())
    return {line: failing[line] / sqrt(total * n) if total else 0.0 for line, n in running.items()}
