"""The history as a session keeps it: what is written, in what order, and what if it cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from runs.processes import until

from session.histories import entry, grown
from session.looping import CHECKED, NUMBER, Bench, Heard, suggests
from trace_lsp.errors import HistoryError, UnknownEntry
from trace_lsp.session.events import StepBegan, StepEvent
from trace_lsp.session.goal import Goal
from trace_lsp.session.history import History, history_of
from trace_lsp.session.history_types import Entry
from trace_lsp.session.journal import Journal

ID = "0123456789ab"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"TRACE_LSP_STATE": str(tmp_path / "state")}


@pytest.fixture
def journal(tmp_path: Path, environment: dict[str, str]) -> Iterator[Journal]:
    made = Journal(str(tmp_path), environment)
    yield made
    made.close()


async def test_what_is_added_can_be_read_at_once(journal: Journal) -> None:
    for steps in range(1, 20):
        journal.add(grown(ID, steps, 100))
        assert len((await journal.entry(ID)).steps) == steps
    journal.decide(ID, "rejected")
    assert (await journal.entry("0123")).decision == "rejected"
    assert await journal.trouble() == ""
    with pytest.raises(UnknownEntry):
        await journal.entry("ffff")


async def test_a_decision_stays_when_more_is_added(journal: Journal) -> None:
    journal.add(entry())
    journal.decide(ID, "applied")
    journal.add(entry())
    assert (await journal.entry(ID)).decision == "applied"


async def test_a_decision_on_what_is_not_there_is_no_trouble(journal: Journal) -> None:
    journal.decide("ffffffffffff", "applied")
    assert await journal.trouble() == ""


def test_all_is_written_when_it_is_closed(tmp_path: Path, environment: dict[str, str]) -> None:
    journal = Journal(str(tmp_path), environment)
    for number in range(20):
        journal.add(grown(f"{number:012x}", 3, 1000))
    journal.close()
    history = History(history_of(str(tmp_path), environment))
    assert len(history.entries()) == 20
    history.close()


def damage(folder: Path, environment: dict[str, str]) -> None:
    path = Path(history_of(str(folder), environment))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no history" * 1000)


async def test_trouble_is_told_once(
    tmp_path: Path, environment: dict[str, str], journal: Journal
) -> None:
    damage(tmp_path, environment)
    journal.add(entry())
    told = await journal.trouble()
    assert "What is tried is not kept meanwhile." in told
    journal.add(entry())
    assert await journal.trouble() == ""
    with pytest.raises(HistoryError):
        await journal.entry(ID)


# As a session has it


def block(folder: Path, environment: dict[str, str]) -> None:
    Path(environment["TRACE_LSP_STATE"]).write_text("no folder", "utf-8")


@pytest.mark.parametrize("spoil", [damage, block])
def test_a_history_that_cannot_be_written_is_a_warning_and_nothing_else(
    tmp_path: Path, spoil: Callable[[Path, dict[str, str]], None]
) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="2"), suggests(f="x + 1"), suggests(f="x + 1"))
    spoil(tmp_path, bench.environment)
    proposal = bench.optimize(steps=2)
    assert proposal.verdict is not None
    assert proposal.verdict.passes
    (warning,) = bench.heard.warnings
    assert "What is tried is not kept meanwhile." in warning
    assert bench.heard.words[-2:] == ["warning", "ready"]
    bench.session.decide(proposal.id, "rejected")
    bench.optimize()
    assert len(bench.heard.warnings) == 1
    with pytest.raises(HistoryError):
        bench.optimize(resumed=proposal.id)
    bench.session.close()


class Reading(Heard):
    """Reads the history as soon as the next step begins."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self.found: list[Entry] = []
        self._history = history

    def on_step(self, event: StepEvent) -> None:
        super().on_step(event)
        if isinstance(event, StepBegan) and event.number > 1:
            self.found.append(until(lambda: self._entry(event.number - 1), "the entry"))

    def _entry(self, steps: int) -> Entry | None:
        for row in self._history.entries():
            if row.steps == steps:
                return self._history.entry(row.id)
        return None


def test_an_entry_grows_with_each_step(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, *[suggests(x0=each) for each in (2.0, 5.0, 1.5)])
    history = History(history_of(str(tmp_path), bench.environment))
    bench.heard = reading = Reading(history)
    proposal = bench.optimize(steps=3, goal=Goal("loss"))
    first, second = reading.found
    last = bench.entry
    assert {each.id for each in (first, second, last)} == {proposal.id}
    assert [each.after for each in (first, second, last)] == [{"x": "2.0"}] * 2 + [{"x": "1.5"}]
    assert (first.ended, second.ended) == ("", "")
    assert last.ended == proposal.ended != ""
    assert last.steps == proposal.steps
    assert (last.steps[:1], last.steps[:2]) == (first.steps, second.steps)
    assert (first.judgement, first.reason) == ("better", "`loss` is 1; it was 2.")
    assert (last.judgement, last.reason) == ("better", "`loss` is 0.5; it was 2.")
    history.close()
