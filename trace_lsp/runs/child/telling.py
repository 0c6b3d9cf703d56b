"""What a candidate tells of itself, while it runs: lines of JSON.

``["s", number, kind, file, line, type]`` is a place where it checks something, ahead of its first
check. A check is a whole number: twice the number of its place, and one more if it holds.
``["l", lines]`` ahead of it are the lines that ran since the one before, where they are asked for;
``["n", number]`` is a node that is named as the objective, ``["d", sentence]`` what it was stopped
from doing, and ``["e", kind, message, objective, cpu]`` the end.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Sequence
from typing import Any, Union

from trace_lsp.runs.child.checks import MOST, MOST_AT_PLACE

_Place = tuple[str, str, int, str]


class _Told:
    """What is told of a place: its two rows, how many checks are left that are told one by one, and
    whether all the others hold; None while there are none."""

    def __init__(self, number: int) -> None:
        self.rows = (b"%d\n" % (2 * number), b"%d\n" % (2 * number + 1))
        self.left = MOST_AT_PLACE
        self.rest: Union[bool, None] = None


class Teller:
    """Writes what happens as it happens, to a pipe: a candidate may be ended at any moment.

    What the candidate forks tells nothing. Neither is anything told where the program closed the
    pipe, which it may do by closing all there is.
    """

    def __init__(self, writing: int) -> None:
        self.lines: Callable[[], Sequence[int]] = list
        self._writing = writing
        self._process = os.getpid()
        self._left = MOST
        self._places: dict[_Place, _Told] = {}
        self._numbers = itertools.count()

    def check(self, kind: str, file: str, line: int, holds: bool, type: str = "") -> None:
        """A check was made. Those beyond the first ones at a place come to one, at the end; or as
        soon as one of them fails."""
        place = (kind, file, line, type)
        told = self._places.get(place)
        if told is None:
            told = self._new_place(place)
        if told.left and self._left:
            told.left -= 1
            self._left -= 1
            self._tell_lines()
            self._put(told.rows[holds])
        elif told.rest is not False:
            told.rest = holds
            if not holds:
                self._put(told.rows[False])

    def number(self, value: float) -> None:
        """A node has the objective's name."""
        self._write(["n", value])

    def stopped(self, sentence: str) -> None:
        """It was stopped from doing something to the world around it."""
        self._write(["d", sentence])

    def end(self, kind: str, message: str, objective: object, cpu: float) -> None:
        """The program is at its end."""
        for told in list(self._places.values()):
            if told.rest:
                self._put(told.rows[True])
        self._tell_lines()
        self._write(["e", kind, message, objective, cpu])

    def _new_place(self, place: _Place) -> _Told:
        number = next(self._numbers)
        self._write(["s", number, *place])
        told = self._places[place] = _Told(number)
        return told

    def _tell_lines(self) -> None:
        lines = self.lines()
        if lines:
            self._write(["l", lines])

    def _write(self, row: list[Any]) -> None:
        self._put(json.dumps(row).encode("ascii") + b"\n")

    def _put(self, data: bytes) -> None:
        if os.getpid() != self._process:
            return
        try:
            while data:
                data = data[os.write(self._writing, data) :]
        except OSError:
            self._process = 0
