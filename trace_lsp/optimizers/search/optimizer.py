"""Search as an optimizer of a user's own training loop: it tries values out, and asks no model."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Optional

from trace_lsp.models.notices import notice
from trace_lsp.optimizers.optimizer import Optimizer, Verbose
from trace_lsp.optimizers.search.climb import ClimbLimits, said
from trace_lsp.optimizers.search.course import Course, Told, Way, replayed
from trace_lsp.optimizers.search.outcome import Limits
from trace_lsp.optimizers.search.ranges import Dimension, dimension_of
from trace_lsp.optimizers.search.told import objective_of, plain, results
from trace_lsp.optimizers.search.turns import Values
from trace_lsp.trace.nodes import Node, ParameterNode
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.turns import Turns

TURNS = 10_000_000  # about a second


class Search(Optimizer):
    """Tries values, is told by the feedback how good they are, and goes on from the best.

    Each step takes the feedback since the last one as being on the values in place, and puts the
    next ones there. Numbers are an objective, their mean over the outputs: smaller is better, or
    larger with `maximize`. True and False, or texts like "correct" and "wrong", are checks: the
    same ones each time, in the same order. An exception, or None, means that the values failed.

    Numbers, truth values and choices are searched together, as their constraint or else their
    description bounds them; then each function, by small edits. Once `is_done`, a step puts the
    best in place. `limits` are those of the numbers and of functions by an objective,
    `repair_limits` those of functions by checks. The other arguments are those of `Optimizer`;
    `summary_log` stays empty.

    A function on trial that takes more than `turns` turns of its loops in a step raises, and so has
    failed. Only `restore`, or that it `is_done`, ends the trial: a loop that is left earlier calls
    `restore`. Versions that plainly change their arguments are not tried, unless the function did
    before.
    """

    def __init__(
        self,
        parameters: Any,
        *,
        maximize: bool = False,
        seed: int = 0,
        limits: Optional[ClimbLimits] = None,
        repair_limits: Optional[Limits] = None,
        turns: int = TURNS,
        **more: Any,
    ) -> None:
        super().__init__(parameters, **more)
        self._way = Way(maximize, seed, limits or ClimbLimits(), repair_limits or Limits())
        self._searched: list[ParameterNode] = []
        self._course: Optional[Course] = None
        self._placed: Optional[Values] = None
        self._heard = 0
        self._on_trial: dict[str, Turns] = {}
        self._is_withheld = False
        self.turns = turns
        others = [each for each in self.parameters if each.trainable and not _is_searchable(each)]
        if others:
            names = ", ".join(f"`{each.py_name}` ({each.type.__name__})" for each in others)
            notice(
                f"Search leaves {names} as it is: it tries numbers, truth values, choices whose "
                "constraint lists them, and functions."
            )

    # Feedback

    def backward(self, node: Node, feedback: Any = "", **options: Any) -> Any:
        return super().backward(node, plain(feedback), **options)

    def _new_feedback(self) -> list[tuple[Node, str]]:
        """The outputs with feedback since the last step, in the order it was given."""
        self._graph_propagator()
        if not self._propagator.is_plain:
            return self._pending()
        given = {
            each.number: each
            for parameter in self.parameters
            for each in parameter._given
            if each.number > self._heard
        }
        return [(given[number].output, given[number].text) for number in sorted(given)]

    def _is_heard(self) -> None:
        numbers = [each.number for parameter in self.parameters for each in parameter._given]
        self._heard = max([self._heard, *numbers])

    # Steps

    def _step(
        self, verbose: Optional[Verbose] = None, mask: Optional[Iterable[str]] = None
    ) -> dict[ParameterNode, Any]:
        if recorder.host is not None and not recorder.host.trains:
            self._is_withheld = True
            return {}
        given = self._new_feedback()
        if self._begun() and given:
            self._hear(results(given), self.verbose if verbose is None else verbose)
        elif self._placed in (None, self._present()):
            is_empty = not self._searched
            reason = "No parameter can be searched." if is_empty else "No new feedback was given."
            notice(f"The step changes nothing. {reason}")
            return {}
        self._put_on_trial()
        return self._changes(self._placed or ())

    def _begun(self) -> bool:
        """Whether there is something to search. What was frozen or freed begins a new search."""
        searched = [each for each in self.parameters if each.trainable and _is_searchable(each)]
        if not _are_same(searched, self._searched):
            self._searched, self._course, self._placed = searched, None, None
        return bool(searched)

    def _hear(self, told: Told, verbose: Verbose) -> None:
        present = self._present()
        if self._course is None:
            self._course = Course(_dimensions(self._searched, present), self._way)
        course = self._course
        is_asked = course.asked is not None and present == self._placed
        if not course.is_done:
            course.tell(course.asked if is_asked and course.asked else present, told)
        self._is_heard()
        self._placed = self._projected(course.best().values if course.is_done else course.asked)
        self._write(present, told, verbose)

    def _put_on_trial(self) -> None:
        """Bounds the functions that are to be tried, and no longer those that were."""
        self._end_trial()
        if self._course is not None and not self._course.is_done:
            for parameter, source in self._changes(self._placed or ()).items():
                if parameter.is_code:
                    recorder.on_trial[source] = self._on_trial[source] = Turns(self.turns)

    def _end_trial(self) -> None:
        for source, turns in self._on_trial.items():
            if recorder.on_trial.get(source) is turns:
                del recorder.on_trial[source]
        self._on_trial = {}

    def _present(self) -> Values:
        return tuple(each.data for each in self._searched)

    def _projected(self, values: Optional[Values]) -> Values:
        update = dict(zip(self._searched, values or ()))
        self.project(update)
        return tuple(update.values())

    def _changes(self, values: Values) -> dict[ParameterNode, Any]:
        both = zip(self._searched, values)
        return {each: value for each, value in both if each.data != value}

    # How it stands

    def best(self) -> Optional[tuple[dict[ParameterNode, Any], float]]:
        """The best values so far, and what they came to: the objective, or how many checks failed.
        None if nothing was told, or all failed."""
        if self._course is None:
            return None
        record = self._course.best()
        objective = objective_of(record.loss, self._course.kind, self._way.maximize)
        values = dict(zip(self._searched, self._projected(record.values)))
        return None if objective is None else (values, objective)

    def restore(self) -> dict[ParameterNode, Any]:
        """Puts the best values back in place; returns what changed."""
        found = self.best()
        changes = self._changes(tuple(found[0].values())) if found else {}
        self._end_trial()
        self.update(changes)
        return changes

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to try, or a run takes no steps: then a loop ends, too."""
        if self._is_withheld:
            return True
        if self._course is None:
            return not any(each.trainable and _is_searchable(each) for each in self.parameters)
        return self._course.is_done

    @property
    def why(self) -> str:
        """How the search stands, in a few sentences for a person."""
        return self._course.why if self._course else "Nothing was told yet."

    def _write(self, tried: Values, told: Told, verbose: Verbose) -> None:
        assert self._course is not None
        best = self.best()
        came = f"The best so far comes to {said(best[1])}." if best else "All have failed so far."
        prompt = f"Tried:\n{self._text(tried)}\nTold: {_text_of(told)}. {came}"
        following = f"Next:\n{self._text(self._placed or ())}"
        if self._course.is_done:
            following = (
                f"The search is over. {self.why}\nThe best:\n{self._text(self._placed or ())}"
            )
        if self.log is not None:
            self.log.append({"system_prompt": "", "user_prompt": prompt, "response": following})
        if verbose:
            sys.stdout.write(
                f"{following}\n" if verbose == "output" else f"{prompt}\n{following}\n"
            )

    def _text(self, values: Values) -> str:
        return "\n".join(
            f"{each.py_name}:\n{value}" if each.is_code else f"{each.py_name} = {value!r}"
            for each, value in zip(self._searched, values)
        )

    # Keeping

    def __deepcopy__(self, memo: dict[int, Any]) -> Optimizer:
        memo.update((id(each), each) for each in self.parameters)  # they are the program's
        return super().__deepcopy__(memo)

    def _state(self) -> dict[str, Any]:
        return {
            **super()._state(),
            "way": {
                **self._way._asdict(),
                "limits": asdict(self._way.limits),
                "repair_limits": asdict(self._way.repair_limits),
            },
            "history": self._course.history if self._course else [],
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        """Goes through what was told again. The values in place stay: they may be others."""
        searched = [each for each in self.parameters if each.trainable and _is_searchable(each)]
        way, history = _kept(state)
        for values, _ in history:
            if [type(each) for each in values] != [each.type for each in searched]:
                raise ValueError("What was saved is a search of other parameters than these.")
        course = replayed(_dimensions(searched, history[0][0]), way, history) if history else None
        rest = {name: each for name, each in state.items() if name not in ("way", "history")}
        super()._restore(rest)
        self._searched, self._way, self._course, self._placed = searched, way, course, None
        if course is not None:
            following = course.best().values if course.is_done else course.asked
            self._placed = self._projected(following)


def _kept(state: Mapping[str, Any]) -> tuple[Way, list[tuple[Values, Told]]]:
    """How a saved search went, and all that it was told. Raises ValueError for anything else."""
    try:
        way = dict(state["way"])
        way["limits"] = ClimbLimits(**way["limits"])
        way["repair_limits"] = Limits(**way["repair_limits"])
        history = [(tuple(values), tuple(told)) for values, told in state["history"]]
        return Way(**way), history
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"What was saved is no search: {error!r}.") from error


def _is_searchable(parameter: ParameterNode) -> bool:
    return parameter.is_code or _dimension(parameter, parameter.data) is not None


def _dimension(parameter: ParameterNode, value: Any) -> Optional[Dimension]:
    """What the value may become; None for code, and for what cannot be searched."""
    if parameter.is_code:
        return None
    return dimension_of(value, parameter.constraint or parameter.description or "")


def _dimensions(
    parameters: Sequence[ParameterNode], values: Sequence[Any]
) -> list[Optional[Dimension]]:
    return [_dimension(each, value) for each, value in zip(parameters, values)]


def _are_same(some: Sequence[ParameterNode], others: Sequence[ParameterNode]) -> bool:
    return len(some) == len(others) and all(a is b for a, b in zip(some, others))


def _text_of(told: Told) -> str:
    return ", ".join("failed" if each is None else str(each) for each in told)
