"""What differs between two texts of a function: how much, and in words."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from difflib import SequenceMatcher

_SHOWN = 3
_WIDTH = 60


def distance(before: str, after: str) -> int:
    """How many tokens one has that the other has not. Raises SyntaxError if one is not Python."""
    first, second = _tokens(before), _tokens(after)
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    return len(first) + len(second) - 2 * sum(block.size for block in blocks)


def _tokens(source: str) -> list[str]:
    try:
        return [each.string for each in tokenize.generate_tokens(io.StringIO(source).readline)]
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from error


def changed(before: str, after: str) -> str:
    """The lines that differ, in words: ``line 2, `a = 1`, is now `a = 2` ``; "" if none do."""
    found = list(_changed(before.splitlines(), after.splitlines()))
    rest = len(found) - _SHOWN
    more = [f"{rest} more {'places' if rest > 1 else 'place'} changed"] if rest > 0 else []
    return "; ".join([*found[:_SHOWN], *more])


def _changed(old: list[str], new: list[str]) -> Iterator[str]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, end, since, until in matcher.get_opcodes():
        if kind == "equal":
            continue
        pairs = min(end - start, until - since)
        for at in range(pairs):
            yield f"line {start + at + 1}, {_shown(old[start + at])}, is now {_shown(new[since + at])}"
        yield from (
            f"line {at + 1}, {_shown(old[at])}, is gone" for at in range(start + pairs, end)
        )
        yield from (f"{_shown(new[at])} is new at line {at + 1}" for at in range(since + pairs, until))  # fmt: skip


def _shown(line: str) -> str:
    text = line.strip()
    return f"`{text if len(text) <= _WIDTH else text[: _WIDTH - 1] + '…'}`"
