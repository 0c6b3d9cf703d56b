"""TextGrad: criticism from node to node, and better values from that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from trace_lsp.models.chat import Message, Reply
from trace_lsp.models.llm import LLM
from trace_lsp.models.scripted import Scripted
from trace_lsp.optimizers import TextGrad
from trace_lsp.trace import bundle, node
from trace_lsp.trace.recorder import recorder

from .test_steps_in_a_run import Host


class Critic:
    """A function as a model: criticises what it is asked about, and gives values by name."""

    def __init__(self, **values: str) -> None:
        self.values = values
        self.asked: list[str] = []
        self.edited: list[str] = []

    def __call__(self, messages: list[dict[str, str]]) -> str:
        system, user = (each["content"] for each in messages)
        if "IMPROVED_VARIABLE" not in system:
            self.asked.append(user)
            return f"said {len(self.asked)}"
        self.edited.append(user)
        key = next(each for each in self.values if each in user)
        return f"Sure.\n<IMPROVED_VARIABLE>\n{self.values[key]}\n</IMPROVED_VARIABLE>"


def test_criticism_goes_from_the_output_to_the_parameters() -> None:
    x, y = node(2, name="x", trainable=True), node(3, name="y", trainable=True)
    model = Critic(**{"\n2\n": "5", "\n3\n": "6"})
    optimizer = TextGrad([x, y], model)
    optimizer.backward((x * 10) - y, "too small")
    assert optimizer.step() == {x: 5, y: 6}
    outer, other, inner = model.asked
    assert "The call: subtract(x, y)" in outer
    assert "x = 20    (this is the input to talk about)\ny = 3" in outer
    assert "y = 3    (this is the input to talk about)" in other
    assert "Its output:\n17" in outer
    assert "Criticism of the output:\ntoo small" in outer
    assert "The call: multiply(x, y)" in inner
    assert "Criticism of the output:\nsaid 1" in inner
    assert "Criticism of it:\nsaid 3" in model.edited[0]
    assert "Criticism of it:\nsaid 2" in model.edited[1]


def test_equal_questions_are_asked_once() -> None:
    x = node(2, name="x", trainable=True)
    model = Critic(**{"\n2\n": "5"})
    optimizer = TextGrad([x], model)
    for _ in range(10):
        optimizer.backward(x + 1, "too small")
    optimizer.step()
    assert (len(model.asked), len(model.edited)) == (1, 1)
    assert model.edited[0].endswith("Criticism of it:\nsaid 1")


def test_a_node_waits_for_all_that_was_computed_from_it() -> None:
    x = node(2, name="x", trainable=True)
    model = Critic(**{"\n2\n": "5"})
    optimizer = TextGrad([x], model)
    middle = x + 1
    optimizer.backward((middle * 2) + middle, "too small")
    optimizer.step()
    first = model.asked[-1]
    assert "The call: add(x, y)" in first
    assert first.count("\nsaid ") == 2


def test_a_parameter_that_is_the_output_and_a_copy_need_no_question() -> None:
    x = node(2, name="x", trainable=True)
    model = Critic(**{"\n2\n": "5"})
    optimizer = TextGrad([x], model)
    optimizer.backward(x.clone(), "too small")
    optimizer.step()
    assert model.asked == []
    assert model.edited[0].endswith("Criticism of it:\ntoo small")
    assert x.data == 5


def test_code_and_its_constraint() -> None:
    @bundle(trainable=True)
    def f(x):
        return x

    model = Critic(def_="", **{"def f": "def f(x):\n    return x + 1"})
    del model.values["def_"]
    optimizer = TextGrad(f.parameters(), model)
    optimizer.backward(f(1), "should be 2")
    optimizer.step()
    assert f(1).data == 2
    assert "It must keep this: The code should start with:\ndef f(x):" in model.edited[0]


@pytest.mark.parametrize(
    ("value", "said"),
    [("b", "`x0` is of type int; it says 'b'"), ("12", "to be at most 10; it says '12'")],
)
def test_a_value_that_cannot_be_used_changes_nothing(value: str, said: str) -> None:
    x = node(2, name="x", trainable=True, constraint="at most 10")
    y = node(3, name="y", trainable=True)
    optimizer = TextGrad([y, x], Critic(**{"\n2\n": value, "\n3\n": "6"}))
    optimizer.backward(x + y, "more")
    with pytest.warns(UserWarning, match=said):
        assert optimizer.step() == {}
    assert (x.data, y.data) == (2, 3)


def test_a_reply_without_the_tags_is_refused() -> None:
    x = node(2, name="x", trainable=True)
    optimizer = TextGrad([x], Scripted(["Five."]))
    optimizer.backward(x.clone(), "more")
    with pytest.warns(UserWarning, match="not in the format.*`x0`"):
        optimizer.step()


class Together:
    """Answers when as many questions are there as there should be."""

    name = "together"

    def __init__(self, count: int) -> None:
        self.missing = count
        self.complete = asyncio.Event()

    async def ask(self, messages: list[Message], **options: Any) -> Reply:
        if "IMPROVED_VARIABLE" in messages[0].text:
            return Reply("<IMPROVED_VARIABLE>5</IMPROVED_VARIABLE>")
        self.missing -= 1
        if self.missing == 0:
            self.complete.set()
        await self.complete.wait()
        return Reply("smaller")


def test_questions_are_asked_side_by_side() -> None:
    x, y = node(2, name="x", trainable=True), node(3, name="y", trainable=True)
    optimizer = TextGrad([x, y], Together(2))
    optimizer.backward(x + y, "more")
    assert optimizer.step() == {x: 5, y: 5}


def test_in_a_run_the_host_asks() -> None:
    recorder.host = Host(Together(1))  # type: ignore[arg-type]
    x = node(2, name="x", trainable=True)
    optimizer = TextGrad([x], log=True)
    optimizer.backward(x + 1, "more")
    assert optimizer.step() == {x: 5}
    assert "Criticism of it:\nsmaller" in optimizer.log[0]["user_prompt"]


def test_an_llm_of_the_programs_own_is_asked_outside_of_a_run() -> None:
    class Mine(LLM):
        def _answer(self, messages: Any = None, **options: Any) -> Any:
            return "<IMPROVED_VARIABLE>5</IMPROVED_VARIABLE>"

    x = node(2, name="x", trainable=True)
    optimizer = TextGrad([x], Mine())
    optimizer.backward(x + 1, "more")
    assert optimizer.step() == {x: 5}
