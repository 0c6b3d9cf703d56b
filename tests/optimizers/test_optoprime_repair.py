"""Replies that cannot be used, and the model asked once more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.chat import Message, Reply, Tokens
from trace_lsp.models.scripted import Scripted
from trace_lsp.optimizers import OptoPrime
from trace_lsp.optimizers.counting import tokens_of
from trace_lsp.optimizers.optoprime import answer_step, messages_of, suggest
from trace_lsp.optimizers.problem import build_problem
from trace_lsp.optimizers.schema import schema_of
from trace_lsp.optimizers.steps import StepRequest
from trace_lsp.optimizers.style import Style, Tags
from trace_lsp.trace import GRAPH, bundle, node
from trace_lsp.trace.records import trace_graph

from .asked import suggesting

WRONG, RIGHT = suggesting(x0="b"), suggesting(x0=7)


class Heard(Scripted):
    """Keeps what it was asked, and counts tokens."""

    takes_schema = True

    def __init__(self, *replies: Any) -> None:
        super().__init__(replies)
        self.asked: list[list[Message]] = []
        self.options: list[dict[str, Any]] = []

    async def ask(self, messages: Any, **options: Any) -> Reply:
        self.asked.append(list(messages))
        self.options.append(options)
        reply = await super().ask(messages, **options)
        return Reply(reply.text, reply.finish, Tokens(10, 3), "m")


def problem(value: Any = 1) -> Any:
    GRAPH.clear()
    x = node(value, name="x", trainable=True)
    return build_problem(trace_graph([(x.clone(), "other")]))


def suggested(model: Scripted, **style: Any) -> Any:
    return asyncio.run(suggest(problem(), model, style=Style(**style)))


def test_the_model_is_told_what_was_wrong() -> None:
    model = Heard(WRONG, RIGHT)
    found = suggested(model)
    assert found.values == {"x0": 7}
    first, second = model.asked
    assert second[:2] == first == list(messages_of(problem()))
    assert [each.role for each in second] == ["system", "user", "assistant", "user"]
    assert second[2].text.startswith('{\n  "reasoning": "because"')
    said = "A suggested value has the wrong type. `x0` is of type int; it says 'b'."
    assert said in second[3].text
    assert "a whole answer in the form that was asked for" in second[3].text
    (refused,) = found.refused
    assert (refused.reason, refused.message, refused.raw) == ("wrongType", said, second[2].text)
    assert found.tokens == Tokens(20, 6)


def test_once_and_no_more_unless_it_is_set() -> None:
    with pytest.raises(ReplyRefused) as refused:
        suggested(Heard(WRONG, "nonsense", RIGHT))
    assert refused.value.reason == "unreadableReply"
    assert refused.value.raw == "nonsense"
    cause = refused.value.__cause__
    assert isinstance(cause, ReplyRefused)
    assert cause.reason == "wrongType"
    assert suggested(Heard(WRONG, "nonsense", RIGHT), repair_turns=2).values == {"x0": 7}
    model = Heard(WRONG, RIGHT)
    with pytest.raises(ReplyRefused, match="wrong type"):
        suggested(model, repair_turns=0)
    assert len(model.asked) == 1


def test_no_change_is_an_answer_too() -> None:
    found = suggested(Heard(WRONG, "TERMINATE"))
    assert (found.values, len(found.refused)) == ({}, 1)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"text": '{"reasoning": "', "finish": "length"}, "Be much shorter this time."),
        ("", "The model sent nothing."),
        (suggesting(y0=1), "It names `y0`; there is x0."),
    ],
)
def test_each_refusal_is_worth_another_turn(reply: Any, said: str) -> None:
    model = Heard(reply, RIGHT)
    assert suggested(model).values == {"x0": 7}
    assert said in model.asked[1][-1].text
    assert all(each.text for each in model.asked[1])


def test_what_the_endpoint_filtered_is_not_asked_for_again() -> None:
    model = Heard({"text": "", "finish": "filtered"}, RIGHT)
    with pytest.raises(ReplyRefused, match="filtered"):
        suggested(model)
    assert len(model.asked) == 1


def test_a_model_that_fails_then_leaves_the_first_refusal_and_says_why() -> None:
    with pytest.raises(ReplyRefused) as refused:
        suggested(Scripted([WRONG]))
    assert refused.value.reason == "wrongType"
    assert refused.value.message.startswith("A suggested value has the wrong type.")
    assert "the model gave no reply: scripted has no reply left" in refused.value.message


def test_the_turn_is_within_the_budget() -> None:
    long = "nonsense " * 5_000
    model = Heard(long, RIGHT)
    assert suggested(model, tokens=2_000).values == {"x0": 7}
    assert "characters left out" in model.asked[1][2].text
    size = sum(tokens_of(each.text) for each in messages_of(problem()))
    model = Heard(long, RIGHT)
    with pytest.raises(ReplyRefused):
        suggested(model, tokens=size + 80)
    assert len(model.asked) == 1


def test_a_step_keeps_both_replies() -> None:
    x = node(1, name="x", trainable=True)
    request = StepRequest(trace_graph([(x + 1, "more")]), (x._serial,), "Do.", 10)
    answer = asyncio.run(answer_step(request, Heard(WRONG, RIGHT)))
    assert answer.values == {x._serial: "7"}
    assert '"x0": "b"' in answer.user_prompt
    assert "the wrong type" in answer.user_prompt
    assert '"x0": 7' in answer.reply
    answer = asyncio.run(answer_step(request, Heard(WRONG, "nonsense")))
    assert (answer.reply, answer.reason, answer.values) == ("nonsense", "unreadableReply", {})
    assert '"x0": "b"' in answer.user_prompt


def test_a_constructors_setting() -> None:
    x = node(1, name="x", trainable=True)
    model = Heard(WRONG, RIGHT)
    optimizer = OptoPrime([x], model, repair_turns=0)
    optimizer.backward(x + 1, "more")
    with pytest.warns(UserWarning, match="wrong type"):
        optimizer.step()
    optimizer.repair_turns = 1
    optimizer.step()
    assert x.data == 7


# The schema of an answer


def test_the_schema_of_an_answer() -> None:
    @bundle(trainable=True)
    def f(x):
        return x

    values = {"a": 1, "b": 0.5, "c": "x", "d": True, "e": [1], "g": (1,), "h": {"a": 1}, "i": None}
    nodes = [node(value, name=name, trainable=True) for name, value in values.items()]
    total = f(nodes[0]).eq(nodes)
    schema = schema_of(build_problem(trace_graph([(total, "other")])), Style())
    assert schema is not None
    assert schema["required"] == ["reasoning", "answer", "suggestion"]
    suggestion = schema["properties"]["suggestion"]
    assert suggestion["additionalProperties"] is False
    assert "required" not in suggestion
    assert suggestion["properties"] == {
        "__code0": {"type": "string"},
        "a0": {"type": "integer"},
        "b0": {"type": "number"},
        "c0": {"type": "string"},
        "d0": {"type": "boolean"},
        "e0": {"type": "array"},
        "g0": {"type": "array"},
        "h0": {"type": ["object", "string"]},
        "i0": {},
    }


def test_the_schema_has_the_names_that_were_asked_for() -> None:
    style = Style(keys={"suggestion": "new", "answer": None})
    schema = schema_of(problem(), style)
    assert schema is not None
    assert list(schema["properties"]) == schema["required"] == ["reasoning", "new"]


def test_where_there_is_no_schema() -> None:
    assert schema_of(problem(), Style(json_object=False)) is None
    assert schema_of(problem(), Style(tags=Tags(), tagged_answer=True)) is None
    nodes = [node(at, trainable=True) for at in range(101)]
    many = build_problem(trace_graph([(each, "more") for each in nodes]))
    assert schema_of(many, Style()) is None


def test_the_schema_and_the_options_are_given_to_the_model() -> None:
    model = Heard(RIGHT)
    suggested(model, sampling={"temperature": 0.5})
    (given,) = model.options
    assert given["schema"] == schema_of(problem(), Style())
    assert given["options"] == {"temperature": 0.5}
    assert given["json_object"] is True
    model = Heard(RIGHT)
    model.takes_schema = False  # type: ignore[misc]
    suggested(model)
    assert set(model.options[0]) == {"max_tokens", "json_object", "on_text"}
