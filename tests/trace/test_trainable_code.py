from __future__ import annotations

import math
import sys
import traceback
from typing import Any

import pytest

from trace_lsp.trace import ExecutionError, bundle, node

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
        ("def grow(x):\n    return x +", "(SyntaxError) It is not valid Python: line 2"),
        ("def grow(x):\n    return 'a", "(SyntaxError) It is not valid Python: line 2"),
        ("def grow(x):\n    nonlocal x", "(SyntaxError) It is not valid Python"),
        ("def grow(x):\n    x\0", "(SyntaxError) It is not valid Python"),
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
        ("def grow(x):\n    return " + "(" * 5_000 + ")" * 5_000, "(SyntaxError) "),
        ("def grow(x):\n    return " + "-" * 50_000 + "1", "(SyntaxError) "),
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
    assert grow.parameter.feedback == {failed: ["repair it"]}
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
    assert program.f.fun is program.f._code.version(text + "\n")


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
