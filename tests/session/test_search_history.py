"""All that a search tries is in the history, whether it finds something or not."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from solving import session_for, wanted_for
from tasks import TASKS, Task

from trace_lsp.errors import NothingFound
from trace_lsp.models.choose import ModelSettings
from trace_lsp.session.events import Listener
from trace_lsp.session.history_types import Entry


def kept(task: Task, folder: Path) -> Entry:
    """The entry that a search for the task leaves."""

    async def searched() -> Entry:
        session = session_for(task, folder, ModelSettings("none"))
        try:
            with contextlib.suppress(NothingFound):
                await session.optimize(wanted_for(task), Listener())
            (found,) = await session.entries(None, 5)
            return await session.entry(found.id)
        finally:
            session.close()

    return asyncio.run(searched())


def test_what_was_tried_before_it_was_found(tmp_path: Path) -> None:
    entry = kept(next(each for each in TASKS if each.program == "median.py"), tmp_path)
    (step,) = entry.steps
    assert len(step.trials) > 10
    assert step.outcome.startswith(f"{len(step.trials) - 1} candidates were tried. ")
    *tried, last = step.trials
    assert last.accepted
    assert dict(last.values) == dict(entry.after)
    assert not any(each.accepted for each in tried)
    assert {each.judgement for each in tried} <= {"better", "same", "worse"}
    assert "better" in {each.judgement for each in tried}
    assert [each.candidate for each in step.trials] == list(range(1, len(step.trials) + 1))


def test_a_search_that_finds_nothing_is_kept_too(tmp_path: Path) -> None:
    entry = kept(next(each for each in TASKS if each.program == "out_of_reach.py"), tmp_path)
    assert entry.after == {}
    assert "no code yet" in entry.ended
    assert [each.understood for each in entry.steps] == ["no change"]
