from __future__ import annotations

import functools
import math
import sys
import traceback
from typing import Any

import pytest

from trace_lsp.trace import ExecutionError, FunModule, bundle, node

RATE = 3


@bundle(trainable=True)
def price(
    cost,  # what the shop pays
    *,
    rate=2,
):
    """What a customer pays."""
    return cost * rate


def changed(function, text: str):
    function.parameter.update(text)
    return function


def test_the_source_is_a_parameter() -> None:
    parameter = price.parameter
    assert price.parameters() == [parameter]
    assert parameter.trainable
    assert parameter.data.startswith("def price(\n    cost,  # what the shop pays\n")
    assert parameter.data.endswith("    return cost * rate")
    assert parameter.constraint == (
        "The code should start with:\n"
        "def price(\n    cost,  # what the shop pays\n    *,\n    rate=2,\n):"
    )


def test_a_call_depends_on_the_code() -> None:
    result = price(node(4))
    assert result.data == 8
    assert list(result.inputs) == ["cost", "rate", "__code"]
    assert result.inputs["__code"] is price.parameter
    assert result.operator.name == "eval"
    assert result.operator.function == "price"


def test_new_code_runs_from_the_next_call_on() -> None:
    @bundle(trainable=True)
    def grow(x):
        return x + 1

    before = grow(1)
    changed(grow, "def grow(x):\n    return x + 10")
    assert (before.data, grow(1).data) == (2, 11)


def test_each_version_is_compiled_once() -> None:
    seen = []

    @bundle(trainable=True)
    def remember(x):
        return 0

    text = (
        "def remember(x):\n    import sys\n    seen.append(sys._getframe().f_code)\n    return seen"
    )
    compiled = remember._code.version(text)
    assert remember._code.version(text) is compiled
    assert remember._code.version(remember.parameter.data) is remember.fun
    assert seen == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def grow(x):\n    return x +", "(CodeRejected) It is not valid Python: line 2"),
        ("def grow(x):\n    return 'a", "(CodeRejected) It is not valid Python: line 2"),
        ("def grow(x):\n    nonlocal x", "(CodeRejected) It is not valid Python"),
        ("def grow(x):\n    x\0", "(CodeRejected) It is not valid Python"),
        ("def shrink(x):\n    return x", "(CodeRejected) It defines `shrink` in place of `grow`."),
        ("def grow(x, y):\n    return x", "(CodeRejected) Its signature is `grow(x, y)`"),
        ("def grow(y):\n    return y", "(CodeRejected) Its signature is `grow(y)`"),
        ("def grow(x=1):\n    return x", "(CodeRejected) Its signature is `grow(x=1)`"),
        ("def grow(*x):\n    return x", "(CodeRejected) Its signature is `grow(*x)`"),
        ("async def grow(x):\n    return x", "(CodeRejected) Its signature"),
        ("grow = 5", "(CodeRejected) It should be one function, `grow`"),
        ("", "(CodeRejected) It should be one function, `grow`"),
        ("import os\ndef grow(x):\n    return x", "(CodeRejected) It should be one function"),
        ("def grow(x):\n    return x\ngrow(1)", "(CodeRejected) It should be one function"),
        (5, "(CodeRejected) "),
        ("def grow(x):\n    return " + "(" * 5_000 + ")" * 5_000, "(CodeRejected) "),
        ("def grow(x):\n    return " + "-" * 50_000 + "1", "(CodeRejected) "),
    ],
)
def test_code_that_cannot_run(text: Any, message: str) -> None:
    @bundle(trainable=True)
    def grow(x):
        return x + 1

    original = grow.parameter.data
    grow.parameter.update(text)
    with pytest.raises(ExecutionError) as caught:
        grow(1)
    failed = caught.value.exception_node
    if isinstance(text, str):
        assert failed.data.startswith(message)
    assert list(failed.inputs) == ["code"]
    assert failed.inputs["code"] is grow.parameter
    assert failed.py_name == "exception___code0"
    failed.backward("repair it")
    assert [given for _, given in grow.parameter.feedback] == ["repair it"]
    grow.parameter.update(original)
    assert grow(1).data == 2


@pytest.mark.parametrize(
    "text",
    [
        "def grow(x: int) -> int:\n    return x + 2",
        "@decorated\ndef grow(x):\n    return x + 2",
        "# new\ndef grow(x):\n    return x + 2\n\n",
        "def grow(x): return x + 2",
        "def grow(x):\n    '''\\d'''\n    return x + 2",
        "def grow(x):\n\treturn x + 2",
    ],
)
def test_code_that_differs_where_it_may(text: str) -> None:
    @bundle(trainable=True)
    def grow(x):  # by how much is not settled
        return x + 1

    assert changed(grow, text)(1).data == 3


