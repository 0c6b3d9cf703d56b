"""Programs that train themselves, as tutorials write them: a regression, a function learned from what is said of its
results, an agent with methods, and a prompt."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from trace_lsp import compat
from trace_lsp.models.llm import DummyLLM
from trace_lsp.trace.verify import verify

compat.install()

from opto import trace  # noqa: E402
from opto.optimizers import OptoPrime  # noqa: E402


def answers(*suggestions: dict[str, Any]) -> DummyLLM:
    """A model that makes the suggestions one after the other, then wants no more change."""
    left = list(suggestions)

    def answer(**question: Any) -> str:
        suggestion = left.pop(0) if left else {}
        return json.dumps({"reasoning": "…", "answer": "", "suggestion": suggestion})

    return DummyLLM(answer)


def line(x: float) -> float:
    return 2 * x - 3


INPUTS = [3, 2, 1, 5, 4]
TARGETS = [line(x) for x in INPUTS]


@trace.bundle()
def squared_error(predicted, target):
    """The squared error of a prediction."""
    return (predicted - target) ** 2


def total_error(predict: Callable[[float], Any]) -> Any:
    total: Any = 0
    for x, y in zip(INPUTS, TARGETS, strict=True):
        total += squared_error(predict(x), y)
    return total


def trained(predict: Any, model: DummyLLM, batch: bool) -> list[float]:
    """The total error after each step: over all samples, or over one after the other."""
    optimizer = OptoPrime(predict.parameters(), model)
    errors = []
    for step in range(4):
        try:
            target = total_error(predict)
            errors.append(target.data)
            if not batch:
                at = step % len(INPUTS)
                target = squared_error(predict(INPUTS[at]), TARGETS[at])
            feedback = "Make it smaller."
        except trace.ExecutionError as error:
            target, feedback = error.exception_node, str(error.exception_node.data)
        verify(target)
        optimizer.zero_feedback()
        optimizer.backward(target, feedback)
        optimizer.step()
    return errors


@pytest.mark.parametrize("batch", [True, False])
def test_a_line_is_fitted(batch: bool) -> None:
    trace.GRAPH.clear()

    @trace.bundle(trainable=True)
    def predict(x):
        """A line."""
        return 0

    model = answers(
        {"__code0": 'def predict(x):\n    """A line."""\n    return x'},
        {"__code0": 'def predict(x):\n    """A line."""\n    return 2 * x - 3'},
    )
    assert trained(predict, model, batch) == [85, 10, 0, 0]


def test_a_failing_version_is_feedback_too() -> None:
    trace.GRAPH.clear()

    @trace.bundle(trainable=True)
    def predict(x):
        return 0

    model = answers(
        {"__code0": "def predict(x):\n    return x / (x - 2)"},
        {"__code0": "def predict(x):\n    return 2 * x - 3"},
    )
    assert trained(predict, model, batch=True) == [85, 0, 0]


@trace.bundle(trainable=True)
def strange_order(numbers):
    """The numbers in strange order: the smallest, the largest of the rest, the smallest of the rest, and so on."""
    return sorted(numbers)


EXAMPLES = [([1, 2, 3, 4], [1, 4, 2, 3]), ([5, 5, 5, 5], [5, 5, 5, 5]), ([], [])]


def test_a_function_is_learned_from_what_is_said_of_its_results() -> None:
    trace.GRAPH.clear()
    learned = (
        "def strange_order(numbers):\n    rest, strange = sorted(numbers), []\n"
        "    while rest:\n        strange.append(rest.pop(-len(strange) % 2 * -1))\n    return strange"
    )
    parameter = strange_order.parameter
    optimizer = OptoPrime([parameter], answers({parameter.py_name: learned}))
    verdicts = []
    for _ in range(2):
        results = [(strange_order(numbers), expected) for numbers, expected in EXAMPLES]
        correct = [result.eq(expected) for result, expected in results]
        told = trace.operators.make_list(*correct)
        verdicts.append(told.data)
        optimizer.zero_feedback()
        optimizer.backward(told, f"Right: {told.data}. All of them should be.")
        optimizer.step()
    assert verdicts == [[False, True, True], [True, True, True]]


@trace.model
class Agent:
    """Answers, in the tone that it was told to take."""

    def __init__(self) -> None:
        self.tone = trace.node("gruff", trainable=True, description="how to speak")

    @trace.bundle(trainable=True)
    def choose(self, mood, tone):
        """The greeting for a mood."""
        return f"{tone}: {mood}?"

    def forward(self, mood: str) -> Any:
        return self.choose(mood, self.tone)


def test_an_agent_learns_its_tone_and_its_method_at_once() -> None:
    trace.GRAPH.clear()
    agent = Agent()
    code = "def choose(self, mood, tone):\n    return f'{tone}! {mood}!'"
    names = {each.is_code: each.py_name for each in agent.parameters()}
    optimizer = OptoPrime(agent.parameters(), answers({names[False]: "kind", names[True]: code}))
    assert agent("glad").data == "gruff: glad?"
    optimizer.zero_feedback()
    optimizer.backward(agent("glad"), "Be kinder, and do not ask.")
    optimizer.step()
    assert agent("glad").data == "kind! glad!"
    assert Agent()("sad").data == "gruff: sad?"


def test_a_prompt_is_learned_through_a_model_that_the_program_asks() -> None:
    trace.GRAPH.clear()
    assistant = DummyLLM(lambda messages: messages[0]["content"].upper())
    prompt = trace.node("answer loudly", trainable=True)

    @trace.bundle()
    def ask(system, question):
        """Asks the assistant."""
        return (
            assistant(messages=[{"role": "system", "content": system}]).choices[0].message.content
        )

    optimizer = OptoPrime([prompt], answers({prompt.py_name: "answer quietly"}))
    optimizer.backward(ask(prompt, "why?"), "Not so loud.")
    optimizer.step()
    assert ask(prompt, "why?").data == "ANSWER QUIETLY"
