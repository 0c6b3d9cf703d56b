"""How a question that was not recorded differs from those that were."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from trace_lsp.models.hashing import plain
from trace_lsp.models.request import ChatRequest

_SHOWN = 80
"""Characters of a line that are shown, around where it differs."""

_Line = tuple[str, str]
"""Where a line is, and what it says."""

_NOTHING: _Line = ("", "")


def difference(asked: ChatRequest, recorded: Sequence[ChatRequest]) -> str:
    """The first line in which the question differs from the recorded one that is most like it."""
    if not recorded:
        return "nothing is recorded there"
    common = [_in_common(asked, each) for each in recorded]
    at = common.index(max(common))
    for mine, theirs in _pairs(asked, recorded[at]):
        if mine != theirs:
            return f"the nearest is in line {at + 1}, and differs in {_both(mine, theirs)}"
    return f"the nearest, in line {at + 1}, differs in nothing that can be shown"


def _pairs(asked: ChatRequest, recorded: ChatRequest) -> Iterator[tuple[_Line, _Line]]:
    yield from zip_longest(_lines(asked), _lines(recorded), fillvalue=_NOTHING)
    mine, theirs = _settings(asked), _settings(recorded)
    for name in sorted({*mine, *theirs}):
        yield mine.get(name, _NOTHING), theirs.get(name, _NOTHING)


def _lines(request: ChatRequest) -> list[_Line]:
    return [
        (f"message {at} ({role}), line {number}", line)
        for at, (role, text) in enumerate(plain(request)["messages"], 1)
        for number, line in enumerate(text.split("\n"), 1)
    ]


def _settings(request: ChatRequest) -> dict[str, _Line]:
    """All that a question is beside its messages, by name."""
    data = plain(request)
    del data["messages"]
    values = {**data.pop("options"), **data}
    return {
        name: (f"`{name}`", json.dumps(value, sort_keys=True)) for name, value in values.items()
    }


def _in_common(one: ChatRequest, other: ChatRequest) -> int:
    """How many lines, and settings, two questions share."""
    counts = [
        Counter([*(text for _, text in _lines(each)), *_settings(each).values()])
        for each in (one, other)
    ]
    return sum((counts[0] & counts[1]).values())


def _both(mine: _Line, theirs: _Line) -> str:
    """Where two lines differ, with both of them from there."""
    pairs = enumerate(zip(mine[1], theirs[1]))
    at = next((at for at, (a, b) in pairs if a != b), min(len(mine[1]), len(theirs[1])))
    start = max(0, at - _SHOWN // 4)
    asked, recorded = (_shown(each, start) for each in (mine, theirs))
    place = f", in {theirs[0]}" if mine[0] and theirs[0] and mine[0] != theirs[0] else ""
    return f"{mine[0] or theirs[0]}: asked {asked}, recorded {recorded}{place}"


def _shown(line: _Line, start: int) -> str:
    text = line[1]
    if line == _NOTHING:
        return "nothing"
    piece = text[start : start + _SHOWN]
    before, after = "…" if start else "", "…" if start + _SHOWN < len(text) else ""
    return f"“{before}{piece}{after}”"
