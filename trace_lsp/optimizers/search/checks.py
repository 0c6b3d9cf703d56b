"""The checks that a search goes by: in which order they run, which are kept aside, what counts."""

from __future__ import annotations

from trace_lsp.optimizers.search.outcome import Limits, Outcome

_TRIFLE = 0.02  # of the floor: costs below it are not worth comparing


class Checks:
    """The checks, as they went before anything was changed."""

    def __init__(self, baseline: Outcome, limits: Limits) -> None:
        self.baseline = baseline
        self.limits = limits
        # What fails without hanging goes first: it is the cheapest to say no.
        failing = sorted(self._failing(), key=lambda each: baseline[each].timed_out)
        passing = sorted(set(baseline) - set(failing))
        kept = self._kept_aside(failing) + self._kept_aside(passing)
        is_enough = len(baseline) >= limits.aside_from
        self.aside = tuple(kept) if is_enough else ()
        self.failing = tuple(each for each in failing if each not in self.aside)
        self.passing = tuple(each for each in passing if each not in self.aside)

    def _failing(self) -> list[int]:
        return [number for number, result in sorted(self.baseline.items()) if not result.passed]

    def _kept_aside(self, numbers: list[int]) -> list[int]:
        share = int(len(numbers) * self.limits.aside)
        return numbers[len(numbers) - share :] if share else []

    @property
    def stages(self) -> tuple[tuple[int, ...], ...]:
        """The failing checks, the passing ones, those kept aside."""
        return tuple(stage for stage in (self.failing, self.passing, self.aside) if stage)

    def limit(self, attempt: int = 1) -> float:
        """What a check may cost."""
        costs = [result.cost for result in self.baseline.values() if not result.timed_out]
        most = self.limits.patience * max(costs, default=0.0)
        return float(max(most, self.limits.floor) * (4 if attempt > 1 else 1))

    def healed(self, outcome: Outcome) -> int:
        """How many checks pass that failed, of those that are not kept aside."""
        return sum(outcome[each].passed for each in self.failing if each in outcome)

    def gain(self, outcome: Outcome) -> float:
        """The share of the failing checks that pass now, less the share of what fails newly."""
        broken = sum(not outcome[each].passed for each in self.passing if each in outcome)
        lost = broken / len(self.passing) if self.passing else 0.0
        return self.healed(outcome) / max(len(self.failing), 1) - lost

    def is_fix(self, outcome: Outcome) -> bool:
        """Whether every check was run and passed, at no great cost, with the same types."""
        is_passed = all(each in outcome and outcome[each].passed for each in self.baseline)
        is_same = is_passed and not self.other_types(outcome)
        return is_same and self.slowdown(outcome) <= self.limits.slowdown

    def doubts(self, outcome: Outcome) -> tuple[str, ...]:
        """What makes a fix doubtful, a sentence each."""
        odd = ", ".join(self.odd_types(outcome))
        return (f"It returns {odd}, which it never did in a check that passed.",) if odd else ()

    def slowdown(self, outcome: Outcome) -> float:
        """How many times more the checks cost that passed before: 1 where there is none."""
        both = [each for each in outcome if self.baseline[each].passed]
        before = sum(self.baseline[each].cost for each in both)
        after = sum(outcome[each].cost for each in both)
        trifle = self.limits.floor * _TRIFLE * len(both)
        return after / before if before > 0 and after - before > trifle else 1.0

    def other_types(self, outcome: Outcome) -> tuple[str, ...]:
        """The types that come back where another type did while the check passed."""
        return tuple(
            result.type
            for number, result in sorted(outcome.items())
            if self.baseline[number].passed and result.type != self.baseline[number].type
        )

    def odd_types(self, outcome: Outcome) -> tuple[str, ...]:
        """The types that come back and never did in a check that passed."""
        known = {result.type for result in self.baseline.values() if result.passed}
        found = {result.type for result in outcome.values()}
        return tuple(sorted(found - known)) if known else ()
