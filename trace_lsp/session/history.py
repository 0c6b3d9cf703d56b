"""The history of a workspace: every optimization, with all that was asked, answered and tried.

It is one file for each workspace, in the user's state folder. Nothing else needs it: whoever cannot
use it goes on without.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any

from trace_lsp.errors import UnknownEntry
from trace_lsp.session.history_file import HistoryFile
from trace_lsp.session.history_rows import (
    Packed,
    digest,
    encoded,
    packed,
    unpacked,
    unpacked_summary,
)
from trace_lsp.session.history_types import Decision, Entry, Summary
from trace_lsp.session.project import project_of
from trace_lsp.state import state_file

MOST_ENTRIES = 1_000
MOST_BYTES = 200_000_000
"""What a history may hold, in texts; beyond it the oldest entries go."""

KEPT_OPEN = 7 * 24 * 3600.0
"""Seconds in which an entry that nobody decided about stays, whatever the history holds."""

PATIENCE = 5.0
"""Seconds to wait for another process that is writing."""

LISTED = 50

_NAME = re.compile(r"[0-9a-f]{4,12}")
_COLUMNS = "id, time, file, decision"
_LIST_THEM = "`trace-lsp history` lists what there is."


def history_of(workspace: str, environment: Mapping[str, str]) -> str:
    """The path of the history of the workspace's project, whether it is there or not; see
    `state_file`."""
    return state_file(project_of(workspace), "history", ".sqlite3", environment)


class History:
    """The entries in a file, which other processes may read and write at the same time.

    Safe to use in any thread. Each method may wait for the disk, and up to `patience` seconds for
    another process; each raises HistoryDamaged, HistoryTooNew or HistoryUnavailable. The file is
    made by the first `add`; one that is not there is empty.
    """

    def __init__(
        self,
        path: str,
        most_entries: int = MOST_ENTRIES,
        most_bytes: int = MOST_BYTES,
        patience: float = PATIENCE,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self._file = HistoryFile(path, patience)
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._now = now

    def add(self, entry: Entry) -> None:
        """Keeps the entry, in place of the one with its id if there is one.

        A decision that was made meanwhile stays if the entry is open. Steps that are kept already
        are not written again, so an entry may be added after each. Entries beyond what may be kept
        go: the oldest that were decided about first, and no open one younger than a week.
        """
        rows = packed(entry)
        with self._file.writing() as connection:
            _put(connection, rows)
            self._forget(connection, entry.id)

    def decide(self, id: str, decision: Decision) -> None:
        """Notes what became of an entry; `id` as in `entry`. Raises UnknownEntry."""
        with self._file.writing() as connection:
            found = _found(connection, id)
            connection.execute("UPDATE entries SET decision = ? WHERE id = ?", (decision, found))

    def entry(self, id: str) -> Entry:
        """The entry with that id, or the only one whose id begins so; 4 digits at least.

        Raises UnknownEntry, which names those that may be meant.
        """
        with self._file.reading() as connection:
            found = _found(connection, id)
            assert connection is not None
            *row, rest = connection.execute(
                f"SELECT {_COLUMNS}, rest FROM entries WHERE id = ?",  # noqa: S608  a constant
                (found,),
            ).fetchone()
            steps = connection.execute(
                "SELECT body FROM steps WHERE entry = ? ORDER BY place", (found,)
            ).fetchall()
            return unpacked(row, rest, [body for (body,) in steps])

    def entries(self, file: str | None = None, limit: int = LISTED) -> list[Summary]:
        """The latest entries, the newest first; of a file, or of all."""
        of_file, values = ("WHERE file = ?", [encoded(file)]) if file is not None else ("", [])
        with self._file.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                f"SELECT {_COLUMNS}, short FROM entries {of_file} "  # noqa: S608  constants
                "ORDER BY time DESC, rowid DESC LIMIT ?",
                [*values, max(limit, 0)],
            )
            return [unpacked_summary(row, short) for *row, short in rows]

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    def _forget(self, connection: sqlite3.Connection, but: str) -> None:
        """Takes out what is too much, as `add` says."""
        count, size = connection.execute("SELECT count(*), total(size) FROM entries").fetchone()
        if count <= self._most_entries and size <= self._most_bytes:
            return
        may_go = connection.execute(
            "SELECT id, size FROM entries WHERE id != ? AND (decision != 'open' OR time < ?) "
            "ORDER BY decision = 'open', time, rowid",
            (but, self._now() - KEPT_OPEN),
        ).fetchall()
        for id, its_size in may_go:
            if count <= self._most_entries and size <= self._most_bytes:
                return
            connection.execute("DELETE FROM entries WHERE id = ?", (id,))
            connection.execute("DELETE FROM steps WHERE entry = ?", (id,))
            count, size = count - 1, size - its_size


def _put(connection: sqlite3.Connection, rows: Packed) -> None:
    connection.execute(
        "INSERT INTO entries (id, time, file, decision, size, short, rest) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "time = excluded.time, file = excluded.file, size = excluded.size, "
        "short = excluded.short, rest = excluded.rest, decision = "
        "CASE excluded.decision WHEN 'open' THEN decision ELSE excluded.decision END",
        (rows.id, rows.time, rows.file, rows.decision, rows.size, rows.short, rows.rest),
    )
    found = connection.execute("SELECT place, digest FROM steps WHERE entry = ?", (rows.id,))
    kept: dict[int, Any] = dict(found.fetchall())
    for place, body in enumerate(rows.steps):
        if kept.pop(place, None) != digest(body):
            connection.execute(
                "INSERT OR REPLACE INTO steps (entry, place, digest, body) VALUES (?, ?, ?, ?)",
                (rows.id, place, digest(body), body),
            )
    for place in kept:
        connection.execute("DELETE FROM steps WHERE entry = ? AND place = ?", (rows.id, place))


def _found(connection: sqlite3.Connection | None, id: str) -> str:
    """The whole id that is meant. Raises UnknownEntry."""
    known = _ids(connection)
    meant = id.strip().lower()
    if meant in known:
        return meant
    if not _NAME.fullmatch(meant):
        raise UnknownEntry(
            f"An entry is named by 4 to 12 of its digits, 0-9 and a-f, not {id!r:.40}. {_LIST_THEM}"
        )
    found = [each for each in known if each.startswith(meant)]
    if len(found) == 1:
        return found[0]
    near = difflib.get_close_matches(meant, known, n=5)
    if found:
        raise UnknownEntry(f"`{meant}` may be {_any_of(found[:5])}: say more of it. {_LIST_THEM}")
    perhaps = f" Is it {_any_of(near)}?" if near else ""
    raise UnknownEntry(f"There is no entry `{meant}` in the history.{perhaps} {_LIST_THEM}")


def _ids(connection: sqlite3.Connection | None) -> list[str]:
    """All of them: there are at most about a thousand."""
    if connection is None:
        return []
    return [id for (id,) in connection.execute("SELECT id FROM entries ORDER BY time DESC")]


def _any_of(ids: list[str]) -> str:
    return " or ".join(f"`{id}`" for id in ids)
