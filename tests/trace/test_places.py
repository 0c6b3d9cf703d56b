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
