"""Several candidates in a step: which is taken, which are run, and what becomes of those that fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from session.cases import REPLIES
from session.looping import CHECKED, HEAD, NO_CHANGE, NUMBER, Bench, f, suggests
from trace_lsp.errors import ReplyRefused, ScriptEnded
from trace_lsp.session.events import CandidateTried
from trace_lsp.session.goal import Goal
from trace_lsp.session.proposal import Proposal

UNREADABLE = REPLIES["unreadableReply"]


def values(proposal: Proposal) -> dict[str, str]:
    return {each.trainable.name: each.value for each in proposal.changes}


def runs(bench: Bench) -> int:
    return sum(isinstance(each, CandidateTried) for each in bench.heard.events)


ENDS = CHECKED + "raise SystemExit(f(3).data - 4)\n"
THREE = HEAD + "f(1).eq(2)\nf(2).eq(3)\nf(3).eq(4)\n"


@pytest.mark.parametrize(
    ("text", "returned", "goal", "taken"),
    [
        (CHECKED, ["x + 2", "x + 1", "2"], None, "x + 1"),
        # Of those that are all better, that by which the most checks hold.
        (THREE, ["2", "x + (x < 3)", "3"], None, "x + (x < 3)"),
        # Of those by which as many hold, that which runs to its end.
        (ENDS, ["x + 1 if x < 3 else 0", "x + 1", "x + 1 if x < 3 else 1"], None, "x + 1"),
        # What runs is before what does not.
        (CHECKED, ["x.no", "x + 2", "1 / 0"], None, "x + 2"),
        # Of those that are all better, the best number; it is only there if the program ends well.
        (HEAD + "loss = f(9).data\n", ["5", "3", "4"], Goal("loss"), "3"),
        (HEAD + "loss = f(9).data\n", ["10", "30", "20"], Goal("loss", True), "30"),
        (HEAD + "loss = f(9).data\n", ["x.no", "float('nan')", "3"], Goal("loss"), "3"),
        # A check counts for more than a number.
        (HEAD + "loss = f(9).data\nf(1).eq(2)\n", ["1", "2", "0"], Goal("loss"), "2"),
    ],
)
def test_the_best_is_taken(
    tmp_path: Path, text: str, returned: list[str], goal: Goal | None, taken: str
) -> None:
    bench = Bench(tmp_path, text, *[suggests(f=each) for each in returned])
    proposal = bench.optimize(candidates=3, goal=goal)
    assert values(proposal) == {"f": f(taken)}
    assert [each.number for each in proposal.steps] == [1, 1, 1]
    assert {each.optimizer for each in proposal.steps} == {"OptoPrimeMulti"}
    trials = [trial for step in proposal.steps for trial in step.trials]
    assert [each.candidate for each in trials] == [1, 2, 3]
    assert [each.values for each in trials] == [{"f": f(each)} for each in returned]
    accepted = [each.values for each in trials if each.accepted]
    assert accepted == [{"f": f(taken)}] * (proposal.verdict.judgement == "better")  # type: ignore[union-attr]


def test_equal_ones_are_run_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, *[suggests(f=each) for each in ("2", "2", "x + 1")])
    proposal = bench.optimize(candidates=3)
    assert runs(bench) == 2
    assert [len(each.trials) for each in proposal.steps] == [1, 0, 1]
    assert values(proposal) == {"f": f("x + 1")}


TWO = """\
from opto import trace

x = trace.node(3, trainable=True, name="x")
y = trace.node(3, trainable=True, name="y")
(x + y * 10).eq(53)
"""


def test_the_same_value_of_another_trainable_is_another_candidate(tmp_path: Path) -> None:
    bench = Bench(tmp_path, TWO, suggests(x0=5), suggests(y0=5), suggests(y0=5))
    proposal = bench.optimize(candidates=3)
    assert runs(bench) == 2
    assert values(proposal) == {"y": "5"}


def test_failures_of_some_are_no_failure_of_all(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="x + 1"))
    proposal = bench.optimize(candidates=3)
    assert values(proposal) == {"f": f("x + 1")}
    (warning,) = bench.heard.warnings
    assert warning.startswith("2 of 3 suggestions got no reply: scripted has no reply left")


def test_a_failure_of_all_is_raised(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED)
    with pytest.raises(ScriptEnded):
        bench.optimize(candidates=3)


REFUSED = [UNREADABLE] * 2


@pytest.mark.parametrize(
    ("replies", "understood", "ended"),
    [
        # Those asked side by side get the first replies, those asked again the next.
        ([UNREADABLE, NO_CHANGE, UNREADABLE], ["unreadableReply", "no change"], "wants no change"),
        ([NO_CHANGE, suggests(f="x + 1")], ["no change", "suggestion"], "Every check"),
        ([UNREADABLE, suggests(f="x + 1"), UNREADABLE], ["unreadableReply", "suggestion"], "Every"),
    ],
)
def test_answers_of_all_kinds(
    tmp_path: Path, replies: list[Any], understood: list[str], ended: str
) -> None:
    bench = Bench(tmp_path, CHECKED, *replies)
    proposal = bench.optimize(candidates=2, steps=4)
    assert [each.understood for each in proposal.steps] == understood
    assert ended in proposal.ended


def test_refusals_of_all_are_raised(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, *[UNREADABLE] * 4)
    with pytest.raises(ReplyRefused):
        bench.optimize(candidates=2)
    assert [each.understood for each in bench.entry.steps] == ["unreadableReply"] * 2


def test_who_gives_one_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, suggests(x0=2.0))
    bench.optimize(candidates=3, optimizer="OPRO", goal=Goal("loss"))
    assert bench.heard.warnings == [
        "OPRO gives one suggestion a step, not 3: OptoPrimeMulti gives several."
    ]
