"""The graph follows what the program does: branches, loops, recursion, generators, closures."""

from __future__ import annotations

import collections
import itertools
from typing import Any

import pytest

from trace_lsp.trace import ExecutionError, MessageNode, bundle, node, operators, stop_tracing
from trace_lsp.trace.feedback import live_ancestors
from trace_lsp.trace.verify import verify


@bundle()
def double(x):
    return 2 * x


@bundle()
def is_large(x):
    return x > 10


@pytest.mark.parametrize(("start", "steps"), [(1, 4), (6, 1), (50, 0)])
def test_a_loop_that_ends_when_a_node_says_so(start: int, steps: int) -> None:
    x = first = node(start)
    while not is_large(x):
        x = double(x)
    assert x.data == start * 2**steps
    doubled = [each for each in live_ancestors([x]) if isinstance(each, MessageNode)]
    assert len(doubled) == steps
    assert live_ancestors([x])[0] is first


def test_only_the_branch_that_was_taken_is_in_the_graph() -> None:
    condition, yes, no = node(True), node(1), node(2)
    result = yes + 1 if condition else no + 1
    assert {id(each) for each in live_ancestors([result])}.isdisjoint({id(no), id(condition)})
    chosen = operators.cond(condition, yes, no)
    assert [each is one for each, one in zip(chosen.parents, (condition, yes, no), strict=True)]


@bundle(trainable=True)
def even(n):
    return True if n == 0 else odd(n - 1)


@bundle(trainable=True)
def odd(n):
    return False if n == 0 else even(n - 1)


def test_functions_that_call_each_other() -> None:
    result = even(node(5))
    verify(result)
    assert result.data is False
    assert result.hidden_dependencies == {odd.parameter}
    before = even.parameter.data
    even.parameter.update("def even(n):\n    return 'even' if n == 0 else odd(n - 1)")
    assert (even(4).data, odd(5).data) == ("even", "even")
    even.parameter.update(before)


def test_a_method_that_calls_itself() -> None:
    class Counter:
        @bundle(trainable=True)
        def down(self, n):
            return 0 if n == 0 else 1 + self.down(n - 1)

    counter = Counter()
    assert counter.down(node(5)).data == 5
    Counter.down.parameter.update("def down(self, n):\n    return n and 2 + self.down(n - 1)")
    assert counter.down(node(5)).data == 10


@pytest.mark.parametrize("trainable", [False, True])
def test_a_generator_function_gives_a_node_whose_items_are_nodes(trainable: bool) -> None:
    @bundle(trainable=trainable)
    def numbers(start):
        yield from itertools.count(start)

    made = numbers(node(3))
    items = list(itertools.islice(made, 3))
    assert [each.data for each in items] == [3, 4, 5]
    assert all(each.parents[0] is made for each in items)
    verify(*items)


def test_a_generator_that_yields_nodes() -> None:
    hidden = node(1, trainable=True)

    @bundle()
    def shifted(count):
        for at in range(count):
            yield hidden + at

    items = list(shifted(2))
    assert [each.data for each in items] == [1, 2]
    items[1].backward("higher")
    assert len(hidden.feedback) == 1


def test_a_generator_that_fails_midway() -> None:
    @bundle(trainable=True)
    def inverses(numbers):
        for each in numbers:
            yield 1 / each

    made: list[Any] = []
    with pytest.raises(ExecutionError) as caught:
        made.extend(inverses([1, 0]))
    assert [each.data for each in made] == [1.0]
    assert (
        "        yield 1 / each  # <--- (ZeroDivisionError)" in caught.value.exception_node.comment
    )
    inverses.parameter.update(
        "def inverses(numbers):\n    # backwards\n\n    for each in numbers:\n        yield 2 / each"
    )
    with pytest.raises(ExecutionError) as caught:
        list(inverses([0]))
    assert caught.value.exception_node.comment.startswith(
        "def inverses(numbers):\n    # backwards\n\n    for each in numbers:\n"
        "        yield 2 / each  # <--- (ZeroDivisionError) division by zero\n\n"
    )


def test_what_a_function_returns_without_reading_it_is_a_hidden_dependency() -> None:
    hidden = node(3, trainable=True)

    @bundle()
    def give(x):
        return hidden

    @bundle()
    def give_in_a_list(x):
        return [hidden, {"inside": (hidden,)}, x]

    for result, data in ((give(1), 3), (give_in_a_list(1), [3, {"inside": (3,)}, 1])):
        assert result.data == data
        assert result.hidden_dependencies == {hidden}
        result.backward("other")
    assert len(hidden.feedback) == 2


def test_a_node_that_an_operation_comes_upon_is_a_hidden_dependency() -> None:
    class Holder:
        def __init__(self) -> None:
            self.weight = node(3, trainable=True)

        def __add__(self, other: int) -> Any:
            return [self.weight, other]

    holder = Holder()
    for result, data in ((node(holder).getattr("weight"), 3), (node(holder) + 1, [3, 1])):
        assert result.data == data
        assert result.hidden_dependencies == {holder.weight}
        result.backward("other")
    with stop_tracing():
        untraced = node(holder) + 1
    assert (untraced.data, untraced.hidden_dependencies) == ([3, 1], set())
    assert len(holder.weight.feedback) == 2


