"""What is around trainable code: globals, closures, itself, and decorators."""

from __future__ import annotations

import functools

import pytest

from trace_lsp.trace import FunModule, bundle

RATE = 3


def changed(function, text: str):
    function.parameter.update(text)
    return function


def test_globals_are_seen_live(monkeypatch: pytest.MonkeyPatch) -> None:
    @bundle(trainable=True)
    def price(cost):
        return 0

    changed(price, "def price(cost):\n    return cost * RATE")
    assert price(2).data == 6
    monkeypatch.setitem(globals(), "RATE", 5)
    assert price(2).data == 10


def test_closures_see_later_changes() -> None:
    offset = 1

    @bundle(trainable=True)
    def grow(x):
        return x + offset

    changed(grow, "def grow(x):\n    return x + offset * 10")
    assert grow(1).data == 11
    offset = 2
    assert grow(1).data == 21


def test_new_code_changes_the_closure_too() -> None:
    count = 0

    @bundle(trainable=True)
    def grow(x):
        nonlocal count
        count += 1
        return x

    changed(grow, "def grow(x):\n    nonlocal count\n    count += 10\n    return x")
    grow(1)
    assert count == 10


def test_a_nested_function_is_trainable_by_itself() -> None:
    def make(step):
        @bundle(trainable=True)
        def grow(x):
            return x + step

        return grow

    one, ten = make(1), make(10)
    changed(one, "def grow(x):\n    return x - step")
    assert (one(5).data, ten(5).data) == (4, 15)


RECURSIVE = """\
from trace_lsp.trace import Node, bundle

@bundle(trainable=True)
def factorial(n):
    assert not isinstance(n, Node)
    return 1 if n < 2 else n * factorial(n - 1)

@bundle(trainable=True)
def depth(tree):
    return 1 + max([depth(each) for each in tree], default=0)

def make():
    @bundle(trainable=True)
    def fibonacci(n):
        result = n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
        assert type(result) is int
        return result
    return fibonacci
"""


def test_recursion_reaches_the_plain_function(load) -> None:
    program = load(RECURSIVE)
    assert program.factorial(5).data == 120
    assert program.factorial(1).py_name == "eval1"
    assert program.depth([[], [[]]]).data == 3
    assert program.make()(10).data == 55


def test_recursion_in_new_code(load) -> None:
    program = load(RECURSIVE)
    changed(program.factorial, "def factorial(n):\n    return n and n + factorial(n - 1)")
    assert program.factorial(4).data == 10
    assert program.factorial(0).py_name == "eval1"
    fibonacci = program.make()
    text = "def fibonacci(n):\n    go = lambda: fibonacci(n - 1)\n    return n and 1 + go()"
    assert changed(fibonacci, text)(7).data == 7


def test_decorators_above_and_beneath(load) -> None:
    program = load(
        "import functools\n"
        "from trace_lsp.trace import bundle\n"
        "def times(factor):\n"
        "    def decorate(function):\n"
        "        @functools.wraps(function)\n"
        "        def multiplied(*args):\n"
        "            return function(*args) * factor\n"
        "        return multiplied\n"
        "    return decorate\n"
        "trained = bundle(trainable=True)\n"
        "def mine(function):\n"
        "    return bundle(trainable=True)(function)\n"
        "\n"
        "@times(2)\n"
        "@bundle(\n"
        "    trainable=True,\n"
        ")\n"
        "@times(3)\n"
        "@times(\n"
        "    5\n"
        ")\n"
        "def grow(x):\n"
        "    return x\n"
        "\n"
        "@times(2)\n"
        "@trained\n"
        "@times(3)\n"
        "def alias(x):\n"
        "    return x\n"
        "\n"
        "@times(2)\n"
        "@mine\n"
        "@times(3)\n"
        "def helped(x):\n"
        "    return x\n"
        "\n"
        "@times(3)\n"
        "def later(x):\n"
        "    return x\n"
        "\n"
        "@times(2)\n"
        "@mine\n"
        "def bare(x):\n"
        "    return x\n"
        "later = trained(later)\n"
    )
    for name, factor in (("grow", 30), ("alias", 6), ("helped", 6), ("later", 3), ("bare", 2)):
        function = getattr(program, name)
        bundled = function if isinstance(function, FunModule) else function.__wrapped__
        assert bundled.parameter.data == f"def {name}(x):\n    return x"
        assert function(1).data == factor, name
        bundled.parameter.update(f"def {name}(x):\n    return x + 1")
        assert function(1).data == 2 * factor, name
        assert bundled(1).py_name.startswith("eval"), name


def test_decorators_beneath_are_applied_once_to_each_version() -> None:
    calls = []

    def registered(function):
        calls.append(function.__name__)

        @functools.wraps(function)
        def wrapper(*args):
            return function(*args) + bonus

        return wrapper

    bonus = 1

    @bundle(trainable=True)
    @registered
    def grow(x):
        return x + bonus

    changed(grow, "def grow(x):\n    return x - bonus")
    assert [grow(5).data, grow(5).data, calls] == [5, 5, ["grow", "grow"]]
    bonus = 3
    assert grow(5).data == 5
    changed(grow, "def grow(x):\n    return grow(x - 1) if x else bonus")
    assert grow(2).data == 12


def test_a_cached_function_stays_cached() -> None:
    @bundle(trainable=True)
    @functools.cache
    def fibonacci(n):
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    assert fibonacci(80).data == 23416728348467685
