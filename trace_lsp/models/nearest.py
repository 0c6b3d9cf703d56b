"""How a question that was not recorded differs from those that were."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

from trace_lsp.models.hashing import plain
from trace_lsp.models.request import ChatRequest

_SHOWN = 80
"""Characters of a line that are shown, around where it differs."""

_Line = tuple[str, str]
"""Where a line is, and what it says."""


def difference(asked: ChatRequest, recorded: Sequence[ChatRequest]) -> str:
    """The first line in which the question differs from the recorded one that is most like it."""
    wanted = _lines(asked)
    if not recorded:
        return "nothing is recorded there"
    at, nearest = max(
        enumerate(map(_lines, recorded), 1),
        key=lambda each: (_in_common(wanted, each[1]), -each[0]),
    )
    for mine, theirs in zip_longest(wanted, nearest, fillvalue=("", "")):
        if mine != theirs:
            return f"the nearest is in line {at}, and differs in {_both(mine, theirs)}"
    return f"the nearest, in line {at}, differs in nothing that can be shown"


def _lines(request: ChatRequest) -> list[_Line]:
    data = plain(request)
    lines = [
        (f"message {at} ({role}), line {number}", line)
        for at, (role, text) in enumerate(data.pop("messages"), 1)
        for number, line in enumerate(text.split("\n"), 1)
    ]
    options = data.pop("options")
    settings = sorted({**options, **data}.items())
    return lines + [(f"`{name}`", json.dumps(value, sort_keys=True)) for name, value in settings]


def _in_common(one: Sequence[_Line], other: Sequence[_Line]) -> int:
    counts = Counter(text for _, text in one) & Counter(text for _, text in other)
    return sum(counts.values())


def _both(mine: _Line, theirs: _Line) -> str:
    """Where two lines differ, with both of them from there."""
    pairs = enumerate(zip(mine[1], theirs[1]))
    at = next((at for at, (a, b) in pairs if a != b), min(len(mine[1]), len(theirs[1])))
    start = max(0, at - _SHOWN // 4)
    asked, recorded = (_shown(each, start) for each in (mine, theirs))
    return f"{mine[0] or theirs[0]}: asked {asked}, recorded {recorded}"


def _shown(line: _Line, start: int) -> str:
    where, text = line
    if not where:
        return "nothing"
    piece = text[start : start + _SHOWN]
    before, after = "…" if start else "", "…" if start + _SHOWN < len(text) else ""
    return f"“{before}{piece}{after}”"
