"""Typed values out of what a person wrote, in JSON or TOML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Optional

from trace_lsp.errors import LaunchError, UnknownVariable


class Fields:
    """The values of an entry in a file, each of its type; what does not fit is a LaunchError.

    `resolve` is what becomes of each text, such as values for its variables; it may raise
    UnknownVariable. A key that is not there, or is null, has the default.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        file: str,
        entry: str,
        resolve: Callable[[str], str] = str,
    ) -> None:
        self.data = data
        self._file = file
        self._entry = entry
        self._resolve = resolve

    def wrong(self, key: str, why: str) -> LaunchError:
        """The error that says what is wrong with the key; `why` is a sentence without its stop."""
        place = ", ".join(filter(None, [self._file, self._entry, key]))
        return LaunchError(f"{place}: {why}.", self._file, self._entry, key)

    def text(self, key: str, default: str = "") -> str:
        value = self.data.get(key)
        return default if value is None else self._text(key, value)

    def texts(self, key: str, after: int = 0) -> tuple[str, ...]:
        """A list of texts, but the first so many; one text is a list of one."""
        value = self.data.get(key)
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        return tuple(self._text(key, each) for each in values[after:])

    def number(self, key: str) -> Optional[float]:
        """A number above 0."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
            raise self.wrong(key, f"should be a number above 0, not {value!r:.100}")
        return float(value)

    def variables(self, key: str) -> dict[str, Optional[str]]:
        """Names with texts, or with None."""
        value = self.data.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.wrong(key, f"should hold names with texts, not {value!r:.100}")
        return {
            name: None if each is None else self._text(f"{key}.{name}", each)
            for name, each in value.items()
        }

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str):
            raise self.wrong(key, f"should be a text, not {value!r:.100}")
        try:
            return self._resolve(value)
        except UnknownVariable as error:
            raise self.wrong(key, error.message.removesuffix(".")) from error
