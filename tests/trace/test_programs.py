"""Programs made at random do the same with nodes as without, and the graph tells how."""

from __future__ import annotations

import operator as python
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace import ExecutionError, MessageNode, bundle, node
from trace_lsp.trace.feedback import live_ancestors
from trace_lsp.trace.verify import verify

STARTS = st.lists(
    st.integers(-50, 50)
    | st.floats(-50, 50)
    | st.text("ab ,{}", max_size=5)
    | st.lists(st.integers(0, 3), max_size=4),
    min_size=2,
    max_size=4,
)
BINARY = [
    python.add, python.sub, python.mul, python.truediv, python.floordiv, python.mod, divmod,
    python.lt, python.le, python.gt, python.ge, python.and_, python.or_, python.xor,
    python.getitem,
]  # fmt: skip
UNARY = [python.neg, python.pos, abs, python.invert]
METHODS = ["upper", "title", "strip", "split", "capitalize", "swapcase", "format"]
STEPS = st.lists(
    st.tuples(st.sampled_from([*BINARY, *UNARY, *METHODS, "pair", "eq"]), st.integers(0), st.integers(0)),
    max_size=12,
)  # fmt: skip


@bundle()
def paired(x, y):
    return [x, y]


def applied(step: Any, x: Any, y: Any, traced: bool) -> Any:
    if step == "pair":
        return paired(x, y) if traced else [x, y]
    if step == "eq":
        return x.eq(y) if traced else x == y
    if step in UNARY:
        return step(x)
    if step in METHODS:
        return getattr(x, step)()
    return step(x, y)


def was_swapped(step: Any, result: MessageNode) -> bool:
    """Python asks the right side of a comparison first if its class is the more special one."""
    swapped = {python.lt: "gt", python.le: "ge", python.gt: "lt", python.ge: "le"}
    return result.operator.name == swapped.get(step)


def small(value: Any) -> bool:
    return len(repr(value)) < 2_000


def outcome(compute: Any) -> tuple[str, Any]:
    try:
        return "value", compute()
    except ExecutionError as error:
        return "error", type(error.__cause__)
    except Exception as error:  # noqa: BLE001  that is what is compared
        return "error", type(error)


@given(STARTS, STEPS)
def test_traced_equals_plain(starts: list[Any], steps: list[tuple[Any, int, int]]) -> None:
    plain: list[Any] = list(starts)
    traced: list[Any] = [node(value) for value in starts]
    for step, one, other in steps:
        at, also = one % len(plain), other % len(plain)
        kind, expected = outcome(lambda: applied(step, plain[at], plain[also], False))  # noqa: B023
        if kind == "value" and not small(expected):
            continue
        found_kind, found = outcome(lambda: applied(step, traced[at], traced[also], True))  # noqa: B023
        assert found_kind == kind
        if kind == "error":
            assert found is expected
            continue
        assert isinstance(found, MessageNode)
        assert repr(found.data) == repr(expected)
        first, second = (found.parents * 2)[:2]
        assert (second if was_swapped(step, found) else first) is traced[at]
        plain.append(expected)
        traced.append(found)
    for each in traced:
        for ancestor in live_ancestors([each]):
            assert all(parent._serial < ancestor._serial for parent in ancestor.parents)


@given(
    st.lists(st.integers(), max_size=4),
    st.dictionaries(st.sampled_from(["first", "second", "third", "other"]), st.integers()),
)
def test_arguments_are_bound_as_python_does(args: list[int], kwargs: dict[str, int]) -> None:
    def plain(first, second=2, *rest, third, **more):
        return first, second, rest, third, more

    try:
        expected = plain(*args, **kwargs)
    except TypeError:
        with pytest.raises(TypeError):
            bundle()(plain)(*map(node, args), **kwargs)
        return
    result = bundle()(plain)(*map(node, args), **kwargs)
    assert result.data == expected
    assert {each.data for each in result.parents} >= {*args, *kwargs.values()}


@bundle()
def counted(items):
    return len(items)


@bundle()
def chosen(condition, x, y):
    return x if condition else y


