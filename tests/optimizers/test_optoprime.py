from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from typing import Any, Optional

import pytest

from trace_lsp.errors import NoModel, ReplyRefused, ScriptEnded
from trace_lsp.models.chat import Message, OnText, Reply
from trace_lsp.models.scripted import Item, Scripted
from trace_lsp.optimizers import OptoPrime
from trace_lsp.optimizers.optimizer import Optimizer
from trace_lsp.optimizers.optoprime import messages_of, prompt_of
from trace_lsp.optimizers.problem import build_problem
from trace_lsp.trace import ExecutionError, bundle, node
from trace_lsp.trace.records import trace_graph


class Listening(Scripted):
    """A scripted model that keeps what it was asked."""

    def __init__(self, replies: Sequence[Item]) -> None:
        super().__init__(replies)
        self.asked: list[tuple[list[Message], int, bool]] = []

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        json_object: bool = False,
        on_text: Optional[OnText] = None,
    ) -> Reply:
        self.asked.append((list(messages), max_tokens, json_object))
        return await super().ask(
            messages, max_tokens=max_tokens, json_object=json_object, on_text=on_text
        )


def suggesting(**values: Any) -> dict[str, Any]:
    return {"reasoning": "because", "answer": "", "suggestion": values}


def test_a_step_changes_the_parameter() -> None:
    x = node(1, name="x", trainable=True)
    model = Listening([suggesting(x0=7)])
    optimizer = OptoPrime([x], llm=model)
    optimizer.zero_feedback()
    optimizer.backward(x * 2, "should be 14")
    assert optimizer.step() == {x: 7}
    assert (x.data, (x * 2).data) == (7, 14)
    ((messages, max_tokens, json_object),) = model.asked
    assert [each.role for each in messages] == ["system", "user"]
    assert "should be 14" in messages[1].text
    assert (max_tokens, json_object) == (4096, True)


def test_proposing_changes_nothing() -> None:
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], llm=Scripted([suggesting(x0=7)]))
    optimizer.backward(x + 1, "more")
    assert optimizer.propose() == {x: 7}
    assert x.data == 1


def test_a_training_loop_of_several_steps() -> None:
    @bundle(trainable=True)
    def line(x):
        """A straight line."""
        return 0

    @bundle()
    def error(guess, wanted):
        """How far off a guess is."""
        return abs(guess - wanted)

    codes = [
        "def line(x):\n    return 3 * x",
        "def line(x):\n    return x / 0",
        "def line(x):\n    return 3 * x + 1",
    ]
    model = Listening([suggesting(__code0=code) for code in codes])
    optimizer = OptoPrime(line.parameters(), llm=model)
    losses: list[object] = []
    for _ in range(4):
        try:
            loss = 0
            for x in (1, 2, 3):
                loss += error(line(x), 3 * x + 1)
            target, feedback = loss, "Make it smaller"
        except ExecutionError as failed:
            target = failed.exception_node
            feedback = failed.exception_node.data
        losses.append(target.data)
        if len(losses) == 4:
            break
        optimizer.zero_feedback()
        optimizer.backward(target, feedback)
        optimizer.step()
    assert losses == [21, 3, "(ZeroDivisionError) division by zero", 0]
    asked = [messages[1].text for messages, _, _ in model.asked]
    assert "add2 = add(x=add1, y=error2)" in asked[0]
    assert "#Outputs\n(int) add2=21\n" in asked[0]
    assert "(code) __code0:def line(x):\n    return 3 * x\n" in asked[1]
    assert "#Outputs\n(str) exception_eval0=(ZeroDivisionError) division by zero" in asked[2]
    assert "#Feedback\n(ZeroDivisionError) division by zero" in asked[2]
    assert len(optimizer.log) == 3


def test_inside_a_running_event_loop() -> None:
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], llm=Scripted([suggesting(x0=7)]))

    async def program() -> int:
        optimizer.backward(x + 1, "more")
        optimizer.step()
        return x.data

    assert asyncio.run(program()) == 7


