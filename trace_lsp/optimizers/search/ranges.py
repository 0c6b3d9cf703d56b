"""What a number or a choice may become: read from a constraint where it says so, else guessed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Optional, Union

_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)"
_BETWEEN = (
    re.compile(rf"between\s+{_NUMBER}\s+and\s+{_NUMBER}", re.IGNORECASE),
    re.compile(rf"from\s+{_NUMBER}\s+(?:up )?to\s+{_NUMBER}", re.IGNORECASE),
    re.compile(rf"\[\s*{_NUMBER}\s*[,;]\s*{_NUMBER}\s*\]"),
    re.compile(rf"{_NUMBER}\s*(?:\.\.+|–|to)\s*{_NUMBER}", re.IGNORECASE),
    re.compile(rf"{_NUMBER}\s*(?:<=|≤)\s*\w+\s*(?:<=|≤)\s*{_NUMBER}"),
)
_MORE = r"(?:>|(?:greater|more|larger|higher|bigger) than|above|over|exceeds?)"
_LESS = r"(?:<|(?:less|fewer|smaller|lower) than|below|under)"
_AT_LEAST = re.compile(
    rf"(?:>=|≥|at least|no(?:t)? (?:less|fewer|smaller|lower) than|not below|minimum(?: of)?)"
    rf"\s*{_NUMBER}",
    re.IGNORECASE,
)
_AT_MOST = re.compile(
    rf"(?:<=|≤|at most|no(?:t)? (?:more|greater|larger|higher) than|not (?:above|over)|up to"
    rf"|maximum(?: of)?)\s*{_NUMBER}",
    re.IGNORECASE,
)
_ABOVE = re.compile(rf"(?<!no )(?<!not ){_MORE}\s*{_NUMBER}", re.IGNORECASE)
_BELOW = re.compile(rf"(?<!no )(?<!not ){_LESS}\s*{_NUMBER}", re.IGNORECASE)
_POSITIVE = re.compile(r"\bpositive\b", re.IGNORECASE)
_NEGATIVE = re.compile(r"\b(non-?|not )?\s?negative\b", re.IGNORECASE)
_OPTIONS = re.compile(r"(?:\b(?:one|any) of\b|\beither\b|\bLiteral\b|\bchoices?\b|\bin(?= *\{))(.+)", re.IGNORECASE | re.DOTALL)  # fmt: skip
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"|`([^`]*)`")
_NEXT = 1e-9  # of the number beside one that is excluded, in parts of it


@dataclass(frozen=True)
class Number:
    """A float, or with `is_whole` an int, from `least` to `most`, both included.

    A search begins at `start` and looks between `low` and `high` first.
    """

    start: float
    low: float
    high: float
    is_whole: bool = False
    least: float = -math.inf
    most: float = math.inf

    def value(self, place: float) -> Union[int, float]:
        """The number at a place, where `low` is 0 and `high` is 1; no further than it may go."""
        number = self.low + place * (self.high - self.low)
        number = min(max(number, self.least), self.most)
        return round(number) if self.is_whole else float(number)

    def holds(self, value: object) -> bool:
        """Whether it is a number that this may become."""
        is_kind = isinstance(value, int if self.is_whole else (int, float))
        return is_kind and self.least <= value <= self.most  # type: ignore[operator]

    def place(self, value: float) -> float:
        """Where a number lies."""
        return (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0


@dataclass(frozen=True)
class Choice:
    """One of some values; `start` is where among them the present one is."""

    options: tuple[Any, ...]
    start: int = 0

    def holds(self, value: object) -> bool:
        """Whether it is one of the options."""
        return value in self.options


Dimension = Union[Number, Choice]


def dimension_of(value: object, constraint: str = "") -> Optional[Dimension]:
    """What such a value may become; None if it can be neither counted nor chosen.

    A range is what the constraint says. Where it says nothing the search looks as far around the
    value as the value is from 0, at least 1, and goes on from there as it finds it better.
    """
    if isinstance(value, bool):
        return Choice((False, True), int(value))
    options = options_in(constraint, value)
    if options:
        return Choice(options, options.index(value) if value in options else 0)
    if isinstance(value, (int, float)) and math.isfinite(value):
        return _number(value, constraint)
    return None


def options_in(constraint: str, value: object) -> tuple[Any, ...]:
    """The values a constraint lists, of the type that the value has; empty if it lists none."""
    listed = _OPTIONS.search(constraint)
    if isinstance(value, str):
        quoted = _QUOTED.findall(listed[1] if listed else constraint)
        texts = dict.fromkeys(next(filter(None, each), "") for each in quoted)
        return tuple(texts) if len(texts) > 1 else ()
    if listed is None or not isinstance(value, (int, float)):
        return ()
    numbers = dict.fromkeys(map(float, re.findall(_NUMBER, listed[1])))
    if isinstance(value, int):
        return tuple(int(each) for each in numbers) if all(map(float.is_integer, numbers)) else ()
    return tuple(numbers) if len(numbers) > 1 else ()


def _number(value: float, constraint: str) -> Number:
    is_whole = isinstance(value, int)
    least, most = bounds_in(constraint, is_whole)
    start = min(max(value, least), most)
    reach = max(abs(start), 1.0)
    low = least if math.isfinite(least) else min(start, most) - reach
    high = most if math.isfinite(most) else max(start, least) + reach
    return Number(start, low, high, is_whole, least, most)


def bounds_in(constraint: str, is_whole: bool = False) -> tuple[float, float]:
    """The least and the greatest number that a constraint allows, infinite where it says nothing.

    A number that is excluded itself gives way to the next one, of a float's to one very near it.
    """
    for pattern in _BETWEEN:
        found = pattern.search(constraint)
        if found:
            low, high = sorted(map(float, found.groups()))
            return _inside(low, high, is_whole)
    sign = _NEGATIVE.search(constraint)
    lows = [float(each) for each in _AT_LEAST.findall(constraint)]
    lows += [_beside(float(each), 1, is_whole) for each in _ABOVE.findall(constraint)]
    lows += [0.0] if sign and sign[1] else []
    lows += [_beside(0.0, 1, is_whole)] if _POSITIVE.search(constraint) else []
    highs = [float(each) for each in _AT_MOST.findall(constraint)]
    highs += [_beside(float(each), -1, is_whole) for each in _BELOW.findall(constraint)]
    highs += [_beside(0.0, -1, is_whole)] if sign and not sign[1] else []
    return _inside(max(lows, default=-math.inf), min(highs, default=math.inf), is_whole)


def _beside(number: float, sign: int, is_whole: bool) -> float:
    if is_whole:
        return math.floor(number) + 1 if sign > 0 else math.ceil(number) - 1
    return number + sign * _NEXT * max(abs(number), 1.0)


def _inside(low: float, high: float, is_whole: bool) -> tuple[float, float]:
    if is_whole:
        low = math.ceil(low) if math.isfinite(low) else low
        high = math.floor(high) if math.isfinite(high) else high
    # A constraint that nothing can keep is no constraint to go by.
    return (low, high) if low <= high else (-math.inf, math.inf)
