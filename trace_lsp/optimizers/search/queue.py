"""The edits that wait to be tried, the likeliest first, no two that run alike."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from itertools import count
from typing import NamedTuple, Optional

from trace_lsp.optimizers.search.edits import Edit, edits_of, fingerprint
from trace_lsp.optimizers.search.target import Target

_UNSUSPECTED = (
    0.1  # where no failing check has been a fault is rare, and may be: in what is missing
)


class Base(NamedTuple):
    """A source that edits are made of: the edits in it already, and how likely it is a step."""

    target: Target
    edits: tuple[Edit, ...] = ()
    factor: float = 1.0


class Next(NamedTuple):
    """The edit that is to be tried next, in its source."""

    score: float
    source: str
    edits: tuple[Edit, ...]


class EditQueue:
    """Edits by what they promise: the suspicion of their lines times the weight of their kind."""

    def __init__(self, target: Target, suspicion: Mapping[int, float]) -> None:
        self._suspicion = suspicion
        self._seen = {fingerprint(target.source), None}
        self._heap: list[tuple[float, int, Edit, Base]] = []
        self._order = count()
        self.add(Base(target))

    def add(self, base: Base) -> None:
        """Puts every edit of the source in the queue."""
        for edit in edits_of(base.target):
            score = edit.weight * self._suspected(edit, base) * base.factor
            heapq.heappush(self._heap, (-score, next(self._order), edit, base))

    def _suspected(self, edit: Edit, base: Base) -> float:
        if not self._suspicion:
            return 1.0
        lines = {_line_before(line, base.edits) for line in range(edit.line, edit.end_line + 1)}
        most = max(self._suspicion.get(line, 0.0) for line in lines)
        return _UNSUSPECTED + (1 - _UNSUSPECTED) * most

    def take(self) -> Optional[Next]:
        """The next one that is Python, and that runs unlike all before it; None if none is left."""
        while self._heap:
            score, _, edit, base = heapq.heappop(self._heap)
            source = edit.applied(base.target)
            mark = fingerprint(source)
            if mark not in self._seen:
                self._seen.add(mark)
                return Next(-score, source, (*base.edits, edit))
        return None


def _line_before(line: int, edits: tuple[Edit, ...]) -> int:
    """Where a line stood before some edits were made."""
    for edit in reversed(edits):
        if line > edit.line:
            line = max(edit.line, line - edit.lines_more)
    return line
