"""Entries as a history's file keeps them.

Each part is JSON in UTF-8 in which halves of surrogate pairs stay as they are, so that any text
comes back the same. What a later version adds is left alone, and what an earlier one did not know
has its default: only a change of meaning needs a new version of the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from trace_lsp.session.history_compare import summary_of
from trace_lsp.session.history_types import Decision, Entry, Step, Summary, Trial

T = TypeVar("T", Entry, Step, Trial, Summary)

# These have columns of their own, or are worth a row each.
_COLUMNS = ("id", "time", "file", "decision")


@dataclass(frozen=True)
class Packed:
    """An entry as rows: `short` for lists, `rest` with the texts, and each of its steps."""

    id: str
    time: float
    file: bytes
    decision: Decision
    short: bytes
    rest: bytes
    steps: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.short) + len(self.rest) + sum(map(len, self.steps))


def packed(entry: Entry) -> Packed:
    return Packed(
        entry.id,
        entry.time,
        encoded(entry.file),
        entry.decision,
        _json(_without(summary_of(entry), *_COLUMNS)),
        _json(_without(entry, *_COLUMNS, "steps")),
        tuple(_json(_step(step)) for step in entry.steps),
    )


def unpacked_summary(row: Sequence[Any], short: bytes) -> Summary:
    """The summary; `row` holds what has columns. Raises ValueError if it cannot be read."""
    with _readable():
        return _made(Summary, _read(short) | _of_columns(row))


def unpacked(row: Sequence[Any], rest: bytes, steps: Sequence[bytes]) -> Entry:
    """The entry; `row` holds what has columns. Raises ValueError if it cannot be read."""
    with _readable():
        made = tuple(_made_step(_read(step)) for step in steps)
        return _made(Entry, _read(rest) | _of_columns(row) | {"steps": made})


def digest(body: bytes) -> bytes:
    """By which a step that is in the file already is known."""
    return hashlib.sha256(body).digest()


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@contextmanager
def _readable() -> Iterator[None]:
    """What is missing, or is something else than it should be, as ValueError."""
    try:
        yield
    except (AttributeError, TypeError) as error:
        raise ValueError(str(error)) from error


def _of_columns(row: Sequence[Any]) -> dict[str, Any]:
    id, time, file, decision = row
    path = file.decode("utf-8", "surrogatepass")
    return {"id": id, "time": time, "file": path, "decision": decision}


def _json(data: object) -> bytes:
    return encoded(json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def _read(body: bytes) -> dict[str, Any]:
    data = json.loads(body.decode("utf-8", "surrogatepass"))
    if not isinstance(data, dict):
        raise TypeError(f"an object was expected, not {str(data)[:40]!r}")
    return data


def _without(made: Entry | Step | Trial | Summary, *left_out: str) -> dict[str, Any]:
    values = {each.name: getattr(made, each.name) for each in fields(made)}
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
        if name not in left_out
    }


def _step(step: Step) -> dict[str, Any]:
    return {**_without(step, "trials"), "trials": [_without(each) for each in step.trials]}


def _made_step(data: dict[str, Any]) -> Step:
    trials = tuple(_made(Trial, each) for each in data.get("trials", ()))
    return _made(Step, data | {"trials": trials})


def _made(type: type[T], data: Mapping[str, Any]) -> T:
    """What the type knows of the data; JSON has no tuples."""
    known = {each.name: data[each.name] for each in fields(type) if each.name in data}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in known.items()
    }
    return type(**values)
