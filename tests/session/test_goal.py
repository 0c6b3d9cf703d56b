"""What is to be as small, or as large, as possible: read, measured by real runs, and told."""

from __future__ import annotations

import json
from math import inf, nan
from pathlib import Path

import pytest

from session.looping import HEAD, NO_CHANGE, NUMBER, Bench, f, suggests
from trace_lsp.session.goal import Goal, goal_from, goal_in, without_goals
from trace_lsp.views.results import proposal_json

LOSS = Goal("loss")


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("minimize loss", Goal("loss")),
        ("  Minimise loss. ", Goal("loss")),
        ("MAXIMIZE report.score", Goal("report.score", True)),
        ("maximise a1", Goal("a1", True)),
        ("minimize the loss", None),
        ("minimize loss, please", None),
        ("please minimize loss", None),
        ("minimize", None),
        ("minimize 1", None),
        ("", None),
    ],
)
def test_what_names_a_goal(text: str, goal: Goal | None) -> None:
    assert goal_from(text) == goal
    assert goal_in(["Be quick.\n" + text]) == goal
    kept = ["Be quick."] if goal else ["Be quick.", text]
    assert without_goals("Be quick.\n" + text).splitlines() == [each for each in kept if each]
    if goal is not None:
        assert goal_from(str(goal)) == goal


@pytest.mark.parametrize(
    ("new", "old", "smaller", "larger"),
    [
        (1.0, 2.0, True, False),
        (2.0, 1.0, False, True),
        (1.0, 1.0, False, False),
        (1.0, 1.0 + 1e-12, False, False),
        (0.0, 1e-9, True, False),
        (-1.0, None, True, True),
        (None, 1.0, False, False),
        (None, None, False, False),
        (1.0, inf, True, False),
        (inf, inf, False, False),
        (-inf, 1.0, True, False),
    ],
)
def test_which_number_is_better(
    new: float | None, old: float | None, smaller: bool, larger: bool
) -> None:
    assert Goal("x").is_better(new, old) == smaller
    assert Goal("x", maximize=True).is_better(new, old) == larger


COMMENTED = NUMBER.replace("\nx = ", "\n# trace: {}\nx = ")


@pytest.mark.parametrize(
    ("comment", "goal", "feedback", "named", "said"),
    [
        ("minimize loss", None, "", "minimize loss", ""),
        ("maximize loss", None, "", "maximize loss", ""),
        # The person's word goes before the code's.
        ("maximize loss", LOSS, "", "minimize loss", ""),
        ("minimize loss", None, "Be quick.", "minimize loss", "Be quick."),
        ("Be quick.", LOSS, "", "minimize loss", "Be quick."),
    ],
)
def test_where_a_goal_comes_from(
    tmp_path: Path, comment: str, goal: Goal | None, feedback: str, named: str, said: str
) -> None:
    bench = Bench(tmp_path, COMMENTED.format(comment), suggests(x0=2.0))
    proposal = bench.optimize(goal=goal, feedback=feedback)
    large = "large" if named.startswith("max") else "small"
    told = f"`loss` should be as {large} as possible; it is 2 now."
    assert bench.heard.problems[0].feedback == "\n".join(filter(None, (said, told)))
    assert proposal.verdict is not None
    assert proposal.verdict.judgement == ("worse" if named.startswith("max") else "better")
    entry = bench.entry
    assert (entry.goal, entry.feedback) == (named, said)
    assert entry.steps[0].trials[0].objective == 1.0


MEASURED = HEAD + "found = f(3)\n{}\n"


