"""Programs made at random do the same with nodes as without, and the graph tells how."""

from __future__ import annotations

import operator as python
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace import ExecutionError, MessageNode, bundle, node
from trace_lsp.trace.feedback import live_ancestors

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