@pytest.mark.parametrize("head", ["def grow(x):  # why", "def grow(x)   :", "def grow(x, ):"])
def test_remarks_on_the_first_line_are_not_in_the_signature(load, head: str) -> None:
    program = load(
        "from trace_lsp.trace import bundle\n@bundle(trainable=True)\n"
        f"{head}\n    # and another\n    return x + 1\n"
    )
    assert program.grow.parameter.constraint.endswith(head.partition("  #")[0])
    changed(program.grow, "def grow(x):\n    return x + 2")
    assert program.grow(1).data == 3


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ('def f(a="éééééééé:"): return {1: a}', 'def f(a="éééééééé:"):'),
        ("def f(a,\n      b=2): return a", "def f(a,\n      b=2):"),
        ("def f(a, b={1: 2}, c=lambda: 3) -> 'x':\n    return a", None),
        ("def f(a):\n    @abs\n    def g():\n        pass", "def f(a):"),
        ("def f(a): pass; x = {1: 2}", "def f(a):"),
    ],
)
def test_the_signature_ends_at_the_colon(load, text: str, signature: str) -> None:
    program = load(f"from trace_lsp.trace import bundle\n@bundle(trainable=True)\n{text}\n")
    found = program.f.parameter.constraint.partition("\n")[2]
    assert found == (signature or text.partition("\n")[0])
    changed(program.f, text)
    program.f.parameter.update(text + "\n")
    assert program.f._code.version(text + "\n") is not program.f.fun


def test_defaults_are_kept_and_changed() -> None:
    @bundle(trainable=True)
    def grow(x, by=RATE, *, times=1):
        return (x + by) * times

    assert grow(1).data == 4
    changed(grow, "def grow(x, by=RATE + 1, *, times=2):\n    return (x + by) * times")
    assert grow(1).data == 10
    assert grow(1, times=1).data == 5


def test_a_default_written_as_before_is_the_object_of_before() -> None:
    made = iter(range(10))

    @bundle(trainable=True)
    def grow(x, first=next(made), items=[], *, second=next(made)):  # noqa: B006, B008
        items.append(x)
        return (first, second, len(items))

    assert grow(0).data == (0, 1, 1)
    changed(grow, grow.parameter.data.replace("len(items)", "list(items)"))
    assert grow(5).data == (0, 1, [0, 5])


def test_globals_are_seen_live(monkeypatch: pytest.MonkeyPatch) -> None:
    changed(price, "def price(\n    cost, *, rate=2,\n):\n    return cost * RATE")
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


class Account:
    __fee = 1
    bonus = 100

    def __init__(self, balance):
        self.__balance = balance

    def worth(self):
        return self.__balance

    @bundle(trainable=True)
    def after(self, amount, extra=bonus):
        """What is left."""
        return self.__balance - amount - self.__fee

    @bundle(trainable=True)
    def worth_twice(self):
        return 2 * self.worth()

    @bundle(trainable=True)
    def __hidden(self):
        return self.__balance

    def hidden(self):
        return self.__hidden


class Savings(Account):
    def worth(self):
        return 1000

    @bundle(trainable=True)
    def worth_twice(self):
        return super().worth_twice().data + 1

    @bundle(trainable=True)
    def plain(self):
        return 0


def worth(account):
    return -1


def restored(*functions):
    """The functions' own code comes back after a test has changed it."""
    for function in functions:
        function.parameter.update(function._code.definition.source)


def test_methods_with_private_names() -> None:
    after = Account.after
    assert Account(10).after(4).data == 5
    changed(
        after,
        "def after(self, amount, extra=bonus):\n"
        "    return (self.__balance, amount, extra, Account.__fee)",
    )
    result = Account(10).after(4)
    assert result.data == (10, 4, 100, 1)
    assert list(result.inputs) == ["self", "amount", "extra", "__code"]
    restored(after)


def test_a_private_method() -> None:
    account = Account(10)
    assert account.hidden()().data == 10
    changed(account.hidden(), "def __hidden(self):\n    return self.__balance + 1")
    assert account.hidden()().data == 11
    restored(account.hidden())


