from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace import MessageNode, Node, bundle, node
from trace_lsp.trace.feedback import live_ancestors
from trace_lsp.trace.living import living
from trace_lsp.trace.propagators import (
    AbstractFeedback,
    GraphPropagator,
    Propagator,
    SumPropagator,
    TraceGraph,
    carry,
)


def parameter(value: Any = 1, name: str = "p") -> Any:
    return node(value, name=name, trainable=True)


@bundle()
def joined(*parts: str) -> str:
    return "-".join(map(str, parts))


def names(graph: TraceGraph) -> list[tuple[int, str]]:
    return [(level, each.py_name) for level, each in graph.graph]


def kept(parameter: Any) -> list[Any]:
    """All feedback a parameter holds, of all children."""
    return [each for arrived in parameter.feedback.values() for each in arrived]


class Diary(Propagator):
    """Passes the number of each node's propagation on, and notes whom it was called with."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[Node] = []
        self.arrived: list[dict[Node, list[Any]]] = []

    def init_feedback(self, node: Node, feedback: Any) -> Any:
        return feedback

    def _propagate(self, child: MessageNode) -> Mapping[Node, Any]:
        self.order.append(child)
        self.arrived.append(dict(child.feedback))
        return dict.fromkeys(child.parents, len(self.order))


# The walk


GRAPHS = st.lists(st.lists(st.integers(0, 10**6), max_size=3), min_size=1, max_size=30).map(
    lambda rows: [sorted({each % at for each in row}) if at else [] for at, row in enumerate(rows)]
)


def built(parents: list[list[int]]) -> list[Any]:
    made: list[Any] = []
    for row in parents:
        made.append(joined(*(made[each] for each in row)) if row else parameter("leaf"))
    return made


@given(GRAPHS)
def test_each_node_is_propagated_once_after_all_that_was_computed_from_it(
    parents: list[list[int]],
) -> None:
    output = built(parents)[-1]
    diary = Diary()
    carry(diary, output, "x")
    behind = live_ancestors([output])
    assert {id(each) for each in diary.order} == {id(each) for each in behind if each.parents}
    assert len(diary.order) == len({id(each) for each in diary.order})
    for child, arrived in zip(diary.order, diary.arrived, strict=True):
        children = [each for each in behind if any(child is above for above in each.parents)]
        expected = {id(each) for each in children} or {id(output)}
        assert {id(each) for each in arrived} == expected
        assert all(len(each) == 1 for each in arrived.values())


@given(GRAPHS)
def test_numbers_count_the_paths(parents: list[list[int]]) -> None:
    made = built(parents)
    paths = [0] * (len(made) - 1) + [1]
    for at in reversed(range(len(made))):
        for parent in parents[at]:
            paths[parent] += paths[at]
    carry(SumPropagator(), made[-1], 1)
    for each, expected in zip(made, paths, strict=True):
        if each.trainable:
            assert sum(kept(each)) == expected


def test_many_paths_are_walked_as_few_edges() -> None:
    value: Any = parameter(1)
    start = value
    for _ in range(200):
        value = (value + 1) - (value + 2)
    diary = Diary()
    carry(diary, value, "x")
    assert len(diary.order) == 600
    assert len(start.feedback) == 2


LENGTH = 100_000


@pytest.mark.parametrize("propagator", [SumPropagator(), GraphPropagator(), Diary()])
def test_a_long_chain_is_no_problem(propagator: Propagator) -> None:
    start = value = parameter(0)
    for _ in range(LENGTH):
        value = value + 1
    carry(propagator, value, "enough")
    assert len(kept(start)) == 1
    if isinstance(propagator, GraphPropagator):
        assert len(kept(start)[0]) == 2 * LENGTH + 1
        assert kept(start)[0].graph[-1] == (LENGTH, value)


def test_an_input_that_is_used_twice_gets_the_feedback_once() -> None:
    a = parameter(2)
    carry(SumPropagator(), a * a, 5)
    assert kept(a) == [5]


def test_the_parameters_that_were_reached_come_back() -> None:
    a, b, c = parameter(), parameter(), parameter()
    reached = carry(SumPropagator(), (a + b) * a, 1)
    assert sorted(map(id, reached)) == sorted([id(a), id(b)])
    assert kept(c) == []


def test_feedback_accumulates_until_it_is_zeroed() -> None:
    a = parameter()
    first, second = a + 1, a + 2
    carry(SumPropagator(), first, "x")
    carry(SumPropagator(), first, "y")
    carry(SumPropagator(), second, "z")
    assert [(child is first, given) for child, given in a.feedback.items()] == [
        (True, ["x", "y"]),
        (False, ["z"]),
    ]
    a.zero_feedback()
    assert kept(a) == []


def test_on_the_way_feedback_is_dropped() -> None:
    a, leaf = parameter(), node(3)
    between = a * leaf
    carry(SumPropagator(), between + 1, "x")
    assert (between.feedback, leaf.feedback) == ({}, {})


def test_or_kept_but_never_counted_twice() -> None:
    a, leaf = parameter(), node(3)
    between = a * leaf
    output = between + 1
    for _ in range(2):
        carry(SumPropagator(), output, 1, retain_graph=True)
        assert between.feedback == {output: [1]}
        assert leaf.feedback == {between: [1]}
        assert output.feedback == {output: [1]}
    assert a.feedback == {between: [1, 1]}
    carry(SumPropagator(), output, 1)
    assert (between.feedback, leaf.feedback, output.feedback) == ({}, {}, {})
    assert a.feedback == {between: [1, 1, 1]}


def test_a_call_without_arguments_has_nothing_to_pass_on() -> None:
    @bundle()
    def constant() -> int:
        return 5

    made = constant()
    output = made + 1
    diary = Diary()
    carry(diary, output, "x", retain_graph=True)
    carry(diary, made, "x")
    assert [id(each) for each in diary.order] == [id(output)]


def test_feedback_on_a_parameter_stays_there() -> None:
    a = parameter()
    carry(SumPropagator(), a, "x")
    assert a.feedback == {a: ["x"]}


def test_feedback_may_be_given_as_a_node() -> None:
    a = parameter()
    carry(SumPropagator(), a + 1, node("a node"))
    assert [(type(each), each) for each in kept(a)] == [(str, "a node")]


def test_what_cannot_be_carried_is_refused() -> None:
    with pytest.raises(TypeError, match="given on a node; this is of type int"):
        carry(SumPropagator(), 5, "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="subclass of Propagator; this is of type function"):
        carry(lambda child: {}, node(1), "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="from a MessageNode, not from a Node"):
        SumPropagator()(node(1))  # type: ignore[arg-type]


# Custom propagators


def test_a_registered_function_decides_for_its_operator() -> None:
    a, b = parameter(), parameter()
    propagator = SumPropagator()
    propagator.register(
        "subtract", lambda child: {child.parents[0]: "left", child.parents[1]: "right"}
    )
    carry(propagator, (a - b) + 1, "x")
    assert (kept(a), kept(b)) == (["left"], ["right"])
    carry(propagator, a * b, "y")
    assert (kept(a), kept(b)) == (["left", "y"], ["right", "y"])


def test_only_functions_are_registered() -> None:
    with pytest.raises(TypeError, match="registered for add must be a function of a node, not str"):
        SumPropagator().register("add", "x")  # type: ignore[arg-type]


def test_inputs_that_are_left_out_get_nothing_and_pass_nothing_on() -> None:
    a, b = parameter(), parameter()
    left, right = a + 1, b + 1
    diary = Diary()
    diary.register("multiply", lambda child: {child.parents[0]: "x"})
    carry(diary, left * right, "x")
    assert [id(each) for each in diary.order] == [id(left)]
    assert (len(kept(a)), kept(b)) == (1, [])


class Faulty(SumPropagator):
    """Passes on what `result` makes of the node, once it comes to a multiplication."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.register("multiply", result)


