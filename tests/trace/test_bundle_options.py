"""What `bundle` can be asked for."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from trace_lsp.trace import ExecutionError, MessageNode, Node, bundle, node, stop_tracing


@bundle(trainable=True)
def grow(x):
    return x + 1


def test_traceable_code_gets_nodes_and_is_a_graph_within_its_node() -> None:
    rate = node(3, name="rate", trainable=True)

    @bundle(traceable_code=True)
    def outer(x, by=1):
        assert isinstance(x, Node)
        return grow(x) * rate + by

    x = node(2, name="x")
    result = outer(x, by=10)
    assert result.data == 19
    assert result.parents == [x, result.inputs["by"]]
    assert set(result.hidden_dependencies) == {rate, grow.parameter}
    inner = result.info["output"]
    assert isinstance(inner, MessageNode)
    assert inner.parameter_dependencies == {rate, grow.parameter}
    (passed,) = result.info["inputs"]["args"]
    assert (passed.data, passed.parents) == (2, [])
    assert passed is not x
    assert result.info["inputs"]["kwargs"]["by"].data == 10
    result.backward("smaller")
    assert rate.feedback == {result: ["smaller"]}
    assert grow.parameter.feedback[result] == ["smaller"]
    assert result.expandable_dependencies == {result}


def test_traceable_code_may_return_plain_values() -> None:
    @bundle(traceable_code=True)
    def length(x):
        return len(x.data)

    result = length([1, 2])
    assert (result.data, result.info["output"]) == (2, 2)


def test_arguments_may_be_left_as_they_are() -> None:
    seen: list[Any] = []

    @bundle(_process_inputs=False, allow_external_dependencies=True)
    def look(x, y):
        seen.extend((x, y))
        return x.data

    x = node(1)
    result = look(x, 2)
    assert seen == [x, 2]
    assert seen[0] is x
    assert (result.data, result.inputs["x"]) == (1, x)


def test_the_calls_node_may_have_a_name_of_its_own() -> None:
    @bundle(output_name="answer")
    def find(x):
        return x

    assert (find(1).name, find(1).name) == ("answer:0", "answer:1")
    assert find(1).op_name == "find"


@bundle(overwrite_python_recursion=True)
def count_down(n):
    return [n, *count_down(n - 1)] if n else [0]


@bundle(overwrite_python_recursion=True)
def is_even(n):
    return True if n == 0 else is_odd(n - 1)


@bundle(overwrite_python_recursion=True)
def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def test_recursive_calls_may_stay_plain() -> None:
    result = count_down(3)
    assert result.data == [3, 2, 1, 0]
    assert [each.name for each in result.parents] == ["n:0"]
    assert result.name == "count_down:0"
    assert count_down(1).name == "count_down:1"
    assert is_even(10).data is True


def test_a_failed_recursion_is_recorded_again_afterwards() -> None:
    @bundle(overwrite_python_recursion=True)
    def fails(n):
        return fails(n - 1) if n else 1 / n

    with pytest.raises(ExecutionError, match="division by zero"):
        fails(2)
    with pytest.raises(ExecutionError, match="division by zero"):
        fails(0)


def test_projections_go_with_the_code() -> None:
    class Upper:
        def project(self, value: str) -> str:
            return value.upper()

    projection = Upper()

    @bundle(trainable=True, projections=[projection])
    def f(x):
        return x

    assert f.parameter.projections == [projection]


def test_a_description_without_a_name_is_the_documentation() -> None:
    @bundle("Adds things up.")
    def add_up(x):
        return x

    @bundle("[sum] Adds things up.")
    def add_too(x):
        return x

    assert add_up.description == "[add_up] Adds things up."
    assert add_too.description == "[sum] Adds things up."
    assert add_too(1).name == "sum:0"


def test_info_tells_of_the_function() -> None:
    info = grow.info
    assert info["fun_name"] == "grow"
    assert info["source"] == "def grow(x):\n    return x + 1"
    assert info["file"] == __file__
    failed = grow
    with pytest.raises(ExecutionError) as caught:
        failed("a")
    told = caught.value.exception_node.info
    assert told["error_comment"] == caught.value.exception_node.comment
    assert told["inputs"]["args"] == ["a"]


class Agent:
    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.lock = threading.Lock()

    @bundle(trainable=True)
    def plan(self, x):
        return x * self.rate

    @bundle()
    def act(self, x):
        return x + self.rate

    @bundle(trainable=True)
    async def wait(self, x):
        return x + self.rate


def test_an_instance_is_one_node_in_all_calls_of_its_methods() -> None:
    agent = Agent(2)
    first, second, planned = agent.act(1), agent.act(2), agent.plan(3)
    assert first.parents[0] is second.parents[0] is planned.parents[0]
    assert first.parents[0].data is agent
    assert Agent(3).act(1).parents[0] is not first.parents[0]


def test_a_method_is_the_classes_until_the_instance_is_trained() -> None:
    one, other = Agent(1), Agent(1)
    assert one.plan(2).parents[-1] is other.plan(2).parents[-1] is Agent.plan.parameter
    assert one.plan.parameter is not other.plan.parameter
    assert one.plan.parameter is one.plan.parameter
    assert one.plan.parameters() == [one.plan.parameter]
    other.plan.parameter.update("def plan(self, x):\n    return -x")
    assert (one.plan(2).data, other.plan(2).data) == (2, -2)
    assert other.plan(2).parents[-1] is other.plan.parameter


def test_a_trained_method_can_be_awaited() -> None:
    agent = Agent(1)
    assert agent.wait.parameter is not None
    assert asyncio.run(agent.wait(2)).data == 3


def test_functions_are_recorded_as_plain_nodes_where_nothing_is_traced() -> None:
    with stop_tracing():
        result = Agent(2).plan(3)
    assert (result.data, result.parents) == (6, [])
