"""What a run hears of, and what it may replace."""

from __future__ import annotations

import ast
from typing import Any, Optional

import pytest

from trace_lsp.trace import Node, ParameterNode, bundle, node
from trace_lsp.trace.recorder import recorder


class Listener:
    def __init__(self, overrides: Optional[dict[tuple[int, bool], str]] = None) -> None:
        self.nodes: list[str] = []
        self.given: list[list[tuple[str, str]]] = []
        self.updates: list[tuple[str, Any]] = []
        self.overrides = overrides or {}

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:
        return function(*args, **kwargs)

    def on_node(self, node: Node) -> None:
        self.nodes.append(node.py_name)

    def on_backward(self, outputs: list[tuple[Node, str]]) -> None:
        self.given.append([(output.py_name, text) for output, text in outputs])

    def on_update(self, parameter: ParameterNode) -> None:
        self.updates.append((parameter.py_name, parameter.data))

    def step(self, request: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def override(self, file: str, line: int, is_code: bool) -> Optional[str]:
        return self.overrides.get((line, is_code))


@pytest.fixture
def listener() -> Listener:
    recorder.host = Listener()
    return recorder.host


def test_every_node_is_told_after_its_parents(listener: Listener) -> None:
    @bundle(trainable=True)
    def grow(x):
        return x + 1

    grow([node(1, name="a")][0]).eq([node(2)])
    assert listener.nodes == ["__code0", "a0", "eval0", "int0", "list0", "eq0"]


def test_feedback_is_told_with_all_that_is_pending(listener: Listener) -> None:
    x = node(1, trainable=True)
    (x + 1).backward("up")
    (x * 2).backward("down")
    assert listener.given == [[("add0", "up")], [("add0", "up"), ("multiply0", "down")]]


def test_updates_are_told(listener: Listener) -> None:
    x = node(1, name="x", trainable=True)
    x.update(5)
    assert (x.data, listener.updates) == (5, [("x0", 5)])


PROGRAM = """\
from trace_lsp.trace import bundle, node

rate = node(1, trainable=True)
fixed = node(1)
words = node(
    ["a"],
    trainable=True,
)

@bundle(trainable=True)
@bundle()
def grow(x):
    return x + rate.data
"""


def test_values_may_be_replaced_where_they_are_made(load) -> None:
    line = ast.parse(PROGRAM).body[3].lineno
    recorder.host = Listener(
        {
            (3, False): "5",
            (4, False): "7",
            (line, False): "['b', 'c']",
            (12, True): "def grow(x):\n    return 40",
        }
    )
    program = load(PROGRAM)
    assert (program.rate.data, program.fixed.data, program.words.data) == (5, 1, ["b", "c"])
    assert program.grow.parameter.data == "def grow(x):\n    return 40"
    assert program.grow(1).data == 40
