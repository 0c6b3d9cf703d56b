"""Steps in their parts, and optimizers that a program writes itself."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from trace_lsp.optimizers import OptoPrime
from trace_lsp.optimizers.optimizer import Optimizer
from trace_lsp.trace import node
from trace_lsp.trace.propagators import GraphPropagator, SumPropagator

from .asked import Asked, suggesting


class Adding(Optimizer):
    """An optimizer as programs write them: it says in `_step` what the new values are."""

    def _step(self, amount: int = 1, **more: Any) -> dict[Any, Any]:
        return {each: each.data + amount for each in self.parameters}


def test_a_programs_own_optimizer() -> None:
    x, y = node(1, trainable=True), node(2, trainable=True)
    optimizer = Adding([x, y])
    assert optimizer.step(amount=5) == {x: 6, y: 7}
    assert (x.data, y.data) == (6, 7)
    assert optimizer.step(True, 10) == {x: 16, y: 17}
    assert (x.data, y.data) == (6, 7)


def test_bypassing_changes_nothing() -> None:
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], Asked(suggesting(x0=7)))
    optimizer.backward(x + 1, "more")
    assert optimizer.step(bypassing=True) == {x: 7}
    assert x.data == 1


def test_a_proposal_can_be_changed_before_it_is_put_in_place() -> None:
    x, y = node(1, name="x", trainable=True), node(2, name="y", trainable=True)
    optimizer = OptoPrime([x, y], Asked(suggesting(x0=7, y0=8)))
    optimizer.backward(x + y, "more")
    proposed = optimizer.propose()
    proposed[x] += 1
    del proposed[y]
    optimizer.update(proposed)
    assert (x.data, y.data) == (8, 2)


class Half:
    def project(self, value: int) -> int:
        return value // 2


class Less:
    def project(self, value: int) -> int:
        return value - 1


def test_projections_are_applied_in_their_order() -> None:
    x = node(1, name="x", trainable=True, projections=[Half(), Less()])
    y = node(1, name="y", trainable=True)
    optimizer = OptoPrime([x, y], Asked(suggesting(x0=20, y0=20)))
    optimizer.backward(x + y, "more")
    assert optimizer.step() == {x: 9, y: 20}
    assert (x.data, y.data) == (9, 20)
    suggested = {x: 40, y: 40}
    optimizer.project(suggested)
    assert suggested == {x: 19, y: 40}


def test_the_trace_graph_is_what_led_to_the_outputs() -> None:
    x, other = node(1, name="x", trainable=True), node(5, trainable=True)
    optimizer = OptoPrime([x])
    assert optimizer.trace_graph.empty()
    y = x + 1
    z = y * 2
    other + 1
    optimizer.backward(z, "more")
    optimizer.backward(y, "less")
    graph = optimizer.trace_graph
    assert [each.name for _, each in graph.graph] == [
        "x:0",
        "int:1",
        "int:2",
        "add:0",
        "multiply:0",
    ]
    assert graph.outputs == [(z, "more"), (y, "less")]
    optimizer.zero_feedback()
    assert optimizer.trace_graph.empty()


def test_feedback_that_is_no_graph_is_said_to_be_none() -> None:
    optimizer = OptoPrime([node(1, trainable=True)], propagator=SumPropagator())
    for ask in (optimizer.step, lambda: optimizer.trace_graph):
        with pytest.raises(TypeError, match="its propagator, of type SumPropagator, carries none"):
            ask()


def test_a_propagator_of_the_programs_own_decides_what_is_reached() -> None:
    class LeftOnly(GraphPropagator):
        """The first argument alone hears of feedback."""

    propagator = LeftOnly()
    propagator.register(
        "add",
        lambda child: {child.parents[0]: LeftOnly._propagate(propagator, child)[child.parents[0]]},
    )
    x, y = node(1, name="x", trainable=True), node(2, name="y", trainable=True)
    z = x + y
    left = OptoPrime([x], Asked(suggesting(x0=5)), propagator=propagator)
    right = OptoPrime([y], Asked(), propagator=propagator)
    left.backward(z, "more")
    assert left.trace_graph.outputs == [(z, "more")]
    assert left.step() == {x: 5}
    assert "#Feedback\nmore" in left.llm.user
    with pytest.warns(UserWarning, match="No feedback was given"):
        assert right.step() == {}


def test_feedback_that_came_without_the_optimizer_counts_too() -> None:
    class Mine(GraphPropagator): ...

    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], Asked(suggesting(x0=5)), propagator=Mine())
    (x + 1).backward("one")
    optimizer.backward(x * 2, "two")
    optimizer.step()
    _, _, feedback = optimizer.llm.user.partition("#Feedback\n")
    assert set(feedback.split("\n")[:2]) == {"2. add0: one", "1. multiply0: two"}


def test_backward_can_draw() -> None:
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], Asked(suggesting(x0=5)))
    drawn = optimizer.backward(x + 1, "more", visualize=True)
    assert "add" in drawn.source
    assert optimizer.step() == {x: 5}


def test_a_frozen_parameter_stays() -> None:
    x, y = node(1, name="x", trainable=True), node(2, name="y", trainable=True)
    x.trainable = False
    optimizer = OptoPrime([x, y], Asked(suggesting(y0=5)))
    optimizer.backward(x + y, "more")
    assert optimizer.step() == {y: 5}
    assert "#Variables\n(int) y0=2\n" in optimizer.llm.user
    assert "#Inputs\n(int) x0=1\n" in optimizer.llm.user
    y.trainable = False
    optimizer.update({x: 7, y: 7})
    assert (x.data, y.data) == (1, 5)
    with pytest.warns(UserWarning, match="changes nothing"):
        optimizer.step()


def test_the_log_holds_what_was_sent_and_received() -> None:
    x = node(1, name="x", trainable=True)
    model = Asked(suggesting(x0=2), "TERMINATE", "nonsense")
    optimizer = OptoPrime([x], model, repair_turns=0)
    optimizer.backward(x + 1, "more")
    optimizer.step()
    optimizer.step()
    with pytest.warns(UserWarning, match="not in the format"):
        optimizer.step()
    assert optimizer.log == [
        {"system_prompt": system, "user_prompt": user, "response": reply}
        for (system, user), reply in zip(model.prompts, model.replies)
    ]
    first = optimizer.summary_log[0]
    assert str(first["problem_instance"]) in model.prompts[0][1]
    assert [each.name for each in first["summary"].nodes] == ["x0", "int0", "add0"]
    assert len(optimizer.summary_log) == 3


def test_without_a_log() -> None:
    x = node(1, name="x", trainable=True)
    optimizer = OptoPrime([x], Asked(suggesting(x0=2)), log=False)
    optimizer.backward(x + 1, "more")
    assert optimizer.step() == {x: 2}
    assert (optimizer.log, optimizer.summary_log) == (None, None)


def test_verbose_may_be_the_optimizers_own(capsys: pytest.CaptureFixture[str]) -> None:
    x = node(1, name="x", trainable=True)
    model = Asked(*[suggesting(x0=at) for at in (2, 3)])
    optimizer = OptoPrime([x], model, verbose="output")
    optimizer.backward(x + 1, "more")
    optimizer.step()
    assert capsys.readouterr().out == f"LLM response:\n{model.replies[0]}\n"
    optimizer.step(verbose=False)
    assert capsys.readouterr().out == ""


def test_a_copy_shares_the_parameters_and_the_model_and_nothing_else() -> None:
    x, model = node(1, name="x", trainable=True), Asked(suggesting(x0=2), suggesting(x0=3))
    optimizer = OptoPrime([x], model, memory_size=2)
    optimizer.backward(x + 1, "more")
    optimizer.step()
    twin = copy.deepcopy(optimizer)
    assert twin.parameters[0] is x
    assert twin.llm is model
    twin.step()
    assert x.data == 3
    assert [len(each.log) for each in (optimizer, twin)] == [1, 2]
    assert [len(each.memory) for each in (optimizer, twin)] == [1, 2]
