"""What every optimizer that asks a model does alike: a new one that is exported gets these tests.

One whose replies are not OptoPrime's says in `FORMS` how a model answers it.
"""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from runs.running import PYTHONS, needs

import trace_lsp.optimizers as optimizers
from optimizers.asked import Asked
from trace_lsp.models.scripted import Scripted
from trace_lsp.optimizers import Optimizer
from trace_lsp.optimizers.optoprime import answer_step
from trace_lsp.optimizers.steps import decode_step, encode_answer
from trace_lsp.runs.configuration import RunConfiguration
from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Trace
from trace_lsp.trace import node

ASK_NOBODY = ("Search",)
KINDS = sorted(
    {
        each
        for name in optimizers.__all__
        if isinstance(each := getattr(optimizers, name), type)
        and each is not Optimizer
        and name not in ASK_NOBODY
    },
    key=lambda kind: kind.__name__,
)


def in_json(variable: str, value: Any) -> str:
    return json.dumps({"reasoning": "because", "answer": "", "suggestion": {variable: value}})


def in_tags(variable: str, value: Any) -> str:
    named = f"<name>{variable}</name><value>{value}</value>"
    return f"<reasoning>because</reasoning><variable>{named}</variable>"


FORMS: Mapping[str, Callable[[str, Any], str]] = {
    "OptoPrimeV2": in_tags,
    "OPROv2": in_tags,
    "TextGrad": lambda variable, value: f"<IMPROVED_VARIABLE>{value}</IMPROVED_VARIABLE>",
}
QUESTIONS = {"OptoPrimeMulti": 3, "TextGrad": 2}
"""How many questions a step on one operation asks; one where nothing is said."""

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def replies(kind: Any, value: Any) -> list[str]:
    """What a model says that wants x to have the value."""
    text = FORMS.get(kind.__name__, in_json)("x0", value)
    return [text] * QUESTIONS.get(kind.__name__, 1)


def stepped(
    kind: Any, value: Any = 7, turns: int = 1, **options: Any
) -> tuple[Any, Any, dict[Any, Any]]:
    """A parameter, its optimizer, and what a step suggested."""
    x = node(3, name="x", trainable=True)
    optimizer = kind([x], llm=Asked(*replies(kind, value) * turns))
    optimizer.zero_feedback()
    optimizer.backward(x + 1, "It should be 8.")
    return x, optimizer, optimizer.step(**options)


@each_kind
def test_a_step_puts_what_is_suggested_in_place(kind: Any) -> None:
    x, _, suggested = stepped(kind)
    assert suggested == {x: 7}
    assert x.data == 7
    assert type(x.data) is int


@each_kind
def test_a_proposal_changes_nothing(kind: Any) -> None:
    x, _, suggested = stepped(kind, bypassing=True)
    assert suggested == {x: 7}
    assert x.data == 3


@each_kind
def test_without_feedback_nobody_is_asked(kind: Any) -> None:
    x = node(3, name="x", trainable=True)
    model = Asked()
    optimizer = kind([x], llm=model)
    optimizer.backward(x + 1, "It should be 8.")
    optimizer.zero_feedback()
    with pytest.warns(UserWarning, match="changes nothing"):
        assert optimizer.step() == {}
    assert model.prompts == []


@each_kind
def test_a_reply_of_another_type_changes_nothing(kind: Any) -> None:
    with pytest.warns(UserWarning, match="wrong type"):
        x, _, suggested = stepped(
            kind, "seven, or so", turns=2
        )  # asked once more, it says the same
    assert suggested == {}
    assert x.data == 3


@each_kind
def test_what_is_saved_is_loaded(kind: Any, tmp_path: Path) -> None:
    x, optimizer, _ = stepped(kind)
    path = str(tmp_path / "state.json")
    optimizer.save(path)
    other = kind([x], llm=Asked())
    other.load(path)
    assert other.log == optimizer.log
    assert other.objective == optimizer.objective


@each_kind
def test_a_log_holds_each_step(kind: Any) -> None:
    x = node(3, name="x", trainable=True)
    optimizer = kind([x], llm=Asked(*replies(kind, 7), *replies(kind, 8)), log=True)
    for _ in range(2):
        optimizer.zero_feedback()
        optimizer.backward(x + 1, "It should be 9.")
        optimizer.step()
    assert optimizer.log is not None
    assert [set(each) for each in optimizer.log] == [
        {"system_prompt", "user_prompt", "response"}
    ] * 2
    assert all(each["user_prompt"] and each["response"] for each in optimizer.log)


PROGRAM = """\
from opto.optimizers import {kind}
from opto.trace import node

x = node(3, name="x", trainable=True)
optimizer = {kind}([x])
optimizer.zero_feedback()
optimizer.backward(x + 1, "It should be 8.")
optimizer.step()
print(x.data)
"""


def traced(folder: Path, kind: Any, python: str, value: Any) -> Trace:
    """A run of a program whose steps are answered as a session answers them."""
    model = Scripted(replies(kind, value))
    interpreter = Interpreter(python, (3, 11), "for this test")
    configuration = RunConfiguration(str(folder / "program.py"), interpreter, str(folder))

    async def answer(request: Mapping[str, Any]) -> dict[str, Any]:
        return encode_answer(await answer_step(decode_step(request), model))

    text = PROGRAM.format(kind=kind.__name__)
    return asyncio.run(run(configuration, text, on_event=lambda event: None, answer_step=answer))


@pytest.mark.parametrize("version", [PYTHONS[0], "3.11"])
@each_kind
def test_the_same_in_a_traced_run(kind: Any, version: str, tmp_path: Path) -> None:
    trace = traced(tmp_path, kind, needs(version), 7)
    assert (trace.outcome.kind, trace.output) == ("finished", "7\n")
    assert [each.value for each in trace.updates] == ["7"]


@each_kind
def test_a_graph_as_data_is_asked_about_in_the_same_words(kind: Any) -> None:
    from trace_lsp.trace.records import trace_graph

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x, optimizer, _ = stepped(kind, bypassing=True)
        graph = trace_graph([(x + 1, "It should be 8.")])
        requests = kind([]).requests(graph, [x._serial])
    assert {each.variables for each in requests} == {(x._serial,)}
    assert requests[0].objective == optimizer._request(graph, ()).objective