VALUES = [
    (1, 2),
    (1.5, 2.5),
    (True, False),
    ("a", "1"),
    ("a", 'it\'s\n"quoted"'),
    ([1], [2, "b"]),
    ({"a": 1}, {"b": [None]}),
    ((1,), [2, 3]),
    ({1}, [2]),
    (None, "5"),
    (None, 5),
    (None, None),
]


@pytest.mark.parametrize(("now", "said"), VALUES)
def test_values_of_every_type(now: Any, said: Any) -> None:
    x = node(now, name="x", trainable=True)
    optimizer = OptoPrime([x], llm=Scripted([suggesting(x0=said)]))
    optimizer.backward(x.clone(), "other")
    optimizer.step()
    expected = type(now)(said) if isinstance(now, (tuple, set)) else said
    assert (x.data, type(x.data)) == (expected, type(expected))


def test_the_whole_of_a_long_value_is_shown() -> None:
    x = node(["word " * 1_000], name="x", trainable=True)
    model = Listening([suggesting(x0=["b"])])
    optimizer = OptoPrime([x], llm=model)
    optimizer.backward(x.len(), "shorter")
    optimizer.step()
    assert repr(["word " * 1_000]) in model.asked[0][0][1].text


@pytest.mark.parametrize(
    ("reply", "reason", "said"),
    [
        ("nothing to say", "unreadableReply", "not in the format"),
        ("", "emptyReply", "sent nothing"),
        ({"text": '{"reasoning": "', "finish": "length"}, "replyCutOff", "stops in the middle"),
        ({"text": "{}", "finish": "filtered"}, "contentFiltered", "filtered"),
        (suggesting(y0=1), "unknownVariable", "It names `y0`; there is __code0, x0."),
        (suggesting(x0="b"), "wrongType", "`x0` is of type int; it says 'b'."),
        (suggesting(x0=2, __code0="def f(x): ret urn"), "doesNotCompile", "not valid Python"),
        (suggesting(__code0="def g(x): return 1"), "nameChanged", "It defines `g`"),
        (suggesting(__code0="def f(): return 1"), "signatureChanged", "must stay `f(x)`"),
    ],
)
def test_a_refused_reply_warns_and_changes_nothing(reply: Item, reason: str, said: str) -> None:
    @bundle(trainable=True)
    def f(x):
        return x

    x = node(1, name="x", trainable=True)
    before = f.parameter.data
    optimizer = OptoPrime([x, *f.parameters()], llm=Scripted([reply, reply]))
    optimizer.backward(f(x), "more")
    with pytest.warns(UserWarning, match="The step changes nothing") as caught:
        assert optimizer.step() == {}
    assert said in str(caught[0].message)
    assert caught[0].filename == __file__
    assert (x.data, f.parameter.data) == (1, before)
    assert len(optimizer.log) == 1

    strict = OptoPrime([x, *f.parameters()], llm=Scripted([reply]), ignore_extraction_error=False)
    with pytest.raises(ReplyRefused) as refused:
        strict.step()
    assert refused.value.reason == reason
    assert (x.data, f.parameter.data) == (1, before)


@pytest.mark.parametrize("reply", ["TERMINATE", suggesting(), suggesting(x0=1)])
def test_no_change_is_no_warning(reply: Item) -> None:
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], llm=Scripted([reply]))
    optimizer.backward(x + 1, "fine")
    assert optimizer.step() == {}
    assert x.data == 1


def test_without_feedback_nothing_is_asked_and_it_says_so() -> None:
    x = node(1, trainable=True)
    optimizer = OptoPrime([x], llm=Scripted([]))
    optimizer.backward(node(2) + 3, "more")
    with pytest.warns(UserWarning, match="No feedback was given on anything") as caught:
        assert optimizer.step() == {}
    assert caught[0].filename == __file__


def test_a_models_error_comes_through_and_the_feedback_stays() -> None:
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], llm=Scripted([]))
    optimizer.backward(x + 1, "more")
    with pytest.raises(ScriptEnded):
        optimizer.step()
    optimizer.llm = Scripted([suggesting(x0=3)])
    optimizer.step()
    assert x.data == 3


