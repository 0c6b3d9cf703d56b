"""What of a constraint can be checked: the words that can only mean one thing.

A constraint is a sentence for a reader. Where it bounds a number, or lists what a value may be, a
suggestion is held to it; every other one stays what it is, text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping

Check = Callable[[object], bool]

_NUMBER = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)"
_END = r"(?=\s*(?:$|[.,;:)\]\n]|and\b|inclusive|both))"
_NOT = re.compile(r"\b(?:not|never|nor|neither|avoid|except|unless|if|when|usually|about)\b|n't\b")
_LIMITS: Mapping[str, Callable[[float, float], bool]] = {
    r"(?:at most|no more than|up to|maximum(?: of)?|<=|≤)": lambda value, limit: value <= limit,
    r"(?:at least|no less than|not less than|minimum(?: of)?|>=|≥)": (
        lambda value, limit: value >= limit
    ),
    r"(?:less than|below|smaller than|<)": lambda value, limit: value < limit,
    r"(?:more than|greater than|larger than|above|>)": lambda value, limit: value > limit,
}
_RANGES = tuple(
    re.compile(form + _END)
    for form in (
        rf"\bbetween {_NUMBER} and {_NUMBER}",
        rf"\bfrom {_NUMBER} to {_NUMBER}",
        rf"\bin \[{_NUMBER}, ?{_NUMBER}\]",
    )
)
_CHOICE = re.compile(r"\bone of:? *(.+?)(?=\.(?:\s|$)|;|\n|$)", re.IGNORECASE)
_OPTION = re.compile(r"'([^']*)'|\"([^\"]*)\"|`([^`]*)`|([\w.+-]+)")
_BETWEEN = re.compile(r"\s*(?:,\s*(?:and|or)?|\band\b|\bor\b)\s*")


def broken(constraint: str, now: object, value: object) -> str:
    """The words of the constraint that the value does not keep, "" if it keeps all that can be
    checked.

    Words that the present value `now` does not keep either are not understood here, and are text.
    """
    for words, check in _checks(constraint):
        if check(now) and not check(value):
            return words
    return ""


def _checks(constraint: str) -> Iterator[tuple[str, Check]]:
    for clause in re.split(r"(?<=[a-z)\d'\"`])\.\s+|\n|;", constraint):
        plain = clause.replace("no more than", "at most").replace("no less than", "at least")
        plain = plain.replace("not less than", "at least").replace("not more than", "at most")
        if _NOT.search(plain.lower()):
            continue
        yield from _ranges(plain)
        yield from _limits(plain)
        yield from _choices(plain)


def _ranges(clause: str) -> Iterator[tuple[str, Check]]:
    for pattern in _RANGES:
        for found in pattern.finditer(clause.lower()):
            low, high = float(found[1]), float(found[2])
            if low <= high:
                yield found[0], _of_numbers(lambda value, low=low, high=high: low <= value <= high)


def _limits(clause: str) -> Iterator[tuple[str, Check]]:
    for words, keeps in _LIMITS.items():
        for found in re.finditer(rf"(?<![\w<>=]){words} ?{_NUMBER}{_END}", clause.lower()):
            limit = float(found[1])
            yield (
                found[0],
                _of_numbers(lambda value, keeps=keeps, limit=limit: keeps(value, limit)),
            )
    for found in re.finditer(r"\b(non-?negative|positive)\b", clause.lower()):
        is_strict = found[1] == "positive"
        yield (
            found[0],
            _of_numbers(lambda value, strict=is_strict: value > 0 or (value == 0 and not strict)),
        )


def _of_numbers(check: Callable[..., bool]) -> Check:
    """The check of a number; anything else is kept: it may be the number of something of it."""

    def keeps(value: object) -> bool:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return not is_number or check(value)

    return keeps


def _choices(clause: str) -> Iterator[tuple[str, Check]]:
    found = _CHOICE.search(clause)
    options = _options(found[1]) if found else []
    if found and len(options) > 1:
        yield found[0], lambda value: _plain(value) in options


def _options(listed: str) -> list[str]:
    """What is listed, as text; nothing if it is not a list of single words or of literals."""
    try:
        literal = ast.literal_eval(listed.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    else:
        if isinstance(literal, (list, tuple, set)):
            return [_plain(each) for each in literal]
    options: list[str] = []
    at = 0
    while at < len(listed):
        option = _OPTION.match(listed, at)
        if option is None:
            return []
        options.append(_plain(next(group for group in option.groups() if group is not None)))
        rest = listed[option.end() :]
        comma = _BETWEEN.match(rest)
        if comma is None:
            return options if not rest.strip() else []
        at = option.end() + comma.end()
    return options


def _plain(value: object) -> str:
    """The value as text, in which 1 and 1.0 are the same."""
    text = value if isinstance(value, str) else repr(value)
    try:
        return repr(float(text))
    except ValueError:
        return text
