"""What a search tries, one phase after the other: edits, numbers and choices, both by an objective.

A phase proposes texts for trainables and is told what a candidate with them came to. The searches
themselves are in `optimizers/search/`; here they meet a program's runs.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional, Protocol

from trace_lsp.optimizers.search.changes import changed
from trace_lsp.optimizers.search.climb import Attempt, Climb
from trace_lsp.optimizers.search.constants import Constants
from trace_lsp.optimizers.search.outcome import Candidate, CheckResult
from trace_lsp.optimizers.search.ranges import Dimension, dimension_of
from trace_lsp.optimizers.search.repair import Repair
from trace_lsp.optimizers.search.tuning import Tuning
from trace_lsp.runs.results import END, CandidateResult, CheckKey
from trace_lsp.session.goal import Goal
from trace_lsp.source.trainables import Trainable

_LEAST_CPU = 0.2
_CPU = 10.0
"""What a candidate may take: so many times what the program takes, and so many seconds at least."""

_DIGITS = (1, 2, 3, 4, 6)
_WORTH = 0.001

_IDLE = 80
"""Answers in a row that are no better, after which numbers are left alone."""


@dataclass(frozen=True)
class Try:
    """Texts to try, by the names of their trainables, within so many seconds of CPU time."""

    texts: Mapping[str, str]
    cpu: float
    asked: Any = None


class Phase(Protocol):
    """A search, as the session drives it."""

    def ask(self) -> Optional[Try]:
        """What to try next; None if there is nothing, or nothing before others are told."""

    def tell(self, tried: Try, result: CandidateResult) -> None:
        """What came of it."""

    @property
    def is_done(self) -> bool:
        """True if there is nothing more to try."""

    def best(self) -> Optional[Mapping[str, str]]:
        """The texts that were found; None if none is better."""

    @property
    def why(self) -> str:
        """How it stands, in a sentence or two."""


def passes(result: CandidateResult) -> bool:
    """True if the program ran to its end, and every check held."""
    return result.kind == "finished" and not result.failing


def held(result: CandidateResult) -> int:
    """How many checks held."""
    return len(result.checks) - result.failing


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


class Tuned:
    """Numbers and choices: the values among some trainables, and the numbers in functions.

    They are judged by the goal, or else by how many checks hold; with checks it is done as soon as
    all of them do.
    """

    def __init__(
        self,
        values: Mapping[str, tuple[Trainable, Dimension]],
        functions: Sequence[Trainable],
        baseline: CandidateResult,
        goal: Optional[Goal],
    ) -> None:
        self._tried = 0
        self._goal = goal
        self._baseline = baseline
        self._values = values
        self._functions = {each.name: each for each in functions}
        self._constants = {
            each.name: Constants(each.text, each.name.rpartition(".")[2]) for each in functions
        }
        dimensions = {("", name): dimension for name, (_, dimension) in values.items()}
        start: dict[Any, Any] = {
            ("", name): ast.literal_eval(each.text) for name, (each, _) in values.items()
        }
        for name, constants in self._constants.items():
            dimensions.update(((name, label), d) for label, d in constants.dimensions.items())
            start.update(((name, label), value) for label, value in constants.values.items())
        self._start = start
        self._cpu = max(_LEAST_CPU, _CPU * baseline.cpu)
        self._passing: Optional[Mapping[Any, Any]] = None
        # The searches know names only, and do not look into them.
        named: Any = dimensions
        self._tuning = Tuning(named, start, self._loss(baseline), idle=_IDLE)

    def _loss(self, result: CandidateResult) -> float:
        if self._goal is None:
            return -float(held(result))
        number = result.objective
        if number is None or held(result) < held(self._baseline):
            return float("inf")
        return -number if self._goal.maximize else number

    def ask(self) -> Optional[Try]:
        values: Any = self._tuning.ask()
        return None if values is None else Try(self._texts(values), self._cpu, values)

    def _texts(self, values: Mapping[Any, Any]) -> dict[str, str]:
        texts = {
            name: repr(values["", name])
            for name in self._values
            if values["", name] != self._start["", name]
        }
        for name, constants in self._constants.items():
            own = {label: values[name, label] for label in constants.dimensions}
            source = constants.with_values(own)
            if source != self._functions[name].text:
                texts[name] = source
        return texts

    def tell(self, tried: Try, result: CandidateResult) -> None:
        self._tried += 1
        self._tuning.tell(tried.asked, self._loss(result))
        if self._goal is None and self._passing is None and passes(result):
            self._passing = tried.asked

    @property
    def is_done(self) -> bool:
        is_over = self._tuning.is_stalled or self._tuning.is_exhausted
        return self._passing is not None or is_over

    def best(self) -> Optional[Mapping[str, str]]:
        if self._goal is None:
            return None if self._passing is None else self._texts(self._passing)
        found: tuple[Any, float] = self._tuning.best()
        return self._texts(found[0]) or None

    @property
    def is_by_goal(self) -> bool:
        """True if the goal judges, and not the checks."""
        return self._goal is not None

    @property
    def why(self) -> str:
        texts = self.best()
        if texts is not None:
            return self.told(texts)
        wanted = f"betters `{self._goal.name}`" if self._goal else "makes all checks hold"
        return f"None of {self._tried} combinations of the numbers and choices {wanted}."

    def told(self, texts: Mapping[str, str]) -> str:
        """What was found, as it will be written, in a sentence."""
        told = "; ".join(self._told(name, text) for name, text in texts.items())
        return (
            f"Of {self._tried} combinations of the numbers and choices this one did best: {told}."
        )

    def _told(self, name: str, text: str) -> str:
        function = self._functions.get(name)
        return changed(function.text, text) if function else f"`{name}` is {text}"


class Climbing:
    """A function by the goal: its numbers, then small edits, then its numbers again."""

    def __init__(self, function: Trainable, baseline: CandidateResult, goal: Goal) -> None:
        self._function = function
        self._baseline = baseline
        name = function.name.rpartition(".")[2]
        self._climb = Climb(function.text, name, baseline.objective, goal.maximize)
        self._cpu = max(_LEAST_CPU, _CPU * baseline.cpu)

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
        self._cpu = max(_LEAST_CPU, _CPU * baseline.cpu)
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


def tuned(
    values: Mapping[str, tuple[Trainable, Dimension]],
    functions: Sequence[Trainable],
    baseline: CandidateResult,
    goal: Optional[Goal],
) -> Optional[Tuned]:
    """A search of the numbers and choices in the values and functions; None if there are none."""
    with_numbers = [
        each for each in functions if Constants(each.text, each.name.rpartition(".")[2]).dimensions
    ]
    return Tuned(values, with_numbers, baseline, goal) if values or with_numbers else None


def dimensions_of(
    trainables: Sequence[Trainable], constraints: Mapping[str, str]
) -> dict[str, tuple[Trainable, Dimension]]:
    """The values among the trainables that can be counted or chosen, and what each may become."""
    found = {}
    for each in trainables:
        if each.kind != "value":
            continue
        try:
            value = ast.literal_eval(each.text)
        except (ValueError, SyntaxError):
            continue
        dimension = dimension_of(value, constraints.get(each.name, ""))
        if dimension is not None:
            found[each.name] = (each, dimension)
    return found
