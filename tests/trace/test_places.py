from __future__ import annotations

import sys

import pytest

from trace_lsp.trace.feedback import live_ancestors
from trace_lsp.trace.graph import Place
from trace_lsp.trace.records import record

PROGRAM = """\
from trace_lsp.trace import bundle, node

start = node(1)
total = (start +
         2)


@bundle()
def double(x):
    return 2 * x


@bundle(trainable=True)
@bundle
def grow(x):
    return x + 1


class Shop:
    @bundle()
    def price(self, x):
        return x


called = double(total); again = double(
    called)
method = Shop().price(3)
items = [item for item in node([5, 6])]
rate = node(0.5, trainable=True)
name = "é" + node("x")
try:
    failed = node(1) / 0
except Exception as error:
    failed = error.exception_node
"""

LINES = {
    "start": 3,
    "total": 4,
    "called": 25,
    "again": 25,
    "method": 27,
    "rate": 29,
    "name": 30,
    "failed": 32,
}


@pytest.mark.parametrize(("name", "line"), LINES.items())
def test_a_node_knows_its_line(load, name: str, line: int) -> None:
    program = load(PROGRAM)
    place = record(getattr(program, name)).place
    assert place is not None
    assert (place.file, place.line) == (program.__file__, line)


def test_items_stand_where_they_are_asked_for(load) -> None:
    program = load(PROGRAM)
    for item in program.items:
        place = record(item).place
        assert place is not None
        assert (place.file, place.line) == (program.__file__, 28)


def test_every_ancestor_stands_in_the_users_file(load) -> None:
    program = load(PROGRAM)
    for each in live_ancestors([program.again, program.method, program.failed, *program.items]):
        place = record(each).place
        assert place is not None
        assert place.file == program.__file__


@pytest.mark.skipif(sys.version_info < (3, 11), reason="columns are known from 3.11 on")
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("start", (3, 8, 3, 15)),
        ("total", (4, 9, 5, 10)),
        ("called", (25, 9, 25, 22)),
        ("again", (25, 32, 26, 11)),
        ("name", (30, 7, 30, 23)),
    ],
)
def test_a_node_knows_its_columns_in_bytes(load, name: str, place: tuple[int, ...]) -> None:
    program = load(PROGRAM)
    line, column, end_line, end_column = place
    assert record(getattr(program, name)).place == Place(
        program.__file__, line, column, end_line, end_column
    )


def test_an_operator_knows_where_its_function_stands(load) -> None:
    program = load(PROGRAM)
    double = program.called.operator
    assert double.function == "double"
    assert (double.place.line, double.place.end_line) == (9, 10)
    price = program.method.operator
    assert price.function == "Shop.price"
    assert (price.place.line, price.place.end_line) == (21, 22)


def test_the_code_of_a_trainable_stands_where_it_is_defined(load) -> None:
    program = load(PROGRAM)
    place = record(program.grow.parameter).place
    assert place is not None
    assert (place.file, place.line) == (program.__file__, 13)


EVERYWHERE = """\
import functools
from trace_lsp.trace import MessageNode, Node, bundle, node, operators
from trace_lsp.trace.failures import ExecutionError

@bundle()
def first(x, *more, **named): return x

class Shop:
    @bundle(trainable=True)
    def price(self, x): return x
    @property
    @bundle()
    def rate(self): return 3

class Own(Node):
    pass

def generator():
    yield 1

x, items, pairs, word = node(1), node([1, 2]), node({"a": 1}), node("a b")
shop = Shop()
made = []
for each in items: made.append(each)
one, other = items; made.append(one)
for key, value in pairs.items(): made.append(value)
for key in pairs: made.append(key)
for each in node(generator()): made.append(each)
made.append(word.join(["a", node("b")]))
made.append(word.join("ab").parents[1])
made.append(node(len)(items))
made.append(word.call("upper"))
made.append(word.call("replace", "a", "b").parents[1])
made.append(first([x, 2]).parents[0])
made.append(first([x, 2]).parents[0].parents[1])
made.append(first(0, {"a": (x,)}).parents[1].parents[0])
made.append(first(0, a=5).inputs["a"])
made.append(operators.add(x, 1)); assert made[-1].data == 2
made.append(operators.add(1, x).parents[0])
made.append(operators.make_list(x, 1))
made.append(word.split()[0])
made.append(1 - x)
made.append(-x)
made.append(word.upper())
made.append(x.getattr("real"))
made.append(sum(items))
made.append(functools.reduce(operators.add, [x, x]))
made.append([each + 1 for each in items][0])
made.append((lambda value: value + 1)(x))
made.append(shop.price(x))
made.append(Shop().price(x).inputs["self"])
made.append(shop.rate)
made.append(functools.partial(first, x)(2))
made.append(MessageNode(1, inputs=[x], description="[own] Mine."))
made.append(Own(3))
made.append(x.detach())
try: node(object()).len()
except ExecutionError as error: made.append(error.exception_node)
"""


def test_whatever_makes_a_node_stands_where_it_is_written(load) -> None:
    program = load(EVERYWHERE)
    lines = EVERYWHERE.split("\n")
    expected = [at for at, line in enumerate(lines, 1) if "made.append(" in line]
    expected.insert(1, expected[0])  # each of two items
    expected[-1] -= 1
    expected[-2] = 1 + lines.index(next(line for line in lines if line.startswith("x, items")))
    found = [record(each).place for each in program.made]
    assert [place.line for place in found] == expected
    assert {place.file for place in found} == {program.__file__}
    if sys.version_info >= (3, 11):
        for place in found:
            assert place.line <= place.end_line
            assert place.column < place.end_column
