"""Nodes among numpy's arrays and scalars."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trace_lsp.trace import ExecutionError, MessageNode, bundle, node
from trace_lsp.trace.records import record

ARRAY = np.array([1.0, 4.0])


@pytest.mark.parametrize(
    ("compute", "name"),
    [
        (lambda x: np.float64(2) * x, "multiply"),
        (lambda x: x * np.float64(2), "multiply"),
        (lambda x: ARRAY + x, "add"),
        (lambda x: x - ARRAY, "subtract"),
        (lambda x: ARRAY @ x, "matmul"),
        (lambda x: x @ ARRAY, "matmul"),
        (lambda x: np.sqrt(x), "sqrt"),
        (lambda x: np.maximum(x, 2), "maximum"),
        (lambda x: np.sum(x), "add_reduce"),
        (lambda x: np.mean(x), "divide"),
        (lambda x: x[1], "getitem"),
        (lambda x: x > ARRAY, "gt"),
    ],
)
def test_what_is_computed_is_a_node(compute: Callable[[Any], Any], name: str) -> None:
    x = node(ARRAY, trainable=True)
    result = compute(x)
    assert isinstance(result, MessageNode)
    assert np.array_equal(result.data, compute(ARRAY))
    assert result.operator.name == name
    assert result.parameter_dependencies == {x}


def test_it_knows_its_line() -> None:
    place = record(np.sqrt(node(4))).place
    assert place is not None
    assert (place.file, place.line) == (__file__, sys._getframe().f_lineno - 2)


def test_a_failure_is_a_node() -> None:
    x = node("a", trainable=True)
    with pytest.raises(ExecutionError, match="TypeError") as caught:
        np.sqrt(x)
    assert caught.value.exception_node.parents == [x]


def test_arrays_go_in_and_out_of_bundled_functions() -> None:
    @bundle(trainable=True)
    def scaled(x, by):
        return x * by

    x = node(ARRAY)
    result = scaled(x, np.float64(2))
    assert np.array_equal(result.data, 2 * ARRAY)
    result.backward(np.array([0.5, 0.5]))
    assert scaled.parameter.feedback == {result: ["array([0.5, 0.5])"]}
    assert record(result).value == "array([2., 8.])"