def test_nodes_in_an_argument_may_be_read_where_arguments_are_passed_as_they_are() -> None:
    @bundle(_process_inputs=False)
    def total(items, by_name):
        return sum(each.data for each in items) + by_name["a"][0].data

    assert total([node(1), node(2)], {"a": (node(3),)}).data == 6


def test_defaults_that_are_nodes_are_inputs_and_come_as_values() -> None:
    weight = node(3, trainable=True)

    @bundle()
    def scaled(x, weight=weight, /, *more, offsets=[weight]):  # noqa: B006
        return (x * weight + sum(offsets), type(weight), more)

    result = scaled(2)
    assert result.data == (9, int, ())
    assert result.inputs["weight"] is weight
    assert scaled(2, 5, 6).data == (13, int, (6,))
    weight.update(4)
    assert scaled(2).data[0] == 12
    with stop_tracing():
        assert scaled(2, offsets=[]).data[0] == 8


def test_the_defaults_of_new_code_are_its_inputs() -> None:
    @bundle(trainable=True)
    def grow(x, by=3, *, times=1):
        return (x + by) * times

    grow.parameter.update("def grow(x, by=4, *, times=2):\n    return (x + by) * times")
    result = grow(1)
    assert result.data == 10
    assert (result.inputs["by"].data, result.inputs["times"].data) == (4, 2)


def test_loop_variables_and_nonlocals_are_seen_as_they_are() -> None:
    made = []
    for offset in range(3):

        @bundle(trainable=True)
        def shift(x):
            return x + offset  # noqa: B023

        made.append(shift)
    assert [each(0).data for each in made] == [2, 2, 2]
    for each in made:
        each.parameter.update("def shift(x):\n    return 10 * x + offset")
    offset = 7
    assert [each(1).data for each in made] == [17, 17, 17]

    count = 0

    @bundle(trainable=True)
    def tick(by):
        nonlocal count
        count += by

    tick(5)
    tick.parameter.update("def tick(by):\n    nonlocal count\n    count -= by")
    tick(1)
    assert count == 4


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda f, x: f(x, 1, 2, a=3), ["args_0", "args_1", "args_2", "a"]),
        (lambda f, x: f(a=x), ["a"]),
        (lambda f, x: f(), []),
    ],
)
def test_inputs_of_a_function_of_anything(call: Any, names: list[str]) -> None:
    @bundle()
    def anything(*args, **kwargs):
        return len(args) + len(kwargs)

    result = call(anything, node(0))
    assert list(result.inputs) == names
    assert result.data == len(names)


def test_no_two_inputs_have_one_name() -> None:
    @bundle()
    def named(args_0, /, *args, **kwargs):
        return (args_0, args, kwargs)

    @bundle(trainable=True)
    def trained(**kwargs):
        return kwargs

    x, y, z, w = (node(number) for number in range(4))
    result = named(x, y, kwargs_args_0=z, args_0=w)
    assert result.data == (0, (1,), {"kwargs_args_0": 2, "args_0": 3})
    assert [each is one for each, one in zip(result.parents, (x, y, z, w), strict=True)]
    in_dict = named({1: x, "1": y, "value_2": z, w: x}).inputs["args_0"]
    assert len(in_dict.inputs) == len(in_dict.parents) == 5
    coded = trained(__code=x)
    assert len(coded.inputs) == 2
    verify(result, in_dict, coded)


def test_a_container_that_stands_in_many_places_is_one_node() -> None:
    items: list[Any] = [node(1)]
    for _ in range(30):
        items = [items, items]
    result = bundle()(len)(items)
    verify(result)
    assert len(live_ancestors([result])) == 33


class Table:
    """A mapping that does not say so."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, key: str) -> int:
        return {"a": 1, "b": 2}[key]

    def __iter__(self) -> Any:
        return iter("ab")


class Old:
    """Iterated over by its places, as before there were iterators."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, at: int) -> int:
        return [5, 6][at]


@pytest.mark.parametrize(
    ("value", "items", "name"),
    [
        (Table(), ["a", "b"], "iterate"),
        (Old(), [5, 6], "getitem"),
        (collections.deque([5, 6]), [5, 6], "getitem"),
        (collections.UserList([5, 6]), [5, 6], "getitem"),
        (range(5, 7), [5, 6], "getitem"),
        (bytearray(b"ab"), [97, 98], "getitem"),
    ],
)
def test_items_are_those_that_python_gives(value: Any, items: list[Any], name: str) -> None:
    found = list(node(value))
    assert [each.data for each in found] == items == list(value)
    assert {each.operator.name for each in found} == {name}
