"""A history that several processes write, or that is not what it was."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from trace_lsp.errors import HistoryDamaged, HistoryError, HistoryTooNew, HistoryUnavailable
from trace_lsp.session.history import History

from .histories import entry, grown

PROGRAM = Path(__file__).with_name("histories.py")

Opened = Callable[..., History]


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "shop.sqlite3")


def check(path: str) -> None:
    """SQLite's own word on whether the file is whole."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


# Several at once


@pytest.mark.parametrize("turn", range(3))
def test_nothing_is_lost_when_several_processes_write_at_once(
    path: str, turn: int, opened: Opened
) -> None:
    writers = {which: started("beside-others", path, which) for which in "abc"}
    for writer in writers.values():
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers.values():
        _, complaints = writer.communicate(timeout=120)
        assert (writer.returncode, complaints) == (0, "")
    history = opened(path)
    expected = {f"{which}{number:011x}" for which in writers for number in range(30)}
    rows = history.entries(limit=1000)
    assert {row.id for row in rows} == expected
    assert {row.decision for row in rows} == {"rejected"}
    assert all(history.entry(id).steps == grown(id, 2, 1000).steps for id in expected)
    check(path)


def test_each_sees_what_the_other_did(path: str, opened: Opened) -> None:
    one, other = opened(path), opened(path)
    one.add(entry("aaaaaaaaaaaa"))
    other.decide("aaaaaaaaaaaa", "applied")
    other.add(entry("bbbbbbbbbbbb"))
    assert [row.decision for row in one.entries()] == ["open", "applied"]


def test_a_history_may_be_used_in_several_threads(path: str, opened: Opened) -> None:
    history = opened(path)

    def write(which: str) -> None:
        for number in range(15):
            history.add(entry(f"{which}{number:011x}"))
            history.entries()

    threads = [threading.Thread(target=write, args=(which,)) for which in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(history.entries(limit=100)) == 60


def test_readers_do_not_wait_for_who_writes(path: str, opened: Opened) -> None:
    history = opened(path, patience=0.0)
    history.add(entry())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM entries")
        assert [row.id for row in history.entries()] == ["0123456789ab"]


def test_who_writes_for_too_long_is_told_of_and_not_waited_for(path: str, opened: Opened) -> None:
    history = opened(path, patience=0.05)
    history.add(entry())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryUnavailable, match="locked"):
            history.add(entry("bbbbbbbbbbbb"))
        with pytest.raises(HistoryUnavailable):
            opened(path, patience=0.05).add(entry("bbbbbbbbbbbb"))
    history.add(entry("bbbbbbbbbbbb"))
    assert len(history.entries()) == 2


def test_nothing_is_held_between_two_calls(path: str, opened: Opened) -> None:
    history = opened(path)
    history.add(entry())
    history.entries()
    with closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DELETE FROM entries")
        other.execute("COMMIT")
    assert history.entries() == []


def test_without_a_log_ahead_it_works_as_well(path: str, opened: Opened) -> None:
    fill(opened(path))
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN")
        other.execute("SELECT * FROM entries").fetchone()
        # Somebody reads, so the file cannot be changed over.
        history = opened(path, patience=0.05)
        assert len(history.entries()) == 40
    history.add(entry())
    assert history.entry("0123") == entry()


# Killed


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_in_the_middle_of_adding_it_leaves_what_was_there(path: str, opened: Opened) -> None:
    opened(path).add(grown("abcdefabcdef", 2, 1000))
    process = started("die", path)
    _, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (-9, "")
    # The most part of it was written, only not brought to its end.
    assert os.path.getsize(f"{path}-wal") > 5_000_000
    history = opened(path)
    assert history.entry("abcdef") == grown("abcdefabcdef", 2, 1000)
    history.add(grown("abcdefabcdef", 3, 1000))
    assert len(history.entry("abcdef").steps) == 3
    check(path)


@pytest.mark.parametrize("saved", [1, 7, 20])
def test_killed_at_any_time_it_keeps_what_was_saved(path: str, saved: int, opened: Opened) -> None:
    process = started("on-and-on", path)
    assert process.stdout is not None
    for _ in range(saved):
        assert process.stdout.readline()
    process.kill()
    process.communicate(timeout=60)
    found = opened(path).entry("abcdef")
    assert len(found.steps) >= saved
    assert found == grown("abcdefabcdef", len(found.steps), 20_000)
    check(path)


# Damaged, newer, gone


def fill(history: History) -> None:
    for number in range(40):
        history.add(grown(f"{number:012x}", 2, 2000))
    history.close()


def _garbage(path: Path) -> None:
    path.write_bytes(b"This is no database at all. " * 100)