def explode(child: MessageNode) -> Any:
    raise LookupError("no idea")


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        (
            lambda child: "x",
            TypeError,
            "multiply0, of operator multiply, must be a dict .* not str",
        ),
        (lambda child: None, TypeError, "of operator multiply, must be a dict .* not NoneType"),
        (lambda child: {"x": 1}, ValueError, "operator multiply, has feedback for x, which is not"),
        (lambda child: {child: 1}, ValueError, "has feedback for multiply:0, which is not one"),
        (explode, LookupError, "no idea"),
    ],
)
@pytest.mark.parametrize("retain", [True, False])
def test_a_propagator_that_fails_leaves_nothing(
    result: Any, error: type[Exception], message: str, retain: bool
) -> None:
    a, b = parameter(), parameter()
    product = a * 2
    output = product + b
    with pytest.raises(error, match=message.replace("multiply0", "multiply:0")):
        carry(Faulty(result), output, "x", retain_graph=retain)
    assert [each.feedback for each in (a, b, product, output)] == [{}] * 4


# Sums


def test_texts_are_joined_and_numbers_added() -> None:
    for given_, expected in (("ab", "abab"), (2, 4), (0.5, 1.0), ([1], [1, 1])):
        a = parameter()
        shared = a + 1
        carry(SumPropagator(), (shared + 1) * (shared + 2), given_)
        assert kept(a) == [expected]