@pytest.mark.parametrize(
    ("line", "returned", "judgement", "numbers", "told", "reason"),
    [
        ("loss = found.data", "2", "better", (3.0, 2.0), "it is 3 now", "is 2; it was 3."),
        ("loss = found.data", "4", "worse", (3.0, 4.0), "it is 3 now", "is 4; it was 3."),
        ("loss = found.data", "float(x)", "same", (3.0, 3.0), "it is 3 now", "is 3; it was 3."),
        # A difference that shows in no six digits is shown in as many as it takes.
        ("loss = found.data", "x - 1e-8", "better", (3.0, 2.99999999), "3 now", "is 2.99999999; it"),
        # A node is its number.
        ("loss = found", "2", "better", (3.0, 2.0), "it is 3 now", "is 2; it was 3."),
        # A number that is not there, before, after, or at all.
        ("loss = found.data if found.data < 3 else None", "2", "better", (None, 2.0), "no value now", "is 2; it was not there."),
        ("loss = found.data if found.data > 2 else None", "2", "worse", (3.0, None), "it is 3 now", "is not there; it was 3."),
        ("lost = found.data", "2", "unknown", (None, None), "no value now", "has no number `loss` at its end."),
        ("loss = 'low'", "2", "unknown", (None, None), "no value now", "has no number `loss` at its end."),
        # What is not a number is none.
        ("loss = found.data * float('nan') if found.data == 3 else 1", "2", "better", (None, 1.0), "no value now", "is 1; it was not there."),
        ("loss = found.data if found.data == 3 else float('nan')", "2", "worse", (3.0, None), "it is 3 now", "is not there"),
        # The infinite is one.
        ("loss = float('inf') if found.data == 3 else 7", "2", "better", (inf, 7.0), "it is inf now", "is 7; it was inf."),
    ],
)  # fmt: skip
def test_a_number(
    tmp_path: Path,
    line: str,
    returned: str,
    judgement: str,
    numbers: tuple[float | None, float | None],
    told: str,
    reason: str,
) -> None:
    bench = Bench(tmp_path, MEASURED.format(line), suggests(f=returned))
    proposal = bench.optimize(goal=LOSS)
    assert told in bench.heard.problems[0].feedback
    verdict = proposal.verdict
    assert verdict is not None
    assert (verdict.judgement, verdict.objective) == (judgement, numbers)
    assert reason in verdict.reason
    json.dumps(proposal_json(proposal), allow_nan=False)


NODE_NAN = """\
from opto import trace

x = trace.node(3.0, trainable=True, name="x")

@trace.bundle()
def loss(x):
    return float("nan") if x > 2 else x

loss(x)
"""


def test_a_node_that_is_no_number(tmp_path: Path) -> None:
    replies = [suggests(x0=2.0), suggests(x0=5.0), suggests(x0=1.0)]
    bench = Bench(tmp_path, NODE_NAN, *replies)
    proposal = bench.optimize(goal=LOSS, steps=3)
    assert [each.accepted for each in bench.heard.ended] == [True, False, True]
    assert "it has no value now" in bench.heard.problems[0].feedback
    assert "it is 2 now" in bench.heard.problems[1].feedback
    assert proposal.verdict is not None
    assert proposal.verdict.objective == (None, 1.0)
    assert nan not in [each.trials[0].objective for each in proposal.steps]


CHECKS_TOO = HEAD + "loss = f(8).data\nf(1).eq(2)\n"


def test_a_goal_and_checks_together(tmp_path: Path) -> None:
    replies = [suggests(f="x + 1"), suggests(f="x"), suggests(f="min(x + 1, 5)")]
    bench = Bench(tmp_path, CHECKS_TOO, *replies)
    proposal = bench.optimize(goal=LOSS, steps=9, patience=2)
    trials = [each.trials[0] for each in proposal.steps]
    assert [(each.judgement, each.objective, each.accepted) for each in trials] == [
        # A check is worth more than the number.
        ("better", 9.0, True),
        ("worse", 8.0, False),
        ("better", 5.0, True),
    ]
    # That every check holds does not end it: the number may become better still.
    assert "has no reply left" in proposal.ended
    assert [each.value for each in proposal.changes] == [f("min(x + 1, 5)")]
    assert proposal.verdict is not None
    assert (proposal.verdict.objective, proposal.verdict.passes) == ((8.0, 5.0), True)
    # The number is told of, and the check that does not hold with it.
    assert "`loss` should be as small as possible; it is 8 now." in bench.heard.problems[0].feedback


def test_no_change_for_a_goal(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, NO_CHANGE)
    proposal = bench.optimize(goal=LOSS, steps=3)
    assert (proposal.verdict, proposal.ended) == (None, "The model wants no change.")
    assert proposal.feedback == "`loss` should be as small as possible; it is 2 now."
