"""Live nodes as rows: what is read from them is what their records say."""

from __future__ import annotations

import enum
import json
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace import GRAPH, ExecutionError, Node, bundle, node
from trace_lsp.trace.codec import KNOWN, Decoder
from trace_lsp.trace.graph import NodeRecord
from trace_lsp.trace.nodes import ParameterNode
from trace_lsp.trace.recorder import nodes_read, recorder
from trace_lsp.trace.records import LiveEncoder, record
from trace_lsp.trace.verify import verify


class Stream:
    """A host that makes a row of each node when it is made, as a run does, and keeps its record."""

    def __init__(self) -> None:
        self.encoder = LiveEncoder()
        self.rows: list[Any] = []
        self.records: list[NodeRecord] = []
        self.nodes: list[Node] = []

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:
        return function(*args, **kwargs)

    def on_node(self, node: Node) -> None:
        self.rows.append(self.encoder.live_row(node))
        self.records.append(record(node))
        self.nodes.append(node)

    def on_backward(self, outputs: list[tuple[Node, str]]) -> None: ...

    def on_update(self, parameter: ParameterNode) -> None: ...

    def override(self, file: str, line: int, is_code: bool) -> None: ...

    def lines(self, sizes: Iterable[int] = ()) -> list[str]:
        """The rows in batches of these sizes, and the rest in one more."""
        rows, lines = list(self.rows), []
        for size in [*sizes, len(rows)]:
            batch = self.encoder.batch(rows[:size])
            lines.append(json.dumps(batch))
            self.encoder.sent(batch)
            del rows[:size]
        return lines


def read(lines: Iterable[str]) -> list[NodeRecord]:
    decoder = Decoder()
    return [each for line in lines for each in decoder.batch(json.loads(line))]


@pytest.fixture
def stream() -> Stream:
    recorder.host = Stream()  # type: ignore[assignment]
    return recorder.host  # type: ignore[return-value]


class Color(str, enum.Enum):
    RED = "red"


class Loud:
    def __repr__(self) -> str:
        raise RuntimeError


VALUES = [
    *(0, -1, True, None, 1.5, float("nan"), float("inf"), 1j, b"\x00\xff", 10**1999, 10**2001),
    *(10**5000, "", "text", "a\nb\"'\\\u2028\ud800é", "x" * 2000, "x" * 2001, b"x" * 9000),
    *([], [1, [2]], (), (1,), {"a": 1}, {3, 1, 2}, set(), frozenset({1}), Color.RED, print, Loud()),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda each: type(each).__name__)
def test_values(stream: Stream, value: Any) -> None:
    node(value)
    node(value, name="named")
    node(value, name="n1")
    node(value, trainable=True, description="What.", constraint="How.")
    node(value).clone()
    assert read(stream.lines()) == stream.records
    assert len(stream.records) >= 6


def operators() -> None:
    x, y = node(6), node(4)
    x = x + y - 2 * x / y
    (x < y, -x, x.eq(y), node("{} {}").format(x, y), node([1, 2])[0])
    list(node((1, "b")))


def bundles() -> None:
    @bundle()
    def plain(a, *rest, b=2, **more):
        """Adds."""
        return a

    @bundle("[named] Something else.")
    def described(a):
        return [a]

    def called_alike(documentation):
        return bundle(f"[alike] {documentation}")(lambda x: x)

    plain(node(1))
    [each(1) for each in (called_alike("One."), called_alike("Another."))]
    plain(1, 2, 3, b=node(4), c=5)
    described(plain([node(1), 2]))


def trainables() -> None:
    @bundle(trainable=True)
    def grow(x):
        return x + 1

    class Shop:
        @bundle(trainable=True)
        def price(self, x):
            return x

    grow(grow(1))
    Shop().price(2)
    grow.parameter.update("def grow(x):\n    return x + 2")
    grow(3)


def failures() -> None:
    @bundle()
    def inner(x):
        return 1 / x

    @bundle()
    def outer(x):
        return inner(x)

    for x in (node(0), 0):
        with pytest.raises(ExecutionError):
            outer(x)
    for _ in range(2):
        with pytest.raises(ExecutionError):
            node(1) / 0


def hidden() -> None:
    rate = node(2.0, trainable=True)

    @bundle()
    def scaled(x):
        return rate * x

    assert scaled(scaled(3)).hidden_dependencies


def cleared() -> None:
    node(1) + 1
    GRAPH.clear()
    node(1) + 1


def compiled_again_and_again() -> None:
    for at in range(3):
        space: dict[str, Any] = {"node": node}
        exec(compile("x = node(1)\ny = x + 1\n", f"<{at}>", "exec"), space)


MAKE = [
    operators, bundles, trainables, failures, hidden, cleared, compiled_again_and_again,
]  # fmt: skip