def test_numbers_of_different_types_are_numbers() -> None:
    a = parameter()
    shared = a + 1
    propagator = SumPropagator()
    propagator.register("multiply", lambda child: dict(zip(child.parents, (1, 0.5), strict=True)))
    carry(propagator, (shared + 1) * (shared + 2), "x")
    assert kept(a) == [1.5]


@pytest.mark.parametrize(
    ("mixed", "kinds"), [(("x", 1), "str and int|int and str"), (([1], (2,)), "list|tuple")]
)
def test_texts_and_numbers_have_no_sum(mixed: tuple[Any, Any], kinds: str) -> None:
    shared = parameter() + 1
    propagator = SumPropagator()
    propagator.register("multiply", lambda child: dict(zip(child.parents, mixed, strict=True)))
    with pytest.raises(TypeError, match=rf"cannot be summed: ({kinds}) .* add:0, of operator add"):
        carry(propagator, (shared + 1) * (shared + 2), "x")


def test_feedback_of_ones_own_is_summed_by_its_own_addition() -> None:
    class Bag(AbstractFeedback):
        def __init__(self, *items: str) -> None:
            self.items = items

        def __add__(self, other: Bag) -> Bag:
            return Bag(*self.items, *other.items)

    assert sum([Bag("a"), Bag("b"), Bag("c")]).items == ("a", "b", "c")
    a = parameter()
    shared = a + 1
    carry(SumPropagator(), (shared + 1) * (shared + 2), Bag("x"))
    assert kept(a)[0].items == ("x", "x")


def test_backward_takes_a_propagator() -> None:
    a = parameter()
    output = a + 1
    output.backward(1, SumPropagator())
    output.backward(2, propagator=SumPropagator())
    assert a.feedback == {output: [1, 2]}


# Graphs


def test_an_input_gets_the_graph_from_it_to_the_output() -> None:
    a, b = parameter(1, "a"), parameter(2, "b")
    output = (a + 1) * (b - 3) * (node(4) - 5)
    carry(GraphPropagator(), output, "smaller")
    (of_a,), (of_b,) = kept(a), kept(b)
    # What stands beside the way is there as an input, and nothing of what led to it.
    assert names(of_a) == [
        (0, "a0"), (0, "int0"), (1, "add0"), (1, "subtract0"), (1, "subtract1"), (2, "multiply0"),
        (3, "multiply1"),
    ]  # fmt: skip
    both = of_a + of_b
    assert names(both) == sorted({*names(of_a), *names(of_b)})
    assert (0, "b0") in names(both)
    assert both.user_feedback == of_a.user_feedback == "smaller"
    assert both.outputs == [(output, "smaller")]


