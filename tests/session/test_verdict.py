"""What a candidate's run shows by checks, by a number, and by what depends on what; real runs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from session.looping import HEAD, f
from trace_lsp.runs.record import Trace
from trace_lsp.session.events import Listener
from trace_lsp.session.goal import Goal
from trace_lsp.session.oracle import MOST_OUTPUTS, oracle
from trace_lsp.session.programs import Programs
from trace_lsp.session.proposal import Change, Verdict
from trace_lsp.session.settings import Settings
from trace_lsp.session.verdict import MOST_SHOWN, compare
from trace_lsp.source.trainables import find_trainable, find_trainables


def compared(
    folder: Path, body: str, returned: str, goal: str = "", head: str = HEAD, only: bool = True
) -> Verdict:
    """The verdict on an `f` that returns that. With `only`, `f` is all that may change."""
    text, file = head + body, str(folder / "program.py")
    programs = Programs(str(folder), Settings(python=sys.executable), {})
    trainable = find_trainable(find_trainables(text, file), name="f")
    named = Goal(goal) if goal else None

    async def runs() -> tuple[Trace, Trace]:
        before = await programs.run_untrained(file, text, named, Listener())
        return before, await programs.run_candidate(before, [Change(trainable, f(returned))])

    before, after = asyncio.run(runs())
    graph, ids = oracle(before, [trainable], "Better.")
    return compare(before, after, graph, named, ids["f"] if only else ())


CAUGHT = """\
for x in range({}):
    try:
        assert f(x).data == x + 1
    except AssertionError:
        pass
"""


@pytest.mark.parametrize(
    ("body", "returned", "judgement", "checks", "passes"),
    [
        # Assertions of the same line are told apart by when they were made.
        (CAUGHT.format(3), "x + 1", "better", (3, 3), True),
        (CAUGHT.format(3), "1", "better", (1, 3), False),
        (CAUGHT.format(3), "x", "same", (0, 3), False),
        # One check for another is no gain.
        ("f(1).eq(1)\n" + CAUGHT.format(2), "x + 1", "unknown", (2, 3), False),
        # Those that only the run after came to count, and so do those that it did not come to.
        ("assert f(0).data == 1\nassert f(1).data == 2\n", "x + 1", "better", (2, 2), True),
        ("assert f(0).data == 1\nassert f(1).data == 2\n", "1", "better", (1, 2), False),
        ("for x in range(f(1).data): f(x).eq(x + 1)\n", "x + 1", "better", (2, 2), True),
        ("for x in range(f(2).data): f(x).eq(x)\n", "min(x, 1)", "worse", (1, 2), False),
        ("f(2).eq(2)\nif f(1).data: f(3).eq(3)\n", "x if x > 1 else 0", "worse", (1, 2), False),
        # A program that does not run to its end does not pass, whatever holds.
        ("f(1).eq(2)\nraise SystemExit(f(2).data)\n", "x + 1", "better", (1, 1), False),
        # Without a check there is none that fails.
        ("f(1)\n", "2", "unknown", (0, 0), True),
    ],
)
def test_checks(
    tmp_path: Path,
    body: str,
    returned: str,
    judgement: str,
    checks: tuple[int, int],
    passes: bool,
) -> None:
    verdict = compared(tmp_path, body, returned)
    assert (verdict.judgement, verdict.checks, verdict.passes) == (judgement, checks, passes)
    assert verdict.objective == (None, None)


def test_what_is_shown_of_checks(tmp_path: Path) -> None:
    verdict = compared(tmp_path, "assert f(0).data == 1\nassert f(1).data == 2\n", "x + 1")
    rows = [(each.label, each.before, each.after) for each in verdict.outputs]
    assert ("assert f(0).data == 1", "False", "True") in rows
    assert ("assert f(1).data == 2", None, "True") in rows


def test_no_more_is_shown_than_a_reader_takes_in(tmp_path: Path) -> None:
    verdict = compared(tmp_path, "for x in range(50): f(x).eq(x + 1)\n", "x + 1")
    assert verdict.reason == "50 of 50 checks hold; 0 did before."
    checks = [each for each in verdict.outputs if "==" in each.label]
    assert len(checks) >= MOST_SHOWN
    assert len(verdict.outputs) <= 2 * MOST_SHOWN + MOST_OUTPUTS


OTHER = (
    HEAD
    + """\
@trace.bundle(trainable=True)
def g(x):
    return x

"""
)
OF_BOTH = "(f(1) + g(1)).eq(3)\ng(2).eq(9)\n"


def test_only_what_may_change_judges(tmp_path: Path) -> None:
    verdict = compared(tmp_path, OF_BOTH, "x + 1", head=OTHER)
    assert (verdict.checks, verdict.passes) == ((1, 1), True)
    assert not [each for each in verdict.outputs if each.label.startswith("g(")]
    # Without a word of what may change, it is all that led to the outputs.
    whole = compared(tmp_path, OF_BOTH, "x + 1", head=OTHER, only=False)
    assert (whole.checks, whole.passes) == ((1, 2), False)


@pytest.mark.parametrize(
    ("body", "returned", "judgement", "numbers", "words"),
    [
        ("loss = f(5).data\n", "2", "better", (5.0, 2.0), "`loss` is 2; it was 5."),
        ("loss = f(5).data\n", "8", "worse", (5.0, 8.0), "`loss` is 8; it was 5."),
        # The last node of that name, if there is no such variable.
        ("trace.node(f(5).data, name='loss')\n", "2", "better", (5.0, 2.0), "is 2; it was 5."),
        # A check goes before the number, the end before both.
        ("loss = f(5).data\nf(1).eq(1)\n", "2", "worse", (5.0, 2.0), "0 of 1 checks hold"),
        ("loss = f(5).data\nf(1).eq(2)\n", "x if x == 5 else 7", "same", (5.0, 5.0), "is 5; it"),
        ("loss = f(5).data\n", "x.no", "worse", (5.0, None), "does not run to its end any more"),
        # A sentence is a sentence.
        ("f(5)\nraise KeyError(f(1).data)\n", "2", "unknown", (None, None), "KeyError at program.py:8: 2. The program has no number `loss`"),
    ],
)  # fmt: skip
def test_numbers(
    tmp_path: Path,
    body: str,
    returned: str,
    judgement: str,
    numbers: tuple[float | None, float | None],
    words: str,
) -> None:
    verdict = compared(tmp_path, body, returned, "loss")
    assert (verdict.judgement, verdict.objective) == (judgement, numbers)
    assert words in verdict.reason


@pytest.mark.parametrize(
    ("body", "returned", "judgement"),
    [
        # It failed at an operator: what it was given may be what was wrong.
        ("1 / f(0)\n", "x + 1", "better"),
        # It failed in a traced function: its other calls should come out as before.
        ("f(1)\nf('a')\n", "0 if x == 'a' else x * 3", "unknown"),
        ("f(1)\nf('a')\n", "0 if x == 'a' else x + 1", "better"),
        # It failed in the program's own code.
        ("f(1)\n{2: 0}[f(1).data]\n", "2", "better"),
    ],
)
def test_what_runs_to_its_end_only_now(
    tmp_path: Path, body: str, returned: str, judgement: str
) -> None:
    head = HEAD.replace("return x", "return x + 1" if "'a'" in body else "return x")
    verdict = compared(tmp_path, body, returned, head=head)
    assert (verdict.judgement, verdict.passes) == (judgement, True)
    if judgement == "better":
        assert verdict.reason.startswith("The program runs to its end; before, it did not: ")
