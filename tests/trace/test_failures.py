from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trace_lsp.trace import ExceptionNode, ExecutionError, bundle, node
from trace_lsp.trace.failures import is_engine, is_users
from trace_lsp.trace.records import record

pytestmark = pytest.mark.usefixtures("unwitnessed")


def failure(function: Callable[..., Any], *args: Any) -> ExceptionNode:
    with pytest.raises(ExecutionError) as caught:
        function(*args)
    return caught.value.exception_node


class Odd(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no message today")


def no_arguments() -> None:
    raise ValueError


def bare_assertion() -> None:
    assert 1 > 2


def key() -> None:
    raise KeyError("price")


def odd() -> None:
    raise Odd


def own_class() -> None:
    class NotToday(Exception):
        pass

    raise NotToday("closed", 5)


@pytest.mark.parametrize(
    ("function", "data"),
    [
        (no_arguments, "(ValueError)"),
        (key, "(KeyError) 'price'"),
        (odd, "(Odd) its message raised RuntimeError"),
        (own_class, "(NotToday) ('closed', 5)"),
        (lambda: [][1], "(IndexError) list index out of range"),
        (lambda: next(iter([])), "(StopIteration)"),
    ],
)
def test_what_an_exception_node_holds(function: Callable[[], Any], data: str) -> None:
    failed = failure(bundle()(function))
    assert failed.data == data
    assert failed.create_feedback() == failed.create_feedback("simple") == data


def test_a_bare_assertion() -> None:
    assert failure(bundle()(bare_assertion)).data.startswith("(AssertionError)")


def test_the_error_itself_is_its_cause() -> None:
    with pytest.raises(ExecutionError) as caught:
        bundle()(key)()
    assert isinstance(caught.value.__cause__, KeyError)
    assert str(caught.value).startswith("(KeyError) 'price'\n\n")


def test_a_style_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match='style is "simple" or "full", not \'loud\''):
        failure(bundle()(key)).create_feedback("loud")


def test_an_exception_node_stands_in_the_graph() -> None:
    @bundle()
    def divide(x, y=0):
        """Divides."""
        return x / y

    x = node(1, trainable=True)
    failed = failure(divide, x)
    assert failed.py_name == "exception_divide0"
    assert failed.inputs["x"] is x
    assert failed.operator.name == "exception_divide"
    assert failed.operator.function.endswith("divide")
    assert failed.description == (
        "[exception_divide] divide raised an exception instead of returning a value."
    )
    failed.backward(failed.create_feedback("full"))
    assert x.feedback == {failed: [failed.comment]}
    assert record(failed).error == failed.comment
    assert failed.eq([1]).data is False


PROGRAM = '''\
from trace_lsp.trace import bundle


def helper(x):
    y = [x,
         1 / x]
    return y


@bundle()
def outer(x):
    """Calls."""
    return inner(
        x,
    )


@bundle()
def inner(x):
    return helper(x)


@bundle(
    trainable=True,
)
def learned(x):
    # a comment
    return [1 / each for each in x]


class Shop:
    @bundle(trainable=True)
    def price(self, x):
        def nested():
            return x / 0

        return nested()


from_lambda = bundle()(lambda x: 1 / x)


@bundle()
def given_back(x):
    try:
        return inner(x)
    except Exception as error:
        raise ValueError("worse") from error


@bundle()
def from_operator(x):
    from trace_lsp.trace import node
    return node(x) / 0
'''
ZERO = "(ZeroDivisionError) division by zero"


def test_the_failing_line_is_marked_on_each_level(load) -> None:
    failed = failure(load(PROGRAM).inner, 0)
    assert failed.comment == (
        "@bundle()\n"
        "def inner(x):\n"
        f"    return helper(x)  # <--- {ZERO}\n"
        "\n"
        "def helper(x):\n"
        "    y = [x,\n"
        f"         1 / x]  # <--- {ZERO}\n"
        "    return y\n"
        "\n"
        f"{ZERO}"
    )


def test_a_nested_failure_tells_each_level_once(load) -> None:
    failed = failure(load(PROGRAM).outer, 0)
    assert failed.data == ZERO
    assert failed.comment.startswith(
        "@bundle()\n"
        "def outer(x):\n"
        '    """Calls."""\n'
        f"    return inner(  # <--- {ZERO}\n"
        "        x,\n"
        "    )\n"
        "\n"
        "@bundle()\n"
        "def inner(x):\n"
        f"    return helper(x)  # <--- {ZERO}\n"
        "\n"
        "def helper(x):\n"
    )
    assert failed.comment.count("def inner") == 1
    assert failed.comment.endswith(f"    return y\n\n{ZERO}")


def test_trainable_code_is_shown_as_the_optimizer_knows_it(load) -> None:
    program = load(PROGRAM)
    comment = failure(program.learned, [0]).comment
    assert comment.startswith(
        f"def learned(x):\n    # a comment\n    return [1 / each for each in x]  # <--- {ZERO}\n\n"
    )
    assert comment.endswith(f"\n\n{ZERO}")
    assert "listcomp" not in comment


def test_new_trainable_code_is_shown_in_its_own_words(load) -> None:
    program = load(PROGRAM)
    text = "def price(self, x):\n    unused = 1\n    later = lambda: x / 0\n\n    return later()"
    program.Shop.price.parameter.update(text)
    comment = failure(program.Shop().price, 1).comment
    assert comment == (
        f"def price(self, x):\n    unused = 1\n    later = lambda: x / 0\n\n"
        f"    return later()  # <--- {ZERO}\n"
        "\n"
        f"def price(self, x):\n    unused = 1\n    later = lambda: x / 0  # <--- {ZERO}\n\n"
        f"    return later()\n"
        "\n"
        f"{ZERO}"
    )


def test_a_trainable_method_marks_the_right_line(load) -> None:
    comment = failure(load(PROGRAM).Shop().price, 1).comment
    _, first, second = comment.split("def price(self, x):\n")
    assert f"    return nested()  # <--- {ZERO}" in first
    assert f"        return x / 0  # <--- {ZERO}" in second
    assert second.endswith(ZERO)


def test_a_lambda_is_named(load) -> None:
    comment = failure(load(PROGRAM).from_lambda, 0).comment
    line = "from_lambda = bundle()(lambda x: 1 / x)"
    assert comment == f"<lambda>, line 40: {line}  # <--- {ZERO}\n\n{ZERO}"


def test_an_error_raised_anew_is_the_one_told(load) -> None:
    failed = failure(load(PROGRAM).given_back, 0)
    assert failed.data == "(ValueError) worse"
    assert (
        '        raise ValueError("worse") from error  # <--- (ValueError) worse' in failed.comment
    )


def test_an_operator_inside_a_function(load) -> None:
    failed = failure(load(PROGRAM).from_operator, 1)
    assert failed.data == ZERO
    assert f"    return node(x) / 0  # <--- {ZERO}\n\n{ZERO}" in failed.comment


def test_frames_of_the_library_are_left_out() -> None:
    @bundle()
    def load_it(text):
        import json

        return json.loads(text)

    comment = failure(load_it, "{").comment
    assert "return json.loads(text)  # <--- (JSONDecodeError)" in comment
    assert "raw_decode" not in comment


def test_whose_code_it_is() -> None:
    import json

    import trace_lsp.trace.nodes

    assert is_engine(trace_lsp.trace.nodes.__file__)
    assert not is_users(trace_lsp.trace.nodes.__file__)
    assert not is_users(json.__file__)
    assert not is_users("<frozen importlib._bootstrap>")
    assert not is_users(pytest.__file__)
    assert is_users(__file__)
    assert is_users("<string>")
