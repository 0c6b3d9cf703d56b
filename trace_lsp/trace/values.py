"""Values as text: bounded, and never an exception."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

LIMIT = 2_000
"""Characters of a value that are kept; the middle of a longer text is left out."""

_FIXED = (int, float, bool, complex, str, bytes, type(None))
FIXED = {kind: kind.__name__ for kind in _FIXED}
"""Types whose values never change and hold no others, with their names: Python makes such a name
anew each time it is asked for."""

_BUDGET = 4 * LIMIT
_LEVELS = 12
_SORTED = 1_000
_BRACKETS: dict[type, str] = {list: "[]", tuple: "()", set: "{}", dict: "{}"}


def text_of(value: Any) -> str:
    """The value as a problem shows it: a string as it is, anything else as its repr, as far as a
    reader could get."""
    if isinstance(value, str):
        # A subclass (an enum's member, say) may look different when it is formatted.
        return str.__str__(value)
    try:
        return _Walk().text(value, _LEVELS)
    except Exception as error:  # noqa: BLE001  another thread may change the container meanwhile
        return _unreadable(value, error)


def whole_text(value: Any) -> str:
    """As `text_of`, but with nothing left out: for what an optimizer may change."""
    return str.__str__(value) if isinstance(value, str) else _own_repr(value)


def shortened(text: str, limit: int = LIMIT) -> tuple[str, int]:
    """The text with its middle left out if it is longer than `limit`, and how much was left out."""
    if len(text) <= limit:
        return text, 0
    head = limit * 2 // 3
    tail = limit - head
    omitted = len(text) - limit
    return f"{text[:head]}… ({omitted} characters left out) …{text[-tail:]}", omitted


class _Walk:
    """One walk through a value. It stops where enough is written: a small container that holds
    itself often, or shares its parts, has a repr without end."""

    def __init__(self) -> None:
        self._left = _BUDGET

    def text(self, value: Any, levels: int) -> str:
        brackets = _BRACKETS.get(type(value))
        if brackets is None or (type(value) is set and not value):
            text = shortened(_bounded_repr(value), _BUDGET)[0]
            self._left -= len(text)
            return text
        if levels == 0 and value:
            return f"{brackets[0]}...{brackets[1]}"
        parts = list(self._parts(value, levels - 1))
        comma = "," if type(value) is tuple and len(parts) == 1 else ""
        return f"{brackets[0]}{', '.join(parts)}{comma}{brackets[1]}"

    def _parts(self, value: Any, levels: int) -> Iterator[str]:
        is_dict = type(value) is dict  # not asked for its values: a key's hash may have changed
        for each in value.items() if is_dict else _ordered(value):
            if self._left <= 0:
                yield "..."
                return
            self._left -= 2
            if is_dict:
                yield f"{self.text(each[0], levels)}: {self.text(each[1], levels)}"
            else:
                yield self.text(each, levels)


def _ordered(value: Any) -> Iterable[Any]:
    """A set's items sorted if they can be, so that two runs show equal sets alike."""
    if type(value) is not set or len(value) > _SORTED:
        return value  # type: ignore[no-any-return]
    try:
        return sorted(value)
    except Exception:  # noqa: BLE001  comparing is up to the user's classes
        return value


def _bounded_repr(value: Any) -> str:
    """The value's repr; of many bytes, that of the first and the last."""
    if type(value) not in (bytes, bytearray) or len(value) <= LIMIT:
        return _own_repr(value)
    omitted = len(value) - LIMIT
    head, tail = value[: LIMIT // 2], value[-LIMIT // 2 :]
    return f"{head!r} ({omitted} bytes left out) {tail!r}"


def _own_repr(value: Any) -> str:
    # A repr of the user's may raise anything at all, and it must not end the user's program.
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001
        return _unreadable(value, error)


def _unreadable(value: Any, error: Exception) -> str:
    return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"
