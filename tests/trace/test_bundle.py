from __future__ import annotations

import copy
import functools

import pytest

from trace_lsp.trace import ExecutionError, FunModule, MessageNode, bundle, node


@bundle()
def add_up(first, second=2, *rest, scale=1, **named):
    """Adds up what it is given."""
    return (first + second + sum(rest) + sum(named.values())) * scale


def test_a_call_is_one_node() -> None:
    x = node(1)
    result = add_up(x, scale=10)
    assert isinstance(result, MessageNode)
    assert result.data == 30
    assert result.inputs["first"] is x
    assert {name: each.data for name, each in result.inputs.items()} == {
        "first": 1,
        "second": 2,
        "scale": 10,
    }


def test_the_function_sees_plain_values() -> None:
    seen = []

    @bundle()
    def look(*args, **kwargs):
        seen.append((args, kwargs))

    look(node(1), [node(2)], key={"a": node("b")})
    assert seen == [((1, [2]), {"key": {"a": "b"}})]
    assert type(seen[0][0][0]) is int


def test_every_kind_of_argument() -> None:
    result = add_up(1, 2, 3, 4, scale=2, more=5)
    assert result.data == 30
    assert list(result.inputs) == ["first", "second", "args_0", "args_1", "scale", "more"]


def test_it_looks_like_the_function() -> None:
    assert isinstance(add_up, FunModule)
    assert (add_up.__name__, add_up.__doc__) == ("add_up", "Adds up what it is given.")
    assert (add_up.name, add_up.description) == ("add_up", "[add_up] Adds up what it is given.")
    assert (add_up.trainable, add_up.parameter, add_up.parameters()) == (False, None, [])
    assert add_up.fun(1) == 3


def test_a_description_replaces_the_docstring() -> None:
    @bundle("[gauge] Says how full it is.")
    def how_full(x):
        """Not this."""
        return x

    @bundle(description="No name in here.")
    def other(x):
        return x

    assert how_full(1).description == "[gauge] Says how full it is."
    assert how_full(1).py_name == "gauge1"
    assert other(1).description == "[other] No name in here."


def test_without_parentheses() -> None:
    @bundle
    def double(x):
        return 2 * x

    assert double(4).data == 8


def test_each_call_has_its_own_inputs() -> None:
    first, second = add_up(1), add_up(100)
    assert first.inputs["first"].data == 1
    assert second.inputs["first"].data == 100


def test_wrong_arguments_raise_pythons_own_error() -> None:
    with pytest.raises(TypeError, match=r"add_up\(\) missing 1 required positional argument"):
        add_up()

    @bundle()
    def one(x):
        return x

    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        one(1, 2)
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        one(1, z=2)


def test_a_lambda_and_a_builtin() -> None:
    assert bundle()(lambda x: x + 1)(1).data == 2
    result = bundle()(max)(node(1), 5, key=None)
    assert result.data == 5
    assert result.py_name == "max0"
    assert bundle()(functools.partial(int, base=2))("101").data == 5


def test_a_function_that_returns_a_node_returns_its_value() -> None:
    x = node(3)

    @bundle(allow_external_dependencies=True)
    def give():
        return x

    result = give()
    assert result is not x
    assert result.data == 3


def test_nested_calls_give_one_node_of_the_outer() -> None:
    @bundle()
    def outer(x):
        inner = add_up(x)
        assert isinstance(inner, MessageNode)
        return inner * 2

    x = node(5)
    result = outer(x)
    assert result.data == 14
    assert result.parents == [x]


def test_a_bundled_function_may_be_an_argument() -> None:
    @bundle(trainable=True)
    def step(x):
        return x + 1

    @bundle()
    def apply(function, x):
        return function(x).data

    result = apply(step, 1)
    assert result.data == 2
    assert result.inputs["function"] is step.parameter


def test_without_catching_the_error_goes_through() -> None:
    @bundle(catch_execution_error=False)
    def fail(x):
        raise LookupError("as it is")

    with pytest.raises(LookupError, match="as it is"):
        fail(1)


def test_stopping_is_not_an_error_of_the_function() -> None:
    @bundle()
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()


class Scale:
    """A thing with bundled methods."""

    unit = "kg"

    def __init__(self, offset: int) -> None:
        self.offset = offset

    @bundle()
    def weigh(self, x, factor=1):
        """Weighs."""
        return x * factor + self.offset

    @staticmethod
    @bundle()
    def double(x):
        return 2 * x

    @classmethod
    @bundle()
    def label(cls, x):
        return f"{x} {cls.unit}"

    @property
    @bundle()
    def empty(self):
        return self.offset == 0


def test_methods() -> None:
    scale = Scale(5)
    result = scale.weigh(node(2), factor=3)
    assert result.data == 11
    assert list(result.inputs) == ["self", "x", "factor"]
    assert result.inputs["self"].data is scale
    assert Scale.weigh(scale, 1).data == 6
    assert scale.weigh.name == "Scale.weigh"
    assert scale.weigh.fun is Scale.weigh.fun


def test_decorators_above() -> None:
    assert Scale.double(4).data == Scale(0).double(4).data == 8
    assert Scale.label(3).data == Scale(1).label(3).data == "3 kg"
    assert Scale(0).empty.data is True


def test_a_bound_method_can_be_copied() -> None:
    method = copy.copy(Scale(5).weigh)
    assert method(1).data == 6
    assert copy.deepcopy(Scale(7)).weigh(1).data == 8


def test_decorators_beneath() -> None:
    def with_discount(function):
        @functools.wraps(function)
        def discounted(price):
            return function(price, 10)

        return discounted

    @bundle()
    @with_discount
    def final(price, discount):
        return price - discount

    result = final(node(50))
    assert result.data == 40
    assert list(result.inputs) == ["price"]
    with pytest.raises(TypeError):
        final(1, 2, 3)

    @bundle()
    @functools.lru_cache
    def slow(x):
        return x

    assert slow(3).data == slow(3).data == 3
    assert slow.fun.cache_info().hits == 1
    assert list(slow(3).inputs) == ["x"]


def test_an_error_in_a_chain_of_calls_is_one_execution_error() -> None:
    @bundle()
    def inner(x):
        return 1 / x

    @bundle()
    def middle(x):
        return inner(x)

    @bundle()
    def outer(x):
        return middle(x)

    with pytest.raises(ExecutionError) as caught:
        outer(node(0, name="zero"))
    failed = caught.value.exception_node
    assert failed.data == "(ZeroDivisionError) division by zero"
    assert failed.py_name == "exception_outer0"
    assert [each.py_name for each in failed.parents] == ["zero0"]