@pytest.mark.parametrize("make", MAKE, ids=lambda each: each.__name__)
def test_what_programs_make(stream: Stream, make: Callable[[], None]) -> None:
    make()
    make()
    sent = read(stream.lines([3, 1]))
    assert sent == stream.records
    verify({each.id: each for each in sent}, since=sent[-1].id)


def test_what_nodes_share_is_sent_once(stream: Stream) -> None:
    x = node(0)
    for _ in range(100):
        x = x + 1
    batch = stream.encoder.batch(stream.rows)
    assert (len(batch["nodes"]), len(batch["sites"]), len(batch["operators"])) == (201, 3, 1)


def test_a_value_is_shown_as_it_was_when_it_was_recorded(stream: Stream) -> None:
    items = [1]
    node(items)
    parameter = node({"a": 1}, trainable=True)
    number = node(1, trainable=True)
    items.append(2)
    parameter.data["b"] = 2
    number.update(5)
    values = [each.value for each in read(stream.lines())]
    assert (values[0], values[-2], values[-1]) == ("[1]", "{'a': 1}", "1")


def test_what_a_parameters_repr_reads_is_not_read_by_what_runs(stream: Stream) -> None:
    x = node(1)

    class Reader:
        def __repr__(self) -> str:
            return f"read {x.data}"

    token = nodes_read.set([])
    try:
        node(Reader(), trainable=True)
        assert nodes_read.get() == []
    finally:
        nodes_read.reset(token)
    assert read(stream.lines())[-1].value == "read 1"


def test_values_are_not_kept_alive(stream: Stream) -> None:
    class Value:
        def __del__(self) -> None:
            gone.append(True)

    gone: list[bool] = []
    node(Value())
    stream.nodes.clear()
    assert gone == [True]
    assert read(stream.lines()) == stream.records


def test_functions_without_end(stream: Stream) -> None:
    # Each round makes a code object, which may lie where the last one lay.
    for at in range(KNOWN // 10):
        space: dict[str, Any] = {"node": node}
        exec(compile("\n" * (at % 7) + "y = node(1)", "<made>", "exec"), space)
        stream.nodes.clear()
        del space
    assert read(stream.lines([100] * 10)) == stream.records
    assert len(stream.encoder._known) <= KNOWN
    assert len({each.place for each in stream.records}) == 7


def test_names_without_end(stream: Stream) -> None:
    for at in range(KNOWN + 5):
        stream.rows.append(stream.encoder.live_row(made := _unheard(f"{at}_")))
        stream.records.append(record(made))
    assert read(stream.lines([1000])) == stream.records
    assert len(stream.encoder._known) == 5


def _unheard(name: str) -> Node:
    host, recorder.host = recorder.host, None
    made = node(1, name=name)
    recorder.host = host
    return made


def test_threads(stream: Stream) -> None:
    def work() -> None:
        for at in range(50):
            exec("node(at) + 1", {"node": node, "at": at})

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    sent = {each.id: each for each in read(stream.lines([7] * 20))}
    assert sent == {each.id: each for each in stream.records}
    assert len(sent) == 8 * 50 * 3


STEPS = st.lists(
    st.sampled_from(["leaf", "op", "list", "call", "train", "fail", "parameter", "clear"]),
    max_size=15,
)


@given(STEPS, st.lists(st.integers(0, 4), max_size=5), st.floats(0, 1), st.data())
def test_a_stream_that_is_cut_off_is_a_graph(
    steps: list[str], sizes: list[int], part: float, data: st.DataObject
) -> None:
    recorder.host = stream = Stream()  # type: ignore[assignment]
    start = next(recorder.serials)
    program(steps, data)
    recorder.host = None
    text = "".join(line + "\n" for line in stream.lines(sizes))
    *whole, _ = text[: int(part * len(text))].split("\n")
    sent = read(whole)
    assert sent == stream.records[: len(sent)]
    assert [each.id for each in sent] == sorted({each.id for each in sent})
    known: set[int] = set()
    for each in sent:
        assert each.id > start
        assert known.issuperset(each.parents)
        known.add(each.id)
    assert read(text.splitlines()) == stream.records


def program(steps: list[str], data: st.DataObject) -> None:
    """Does each of the steps, on nodes that came before."""
    made: list[Node] = [node(0)]

    @bundle()
    def call(x, *more):
        return x

    @bundle(trainable=True)
    def train(x):
        return x

    @bundle()
    def fail(x):
        raise KeyError

    for step in steps:
        x, y = (made[data.draw(st.integers(0, len(made) - 1))] for _ in "xy")
        if step == "leaf":
            made.append(node("leaf"))
        elif step == "op":
            made.append(x.eq(y))
        elif step == "list":
            made.append(call(x, [y, 1]))
        elif step == "call":
            made.append(call(x, y, 2))
        elif step == "train":
            made.append(train(x))
        elif step == "parameter":
            made.append(node(5, trainable=True, constraint="odd"))
        elif step == "clear":
            GRAPH.clear()
        else:
            with pytest.raises(ExecutionError) as failed:
                fail(x)
            made.append(failed.value.exception_node)
