"""OptoPrimeMulti: several candidates, and which of them is taken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from trace_lsp.errors import ModelUnreachable
from trace_lsp.models.chat import Reply
from trace_lsp.models.scripted import Scripted
from trace_lsp.optimizers import OptoPrimeMulti
from trace_lsp.trace import GRAPH, Node, bundle, node
from trace_lsp.trace.recorder import recorder

from .asked import Asked, suggesting
from .test_optoprime_repair import Heard
from .test_steps_in_a_run import Host


def candidates(*values: Any) -> list[Any]:
    return [value if isinstance(value, str) else suggesting(x0=value) for value in values]


def stepped(model: Any, **options: Any) -> tuple[Node, OptoPrimeMulti]:
    GRAPH.clear()
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrimeMulti([x], model, **options)
    optimizer.backward(x + 1, "more")
    optimizer.step()
    return x, optimizer


def test_the_value_that_most_suggest_is_taken() -> None:
    x, optimizer = stepped(Heard(*candidates(5, 7, 7)))
    assert x.data == 7
    assert [list(each.values.values()) for each in optimizer.candidates] == [["5"], ["7"], ["7"]]
    assert optimizer.selected_candidate is optimizer.candidates[1]
    assert len(optimizer.log) == 1


def test_each_is_asked_for_at_its_temperature() -> None:
    model = Heard(*candidates(5, 6, 7, 8))
    x, optimizer = stepped(model, num_responses=4, temperature_min_max=[0.1, 1.0])
    asked = [each["options"]["temperature"] for each in model.options]
    assert sorted(asked) == optimizer.temperatures() == [0.1, 0.4, 0.7, 1.0]
    assert x.data == 5
    assert stepped(Heard(*candidates(3)), num_responses=1)[1].temperatures() == [0.0]


class Together(Scripted):
    """Answers when all questions are there."""

    def __init__(self, replies: Any) -> None:
        super().__init__(replies)
        self.missing = len(replies)
        self.complete = asyncio.Event()

    async def ask(self, messages: Any, **options: Any) -> Reply:
        self.missing -= 1
        if self.missing == 0:
            self.complete.set()
        await self.complete.wait()
        return await super().ask(messages, **options)


def test_they_are_asked_for_side_by_side() -> None:
    assert stepped(Together(candidates(7, 7, 7)))[0].data == 7


def test_code_is_the_same_whatever_its_layout() -> None:
    @bundle(trainable=True)
    def f(x):
        return x

    codes = ["def f(x):\n    return 1", "def f(x):\n    return x+2", "def f(x): return (x + 2)"]
    model = Scripted([suggesting(__code0=each) for each in codes])
    optimizer = OptoPrimeMulti(f.parameters(), model)
    optimizer.backward(f(1), "more")
    optimizer.step()
    assert f(1).data == 3


def test_refused_candidates_have_no_vote() -> None:
    x, _ = stepped(Asked(*candidates("no", "no", 7)), repair_turns=0)
    assert x.data == 7
    with pytest.warns(UserWarning, match="not in the format"):
        x, _ = stepped(Asked(*candidates("no", "no", "no")), repair_turns=0)
    assert x.data == 1


def test_no_change_is_a_candidate() -> None:
    assert stepped(Asked(*candidates("TERMINATE", 7, "TERMINATE")))[0].data == 1


def test_a_selector_of_the_programs_own() -> None:
    x, optimizer = stepped(Asked(*candidates(7, 7, 5)), selector=lambda found: found[-1])
    assert x.data == 5
    assert optimizer.selected_candidate is optimizer.candidates[2]


def test_a_verdict_may_take_the_votes_place() -> None:
    class Tried(OptoPrimeMulti):
        def select(self, candidates: Any) -> Any:
            return min(candidates, key=lambda each: max(each.values.values()))

    x = node(1, name="x", trainable=True)
    optimizer = Tried([x], Asked(*candidates(7, 7, 5)))
    optimizer.backward(x + 1, "more")
    assert optimizer.step() == {x: 5}


def test_experts() -> None:
    model = Asked(*candidates(7, 7, 5))
    stepped(model, generation_technique="multi_experts", experts_list=["a baker", "a smith"])
    said = ["a baker" in user for _, user in model.prompts]
    assert said == [True, False, True]
    assert "#Context\nAnswer as a smith would.\n" in model.prompts[1][1]


def test_a_candidate_without_a_reply_is_a_warning_and_none_at_all_an_error() -> None:
    class Unsure(Scripted):
        async def ask(self, messages: Any, **options: Any) -> Reply:
            if options["options"]["temperature"] == 0:
                raise ModelUnreachable("Nobody there.")
            return await super().ask(messages, **options)

    with pytest.warns(UserWarning, match="1 of 3 candidates got no reply: Nobody there"):
        x, _ = stepped(Unsure(candidates(7, 7)))
    assert x.data == 7
    with pytest.raises(ModelUnreachable):
        stepped(Unsure([]), num_responses=1)


def test_in_a_run_the_host_answers_each() -> None:
    host = recorder.host = Host(Heard(*candidates(7, 5, 7)))
    x, optimizer = stepped(None)
    assert x.data == 7
    asked = sorted(each["options"]["temperature"] for each in host.model.options)
    assert asked == [0.0, 0.5, 1.0]
    assert len(optimizer.candidates) == 3
