"""What plain values are called that become nodes: operands by their type, arguments by parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trace_lsp.trace import MessageNode, bundle, node, operators


def inputs(made: Any) -> dict[str, str]:
    return {name: each.py_name for name, each in made.inputs.items()}


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda: node(1) + 2, {"x": "int0", "y": "int1"}),
        (lambda: 2 - node(1), {"x": "int1", "y": "int0"}),
        (lambda: node([1])[0], {"x": "list0", "index": "int0"}),
        (lambda: node([1]).pop(0), {"x": "list0", "index": "int0"}),
        (lambda: node(1).getattr("real"), {"obj": "int0", "attr": "str0"}),
        (
            lambda: node("a").replace("a", "b"),
            {"x": "str0", "old": "str1", "new": "str2", "count": "count0"},
        ),
        (lambda: node("a").strip(), {"x": "str0", "chars": "chars0"}),
        (lambda: node("a").split(), {"x": "str0", "y": "y0", "maxsplit": "maxsplit0"}),
        (lambda: node("{}{z}").format(1, z=2), {"x": "str0", "args_0": "int0", "z": "z0"}),
    ],
)
def test_operands_of_methods(compute: Callable[[], Any], expected: dict[str, str]) -> None:
    assert inputs(compute()) == expected


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda: operators.add(1, 2), {"x": "x0", "y": "y0"}),
        (lambda: operators.neg(1), {"x": "x0"}),
        (lambda: operators.cond(True, 1, 2), {"condition": "condition0", "x": "x0", "y": "y0"}),
        (lambda: operators.make_list(1, node(2)), {"args_0": "int1", "args_1": "int0"}),
        (lambda: operators.make_dict(a=1), {"a": "a0"}),
        (lambda: operators.list_sort([2, 1]), {"x": "x0", "key": "key0", "reverse": "reverse0"}),
    ],
)
def test_arguments_of_operators(compute: Callable[[], Any], expected: dict[str, str]) -> None:
    assert inputs(compute()) == expected


def test_arguments_of_bundled_functions() -> None:
    @bundle()
    def function(a, b=2, *rest, c=3, **more):
        return a

    assert inputs(function(1, 2, "x", node("y"), d=4)) == {
        "a": "a0", "b": "b0", "args_0": "str1", "args_1": "str0", "c": "c0", "d": "d0",
    }  # fmt: skip
    assert inputs(function(a=1)) == {"a": "a1", "b": "b1", "c": "c1"}


def test_an_instance_is_called_as_its_class() -> None:
    class Agent:
        @bundle()
        def act(self, x):
            return x

    agent = Agent()
    first, second = agent.act(1), agent.act(x=2)
    assert inputs(first) == {"self": "Agent0", "x": "x0"}
    assert second.inputs["self"] is first.inputs["self"]


def test_a_method_is_called_with_its_class() -> None:
    class Agent:
        @bundle()
        def act(self, x):
            return x

    assert Agent().act(1).py_name == "Agent.act0"
    assert Agent.act.description == "[Agent.act] "


def test_operators_take_their_parameters_by_keyword() -> None:
    x, y = node([1, 2]), node(0)
    assert operators.getitem(x=x, index=y).data == 1
    assert operators.dict_pop(x={"a": 1}, key="a").data == {}
    assert operators.split(x="a-b", y="-", maxsplit=1).data == ["a", "b"]
    swapped = operators.subtract(y=1, x=3)
    assert (swapped.data, list(swapped.inputs)) == (2, ["x", "y"])
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'y'"):
        operators.add(1)


def test_text_is_concatenated() -> None:
    text = node("a")
    for made in (text + "b", "b" + text, text + node("c")):
        assert made.operator.name == "concat"
    assert (text + "b").operator is operators.concat("a", "b").operator
    assert (node([1]) + [2]).operator.name == "add"  # noqa: RUF005


def test_a_result_made_by_hand_is_called_as_its_type() -> None:
    made = MessageNode(5, inputs=[node(1, name="x")], description="[double] Twice x.")
    assert made.py_name == "int0"
    assert inputs(made) == {"x:0": "x0"}


def test_defaults_of_expandable_functions_are_nodes() -> None:
    @bundle(traceable_code=True)
    def scale(x, by=3, /, more=4, *, least=5):
        return x * by + more.data + least.data

    made = scale(2)
    assert made.data == 2 * 3 + 4 + 5
    passed = made.info["inputs"]
    assert [each.py_name for each in passed["args"]] == ["x1"]
    assert {name: each.data for name, each in passed["kwargs"].items()} == {"more": 4, "least": 5}
