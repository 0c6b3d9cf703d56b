"""Numbers and choices, by the program's checks or by its goal."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from trace_lsp.optimizers.search.changes import changed
from trace_lsp.optimizers.search.constants import Constants
from trace_lsp.optimizers.search.ranges import Dimension, dimension_of
from trace_lsp.optimizers.search.tuning import Tuning
from trace_lsp.runs.results import CandidateResult
from trace_lsp.session.goal import Goal
from trace_lsp.session.phases import Try, cpu_for, held, passes
from trace_lsp.source.trainables import Trainable

_IDLE = 80
"""Answers in a row that are no better, after which numbers are left alone."""


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
        self._cpu = cpu_for(baseline)
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
