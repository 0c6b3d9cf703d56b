"""What is added to a history comes back, for as long as it may be kept."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import platformdirs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_lsp.errors import UnknownEntry
from trace_lsp.session.history import KEPT_OPEN, History, history_of
from trace_lsp.session.history_compare import compare, summary_of
from trace_lsp.session.history_types import Entry, Pair, Step, Trial

from .histories import FILE, entry, grown, step

Opened = Callable[..., History]


@pytest.fixture
def history(tmp_path: Path, opened: Opened) -> History:
    return opened(str(tmp_path / "state" / "shop.sqlite3"))


def reopened(history: History) -> History:
    """The same, and nothing of it in memory."""
    history.close()
    return history


def ids(history: History) -> list[str]:
    return [each.id for each in history.entries(limit=10_000)]


# What comes back


def test_an_entry_comes_back_whole(history: History) -> None:
    history.add(entry())
    assert reopened(history).entry("0123456789ab") == entry()


def test_a_history_that_is_not_there_is_empty_and_is_not_made(history: History) -> None:
    assert history.entries() == []
    with pytest.raises(UnknownEntry, match="trace-lsp history"):
        history.entry("0123")
    assert not os.path.exists(os.path.dirname(history.path))


def test_rows_of_a_list_say_what_is_short(history: History) -> None:
    saved = entry(steps=(step(1), step(2, model="other", cost=None, tokens_sent=None)))
    history.add(saved)
    (row,) = history.entries()
    assert row == summary_of(saved)
    assert (row.steps, row.trials, row.models) == (2, 2, ("gpt-5", "other"))
    assert (row.tokens_sent, row.tokens_received, row.cost) == (1204, 620, 0.0123)
    assert (row.changed, row.objective) == (True, 0.5)


def test_what_is_not_known_is_not_counted_as_nothing(history: History) -> None:
    unknown = step(tokens_sent=None, tokens_received=None, cost=None, trials=())
    history.add(entry(steps=(unknown,), after={}))
    (row,) = history.entries()
    assert (row.tokens_sent, row.cost, row.objective, row.changed) == (None, None, None, False)


def test_the_newest_come_first_of_a_file_or_of_all(history: History) -> None:
    for number in range(6):
        file = "/other/é.py" if number % 2 else FILE
        history.add(entry(f"{number:012x}", time=100.0 - number % 3, file=file))
    assert [int(id, 16) for id in ids(history)] == [3, 0, 4, 1, 5, 2]
    of_file = history.entries("/other/é.py", limit=2)
    assert [int(row.id, 16) for row in of_file] == [3, 1]
    assert history.entries("/nowhere.py") == []
    assert history.entries(limit=0) == []


def test_an_entry_may_be_added_after_each_step(history: History) -> None:
    for steps in range(4):
        history.add(grown("0123456789ab", steps, 10))
    assert history.entry("0123").steps == grown("0123456789ab", 3, 10).steps
    changed = replace(history.entry("0123"), steps=(step(7),), ended="It was cancelled.")
    history.add(changed)
    assert history.entry("0123") == changed
    assert len(ids(history)) == 1


def test_steps_that_are_kept_already_are_not_written_again(history: History) -> None:
    history.add(grown("0123456789ab", 5, 400_000))
    log = Path(f"{history.path}-wal")
    before = log.stat().st_size
    history.add(grown("0123456789ab", 6, 400_000))
    history.decide("0123456789ab", "applied")
    assert log.stat().st_size - before < 2 * 400_000


ANY = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    ["\ud83d\ude00", "\ud83d", "\ude00\ud83d", "\0", "a\0b", "\r\n\r", "\u2028\x85", "\ufeff\uffff"]
)
NUMBER = st.none() | st.floats(allow_nan=False)
COUNT = st.none() | st.integers(0, 10**12)
TEXTS = st.dictionaries(ANY, ANY, max_size=3)
TRIALS = st.builds(
    Trial, st.integers(), st.integers(), TEXTS, reason=ANY, objective=NUMBER, accepted=st.booleans()
)
STEPS = st.builds(
    Step,
    number=st.integers(),
    optimizer=ANY,
    model=ANY,
    problem=ANY,
    reply=ANY,
    understood=ANY,
    reasoning=ANY,
    tokens_sent=COUNT,
    tokens_received=COUNT,
    cost=NUMBER,
    outcome=ANY,
    trials=st.lists(TRIALS, max_size=2).map(tuple),
)
ENTRIES = st.builds(
    Entry,
    id=st.just("0123456789ab"),
    time=st.floats(allow_nan=False, allow_infinity=False),
    file=ANY,
    names=st.lists(ANY, max_size=3).map(tuple),
    feedback=ANY,
    goal=ANY,
    before=TEXTS,
    after=TEXTS,
    kinds=st.dictionaries(ANY, st.sampled_from(["function", "value"]), max_size=2),
    diff=ANY,
    reason=ANY,
    ended=ANY,
    steps=st.lists(STEPS, max_size=3).map(tuple),
)


def test_any_text_comes_back_as_it_was(history: History) -> None:
    @settings(max_examples=150, deadline=None)
    @given(ENTRIES)
    def comes_back(odd: Entry) -> None:
        history.add(odd)
        assert history.entry(odd.id) == odd
        assert list(history.entry(odd.id).before) == list(odd.before)
        assert history.entries(odd.file) == [summary_of(odd)]

    comes_back()


def test_megabytes_come_back(history: History) -> None:
    large = "\0\ud800é" * 3_000_000
    history.add(entry(before={"f": large}, steps=(step(problem=large),)))
    found = reopened(history).entry("0123")
    assert found.before["f"] == large == found.steps[0].problem


def test_values_may_be_given_in_any_mapping(history: History) -> None:
    history.add(entry(before=MappingProxyType({"f": "1"})))
    assert history.entry("0123").before == {"f": "1"}


# Deciding


def test_a_decision_is_kept(history: History) -> None:
    history.add(entry())
    history.decide("0123456789ab", "applied")
    assert reopened(history).entry("0123456789ab").decision == "applied"
    history.decide("0123", "undone")
    assert history.entries()[0].decision == "undone"


def test_a_loop_that_saves_on_does_not_take_a_decision_back(history: History) -> None:
    history.add(entry(ended=""))
    history.decide("0123456789ab", "rejected")
    history.add(entry(ended="It was stopped."))
    found = history.entry("0123456789ab")
    assert (found.decision, found.ended) == ("rejected", "It was stopped.")
    history.add(entry(decision="replaced"))
    assert history.entry("0123456789ab").decision == "replaced"


def test_nothing_can_be_decided_about_what_is_not_there(history: History) -> None:
    history.add(entry())
    with pytest.raises(UnknownEntry):
        history.decide("fedcba987654", "applied")


# Naming an entry


def test_the_beginning_of_an_id_will_do_where_it_is_clear(history: History) -> None:
    for id in ("aaaa11111111", "aaaa22222222", "bbbb11111111"):
        history.add(entry(id))
    assert history.entry("bbbb").id == "bbbb11111111"
    assert history.entry(" AAAA2 ").id == "aaaa22222222"
    with pytest.raises(UnknownEntry, match=r"may be `aaaa[12]{8}` or `aaaa[12]{8}`: say"):
        history.entry("aaaa")


def test_what_is_not_there_is_told_with_what_may_be_meant(history: History) -> None:
    history.add(entry("0123456789ab"))
    with pytest.raises(UnknownEntry, match=r"Is it `0123456789ab`.*trace-lsp history"):
        history.entry("0123456798ab")
    with pytest.raises(UnknownEntry, match="no entry `ffff`"):
        history.entry("ffff")


@pytest.mark.parametrize("name", ["", "012", "%", "____", "0123'--", "\ud800\ud800", "\0" * 4])
def test_what_is_no_id_names_nothing(history: History, name: str) -> None:
    history.add(entry())
    with pytest.raises(UnknownEntry, match="4 to 12"):
        history.entry(name)


# What goes

NOW = 1_760_000_000.0


@pytest.fixture
def bounded(tmp_path: Path, opened: Opened) -> Opened:
    """A history that may hold so many entries, and so many bytes."""

    def open(entries: int = 1000, size: int = 10**9) -> History:
        path = str(tmp_path / "bounded.sqlite3")
        return opened(path, most_entries=entries, most_bytes=size, now=lambda: NOW)

    return open


def test_the_oldest_go_when_there_are_too_many(bounded: Opened) -> None:
    history = bounded(entries=3)
    for number in range(6):
        history.add(entry(f"{number:012x}", NOW + number, decision="applied"))
    assert [int(id, 16) for id in ids(history)] == [5, 4, 3]
    with pytest.raises(UnknownEntry):
        history.entry("000000000000")


def test_the_oldest_go_when_they_are_too_large(bounded: Opened) -> None:
    history = bounded(size=1_000_000)
    for number in range(20):
        grown_one = grown(f"{number:012x}", 3, 100_000)
        history.add(replace(grown_one, time=NOW + number, decision="rejected"))
    assert [int(id, 16) for id in ids(history)] == [19, 18, 17]
    history.close()
    # What went leaves its room to what comes.
    assert os.path.getsize(history.path) < 2_000_000


def test_open_ones_go_last_and_not_in_their_first_week(bounded: Opened) -> None:
    history = bounded(entries=2)
    history.add(entry("00000000000a", NOW - KEPT_OPEN - 1))
    history.add(entry("00000000000b", NOW - KEPT_OPEN + 1))
    history.add(entry("00000000000c", NOW, decision="applied"))
    assert ids(history) == ["00000000000c", "00000000000b"]
    history.add(entry("00000000000d", NOW + 1))
    assert ids(history) == ["00000000000d", "00000000000b"]
    history.add(entry("00000000000e", NOW + 2))
    assert ids(history) == ["00000000000e", "00000000000d", "00000000000b"]


def test_those_that_were_decided_about_go_before_older_open_ones(bounded: Opened) -> None:
    history = bounded(entries=2)
    history.add(entry("00000000000a", NOW - 2 * KEPT_OPEN))
    history.add(entry("00000000000b", NOW - 1, decision="rejected"))
    history.add(entry("00000000000c", NOW))
    assert ids(history) == ["00000000000c", "00000000000a"]


def test_what_is_added_stays_however_large_it_is(bounded: Opened) -> None:
    history = bounded(size=10)
    history.add(entry("00000000000a", NOW, decision="applied"))
    assert ids(history) == ["00000000000a"]
    history.add(entry("00000000000b", NOW - 1, decision="applied"))
    assert ids(history) == ["00000000000b"]


# The file


def test_the_file_is_named_after_the_workspace(tmp_path: Path, opened: Opened) -> None:
    environment = {"TRACE_LSP_STATE": str(tmp_path / "state")}
    shop = tmp_path / "My shop ☂"
    shop.mkdir()
    path = Path(history_of(str(shop), environment))
    assert path.parent == tmp_path / "state" / "history"
    assert path.name.startswith("My_shop_-")
    assert path.suffix == ".sqlite3"
    (tmp_path / "link").symlink_to(shop)
    assert history_of(str(tmp_path / "link"), environment) == str(path)
    assert history_of(f"{shop}/./", environment) == str(path)
    assert history_of(str(tmp_path), environment) != str(path)
    opened(str(path)).add(entry())
    assert path.exists()


@pytest.mark.parametrize("workspace", ["/", "", "/\udcff\udcfe", "/" + "é" * 200, "/a\nb"])
def test_every_workspace_has_a_name_for_its_file(
    tmp_path: Path, opened: Opened, workspace: str
) -> None:
    path = history_of(workspace, {"TRACE_LSP_STATE": str(tmp_path)})
    opened(path).add(entry())
    assert ids(opened(path)) == ["0123456789ab"]


def test_without_the_variable_it_is_where_the_system_has_it() -> None:
    for environment in ({}, {"TRACE_LSP_STATE": ""}):
        path = history_of("/home/ada/shop", environment)
        state = platformdirs.user_state_dir("trace-lsp", appauthor=False)
        assert Path(path).parents[1] == Path(state)


@pytest.mark.skipif(sys.platform == "win32", reason="rights are otherwise there")
def test_nobody_else_may_read_it(history: History) -> None:
    history.add(entry())
    for name in ("", "-wal", "-shm"):
        assert stat.S_IMODE(os.stat(history.path + name).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(history.path)).st_mode) == 0o700


# Comparing


def test_two_entries_are_compared_by_what_they_came_to() -> None:
    first = entry(before={"f": "1", "g": "1"}, after={"f": "2"})
    second = entry("ba9876543210", before={"f": "1", "g": "0", "h": "9"}, after={"g": "1"})
    found = compare(first, second)
    assert (found.first, found.second) == (summary_of(first), summary_of(second))
    assert found.began == (Pair("f", "1", "1"), Pair("g", "1", "0"), Pair("h", None, "9"))
    assert found.came_to == (Pair("f", "2", "1"), Pair("g", "1", "1"), Pair("h", None, "9"))
    assert [pair.differs for pair in found.came_to] == [True, False, True]


def test_a_project_has_one_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"TRACE_LSP_STATE": str(tmp_path / "state")}
    package, other = tmp_path / "repository/package/tests", tmp_path / "repository/other"
    package.mkdir(parents=True)
    other.mkdir()
    of = {folder: history_of(str(folder), environment) for folder in (package, other)}
    assert of[package] != of[other]
    (package.parent / "pyproject.toml").touch()
    assert history_of(str(package), environment) == history_of(str(package.parent), environment)
    # A repository holds, whatever packages it has; in a worktree `.git` is a file.
    (tmp_path / "repository/.git").touch()
    of = {folder: history_of(str(folder), environment) for folder in (package, other)}
    assert of[package] == of[other] == history_of(str(tmp_path / "repository"), environment)
    # A home folder that is kept in git does not make one project of all that is in it.
    monkeypatch.setenv("HOME", str(tmp_path / "repository"))
    assert history_of(str(package), environment) == history_of(str(package.parent), environment)
    assert history_of(str(other), environment) != history_of(str(package), environment)
