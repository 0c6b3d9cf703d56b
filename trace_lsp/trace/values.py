"""Values as text: bounded, and never an exception."""

from __future__ import annotations

import reprlib
from typing import Any

LIMIT = 2_000
"""Characters of a value that are kept; the middle of a longer text is left out."""


class _Repr(reprlib.Repr):
    """`reprlib`'s walk with limits so wide that only what would be cut anyway is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 12
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = 1_000
        self.maxfrozenset = self.maxdeque = self.maxarray = 1_000
        self.maxstring = self.maxlong = self.maxother = LIMIT

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        # reprlib sorts the keys; the program's own order says more.
        if level <= 0:
            return "{...}"
        items = [
            f"{self.repr1(key, level - 1)}: {self.repr1(x[key], level - 1)}"
            for key in list(x)[: self.maxdict]
        ]
        return "{" + ", ".join([*items, "..."] if len(x) > self.maxdict else items) + "}"

    def repr_instance(self, x: Any, level: int) -> str:
        # A repr of the user's may raise anything at all, and it must not end the user's program.
        try:
            return repr(x)
        except Exception as error:  # noqa: BLE001
            return f"<{type(x).__name__}: its repr raised {type(error).__name__}>"


_REPR = _Repr()
_EXACT = (int, float, bool, type(None), complex)


def text_of(value: Any) -> str:
    """The value as a problem shows it: a string as it is, anything else as its repr."""
    if isinstance(value, str):
        return value
    if type(value) in _EXACT:
        return repr(value)
    return _REPR.repr(value)


def shortened(text: str, limit: int = LIMIT) -> tuple[str, int]:
    """The text with its middle left out if it is longer than `limit`, and how much was left out."""
    if len(text) <= limit:
        return text, 0
    head = limit * 2 // 3
    tail = limit - head
    omitted = len(text) - limit
    return f"{text[:head]}… ({omitted} characters left out) …{text[-tail:]}", omitted
