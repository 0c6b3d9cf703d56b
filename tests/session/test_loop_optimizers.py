"""Each optimizer by its name: the same as in a program's own loop, and what it asks step by step."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

import trace_lsp.optimizers as optimizers
from session.looping import NUMBER, Bench, suggests
from trace_lsp.models.choose import ModelSettings
from trace_lsp.session.events import Listener, StepBegan
from trace_lsp.session.goal import Goal
from trace_lsp.session.optimizers import optimizer_of
from trace_lsp.session.wanted import OptimizerName

LOSS = Goal("loss")


def in_json(value: Any) -> Any:
    return suggests(x0=value)


def in_tags(value: Any) -> str:
    named = f"<name>x0</name><value>{value}</value>"
    return f"<reasoning>Because.</reasoning><variable>{named}</variable>"


def improved(value: Any) -> str:
    return f"<IMPROVED_VARIABLE>{value}</IMPROVED_VARIABLE>"


@dataclass(frozen=True)
class Kind:
    """An optimizer's name, how a model answers it, and how many questions a step has. `shows` is
    in its questions, and `hides` is not."""

    name: OptimizerName
    reply: Callable[[Any], Any]
    shows: str
    hides: str = "\0"
    questions: int = 1
    remembers: bool = True


KINDS = (
    Kind("OptoPrime", in_json, "subtract0 = subtract(x=x0, y=int0)"),
    Kind("OptoPrimeV2", in_tags, '<variable name="x0" type="float">'),
    Kind("OptoPrimeMulti", in_json, "subtract0 = subtract(x=x0, y=int0)", questions=2),
    Kind("OPRO", in_json, "(float) x0=3.0", "subtract"),
    Kind("OPROv2", in_tags, "# Solution", "subtract"),
    Kind("TextGrad", improved, "(float) x0=3.0", questions=2, remembers=False),
)

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def bench_of(folder: Path, kind: Kind, *values: Any) -> Bench:
    replies = [kind.reply(value) for value in values for _ in range(kind.questions)]
    return Bench(folder, NUMBER, *replies)


def test_all_are_here() -> None:
    assert {"", "search", *(kind.name for kind in KINDS)} == set(get_args(OptimizerName))


@each_kind
def test_it_is_the_programs_own(kind: Kind) -> None:
    assert type(optimizer_of(kind.name, 1)) is getattr(optimizers, kind.name)


@each_kind
def test_two_steps(tmp_path: Path, kind: Kind) -> None:
    bench = bench_of(tmp_path, kind, 5.0, 1.5)
    proposal = bench.optimize(optimizer=kind.name, goal=LOSS, steps=2)
    assert [each.value for each in proposal.changes] == ["1.5"]
    assert {each.optimizer for each in proposal.steps} == {kind.name}
    assert [each.optimizer for each in bench.heard.events if isinstance(each, StepBegan)] == [
        kind.name
    ] * 2
    first, second = bench.heard.prompts
    assert kind.shows in first
    assert kind.hides not in first
    assert "Earlier values" not in first
    # What it was worse by is not in the problem any more, but what was tried is remembered.
    assert ("5.0" in second) == kind.remembers
    assert ("worse: `loss` is 4; it was 2." in second) == kind.remembers
    # Such is what was sent, by the model's account.
    if kind.name != "TextGrad":
        assert [each.problem for each in proposal.steps][:: kind.questions] == [first, second]
    assert "`loss` should be as small as possible; it is 2 now." in second


@each_kind
def test_the_prompt_that_would_be_sent(tmp_path: Path, kind: Kind) -> None:
    bench = bench_of(tmp_path, kind, 2.0)
    wanted = bench.wanted(optimizer=kind.name, goal=LOSS)
    prompt = asyncio.run(bench.session.prompt(wanted, Listener()))
    bench.optimize(optimizer=kind.name, goal=LOSS)
    assert bench.heard.prompts == [prompt]


@pytest.mark.parametrize(
    ("provider", "named", "candidates", "used"),
    [
        ("scripted", "", 1, "OptoPrime"),
        ("scripted", "", 2, "OptoPrimeMulti"),
        ("scripted", "OPRO", 1, "OPRO"),
        ("none", "", 1, "search"),
    ],
)
def test_which_is_used(
    tmp_path: Path, provider: Any, named: Any, candidates: int, used: str
) -> None:
    bench = Bench(tmp_path, NUMBER, suggests(x0=2.0), suggests(x0=2.0))
    if provider == "none":
        bench = Bench(tmp_path, NUMBER, model=ModelSettings("none"))
    proposal = bench.optimize(optimizer=named, candidates=candidates, goal=LOSS)
    assert {each.optimizer for each in proposal.steps} == {used}


TEXT = """\
from opto import trace

greeting = trace.node("hello\\nyou", trainable=True, name="greeting")
loss = len(greeting.data) + (greeting + "!").eq("").data
"""


def test_texts_are_remembered_as_they_are_shown(tmp_path: Path) -> None:
    replies = [suggests(greeting0=each) for each in ("longer than\nthat", "hi\nyou")]
    bench = Bench(tmp_path, TEXT, *replies)
    bench.optimize(goal=LOSS, steps=2)
    assert "(str) greeting0=hello\nyou\n" in bench.heard.prompts[0]
    assert "Try 1:\n(str) greeting0=longer than\nthat\nWhat was" in bench.heard.prompts[1]


def test_no_more_than_the_last_few_are_remembered(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, *[suggests(x0=10.0 + each) for each in range(7)])
    bench.optimize(goal=LOSS, steps=7, patience=9)
    last = bench.heard.prompts[-1]
    assert "Try 5:" in last
    assert "Try 6:" not in last
    assert "x0=10.0" not in last
    assert "x0=15.0" in last


def test_an_optimizer_of_tags_is_answered_in_json_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NUMBER, json.dumps(suggests(x0=2.0)))
    proposal = bench.optimize(optimizer="OptoPrimeV2", goal=LOSS)
    assert [each.value for each in proposal.changes] == ["2.0"]