def test_the_graph_is_what_the_published_propagator_would_collect() -> None:
    a = parameter(1, "a")
    shared = a + 1
    output = shared * (shared + node(2, name="two"))
    carry(GraphPropagator(), output, "x")
    (graph,) = kept(a)
    assert names(graph) == [
        (0, "a0"), (0, "int0"), (0, "two0"), (1, "add0"), (2, "add1"), (3, "multiply0"),
    ]  # fmt: skip
    assert len(graph) == 6
    assert list(graph) == graph.graph


def test_two_feedbacks_in_one_step_are_both_kept() -> None:
    a, b = parameter(1, "a"), parameter(2, "b")
    first, second = a + b, b * 2
    carry(GraphPropagator(), second, "smaller")
    carry(GraphPropagator(), first, "larger")
    total = sum([*kept(a), *kept(b)])
    assert total.user_feedback == ["smaller", "larger"]
    assert [(each.py_name, text) for each, text in total.outputs] == [
        ("multiply0", "smaller"),
        ("add0", "larger"),
    ]
    assert names(total) == [(0, "a0"), (0, "b0"), (0, "int0"), (1, "add0"), (1, "multiply0")]


def test_the_same_feedback_twice_is_one_text_of_two_outputs() -> None:
    a = parameter(1, "a")
    first, second = a + 1, a + 2
    for output in (first, second, first):
        carry(GraphPropagator(), output, "larger")
    total = sum(kept(a))
    assert total.user_feedback == "larger"
    assert [each for each, _ in total.outputs] == [first, second, first]


def test_feedback_may_be_what_has_no_truth_value() -> None:
    class Vector:
        def __eq__(self, other: object) -> Any:
            raise ValueError("the truth value is ambiguous")

        __hash__ = None  # type: ignore[assignment]

        def __repr__(self) -> str:
            return "[1 2]"

    a, vector = parameter(), Vector()
    carry(GraphPropagator(), a + 1, vector)
    carry(GraphPropagator(), a + 2, vector)
    assert sum(kept(a)).user_feedback is vector


def test_adding_up_is_linear_and_deep_sums_are_no_problem() -> None:
    parameters = [parameter() for _ in range(20_000)]
    output = joined(*parameters)
    carry(GraphPropagator(), output, "x")
    total = sum(each for parameter in parameters for each in kept(parameter))
    assert len(total) == len(parameters) + 1
    assert total.outputs == [(output, "x")]
    shared = TraceGraph.of_output(output, "y")
    for _ in range(100):
        shared = shared + shared  # 2**100 addends, were they told one by one
    assert shared.outputs == [(output, "y")]


def test_a_graph_may_be_made_of_pairs() -> None:
    a = parameter(1, "a")
    output = a + 1
    graph = TraceGraph(graph=[(1, output), (0, a)], user_feedback="x")
    assert names(graph) == [(0, "a0"), (1, "add0")]
    assert graph.user_feedback == "x"
    assert graph.outputs == [(output, "x")]
    inputs = TraceGraph(graph=[(0, output.parents[1])], user_feedback=None)
    assert names(graph + inputs) == [(0, "a0"), (0, "int0"), (1, "add0")]
    assert (graph + inputs).user_feedback == "x"


def test_an_empty_graph_has_neither_nodes_nor_feedback() -> None:
    empty = TraceGraph(graph=[], user_feedback=None)
    a = parameter(1, "a")
    full = TraceGraph.of_output(a, "x")
    assert empty.empty()
    assert (empty + empty).empty()
    assert not full.empty()
    assert not (empty + full).empty()
    assert not TraceGraph(user_feedback="x").empty()
    assert (len(empty), list(empty), empty.user_feedback) == (0, [], None)
    assert names(empty + full) == names(full) == [(0, "a0")]
    assert "2" not in repr(full)
    assert "feedback on a:0" in repr(full)


