"""What becomes of a suggestion, and an optimization that goes on from an earlier one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from session.looping import CHECKED, NO_CHANGE, NUMBER, Bench, f, suggests
from trace_lsp.errors import EditRefused, StaleText, UnknownEntry
from trace_lsp.models.choose import ModelSettings
from trace_lsp.session.goal import Goal
from trace_lsp.session.history_types import Decision
from trace_lsp.session.proposal import Proposal
from trace_lsp.source.text import apply_edits

LOSS = Goal("loss")


def decisions(bench: Bench) -> dict[str, Decision]:
    return {each.id: each.decision for each in bench.entries()}


# Decisions


@pytest.mark.parametrize("decision", ["applied", "rejected"])
def test_a_decision_is_kept(tmp_path: Path, decision: Any) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="x + 1"))
    proposal = bench.optimize()
    bench.session.decide(proposal.id, decision)
    assert bench.session.proposals_for(str(bench.file)) == []
    with pytest.raises(EditRefused, match=f"was {decision} already"):
        bench.session.decide(proposal.id, "rejected")
    assert decisions(bench) == {proposal.id: decision}


def test_what_is_not_decided_is_open(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="x + 1"))
    proposal = bench.optimize()
    assert bench.session.proposals_for(str(bench.file)) == [proposal]
    assert decisions(bench) == {proposal.id: "open"}


TWO = CHECKED + "y = trace.node(3, trainable=True, name='y')\ny.eq(5)\n"


def test_a_newer_one_for_the_same_replaces_it(tmp_path: Path) -> None:
    replies = [suggests(f="2"), suggests(y0=5), suggests(f="x + 1"), NO_CHANGE]
    bench = Bench(tmp_path, TWO, *replies)
    old, other = bench.optimize("f"), bench.optimize("y")
    new = bench.optimize("f")
    # What wants no change replaces nothing.
    nothing = bench.optimize("f")
    assert bench.session.proposals_for(str(bench.file)) == [other, new]
    assert decisions(bench) == {
        old.id: "replaced", other.id: "open", new.id: "open", nothing.id: "open",
    }  # fmt: skip


def test_an_edit_that_is_seen_in_the_text_was_applied(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="x + 1"))
    proposal = bench.optimize()
    bench.session.notice(str(bench.file), CHECKED)
    assert bench.session.proposals_for(str(bench.file)) == [proposal]
    bench.session.notice(str(bench.file), apply_edits(proposal.text, proposal.edits))
    assert decisions(bench) == {proposal.id: "applied"}


def test_an_edit_moves_along(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="x + 1"))
    proposal = bench.optimize()
    moved = "# More.\n" + CHECKED
    edits = bench.session.edits(proposal.id, moved)
    assert apply_edits(moved, edits) == "# More.\n" + CHECKED.replace("return x", "return x + 1")
    with pytest.raises(StaleText):
        bench.session.edits(proposal.id, CHECKED.replace("return x", "return x - 1"))
    bench.session.notice(str(bench.file), apply_edits(moved, edits))
    assert decisions(bench) == {proposal.id: "applied"}


# Going on


def resumed(bench: Bench, text: str, *replies: Any, **more: Any) -> tuple[Bench, Proposal]:
    """Another session, of that text, that goes on from the newest entry."""
    entry = bench.entries()[0]
    again = Bench(bench.folder, text, *replies)
    return again, again.optimize(resumed=entry.id, **more)


def test_it_goes_on_from_the_best(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, *[suggests(x0=each) for each in (2.0, 5.0)])
    bench.optimize(steps=2, goal=LOSS)
    again, proposal = resumed(bench, NUMBER, suggests(x0=1.5), goal=LOSS)
    prompt = again.heard.prompts[0]
    assert "(float) x0=2.0" in prompt
    assert "it is 1 now" in prompt
    for number, value in enumerate((2.0, 5.0), start=1):
        assert f"Try {number}:\n(float) x0={value}\nWhat was said about it: " in prompt
    assert [each.value for each in proposal.changes] == ["1.5"]
    # Against the program as it is.
    assert proposal.verdict is not None
    assert proposal.verdict.objective == (2.0, 0.5)
    newest, oldest = again.entries()
    assert (newest.id, len(newest.steps)) == (proposal.id, 1)
    assert len(oldest.steps) == 2
    # Nothing is said to be asked before the first step asks.
    words = again.heard.words
    assert words[: words.index("step 1 of 1")] == ["tracing", "building the problem", "better"]
    assert words.count("asking") == 1


def test_what_it_came_to_is_offered_if_nothing_is_better(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, suggests(x0=2.0))
    bench.optimize(goal=LOSS)
    _, proposal = resumed(bench, NUMBER, suggests(x0=9.0), goal=LOSS)
    assert [each.value for each in proposal.changes] == ["2.0"]
    assert not proposal.steps[0].trials[0].accepted


def test_what_it_came_to_may_be_all_that_is_wanted(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="x + 1"))
    bench.optimize()
    again, proposal = resumed(bench, CHECKED)
    assert (proposal.steps, proposal.ended) == (
        (),
        "Every check that depends on what may change holds.",
    )
    assert [each.value for each in proposal.changes] == [f("x + 1")]
    assert proposal.suggestion.reasoning == "2 of 2 checks hold; 0 did before."
    assert again.heard.prompts == []


def test_a_model_error_at_once_still_offers_what_it_came_to(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, suggests(x0=2.0))
    bench.optimize(goal=LOSS)
    _, proposal = resumed(bench, NUMBER, goal=LOSS)
    assert [each.value for each in proposal.changes] == ["2.0"]
    assert "has no reply left" in proposal.ended


@pytest.mark.parametrize("id", ["ffffffffffff", "no id", ""])
def test_an_id_that_is_not_known(tmp_path: Path, id: str) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="x + 1"))
    if not id:
        assert bench.optimize(resumed=id).steps
        return
    with pytest.raises(UnknownEntry):
        bench.optimize(resumed=id)
    assert bench.entries() == []


def test_an_entry_about_something_else(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="x + 1"))
    bench.optimize()
    # As little as a value of the same name.
    with pytest.raises(UnknownEntry, match="there is nothing in it of f"):
        resumed(bench, NUMBER.replace("x = ", "f = ").replace("x - 1", "f - 1"))
    with pytest.raises(UnknownEntry, match=r"is about f in .*; there is nothing in it of x"):
        resumed(bench, NUMBER, suggests(x0=2.0), goal=LOSS)


# The file changed since

APPLIED = NUMBER.replace("3.0", "2.0")


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        # It was applied meanwhile.
        (APPLIED, "x0=2.0"),
        # Something else changed: the best still is, where it stands now.
        ("# More.\n" + NUMBER + "y = 1\n", "x0=2.0"),
        # The value changed, to one that is worse, and to one that is better.
        (NUMBER.replace("3.0", "8.0"), "x0=2.0"),
        (NUMBER.replace("3.0", "1.2"), "x0=1.2"),
        # What is good changed.
        (NUMBER.replace("x - 1", "x - 4"), "x0=3.0"),
    ],
)
def test_the_file_changed_since(tmp_path: Path, text: str, begins: str) -> None:
    bench = Bench(tmp_path, NUMBER, suggests(x0=2.0))
    bench.optimize(goal=LOSS)
    again, proposal = resumed(bench, text, NO_CHANGE, goal=LOSS)
    assert f"#Variables\n(float) {begins}\n" in again.heard.prompts[0]
    assert "Try 1:\n(float) x0=2.0\nWhat was said about it: better: " in again.heard.prompts[0]
    expected = text.replace("node(3.0", "node(2.0").replace("node(8.0", "node(2.0")
    edited = apply_edits(text, proposal.edits)
    assert edited == (expected if begins == "x0=2.0" else text)


BOTH = """\
from opto import trace