def test_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    x = node(1, name="x", trainable=True)
    replies = [suggesting(x0=at) for at in (2, 3, 4)]
    optimizer = OptoPrime([x], llm=Scripted(replies))
    output = x + 1
    optimizer.backward(output, "more")
    problem = build_problem(trace_graph([(output, "more")]))
    optimizer.step(verbose=True)
    shown = json.dumps(replies[0], indent=2)
    assert capsys.readouterr().out == f"Prompt\n{prompt_of(problem)}\nLLM response:\n{shown}\n"
    optimizer.step(verbose="output")
    assert capsys.readouterr().out == f"LLM response:\n{json.dumps(replies[1], indent=2)}\n"
    optimizer.step()
    assert capsys.readouterr().out == ""
    assert [each["response"] for each in optimizer.log] == [
        json.dumps(each, indent=2) for each in replies
    ]
    first = optimizer.log[0]
    assert f"{first['system_prompt']}\n\n{first['user_prompt']}" == prompt_of(problem)


def test_the_prompt_is_the_messages() -> None:
    x = node(1, trainable=True)
    problem = build_problem(trace_graph([(x + 1, "{braces} stay")]))
    system, user = messages_of(problem)
    assert prompt_of(problem) == f"{system.text}\n\n{user.text}"
    assert problem.text() in user.text
    assert user.text.endswith("Your answer:")


def test_two_feedbacks_on_two_outputs_are_one_step() -> None:
    x = node(1, name="x", trainable=True)
    model = Listening([suggesting(x0=2)])
    optimizer = OptoPrime([x], llm=model)
    optimizer.backward(x + 1, "too small")
    optimizer.backward(x * 5, "too large")
    optimizer.step()
    assert "#Feedback\n1. add0: too small\n2. multiply0: too large" in model.asked[0][0][1].text


def test_zeroing_lets_old_feedback_go() -> None:
    x = node(1, name="x", trainable=True)
    model = Listening([suggesting(x0=2)])
    optimizer = OptoPrime([x], llm=model)
    optimizer.backward(x + 1, "old")
    optimizer.zero_feedback()
    optimizer.backward(x * 5, "new")
    optimizer.step()
    assert "old" not in model.asked[0][0][1].text


def test_a_parameter_that_is_not_the_optimizers_stays() -> None:
    x, y = node(1, name="x", trainable=True), node(2, name="y", trainable=True)
    model = Listening([suggesting(y0=5)])
    optimizer = OptoPrime([x], llm=model)
    optimizer.backward(x + y, "more")
    with pytest.warns(UserWarning, match="It names `y0`; there is x0"):
        optimizer.step()
    assert "#Inputs\n(int) y0=2\n" in model.asked[0][0][1].text
    assert y.data == 2


def test_objective_and_max_tokens() -> None:
    x = node(1, name="x", trainable=True)
    model = Listening([suggesting(x0=2)])
    optimizer = OptoPrime([x], model, objective="Find the answer.", max_tokens=50)
    optimizer.backward(x + 1, "more")
    optimizer.step()
    messages, max_tokens, _ = model.asked[0]
    assert "#Instruction\nFind the answer.\n" in messages[1].text
    assert max_tokens == 50


def test_what_is_no_parameter_is_refused() -> None:
    with pytest.raises(TypeError, match="takes trainable nodes; it was given Node"):
        OptoPrime([node(1)])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="given on a node; this is of type int"):
        OptoPrime([node(1, trainable=True)]).backward(5, "x")  # type: ignore[arg-type]


def test_without_a_model_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("OPENAI_"):
            monkeypatch.delenv(name)
    x = node(1, trainable=True)
    optimizer = OptoPrime([x])
    optimizer.backward(x + 1, "more")
    with pytest.raises(NoModel):
        optimizer.step()


def test_an_optimizer_that_does_not_say_how() -> None:
    x = node(1, trainable=True)
    optimizer = Optimizer([x])
    optimizer.backward(x + 1, "more")
    with pytest.raises(TypeError, match="Optimizer does not say how it takes a step"):
        optimizer.step()
