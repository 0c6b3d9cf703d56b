"""How a node's value is read, and how a bundled function that reads it gets to know."""

from __future__ import annotations

from typing import Any

from trace_lsp.trace.recorder import nodes_read


class Readable:
    """What nodes are to those who read their values. `type` is the value's.

    Two are equal if their values are; the hash is the identity.
    """

    __slots__ = ()
    _data: Any

    @property
    def data(self) -> Any:
        """The value. Reading it inside a bundled function is noticed, see `bundle`."""
        read = nodes_read.get()
        if read is not None:
            read.append(self)  # type: ignore[arg-type]
        return self._data

    @property
    def type(self) -> type:
        return type(self._data)

    def _used(self) -> Any:
        """The value, used in a way that leaves no node: it is a hidden dependency of the call."""
        read = nodes_read.get()
        if read is not None:
            read.append((self,))  # type: ignore[arg-type]
        return self._data

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> Any:
        return self._used() == (other._used() if isinstance(other, Readable) else other)

    def __ne__(self, other: object) -> Any:
        return self._used() != (other._used() if isinstance(other, Readable) else other)

    def __bool__(self) -> bool:
        return bool(self._used())

    def __len__(self) -> int:
        return len(self._used())

    def __contains__(self, item: Any) -> bool:
        return (item._used() if isinstance(item, Readable) else item) in self._used()
