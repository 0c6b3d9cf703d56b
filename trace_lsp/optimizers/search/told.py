"""What feedback says of better or worse: a number, a check, a failure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, Optional, Union

from trace_lsp.errors import FeedbackUnclear
from trace_lsp.optimizers.search.outcome import CheckResult, Outcome
from trace_lsp.trace.nodes import ExceptionNode, Node

Result = Union[bool, float, None]
"""What was said of one output: whether it is right, or how good it is; None if it failed."""

_RIGHT = frozenset(
    [
        "true",
        "correct",
        "right",
        "yes",
        "ok",
        "pass",
        "passed",
        "success",
        "succeeded",
        "successful",
        "solved",
    ]
)
_WRONG = frozenset(
    [
        "false",
        "incorrect",
        "wrong",
        "no",
        "fail",
        "fails",
        "failed",
        "failure",
        "unsuccessful",
        "unsolved",
    ]
)
_VERDICT = re.compile(
    r"(?:(?:this|that|it|(?:the|your) \w+|test(?: case)?|check)(?: is| has| was)? )?(not )?(\w+)"
    r"(?=\s*(?:[.!:;\n(]|,(?! *but)|$))",
    re.IGNORECASE,
)
_RAISED = re.compile(
    r"\(\w*(?:Error|Exception|Exit|Interrupt|Iteration|Warning)\)|\w*(?:Error|Exception)\("
)
_WRAPPED = re.compile(r"(?:np|numpy)\.(?:\w+\((.+)\)|(True|False)_)")


def results(given: Iterable[tuple[Node, str]]) -> tuple[Result, ...]:
    """What each output's feedback says, in the order given.

    Raises FeedbackUnclear if it says nothing of better or worse, or some are numbers and some
    checks.
    """
    found = tuple(_result(output, text) for output, text in given)
    kind_of(found)
    return found


def plain(feedback: Any) -> Any:
    """A number that another library made, as Python's own; anything else as it is."""
    value = feedback.data if isinstance(feedback, Node) else feedback
    item = getattr(value, "item", None)
    if type(value) in (bool, int, float, str) or not callable(item):
        return feedback
    try:
        return item()
    except (TypeError, ValueError):
        return feedback  # an array of more than one


def _result(output: Node, text: str) -> Result:
    said = text.strip()
    if isinstance(output, ExceptionNode) or said == "None" or _RAISED.match(said):
        return None
    wrapped = _WRAPPED.fullmatch(said)
    said = wrapped[1] or wrapped[2] if wrapped else said
    try:
        number = float(said)
    except ValueError:
        return _verdict(said, output)
    return number if math.isfinite(number) else None


def _verdict(said: str, output: Node) -> bool:
    found = _VERDICT.match(said)
    word = found[2].lower() if found else ""
    if found is None or word not in _RIGHT | _WRONG:
        raise FeedbackUnclear(
            f"The feedback on {output.name} says nothing of better or worse: {said[:80]!r}. Search "
            "goes by numbers (smaller is better, unless it has maximize=True), or by True and "
            'False, "correct" and "wrong". Give one of these, or take an optimizer that asks a '
            "model, like OptoPrime."
        )
    return (word in _RIGHT) != bool(found[1])


def kind_of(told: Sequence[Result]) -> str:
    """``numbers`` or ``checks``, "" if all failed. Raises FeedbackUnclear if there are both."""
    has_checks = any(isinstance(each, bool) for each in told)
    has_numbers = any(isinstance(each, float) for each in told)
    if has_checks and has_numbers:
        raise FeedbackUnclear(
            "Some of the feedback is numbers, and some says right or wrong: a search cannot add "
            "them up. Give one number for each output, or one verdict."
        )
    return "checks" if has_checks else "numbers" if has_numbers else ""


def loss_of(told: Sequence[Result], maximize: bool) -> float:
    """What should be small: the mean of the numbers, or how many checks failed."""
    kind = kind_of(told)
    if kind == "checks":
        return float(sum(not each for each in told))
    if not kind or any(each is None for each in told):
        return math.inf
    mean = math.fsum(float(each or 0.0) for each in told) / len(told)
    return -mean if maximize else mean


def objective_of(loss: float, kind: str, maximize: bool) -> Optional[float]:
    """The loss as it was told; None if it failed."""
    if math.isinf(loss):
        return None
    return -loss if maximize and kind == "numbers" else loss


def outcome_of(told: Sequence[Result], known: int) -> Outcome:
    """The checks by their number. What comes after the last that is `known` counts with it: before,
    the program may have stopped there."""
    passed = [each is True for each in told]
    if known and len(passed) > known:
        passed[known - 1 :] = [all(passed[known - 1 :])]
    return {number: CheckResult(each) for number, each in enumerate(passed)}
