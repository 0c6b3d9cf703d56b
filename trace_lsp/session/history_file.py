"""A history's file: opened, checked, and shared with whoever else has it open.

Several processes may read and write it at once. Each transaction is short, and whoever comes second
waits for the first.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from trace_lsp.errors import HistoryDamaged, HistoryError, HistoryTooNew, HistoryUnavailable

VERSION = 1
"""Of what the tables mean. A file of a later one is refused."""

_APPLICATION = 0x74726C73
"""By which a file is known to be a history."""

_TABLES = (
    """CREATE TABLE entries (
        id TEXT PRIMARY KEY, time REAL NOT NULL, file BLOB NOT NULL, decision TEXT NOT NULL,
        size INTEGER NOT NULL, short BLOB NOT NULL, rest BLOB NOT NULL)""",
    """CREATE TABLE steps (
        entry TEXT NOT NULL, place INTEGER NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (entry, place))""",
    "CREATE INDEX by_time ON entries (time)",
    "CREATE INDEX by_file ON entries (file, time)",
    # All that is asked of each entry when another is added: no text is read for it.
    "CREATE INDEX by_decision ON entries (decision, time, size)",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)

_WHAT_TO_DO = "move it away, and a new one is begun."


class HistoryFile:
    """The file as transactions. It is made when something is first written. Safe in any thread.

    `patience` is how many seconds to wait for another process that is writing. Whatever goes wrong
    with the file is raised as a HistoryError.
    """

    def __init__(self, path: str, patience: float) -> None:
        self.path = path
        self._patience = patience
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """The file as it is at one moment; None if there is none."""
        with self._lock, self._told():
            if self._identity_now() is None:
                yield None
                return
            connection = self._open()
            with _transaction(connection, "BEGIN"):
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The file for oneself: all that is written in here is kept, or none of it."""
        with self._lock, self._told():
            connection = self._open()
            with _transaction(connection, "BEGIN IMMEDIATE"):
                yield connection

    def close(self) -> None:
        """Lets go of the file. It is opened again at need."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = self._identity = None

    def _open(self) -> sqlite3.Connection:
        # A person may have put the file away; what is written to an open one would go with it.
        if self._connection is not None and self._identity == self._identity_now():
            return self._connection
        self.close()
        # Programs, prompts and values are in it: for nobody else to read.
        Path(self.path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Path(self.path).touch(mode=0o600)
        connection = sqlite3.connect(
            self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._identity = connection, self._identity_now()
        return connection

    def _identity_now(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _prepare(self, connection: sqlite3.Connection) -> None:
        is_new = self._version(connection) == 0
        _log_ahead(connection)
        if is_new:
            with _transaction(connection, "BEGIN IMMEDIATE"):
                # Another process may have been first.
                if self._version(connection) == 0:
                    for statement in _TABLES:
                        connection.execute(statement)

    def _version(self, connection: sqlite3.Connection) -> int:
        """The version of what is in the file, 0 if it is empty.

        Raises HistoryTooNew, or HistoryDamaged if something else is in it.
        """
        version = _number(connection, "user_version")
        application = _number(connection, "application_id")
        is_empty = not (version or application or _number(connection, "schema_version"))
        if not is_empty and application != _APPLICATION:
            raise HistoryDamaged(f"{self.path} is no history: {_WHAT_TO_DO}")
        if version > VERSION:
            raise HistoryTooNew(
                f"The history in {self.path} has version {version}, and this trace-lsp reads up to "
                f"version {VERSION}: update trace-lsp to read it."
            )
        return version

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong inside, in words for a person."""
        try:
            yield
        except (OSError, sqlite3.Error, ValueError) as error:
            self.close()
            raise self._as_told(error) from error

    def _as_told(self, error: Exception) -> HistoryError:
        said = (error.strerror if isinstance(error, OSError) else "") or str(error)
        if _is_outside(error):
            return HistoryUnavailable(
                f"The history in {self.path} cannot be used at the moment: {said}. "
                "What is tried meanwhile is not kept."
            )
        return HistoryDamaged(f"The history in {self.path} cannot be read: {said}; {_WHAT_TO_DO}")


def _is_outside(error: Exception) -> bool:
    """True if the trouble is around the file: locks, rights, room. False if it is in it."""
    if isinstance(error, sqlite3.OperationalError):
        return not str(error).startswith(("no such", "Could not decode"))
    return isinstance(error, (OSError, sqlite3.DataError))


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Readers and a writer do not wait for each other where the file system allows.

    The file remembers it. While another process has it in use, it cannot be changed over: then that
    one has done so, or the next that opens it will.
    """
    try:
        with closing(connection.execute("PRAGMA journal_mode = WAL")) as found:
            mode = found.fetchone()[0]
    except sqlite3.OperationalError:
        return
    if mode == "wal":
        # Still nothing is lost when a process is killed; only, with the power, the latest may be.
        connection.execute("PRAGMA synchronous = NORMAL")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
