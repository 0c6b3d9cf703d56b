"""What ends an optimization with a model, what it takes, and what it offers; by real runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from session.cases import REPLIES
from session.looping import CHECKED, HEAD, NO_CHANGE, NUMBER, Bench, f, suggests
from trace_lsp.errors import ReplyRefused, RunFailed, ScriptEnded
from trace_lsp.session.goal import Goal
from trace_lsp.session.proposal import Proposal

LOSS = Goal("loss")

UNREADABLE = REPLIES["unreadableReply"]


def values(proposal: Proposal) -> dict[str, str]:
    return {each.trainable.name: each.value for each in proposal.changes}


@pytest.mark.parametrize(
    ("text", "replies", "more", "ended", "steps"),
    [
        # Every check holds.
        (CHECKED, [suggests(f="x + 1")], {}, "Every check that depends on what may change", 1),
        (CHECKED, [suggests(f="2"), suggests(f="x + 1")], {}, "Every check that depends", 2),
        # The program failed, and has no check.
        (HEAD + "1 / f(0)\n", [suggests(f="x + 1")], {}, "runs to its end, and it has no", 1),
        # The objective has not improved.
        (
            NUMBER,
            [suggests(x0=2.0), suggests(x0=5.0), suggests(x0=9.0)],
            {"goal": LOSS, "patience": 2},
            "`loss` has not improved for 2 steps.",
            3,
        ),
        # A reply that cannot be used did not improve it either.
        (
            NUMBER,
            [suggests(x0=2.0), UNREADABLE, UNREADABLE, suggests(x0=9.0)],
            {"goal": LOSS, "patience": 2},
            "`loss` has not improved for 2 steps.",
            3,
        ),
        # The steps are used up.
        (CHECKED, [suggests(f="2")], {"steps": 1}, "One step was to be taken.", 1),
        (CHECKED, [suggests(f="2"), suggests(f="7")], {"steps": 2}, "2 steps were to be", 2),
        # The model wants no change: at once, later, and after a refusal.
        (CHECKED, [NO_CHANGE], {}, "The model wants no change.", 1),
        (CHECKED, [suggests(f="2"), NO_CHANGE], {}, "The model wants no change.", 2),
        (CHECKED, [UNREADABLE, UNREADABLE, NO_CHANGE], {}, "The model wants no change.", 2),
        # Nothing judges: there is no check, or none that fails.
        (HEAD + "f(1)\n", [suggests(f="x + 1")], {"feedback": "More."}, "No check fails and no", 1),
        (HEAD + "f(1).eq(1)\nf(2)\n", [suggests(f="max(x, 1) ** 2")], {"feedback": "More."}, "No check", 1),
        # What nothing judges can still be seen to be worse.
        (
            HEAD + "f(1)\n",
            [suggests(f="x.no"), suggests(f="x + 1")],
            {"feedback": "More."},
            "No check fails",
            2,
        ),
    ],
)  # fmt: skip
def test_what_ends_it(
    tmp_path: Path, text: str, replies: list[Any], more: Any, ended: str, steps: int
) -> None:
    bench = Bench(tmp_path, text, *replies)
    proposal = bench.optimize(**{"steps": 9, **more})
    assert ended in proposal.ended
    assert [each.number for each in proposal.steps] == list(range(1, steps + 1))
    assert bench.entry.ended == proposal.ended


def test_what_passes_is_taken(tmp_path: Path) -> None:
    proposal = Bench(tmp_path, CHECKED, suggests(f="2"), suggests(f="x + 1")).optimize(steps=9)
    assert values(proposal) == {"f": f("x + 1")}
    verdict = proposal.verdict
    assert verdict is not None
    # Against the program as it is, not against the step before.
    assert (verdict.judgement, verdict.passes, verdict.checks) == ("better", True, (2, 2))
    assert verdict.reason == "2 of 2 checks hold; 0 did before."
    reasons = [each.trials[0].reason for each in proposal.steps]
    assert reasons == ["1 of 2 checks hold; 0 did before.", "2 of 2 checks hold; 1 did before."]


WORSE_LATER = [suggests(x0=2.0), suggests(x0=5.0), suggests(x0=1.5), suggests(x0=9.0)]


def test_a_worse_one_is_not_taken(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, *WORSE_LATER)
    proposal = bench.optimize(goal=LOSS, steps=4)
    assert [each.accepted for each in bench.heard.ended] == [True, False, True, False]
    assert [each.trials[0].accepted for each in proposal.steps] == [True, False, True, False]
    assert values(proposal) == {"x": "1.5"}
    assert proposal.verdict is not None
    assert proposal.verdict.objective == (2.0, 0.5)
    assert "-x = trace.node(3.0" in proposal.diff
    assert "+x = trace.node(1.5" in proposal.diff


def test_what_is_only_worse_is_offered_as_what_it_is(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, suggests(x0=9.0), suggests(x0=5.0), suggests(x0=7.0))
    proposal = bench.optimize(goal=LOSS, steps=3)
    assert values(proposal) == {"x": "5.0"}
    assert proposal.verdict is not None
    assert proposal.verdict.judgement == "worse"
    assert not any(trial.accepted for step in proposal.steps for trial in step.trials)


BROKEN = HEAD + "loss = f(8).data\nf(1).eq(1)\n"


def test_what_breaks_a_check_is_not_taken_for_its_number(tmp_path: Path) -> None:
    bench = Bench(tmp_path, BROKEN, suggests(f="0"), suggests(f="min(x, 5)"))
    proposal = bench.optimize(goal=LOSS, steps=2)
    first, second = (step.trials[0] for step in proposal.steps)
    assert (first.judgement, first.objective, first.accepted) == ("worse", 0.0, False)
    assert (second.judgement, second.objective, second.accepted) == ("better", 5.0, True)
    assert values(proposal) == {"f": f("min(x, 5)")}


def test_one_check_for_another_is_not_taken_for_its_number(tmp_path: Path) -> None:
    text = HEAD + "loss = f(8).data\nf(1).eq(1)\nf(2).eq(0)\n"
    bench = Bench(tmp_path, text, suggests(f="0"))
    proposal = bench.optimize(goal=LOSS)
    trial = proposal.steps[0].trials[0]
    assert (trial.judgement, trial.accepted) == ("unknown", False)


# Refusals


def test_a_refusal_is_a_step_and_another_follows(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, UNREADABLE, UNREADABLE, suggests(f="x + 1"))
    proposal = bench.optimize(steps=3)
    assert [each.understood for each in proposal.steps] == ["unreadableReply", "suggestion"]
    refused = proposal.steps[0]
    assert refused.reply == UNREADABLE
    assert refused.outcome == bench.heard.ended[0].reason
    assert "not in the format" in refused.outcome
    assert refused.trials == ()
    assert values(proposal) == {"f": f("x + 1")}


def test_no_change_after_a_refusal_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, UNREADABLE, UNREADABLE, NO_CHANGE)
    proposal = bench.optimize(steps=3)
    assert proposal.changes == ()
    assert proposal.steps[-1].outcome == "The model wants no change."
    assert proposal.verdict is None


def test_refusals_alone_are_raised_and_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, *[UNREADABLE] * 4)
    with pytest.raises(ReplyRefused) as refused:
        bench.optimize(steps=2)
    assert (refused.value.kind, refused.value.raw) == ("unreadableReply", UNREADABLE)
    entry = bench.entry
    assert [each.understood for each in entry.steps] == ["unreadableReply"] * 2
    assert (entry.ended, entry.after) == (refused.value.message, {})


def test_a_refusal_after_something_better_is_not_raised(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="2"), UNREADABLE, UNREADABLE)
    proposal = bench.optimize(steps=2)
    assert values(proposal) == {"f": f("2")}
    assert [each.understood for each in proposal.steps] == ["suggestion", "unreadableReply"]


# Steps that cannot be taken


def test_a_model_error_at_the_first_step_is_raised(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED)
    with pytest.raises(ScriptEnded) as ended:
        bench.optimize(steps=3)
    assert bench.entry.ended == ended.value.message
    assert bench.heard.ended[-1].reason == ended.value.message


@pytest.mark.parametrize(
    ("text", "more", "found"),
    [
        (CHECKED, {}, "2"),
        # Not known to be better, but nobody knows it to be no better.
        (CHECKED, {}, "x + 2"),
    ],
)
def test_a_model_error_later_ends_it_with_what_was_found(
    tmp_path: Path, text: str, more: Any, found: str
) -> None:
    bench = Bench(tmp_path, text, suggests(f=found))
    proposal = bench.optimize(steps=3, **more)
    assert values(proposal) == {"f": f(found)}
    assert "has no reply left" in proposal.ended
    last = bench.heard.ended[-1]
    assert (last.number, last.accepted, last.reason) == (2, False, proposal.ended)
    assert bench.entry.after == {"f": f(found)}


def test_a_model_error_is_raised_where_all_that_was_tried_is_worse(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, suggests(x0=9.0))
    with pytest.raises(ScriptEnded):
        bench.optimize(goal=LOSS, steps=3)
    entry = bench.entry
    assert [each.trials[0].values for each in entry.steps] == [{"x": "9.0"}]
    assert (entry.after, entry.judgement) == ({}, "")


def test_a_run_that_was_cut_off_is_no_start(tmp_path: Path) -> None:
    bench = Bench(tmp_path, HEAD + "f(1)\nprint('x' * 11_000_000)\n", suggests(f="2"))
    with pytest.raises(RunFailed, match="printed more than"):
        bench.optimize(feedback="More.")
    assert "There is nothing to optimize from" in bench.entry.ended
