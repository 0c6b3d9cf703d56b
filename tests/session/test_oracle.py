"""Which outputs feedback is given on, and how a candidate is judged; by real runs, as tables."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from trace_lsp.errors import NothingRecorded, RunFailed
from trace_lsp.runs.configuration import Limits, Override, RunConfiguration
from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Outcome, Trace
from trace_lsp.session.oracle import MOST_OUTPUTS, NoFeedback, oracle
from trace_lsp.session.verdict import compare
from trace_lsp.session.wanted import Wanted
from trace_lsp.source.trainables import Trainable, find_trainable, find_trainables
from trace_lsp.trace.graph import TraceGraph

HEAD = """\
from opto import trace
from opto.optimizers import OptoPrime

@trace.bundle(trainable=True)
def f(x):
    return x + 1

"""


async def _no_step(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"values": {}}


def traced(body: str, code: str = "", seconds: float = 60.0) -> Trace:
    """A run of the head with that body; with `code` in the function's place, if any."""
    interpreter = Interpreter(sys.executable, (3, 11), "the tests'")
    limits = Limits(seconds=seconds, output=1000)
    configuration = RunConfiguration("/x/p.py", interpreter, "/", limits=limits)
    overrides = [Override("/x/p.py", 4, 6, code, True)] if code else []
    return asyncio.run(
        run(
            configuration,
            HEAD + body,
            on_event=lambda event: None,
            answer_step=_no_step,
            overrides=overrides,
        )
    )


def trainable(trace: Trace) -> Trainable:
    return find_trainable(find_trainables(trace.text, "/x/p.py"), name="f")


def asked(trace: Trace, feedback: str = "") -> TraceGraph:
    return oracle(trace, [trainable(trace)], feedback)[0]


def outputs(trace: Trace, feedback: str = "") -> list[tuple[str, str]]:
    """The outputs' values with the first line of their feedback."""
    graph = asked(trace, feedback)
    return [(trace.nodes[each.node].value, each.feedback.split("\n")[0]) for each in graph.outputs]


OWN = "o = OptoPrime(f.parameters())\no.backward(f(1), 'too small')\n"


@pytest.mark.parametrize(
    ("body", "feedback", "expected"),
    [
        # The program's own feedback comes first, and what a person says is added to it.
        (OWN + "f(5)\n", "", [("2", "too small")]),
        (OWN + "f(5)\n1 / 0\n", "", [("2", "too small")]),
        (OWN + "o.backward(f(2), 'too big')\n", "", [("2", "too small"), ("3", "too big")]),
        (
            OWN + "o.zero_feedback()\no.backward(f(2), 'too big')\n",
            "",
            [("2", "too small"), ("3", "too big")],
        ),
        # A loop says the same of the same once, and something else as often as it says it.
        (
            "o = OptoPrime(f.parameters())\nfor x in (1, 1, 2):\n    o.backward(f(x), 'more')\n",
            "",
            [("2", "more"), ("3", "more")],
        ),
        # Then the exception that ended it, if it is the trainable's doing.
        ("f(5)\nf('a')\n", "", [None]),
        # Then what led nowhere further, by what a person says; or by an exception elsewhere.
        ("f(5)\nf(6)\n", "more", [("6", "more"), ("7", "more")]),
        ("a = f(5) * 2\nb = f(6)\n", "more", [("12", "more"), ("7", "more")]),
        ("f(5)\n1 / 0\n", "more", [("6", "more")]),
        (
            "f(5)\n1 / 0\n",
            "",
            [("6", "The program fails: ZeroDivisionError at p.py:9: division by zero")],
        ),
    ],
)
def test_the_outputs_that_are_chosen(body: str, feedback: str, expected: Any) -> None:
    trace = traced(body)
    if expected == [None]:
        ((value, said),) = outputs(trace, feedback)
        assert value.startswith("(TypeError)")
        assert said == "def f(x):"
        assert "# <--- (TypeError)" in asked(trace, feedback).outputs[0].feedback
    else:
        assert outputs(trace, feedback) == expected


def test_a_persons_word_is_added_to_the_programs() -> None:
    trace = traced(OWN)
    assert asked(trace, "by ten").outputs[0].feedback == "too small\nby ten"


def test_a_comment_in_the_code_is_a_word_too() -> None:
    trace = traced("f(5)\n")
    commented = replace(trainable(trace), comment="by ten\nminimize loss")
    wanted = Wanted("/x/p.py", trace.text, (commented,))
    assert (wanted.said, str(wanted.aim)) == ("by ten", "minimize loss")
    assert replace(wanted, feedback="by two").said == "by two"


def test_many_outputs_are_cut_and_that_is_said() -> None:
    found = outputs(traced("for i in range(30):\n    f(i)\n"), "more")
    assert len(found) == MOST_OUTPUTS
    graph = asked(traced("for i in range(30):\n    f(i)\n"), "more")
    assert graph.outputs[0].feedback == "more\n(6 further outputs are not shown.)"


