"""What programs do with nodes besides computing: look around, and run into errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trace_lsp.trace import (
    ExceptionNode,
    ExecutionError,
    FunModule,
    TraceMissingInputsError,
    bundle,
    node,
)
from trace_lsp.trace.nodes import NodeVizStyleGuide, NodeVizStyleGuideColorful, get_op_name
from trace_lsp.trace.utils import contain, for_all_methods, sum_feedback


def test_parents_are_a_list_of_the_callers_own() -> None:
    x = node(1)
    made = x + x
    assert made.parents == [x, x]
    made.parents.clear()
    assert made.parents == [x, x]
    assert x.parents == []


@pytest.mark.parametrize(
    "use",
    [
        lambda: node(1).lower(),
        lambda: node(1).split(),
        lambda: node(1).join(["a"]),
        lambda: node(1).keys(),
        lambda: node(1).items(),
        lambda: node(1).getattr("nothing"),
    ],
)
def test_a_method_that_the_value_has_not_is_an_attribute_error(use: Callable[[], Any]) -> None:
    with pytest.raises(AttributeError, match="'int' object has no attribute") as caught:
        use()
    assert isinstance(caught.value, ExecutionError)
    assert len(caught.value.exception_node.parents) >= 1


def test_joining_what_cannot_be_iterated() -> None:
    with pytest.raises(TypeError, match="not int"):
        node(",").join(5)


def test_asking_a_node_for_its_truth_is_no_forbidden_reading() -> None:
    flag, word = node(True), node("ab")

    @bundle()
    def choose(x):
        return x if flag and word == "ab" and len(word) == 2 else None

    made = choose(1)
    assert made.data == 1
    assert made.hidden_dependencies == {flag, word}

    @bundle()
    def reads(x):
        return word.data

    with pytest.raises(TraceMissingInputsError, match="str:0"):
        reads(1)


def test_parameters_that_show_and_those_that_do_not() -> None:
    x, hidden = node(1, trainable=True), node(2, trainable=True)

    @bundle(traceable_code=True)
    def scale(x):
        return x * hidden

    made = scale(x)
    after = made + 1
    assert after.parameter_dependencies == {x}
    assert after.expandable_dependencies == {made}
    assert made.hidden_dependencies == {hidden}


def test_a_description_may_lack() -> None:
    with pytest.raises(ValueError, match="operator's name in brackets"):
        get_op_name(node(1).description)  # type: ignore[arg-type]
    assert get_op_name((node(1) + 1).description) == "add"


def test_full_feedback_may_be_given() -> None:
    x = node(1)
    info = {"error_comment": "line 3 is wrong", "traceback": "…"}
    failed = ExceptionNode(ValueError("odd"), inputs={"x": x}, info=info)
    assert failed.create_feedback() == "(ValueError) odd"
    assert failed.create_feedback("full") == "line 3 is wrong"
    assert ExceptionNode(ValueError("odd"), inputs={"x": x}).create_feedback("full")


def test_how_nodes_look_is_found_beside_them() -> None:
    x = node(1, trainable=True)
    assert NodeVizStyleGuide().get_node_shape(x) == "box"
    assert "penwidth" in NodeVizStyleGuideColorful(print_limit=5).get_attrs(x)


def test_a_trainable_function_keeps_its_own_name() -> None:
    @bundle("[grow] Grows x.", trainable=True)
    def function(x):
        return x + 1

    assert (function.name, function.description) == ("grow", "[grow] Grows x.")
    assert function(1).operator.name == "eval"


def test_what_is_known_of_a_function() -> None:
    def grow(x, by=1):
        """Grows x."""
        return x + by

    bundled: FunModule = bundle()(grow)
    info = bundled.info
    assert info["fun"] is grow
    assert list(info["signature"].parameters) == ["x", "by"]
    assert (info["doc"], info["file"]) == ("Grows x.", __file__)
    assert info["source"].startswith('def grow(x, by=1):\n    """Grows x."""')


def test_contain_goes_by_identity() -> None:
    x = node(1)
    assert contain([node(2), x], x)
    assert not contain([x], node(1))


def test_feedback_is_summed_to_one_graph() -> None:
    x, y = node(1, trainable=True), node(2, trainable=True)
    output = (x + 1) * y
    output.backward("up")
    total = sum_feedback([x, y])
    assert total.user_feedback == "up"
    assert [found for found, _ in total.outputs] == [output]
    assert {each.py_name for _, each in total.graph} == {
        "int0",
        "int1",
        "int2",
        "add0",
        "multiply0",
    }
    assert {each.py_name for _, each in sum_feedback([y]).graph} == {"int1", "add0", "multiply0"}
    assert sum_feedback([]) == 0


def test_every_method_is_decorated() -> None:
    @for_all_methods
    def doubled(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self: 2 * function(self)

    class Kept:
        rate = 5

        def __init__(self) -> None:
            self.number = 1

        def one(self) -> int:
            return self.number

        def _two(self) -> int:
            return 2

    decorated = doubled(Kept)
    assert decorated is Kept
    assert (decorated().one(), decorated()._two(), decorated.rate) == (2, 4, 5)