x = trace.node(9.0, trainable=True, name="x")

@trace.bundle(trainable=True)
def f(x):
    return x

loss = f(x).data
"""
OF_ANOTHER_KIND = """\
from opto import trace

x = trace.node(9.0, trainable=True, name="x")
f = trace.node(3.0, trainable=True, name="f")
loss = (f + x).data
"""


def test_the_kind_of_one_changed_since(tmp_path: Path) -> None:
    bench = Bench(tmp_path, BOTH, suggests(f="x + 1"), suggests(x0=4.0, f="x - 1"))
    bench.optimize(goal=LOSS, steps=2)
    again, proposal = resumed(bench, OF_ANOTHER_KIND, suggests(f0=2.0), goal=LOSS)
    prompt = again.heard.prompts[0]
    assert "Try 1:\n(float) x0=4.0\n(float) f0=3.0\nWhat was said about it: better: " in prompt
    assert "Try 2" not in prompt
    assert {each.trainable.name: each.value for each in proposal.changes} == {
        "x": "4.0", "f": "2.0",
    }  # fmt: skip


def test_a_search_does_not_go_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, suggests(x0=2.0))
    first = bench.optimize(goal=LOSS)
    again = Bench(tmp_path, NUMBER, model=ModelSettings("none"))
    asyncio.run(again.optimizing(goal=LOSS, resumed=first.id))
    assert again.heard.warnings == [
        "A search begins anew: what the earlier optimization tried is not taken up."
    ]
