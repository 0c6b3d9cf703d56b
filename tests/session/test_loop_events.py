"""What a listener hears while something better is looked for, in what order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from session.cases import REPLIES
from session.looping import CHECKED, HEAD, NO_CHANGE, NUMBER, Bench, suggests
from trace_lsp.errors import TraceLspError
from trace_lsp.optimizers.counting import tokens_of
from trace_lsp.session.events import Asking, CandidateTried, StepBegan, StepEnded, Understood
from trace_lsp.session.goal import Goal

UNREADABLE = REPLIES["unreadableReply"]
ASKED = ("building the problem", "problem", "asking", "asking the model")


def step(number: int, most: int, *after: str) -> list[str]:
    return [f"step {number} of {most}", *ASKED, *after]


TRIED = ("text", "understood", "checking")


@pytest.mark.parametrize(
    ("replies", "steps", "words"),
    [
        ([suggests(f="x + 1")], 1, [*step(1, 1, *TRIED, "better", "accepted"), "ready"]),
        (
            [suggests(f="x + 2"), suggests(f="x.no"), suggests(f="x + 1")],
            4,
            [
                *step(1, 4, *TRIED, "unknown", "not accepted"),
                *step(2, 4, *TRIED, "worse", "not accepted"),
                *step(3, 4, *TRIED, "better", "accepted"),
                "ready",
            ],
        ),
        (
            [UNREADABLE, UNREADABLE, NO_CHANGE],
            2,
            [
                *step(1, 2, "text", "refused", "checking", "not accepted"),
                *step(2, 2, *TRIED, "not accepted"),
                "ready",
            ],
        ),
        # A step that cannot be taken ends, too; a result of it is there only if something was found.
        ([], 2, step(1, 2, "not accepted")),
        (
            [suggests(f="2")],
            2,
            [*step(1, 2, *TRIED, "better", "accepted"), *step(2, 2, "not accepted"), "ready"],
        ),
    ],
)
def test_the_order(tmp_path: Path, replies: list[Any], steps: int, words: list[str]) -> None:
    bench = Bench(tmp_path, CHECKED, *replies)
    try:
        bench.optimize(steps=steps)
    except TraceLspError:
        assert not replies
    assert bench.heard.words == ["tracing", *words]


def test_several_candidates(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, *[suggests(f=each) for each in ("2", "2", "x + 1")])
    bench.optimize(candidates=3)
    words = bench.heard.words
    # One question's text is heard, and all that came is understood before anything is run.
    assert words.count("text") == 1
    at = words.index("understood")
    assert words[at : at + 4] == ["understood"] * 3 + ["checking"]
    assert sorted(words[at + 4 : at + 6]) == ["better", "better"]
    assert words[at + 6 :] == ["accepted", "ready"]


def test_what_they_say(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, suggests(f="2"), suggests(f="x + 1"))
    proposal = bench.optimize(steps=3)
    first, asking, understood, tried, ended = bench.heard.events[:5]
    assert first == StepBegan(1, 3, "OptoPrime", "scripted")
    prompt = proposal.steps[0].problem
    assert asking == Asking(prompt, tokens_of(prompt))
    assert understood == Understood("Because.", "")
    assert isinstance(tried, CandidateTried)
    assert tried.verdict.reason == "1 of 2 checks hold; 0 did before."
    assert ended == StepEnded(1, True, "1 of 2 checks hold; 0 did before.")
    # Each is told against the program as it is; the step says what is new.
    *_, last_tried, last_ended = bench.heard.events
    assert isinstance(last_tried, CandidateTried)
    assert last_tried.verdict == proposal.verdict
    assert last_ended == StepEnded(2, True, "2 of 2 checks hold; 1 did before.")
    assert bench.heard.problems[1] == proposal.problem


def test_several_questions_count_together(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CHECKED, *[suggests(f="x + 1")] * 3)
    bench.optimize(candidates=3)
    (asking,) = (each for each in bench.heard.events if isinstance(each, Asking))
    assert asking.tokens == 3 * tokens_of(asking.prompt)


def test_a_run_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, suggests(x0=2.0), suggests(x0=1.0))
    bench.optimize(goal=Goal("loss"))
    before = bench.session.trace_of(str(bench.file))
    proposal = bench.optimize(goal=Goal("loss"))
    assert bench.session.trace_of(str(bench.file)) is before
    # What was only tried is no run of the program's.
    assert proposal.verdict is not None
    assert proposal.verdict.objective == (2.0, 0.0)
    bench.file.write_text(NUMBER.replace("3.0", "4.0"), "utf-8")
    with pytest.raises(TraceLspError):
        bench.optimize(goal=Goal("loss"))
    assert bench.session.trace_of(str(bench.file)) is not before


def test_a_program_that_trains_itself_takes_no_steps(tmp_path: Path) -> None:
    text = HEAD + (
        "from opto.optimizers import OptoPrime\n"
        "optimizer = OptoPrime(f.parameters())\n"
        "optimizer.zero_feedback()\n"
        "optimizer.backward(f(1), 'It should be 2.')\n"
        "optimizer.step()\n"
        "f(1).eq(2)\n"
    )
    bench = Bench(tmp_path, text, suggests(f="x + 1"))
    proposal = bench.optimize(steps=3)
    assert len(proposal.steps) == 1
    assert proposal.feedback == "It should be 2."
    assert proposal.verdict is not None
    assert proposal.verdict.passes
