"""A bundled function that reads a node which is not among its arguments."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from trace_lsp.trace import ExecutionError, TraceMissingInputsError, bundle, node, stop_tracing
from trace_lsp.trace.records import record
from trace_lsp.trace.utils import update_local


def test_reading_a_hidden_node_is_an_error() -> None:
    hidden = node(2, name="rate")

    @bundle()
    def convert(x):
        return x * hidden.data

    with pytest.raises(TraceMissingInputsError, match=r"convert reads rate:0, which is not among"):
        convert(1)


@pytest.mark.parametrize(
    "use",
    [
        lambda hidden: hidden + "c",
        lambda hidden: "c" + hidden,
        lambda hidden: hidden.len(),
        lambda hidden: bool(hidden),
        lambda hidden: len(hidden),
        lambda hidden: hidden == "ab",
        lambda hidden: node("ab") != hidden,
        lambda hidden: "a" in hidden,
        lambda hidden: hidden in [1, "ab"],
        lambda hidden: list(hidden),
        lambda hidden: node("-").join(["a", [hidden][0]]),
        lambda hidden: passed_on(hidden),
        lambda hidden: passed_on(1, y=[hidden]),
        lambda hidden: passed_on(passed_on(hidden)),
    ],
)
def test_what_takes_part_in_an_operation_inside_is_a_hidden_dependency(use) -> None:
    hidden = node("ab", trainable=True)

    @bundle()
    def function(x):
        use(hidden)
        return x

    result = function(1)
    assert [each.name for each in result.parents] == ["x:0"]
    assert result.hidden_dependencies == {hidden}
    assert result.parameter_dependencies == set()
    assert (result + 1).expandable_dependencies == {result}
    result.backward("longer")
    assert hidden.feedback == {result: ["longer"]}
    assert record(result).inputs == (("x", result.parents[0]._serial), ("str0", hidden._serial))


@bundle()
def passed_on(x, y=0):
    return x


@bundle(trainable=True)
def trained(x):
    return 1 / x


def test_the_code_of_a_trainable_function_inside_is_a_hidden_dependency() -> None:
    @bundle()
    def outer(x):
        return trained(x)

    assert outer(1).hidden_dependencies == {trained.parameter}
    with pytest.raises(ExecutionError) as caught:
        outer(0)
    assert caught.value.exception_node.hidden_dependencies == {trained.parameter}


def test_what_an_inner_function_may_read_is_its_own_business() -> None:
    hidden = node(2, name="rate")

    @bundle(allow_external_dependencies=True)
    def inner(x):
        return x * hidden.data

    @bundle()
    def outer(x):
        return inner(x)

    assert inner(3).info["external_dependencies"] == [hidden]
    assert outer(1).data == 2


def test_it_may_be_allowed() -> None:
    hidden = node(2)

    @bundle(allow_external_dependencies=True)
    def convert(x):
        return x * hidden.data

    assert convert(3).data == 6


def test_arguments_and_own_nodes_may_be_read() -> None:
    class Model:
        rate = node(3)

    shared = node(2)

    @bundle()
    def own(x):
        inside = node(5)
        return inside.data + (inside + x).data

    @bundle()
    def outer(x):
        made = node(4)
        return own(made).data

    @bundle()
    def closes_over_its_argument(x):
        return x + shared.data

    assert own(1).data == 11
    assert outer(1).data == 14
    with pytest.raises(TraceMissingInputsError):
        closes_over_its_argument(1)
    assert own(shared).data == 12


def test_a_node_that_is_an_argument_may_be_read_elsewhere_too() -> None:
    shared = node(2)

    @bundle()
    def twice(x):
        return x + shared.data

    assert twice(shared).data == 4


def test_equal_values_do_not_make_it_an_argument() -> None:
    hidden, other = node(2), node(2)

    @bundle()
    def convert(x):
        return x * hidden.data

    with pytest.raises(TraceMissingInputsError):
        convert(other)


def test_a_nested_failure_is_no_hidden_input() -> None:
    @bundle()
    def inner(x):
        return 1 / x

    @bundle()
    def outer(x):
        try:
            return inner(x)
        except ExecutionError as error:
            return error.exception_node.data

    assert outer(0).data == "(ZeroDivisionError) division by zero"


def test_nothing_is_checked_where_nothing_is_traced() -> None:
    hidden = node(2)

    @bundle()
    def convert(x):
        return x * hidden.data

    with stop_tracing():
        assert convert(1).data == 2


def test_the_check_may_be_turned_off_for_all() -> None:
    hidden = node(2)

    @bundle()
    def convert(x):
        return x * hidden.data

    module: Any = sys.modules[bundle.__module__]
    module.disable_external_dependencies_check(True)
    try:
        assert module.ALLOW_EXTERNAL_DEPENDENCIES is True
        assert convert(3).info["external_dependencies"] == [hidden]
    finally:
        module.disable_external_dependencies_check(False)
    with pytest.raises(TraceMissingInputsError):
        convert(3)


def test_a_running_functions_variable_may_be_replaced() -> None:
    value = 1
    update_local(sys._getframe(), "value", 2)
    assert value == 2