def _overwritten(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))


def _other_database(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE entries (id)")


def _no_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DROP TABLE entries")


def _cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 8)


def _changed(statement: str, *values: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as other, other:
            other.execute(statement, values)

    return change


DAMAGES: dict[str, Callable[[Path], None]] = {
    "garbage": _garbage,
    "overwritten": _overwritten,
    "another database": _other_database,
    "no table": _no_table,
    "cut off": _cut_off,
    "no JSON": _changed("UPDATE entries SET short = ?, rest = ?", b'{"a', b'{"a'),
    "no UTF-8": _changed("UPDATE entries SET short = ?, rest = ?", b"\xff", b"\xff"),
    "no object": _changed("UPDATE entries SET short = ?, rest = ?", b"[]", b"[]"),
    "numbers": _changed("UPDATE entries SET file = 7, short = 7, rest = 7"),
    "no text": _changed("UPDATE entries SET decision = CAST(x'ff' AS TEXT)"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_damaged_is_told_and_left_alone(
    path: str, damage: Callable[[Path], None], opened: Opened
) -> None:
    fill(opened(path))
    damage(Path(path))
    before = Path(path).read_bytes()
    history = opened(path)
    with pytest.raises(HistoryDamaged, match=r"shop\.sqlite3.*move it away") as raised:
        history.entries()
    assert raised.value.kind == "historyDamaged"
    with pytest.raises(HistoryError):
        history.entry("000000000001")
    assert Path(path).read_bytes() == before
    os.remove(path)
    history.add(entry())
    assert len(history.entries()) == 1


def test_a_damaged_step_is_told(path: str, opened: Opened) -> None:
    fill(opened(path))
    _changed("UPDATE steps SET body = ?", b'{"number": 1')(Path(path))
    history = opened(path)
    assert len(history.entries()) == 40
    with pytest.raises(HistoryDamaged):
        history.entry("000000000001")


def test_a_later_versions_file_is_refused_with_its_version(path: str, opened: Opened) -> None:
    fill(opened(path))
    _changed("PRAGMA user_version = 7")(Path(path))
    history = opened(path)
    for use in (history.entries, lambda: history.entry("0000"), lambda: history.add(entry())):
        with pytest.raises(HistoryTooNew, match=r"version 7.*up to version 1") as raised:
            use()
    assert raised.value.kind == "historyTooNew"
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM entries").fetchone() == (40,)


def test_what_a_later_version_adds_or_leaves_out_does_no_harm(path: str, opened: Opened) -> None:
    history = opened(path)
    history.add(entry())
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("ALTER TABLE entries ADD COLUMN later TEXT")
        new = b'{"names": ["f"], "invented": {"later": 1}}'
        other.execute("UPDATE entries SET short = ?, rest = ?", (new, new))
        other.execute("UPDATE steps SET body = ?", (b'{"number": 3, "optimizer": "X", "y": 1}',))
    found = history.entry("0123")
    assert (found.names, found.feedback, found.before) == (("f",), "", {})
    assert (found.steps[0].number, found.steps[0].trials) == (3, ())
    assert history.entries()[0].steps == 0


def test_a_file_that_was_put_away_is_begun_anew(path: str, opened: Opened) -> None:
    history = opened(path)
    history.add(entry("aaaaaaaaaaaa"))
    os.remove(path)
    assert history.entries() == []
    history.add(entry("bbbbbbbbbbbb"))
    assert [row.id for row in opened(path).entries()] == ["bbbbbbbbbbbb"]
    check(path)


def test_a_folder_that_was_put_away_is_made_again(tmp_path: Path, opened: Opened) -> None:
    folder = tmp_path / "state"
    history = opened(str(folder / "shop.sqlite3"))
    history.add(entry("aaaaaaaaaaaa"))
    shutil.rmtree(folder)
    history.add(entry("bbbbbbbbbbbb"))
    assert [row.id for row in history.entries()] == ["bbbbbbbbbbbb"]


def test_an_empty_file_is_a_new_history(path: str, opened: Opened) -> None:
    Path(path).touch()
    history = opened(path)
    assert history.entries() == []
    history.add(entry())
    assert len(history.entries()) == 1


def test_where_no_file_can_be_it_is_told(tmp_path: Path, opened: Opened) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "shop.sqlite3", tmp_path):
        with pytest.raises(HistoryUnavailable, match=r"cannot be used at the moment") as raised:
            opened(str(path)).add(entry())
        assert str(path) in raised.value.message
    with pytest.raises(HistoryUnavailable):
        opened(str(tmp_path / "file" / "shop.sqlite3")).entries()