def test_nothing_to_go_on() -> None:
    with pytest.raises(NoFeedback, match="# trace:"):
        asked(traced("f(5)\n"))
    with pytest.raises(NothingRecorded, match="never used `f`"):
        asked(traced("print(5)\n"), "more")
    with pytest.raises(RunFailed, match="did not end within") as failed:
        asked(traced("f(5)\nwhile True: pass\n", seconds=0.5), "more")
    assert failed.value.kind == "timedOut"


TWO = "def f(x):\n    return x + 2"
SAME = "def f(x):\n    return 1 + x"
RAISES = "def f(x):\n    return x.no"
EXITS = "def f(x):\n    raise SystemExit(4)"
NEVER = "def f(x):\n    while True:\n        pass"

CHECK = "f(1).eq(3)\n"


@pytest.mark.parametrize(
    ("body", "code", "judgement", "words"),
    [
        # How each ended comes first.
        (CHECK, RAISES, "worse", "does not run to its end any more: ExecutionError"),
        (CHECK, NEVER, "worse", "did not end within"),
        (CHECK, EXITS, "worse", "exited with code 4"),
        (
            "f(1)\nassert f(1).data == 3\n",
            TWO,
            "better",
            "runs to its end, and 1 of 1 checks hold; 0",
        ),
        ("f(1)\nassert f(1).data == 4\n", NEVER, "worse", "did not end within"),
        # Then the program's own checks.
        (CHECK, TWO, "better", "1 of 1 checks hold; 0 did before."),
        ("f(1).eq(2)\n", TWO, "worse", "0 of 1 checks hold; 1 did before."),
        ("f(1).eq(3)\nf(2).eq(3)\n", TWO, "unknown", "outputs changed, and 1 of 2 checks hold"),
        (CHECK + "assert False\n", TWO, "better", "1 of 2 checks hold; 0 did before."),
        (CHECK + "raise SystemExit(f(1).data != 9)\n", TWO, "better", "1 of 1 checks hold"),
        # All of the run's checks count, not only those on the way to the failure.
        ("f(1).eq(2)\nf('a')\n", "def f(x):\n    return None", "unknown", "0 of 1 checks hold"),
        ("f(1)\nf('a')\n", "def f(x):\n    return str(x)", "unknown", "results changed that were"),
        ("f(1)\nf('a')\n", "def f(x):\n    return x if x == 'a' else x + 1", "better", "before"),
        # Of other comparisons nobody knows which way is good.
        ("if f(1) > 2: pass\n", TWO, "unknown", "no check"),
        ("f(1).neq(3)\n", TWO, "unknown", "no check"),
        # Then whether anything changed.
        ("f(1)\n", TWO, "unknown", "no check that says whether for the better"),
        ("f(1)\n", SAME, "same", "Every output is the same as before."),
        (CHECK, SAME, "same", "Every output is the same as before."),
        # Neither runs to its end.
        ("f(1)\nassert f(1).data == 9\n", SAME, "same", "ends as before: AssertionError"),
        ("f(1)\nassert f(1).data == 9\n", TWO, "unknown", "still does not run to its end"),
        ("f(1)\nassert f(1).data == 9\n", RAISES, "unknown", "to its end: ExecutionError"),
        ("f(1)\nraise KeyError(f(1).data)\n", TWO, "unknown", "still does not run to its end"),
    ],
)
def test_verdicts(body: str, code: str, judgement: str, words: str) -> None:
    before = traced(body)
    after = traced(body, code, seconds=1 if code is NEVER else 60)
    verdict = compare(before, after, asked(before, "Better."))
    assert verdict.judgement == judgement
    assert words in verdict.reason
    assert (verdict.before, verdict.after) == (before.outcome, after.outcome)


def test_what_is_compared() -> None:
    before, after = traced(CHECK), traced(CHECK, TWO)
    rows = compare(before, after, asked(before, "Better.")).outputs
    assert [(each.label, each.before, each.after) for each in rows] == [
        ("f(1)", "2", "3"),
        ("f(1) == 3", "False", "True"),
    ]


def test_a_candidate_that_comes_less_far() -> None:
    before = traced("f(1)\nf(2)\n")
    after = traced("f(1)\nf(2)\n", "def f(x):\n    return 1 / (2 - x)")
    rows = compare(before, after, asked(before, "Better.")).outputs
    assert [each.label for each in rows] == ["f(1)", "f(2)"]
    assert rows[0].after == "1.0"
    assert rows[1].after is None or "ZeroDivisionError" in rows[1].after


def test_the_output_limit() -> None:
    assert traced("print('x' * 999)\n").outcome.kind == "finished"
    trace = traced("print('x' * 1000)\n")
    message = "The program printed more than 1,000 bytes."
    assert trace.outcome == Outcome("outputLimit", message)
    assert trace.output == "x" * 1000
