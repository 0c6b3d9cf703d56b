"""Steps that are taken elsewhere: by the host of a run, across a wire."""

from __future__ import annotations

import ast
import asyncio
import json
import warnings
from typing import Any

import pytest

from trace_lsp.models.scripted import Scripted
from trace_lsp.optimizers import OptoPrime
from trace_lsp.optimizers.optoprime import answer_step
from trace_lsp.optimizers.steps import (
    Remembered,
    StepAnswer,
    StepRequest,
    decode_answer,
    decode_step,
    encode_answer,
    encode_step,
)
from trace_lsp.optimizers.style import Style
from trace_lsp.trace import node
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.records import trace_graph


def suggesting(**values: Any) -> dict[str, Any]:
    return {"reasoning": "because", "answer": "", "suggestion": values}


class Host:
    """A run's host: answers steps as the server does, over JSON."""

    def __init__(self, model: Scripted) -> None:
        self.model = model
        self.pending: list[list[tuple[str, str]]] = []
        self.updates: list[object] = []

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:
        return function(*args, **kwargs)

    def on_node(self, node: object) -> None: ...

    def on_backward(self, outputs: list[Any]) -> None:
        self.pending.append([(output.py_name, text) for output, text in outputs])

    def on_update(self, parameter: Any) -> None:
        self.updates.append(parameter.data)

    def override(self, file: str, line: int, is_code: bool) -> None:
        return None

    def step(self, request: dict[str, Any]) -> dict[str, Any]:
        asked = decode_step(json.loads(json.dumps(request)))
        answer = asyncio.run(answer_step(asked, self.model))
        return json.loads(json.dumps(encode_answer(answer)))


def test_in_a_run_the_host_answers() -> None:
    host = recorder.host = Host(Scripted([suggesting(x0="it's"), "nothing"]))
    x = node("a", name="x", trainable=True)
    optimizer = OptoPrime([x])
    optimizer.backward(x.join(["b", "c"]), "other")
    assert optimizer.step() == {x: "it's"}
    assert (x.data, host.updates) == ("it's", ["it's"])
    assert host.pending == [[("join0", "other")]]
    optimizer.zero_feedback()
    optimizer.backward(x.upper(), "again")
    assert host.pending[1] == [("upper0", "again")]
    with pytest.warns(UserWarning, match="not in the format"):
        optimizer.step()


def test_a_host_that_takes_no_steps_changes_nothing() -> None:
    host = recorder.host = Host(Scripted([]))
    host.step = lambda request: encode_answer(StepAnswer())  # type: ignore[method-assign]
    x = node(1, trainable=True)
    optimizer = OptoPrime([x])
    optimizer.backward(x + 1, "more")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert optimizer.step(verbose=True) == {}
    assert optimizer.log == []


def test_a_model_given_by_the_program_is_asked_in_a_run_too() -> None:
    recorder.host = Host(Scripted([]))
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], llm=Scripted([suggesting(x0=2)]))
    optimizer.backward(x + 1, "more")
    optimizer.step()
    assert x.data == 2


def test_steps_and_answers_cross_the_wire() -> None:
    x = node(1, name="x", trainable=True)
    graph = trace_graph([(x + 1, "more")])
    style = Style(
        ("Variables", "Feedback"), ("Variables",), {"Variables": "V"}, {"answer": None}, True, True
    )
    memory = (Remembered(("(int) x0=1", "(int) y0=2"), "less"),)
    request = StepRequest(graph, (x._serial,), "Do.", 10, style, memory)
    assert decode_step(json.loads(json.dumps(encode_step(request)))) == request
    answer = StepAnswer({3: "'a'"}, "s", "u", "r", "no", "wrongType")
    assert decode_answer(json.loads(json.dumps(encode_answer(answer)))) == answer


@pytest.mark.parametrize(
    "key", ["graph", "variables", "objective", "max_tokens", "style", "memory"]
)
def test_what_is_no_step_is_a_value_error(key: str) -> None:
    x = node(1, trainable=True)
    data = encode_step(StepRequest(trace_graph([(x, "")]), (1,), "", 1))
    with pytest.raises(ValueError, match="not a"):
        decode_step({name: value for name, value in data.items() if name != key})
    with pytest.raises(ValueError, match="not a"):
        decode_step({**data, key: None} if key != "objective" else {})


def test_values_travel_as_literals() -> None:
    x = node("a", name="x", trainable=True)
    request = StepRequest(trace_graph([(x, "more")]), (x._serial,), "", 10)
    answer = asyncio.run(answer_step(request, Scripted([suggesting(x0="1\n2")])))
    assert ast.literal_eval(answer.values[x._serial]) == "1\n2"