def test_super_in_methods() -> None:
    savings = Savings(5)
    assert savings.worth_twice().data == 2001
    changed(
        Savings.worth_twice, "def worth_twice(self):\n    return super().worth_twice().data + 2"
    )
    assert savings.worth_twice().data == 2002
    changed(Savings.plain, "def plain(self):\n    return super().worth() + __class__.bonus")
    assert savings.plain().data == 105
    restored(Savings.worth_twice, Savings.plain)


def test_a_methods_name_is_not_in_its_own_sight() -> None:
    changed(Savings.plain, "def plain(self):\n    return worth(self)")
    assert Savings(1).plain().data == -1
    text = "def worth_twice(self):\n    return worth_twice(self)"
    changed(Account.worth_twice, text)
    with pytest.raises(ExecutionError, match="NameError"):
        Account(1).worth_twice()
    restored(Savings.plain, Account.worth_twice)


def test_it_is_the_function_in_every_respect() -> None:
    @bundle(trainable=True)
    def grow(x: int) -> float:
        """Grows."""
        return x

    made = grow._code.version("def grow(x: int) -> float:\n    '''More.'''\n    return x + 1")
    assert (made.__name__, made.__doc__, made.__module__) == ("grow", "More.", __name__)
    assert made.__qualname__ == grow.fun.__qualname__
    assert made.__annotations__ == grow.fun.__annotations__ == {"x": "int", "return": "float"}


def test_annotations_are_evaluated_as_in_the_file(load) -> None:
    program = load(
        "from trace_lsp.trace import bundle\n@bundle(trainable=True)\ndef f(x: int):\n    return x\n"
    )
    made = program.f._code.version("def f(x: float):\n    return 1 / x")
    assert made.__annotations__ == {"x": float}
    changed(program.f, "def f(x: Missing):\n    return x")
    with pytest.raises(ExecutionError) as caught:
        program.f(1)
    failed = caught.value.exception_node
    assert failed.data == "(NameError) name 'Missing' is not defined"
    assert failed.inputs["code"] is program.f.parameter


def test_tracebacks_lead_to_the_users_own_lines(load) -> None:
    program = load(
        "from trace_lsp.trace import bundle\n\n\n"
        "class Shop:\n"
        "    @bundle(trainable=True)\n"
        "    def price(self, x):\n"
        "        return x\n"
    )
    program.Shop.price.parameter.update("def price(self, x):\n    y = x - 1\n\n    return 1 / y")
    with pytest.raises(ExecutionError) as caught:
        program.Shop().price(1)
    frames = traceback.extract_tb(caught.value.__cause__.__traceback__)
    assert frames[-1].name == "price"
    assert (frames[-1].filename, frames[-1].lineno) == (program.__file__, 9)


def test_multi_line_strings_of_the_original_are_untouched(load) -> None:
    program = load(
        "from trace_lsp.trace import bundle\n"
        "class Writer:\n"
        "    @bundle(trainable=True)\n"
        "    def write(self):\n"
        '        return """one\n'
        "  two\n"
        '        three"""\n'
        "def make():\n"
        "    @bundle(trainable=True)\n"
        "    def write(again=False):\n"
        '        return """one\n'
        '  two""" if again else write(True)\n'
        "    return write\n"
    )
    assert program.Writer().write().data == "one\n  two\n        three"
    assert program.make()().data == "one\n  two"


def test_a_module_that_is_loaded_again_has_its_new_source(load) -> None:
    text = "from trace_lsp.trace import bundle\n@bundle(trainable=True)\ndef f(x):\n    return x\n"
    assert load(text).f.parameter.data == "def f(x):\n    return x"
    program = load(text.replace("return x", "return x + 1"))
    assert program.f.parameter.data == "def f(x):\n    return x + 1"
    assert program.f(1).data == 2


def test_source_that_cannot_be_found_is_an_error() -> None:
    namespace: dict[str, Any] = {"bundle": bundle}
    with pytest.raises(TypeError, match="f cannot be trainable: its source was not found"):
        exec("@bundle(trainable=True)\ndef f(x):\n    return x", namespace)
    with pytest.raises(TypeError, match="cannot be trainable"):
        bundle(trainable=True)(math.sqrt)
    with pytest.raises(TypeError, match="cannot be trainable"):
        bundle(trainable=True)(lambda x: x)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in 3.12")
def test_type_parameters(load) -> None:
    program = load(
        "from trace_lsp.trace import bundle\n"
        "@bundle(trainable=True)\ndef first[T](items: list[T]) -> T:\n    return items[0]\n"
    )
    assert (
        changed(program.first, "def first[T](items: list[T]) -> T:\n    return items[-1]")(
            [1, 2]
        ).data
        == 2
    )