@bundle(trainable=True)
def gathered(x, *rest, **named):
    return {"x": x, "rest": list(rest), **named}


@bundle()
def passed_through(x, times):
    """Calls bundled functions, nested as deep as it is told."""
    return paired(x, 0)[0] if times <= 0 else passed_through(x, times - 1)


@bundle()
def failing(x):
    raise ValueError(x)


VALUES = st.recursive(
    st.integers(-9, 9) | st.floats(-9, 9) | st.text("ab", max_size=3) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner),
    max_leaves=5,
)
CALLS = ["count", "choose", "gather", "in a list", "in a dict", "nest", "loop", "branch", "fail"]
MOVES = st.tuples(
    st.sampled_from([*BINARY, *CALLS]), st.integers(0), st.integers(0), st.integers(0)
)


def plain_move(move: Any, x: Any, y: Any, z: Any) -> Any:
    if move == "count":
        return len(x)
    if move == "choose":
        return x if z else y
    if move == "gather":
        return {"x": x, "rest": [y, 1], "last": z}
    if move == "in a list":
        return len([x, [y], (z,)])
    if move == "in a dict":
        return {"x": {"a": x, "b": [y]}, "rest": []}
    if move == "nest":
        return x
    if move == "loop":
        total = 0
        for each in x:
            total = total + each
        return total
    if move == "branch":
        return x + y if z else y
    if move == "fail":
        raise ValueError(x)
    return move(x, y)


def traced_move(move: Any, x: Any, y: Any, z: Any) -> Any:
    if move == "count":
        return counted(x)
    if move == "choose":
        return chosen(z, x, y)
    if move == "gather":
        return gathered(x, y, 1, last=z)
    if move == "in a list":
        return counted([x, [y], (z,)])
    if move == "in a dict":
        return gathered({"a": x, "b": [y]})
    if move == "nest":
        return passed_through(x, 3)
    if move == "loop":
        total: Any = 0
        for each in x:
            total = total + each
        return total if isinstance(total, MessageNode) else node(total)
    if move == "branch":
        return x + y if z else y
    if move == "fail":
        return failing(x)
    return move(x, y)


def above(output: Any) -> set[int]:
    """The ids of the output and all its ancestors, found by their public names alone."""
    found, pending = {id(output)}, [output]
    while pending:
        each = pending.pop()
        for parent in (*each.parents, *each.hidden_dependencies):
            if id(parent) not in found:
                found.add(id(parent))
                pending.append(parent)
    return found


@given(st.lists(VALUES, min_size=2, max_size=4), st.lists(MOVES, max_size=10))
def test_programs_of_calls_loops_and_branches(starts: list[Any], moves: list[Any]) -> None:
    plain: list[Any] = list(starts)
    leaves: list[Any] = [node(value, trainable=True) for value in starts]
    traced, failed = list(leaves), []
    for move, *numbers in moves:
        at = [number % len(plain) for number in numbers]
        kind, expected = outcome(lambda: plain_move(move, *(plain[each] for each in at)))  # noqa: B023
        if kind == "value" and not small(expected):
            continue
        if kind == "error":
            with pytest.raises(ExecutionError) as caught:
                traced_move(move, *(traced[each] for each in at))
            assert type(cause_of(caught.value)) is expected
            failed.append(caught.value.exception_node)
            continue
        made = traced_move(move, *(traced[each] for each in at))
        assert repr(made.data) == repr(expected)
        plain.append(expected)
        traced.append(made)
    verify(*traced, *failed)
    for output in [*traced, *failed]:
        assert {id(each) for each in live_ancestors([output])} == above(output)
        for leaf in leaves:
            leaf.zero_feedback()
        output.backward("other")
        assert [bool(leaf.feedback) for leaf in leaves] == [
            id(leaf) in above(output) for leaf in leaves
        ]


def cause_of(error: BaseException) -> BaseException:
    """What was raised at first."""
    while isinstance(error, ExecutionError):
        assert error.__cause__ is not None
        error = error.__cause__
    return error