def test_only_graphs_are_added_to_graphs() -> None:
    with pytest.raises(TypeError, match=r"TraceGraph.*str"):
        TraceGraph() + "x"  # type: ignore[operator]
    propagator = GraphPropagator()
    propagator.register("add", lambda child: dict.fromkeys(child.parents, "a text"))
    with pytest.raises(TypeError, match="is a TraceGraph; through add:0 came one of type str"):
        carry(propagator, (parameter() * 2) + 1, "x")


def test_a_graph_propagator_may_be_adapted() -> None:
    class Marked(GraphPropagator):
        def init_feedback(self, node: Node, feedback: Any) -> TraceGraph:
            pairs = [(each.level, each) for each in (node, beside)]
            return TraceGraph(graph=pairs, user_feedback=f"marked: {feedback}")

    a, beside = parameter(1, "a"), node(5, name="beside")
    output = a * 2 + 1
    output.backward("x", Marked())
    (graph,) = kept(a)
    assert graph.user_feedback == "marked: x"
    assert names(graph) == [
        (0, "a0"), (0, "beside0"), (0, "int0"), (0, "int1"), (1, "multiply0"), (2, "add0"),
    ]  # fmt: skip


def test_only_the_graph_propagator_itself_carries_as_no_propagator_would() -> None:
    class Adapted(GraphPropagator):
        pass

    overridden = GraphPropagator()
    overridden.register("add", lambda child: {})
    propagators = (GraphPropagator(), Adapted(), overridden, SumPropagator())
    assert [each.is_plain for each in propagators] == [True, False, False, False]


def expandable() -> tuple[Any, Any]:
    """A parameter, and the result of traceable code that uses it inside."""
    inside = parameter(5, "inside")

    @bundle(traceable_code=True)
    def scaled(x: Any) -> Any:
        return (x + 1) * inside

    return inside, scaled(parameter(1, "a"))


@pytest.mark.parametrize("propagator", [GraphPropagator(), SumPropagator()])
def test_what_traceable_code_uses_inside_gets_feedback_too(propagator: Propagator) -> None:
    inside, output = expandable()
    carry(propagator, output, "x")
    (arrived,) = inside.feedback[output]
    if isinstance(arrived, TraceGraph):
        assert {(0, "inside0"), (0, "a0"), (1, "scaled0")} <= set(names(arrived))
        assert arrived.outputs == [(output, "x")]
    else:
        assert arrived == "x"


def test_traceable_code_is_expanded_to_the_graph_within() -> None:
    inside, output = expandable()
    graph = TraceGraph.expand(output)
    assert sorted(names(graph)) == [
        (0, "a1"), (0, "inside0"), (0, "int0"), (1, "add0"), (2, "multiply0"),
    ]  # fmt: skip
    assert (graph.user_feedback, kept(inside)) == (None, [])
    carry(GraphPropagator(), output, "x")
    assert (graph + kept(inside)[0]).user_feedback == "x"


def test_what_has_no_graph_within_expands_to_an_empty_one() -> None:
    a = parameter()
    assert TraceGraph.expand(a + 1).empty()
    assert TraceGraph.expand(joined(a)).empty()
    with pytest.raises(TypeError, match="MessageNode can be expanded, not a ParameterNode"):
        TraceGraph.expand(a)


def test_a_graph_is_drawn() -> None:
    a, other = parameter(1, "a"), parameter(2, "other") + 1
    output = a.clone() * other
    carry(GraphPropagator(), output, "x")
    (graph,) = kept(a)
    simple, whole = str(graph.visualize()), str(graph.visualize(simple_visualization=False))
    assert '"a0" -> "multiply0"' in simple
    assert '"clone0" -> "multiply0"' in whole
    assert "other0" not in whole
    assert '"multiply0" -> "a0"' in str(graph.visualize(reverse_plot=True))


def test_what_was_carried_is_let_go() -> None:
    a = parameter(1, "a")
    output = a + 1
    for propagator in (GraphPropagator(), SumPropagator()):
        carry(propagator, output, "x")
    a.zero_feedback()
    del output
    gc.collect()
    assert living() == [a]
