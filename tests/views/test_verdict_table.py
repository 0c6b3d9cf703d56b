from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from trace_lsp.runs.record import Outcome
from trace_lsp.session.proposal import Comparison, Verdict
from trace_lsp.views.values import one_line
from trace_lsp.views.verdict import columns, verdict_table

from .markdown_reader import active, ends_outside, tokens
from .recorded import HOSTILE, verdict


def test_before_and_after_stand_side_by_side() -> None:
    assert verdict_table(verdict(), plain=True) == (
        "output                      before        after\n"
        "the run                     raised        finished      changed\n"
        "strange_sort([1, 2, 3, 4])  [1, 2, 3, 4]  [1, 4, 2, 3]  changed\n"
        "strange_sort([7, 1, 9])     [1, 7, 9]     [1, 9, 7]     changed\n"
        "strange_sort([])            (none)        []            changed\n"
        "strange_sort([5, 5, 5, 5])  [5, 5, 5, 5]  [5, 5, 5, 5]  same"
    )


def cells(table: str) -> list[str]:
    found = tokens(table)
    return [
        "".join(child.content for child in inline.children or [])
        for opening, inline in pairwise(found)
        if opening.type in ("th_open", "td_open")
    ]


def test_in_markdown_it_is_a_table() -> None:
    found = cells(verdict_table(verdict()))
    assert found[:4] == ["output", "before", "after", ""]
    assert found[4:8] == ["the run", "raised", "finished", "changed"]
    assert len(found) == 4 * 6


def test_runs_that_ended_alike_are_not_compared() -> None:
    same = Outcome("finished", "")
    assert "the run" not in verdict_table(replace(verdict(), before=same, after=same))
    assert verdict_table(Verdict("unknown", "", same, same)) == ""


@pytest.mark.parametrize("plain", [True, False])
def test_many_outputs_are_counted_not_shown(plain: bool) -> None:
    outcome = Outcome("finished", "")
    outputs = tuple(Comparison(f"f({i})", "0", str(i % 2)) for i in range(50))
    table = verdict_table(Verdict("better", "", outcome, outcome, outputs), plain, rows=10)
    assert table.endswith("… 40 more outputs")
    assert "f(1)" in table
    assert "f(0)" not in table
    assert ends_outside(table)


def test_wide_characters_are_aligned() -> None:
    outcome = Outcome("finished", "")
    outputs = (Comparison("日本", "é", "e\u0301"), Comparison("ab", "1", "2"))
    lines = verdict_table(Verdict("same", "", outcome, outcome, outputs), plain=True).splitlines()
    assert columns("日本") == 4
    assert columns("e\u0301") == 1
    starts = {columns(line[: line.index("changed")]) for line in lines[1:]}
    assert len(starts) == 1


@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
def test_hostile_values_stay_in_their_cells(text: str) -> None:
    outcome = Outcome("finished", "")
    outputs = (Comparison(text, text, text + "!"), Comparison("f", "1", "1"))
    table = verdict_table(Verdict("same", "", outcome, outcome, outputs))
    assert active(table) == []
    # A reader takes away the space at the ends of inline code, and of a cell.
    shown = [one_line(value, 36).strip() for value in (text, text, text + "!")]
    assert [cell.strip() for cell in cells(table)[4:7]] == shown
    assert len(cells(table)) == 12
    assert len(table.splitlines()) == 4
    plain = verdict_table(Verdict("same", "", outcome, outcome, outputs), plain=True)
    assert len(plain.splitlines()) == 3
