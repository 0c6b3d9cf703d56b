"""What can be called can be bundled, whatever it is and however it is decorated."""

from __future__ import annotations

import contextlib
import functools
import inspect
import linecache
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest

from trace_lsp.trace import ExecutionError, bundle, node


def scale(x, by):
    """Scales."""
    return x * by


class Operation:
    """An operation with attributes of names that we use as well."""

    def __init__(self) -> None:
        self.operator = "+"
        self.parameter = self._function = self._shapes = self._options = "mine"

    def __call__(self, x):
        return x + 1


class Anything:
    """Has every attribute that it is asked for."""

    def __getattr__(self, name: str) -> Any:
        return Anything()

    def __call__(self, x):
        return x + 1


class Point:
    def __init__(self, x: int) -> None:
        self.x = x

    def forward(self) -> int:
        return 7

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("made", "name", "result"),
    [
        (scale, "scale", 2),
        (functools.partial(scale, by=3), "scale", 3),
        (functools.partial(functools.partial(scale), by=4), "scale", 4),
        (Operation(), "Operation", 2),
        (Anything(), "Anything", 2),
        (Point, "Point", Point(1)),
        (Mock(return_value=5), "Mock", 5),
        (MagicMock(return_value=6), "MagicMock", 6),
        (abs, "abs", 1),
        ([10, 20].__getitem__, "list.__getitem__", 20),
        ("{}".format, "str.format", "1"),
    ],
)
def test_what_is_bundled(made: Any, name: str, result: Any) -> None:
    bundled = bundle()(made)
    arguments = (1, 2) if made is scale else (1,)
    called = bundled(*map(node, arguments))
    assert called.data == result
    assert called.operator.name == name
    assert called.parents[0].data == 1
    assert bundled.trainable is False
    assert bundled.detach().forward(*arguments).data == result


def test_a_partial_is_described_as_its_function() -> None:
    bundled = bundle()(functools.partial(scale, by=2))
    assert bundled.description == "[scale] Scales."
    assert list(bundled(1).inputs) == ["x", "by"]


def test_what_cannot_be_called_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="this is of type int"):
        bundle()(5)


def test_a_function_keeps_its_attributes() -> None:
    def tagged(x):
        return x

    tagged.tag = "mine"
    tagged.operator = "not ours"
    bundled = bundle()(tagged)
    assert bundled.tag == "mine"
    assert bundled(1).operator.name == "tagged"


def test_a_bundled_function_may_be_bundled_again() -> None:
    @bundle("[outer] Outside.", catch_execution_error=False)
    @bundle("[inner] Inside.")
    def inverse(x):
        return 1 / x

    assert inverse(1).description == "[outer] Outside."
    assert inverse(1).operator.name == "outer"
    with pytest.raises(ExecutionError) as caught:
        inverse(0)
    assert caught.value.exception_node.operator.name == "exception_inner"


def test_a_signature_that_is_not_the_functions_own() -> None:
    calls = []

    def hidden(x, y=1):
        calls.append(y)
        return x + y

    hidden.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY)]
    )
    bundled = bundle()(hidden)
    assert (bundled(1).data, bundled(1, y=2).data) == (2, 3)
    assert calls == [1, 2]


def test_shapes_of_calls_are_not_kept_without_end() -> None:
    @bundle()
    def count(**named):
        return len(named)

    for number in range(2_500):
        assert count(**{f"name{number}": 1}).data == 1
    assert len(count._shapes._known) <= 1_000


@contextlib.contextmanager
def logged(log: list[str]):
    log.append("in")
    try:
        yield
    finally:
        log.append("out")


@pytest.mark.parametrize("trainable", [False, True])
def test_context_managers_above_and_beneath(trainable: bool) -> None:
    log: list[str] = []

    @logged(log)
    @bundle(trainable=trainable)
    def above(x):
        return x + 1

    @bundle(trainable=trainable)
    @logged(log)
    def beneath(x):
        return x + 1

    assert (above(1).data, beneath(node(1)).data) == (2, 2)
    assert log == ["in", "out", "in", "out"]


def test_a_cache_above_keeps_nodes_apart() -> None:
    @functools.lru_cache
    @bundle()
    def cached(x):
        return x

    x, y = node(1), node(1)
    assert cached(1) is cached(1)
    assert cached(x) is cached(x)
    assert cached(x) is not cached(y)


def test_other_names_for_the_decorator() -> None:
    learns = functools.partial(bundle, trainable=True)
    decorators = [bundle(trainable=True)]

    def helping(function):
        return bundle(trainable=True)(function)

    @learns()
    def first(x):
        return x

    @decorators[0]
    def second(x):
        return x

    @helping
    def third(x):
        return x

    @(lambda function: bundle(trainable=True)(function))
    def fourth(x):
        return x

    for each in (first, second, third, fourth):
        assert each.parameter.data == f"def {each.__name__}(x):\n    return x"
        each.parameter.update(each.parameter.data + " + 1")
        assert each(1).data == 2


CELL = """\
from trace_lsp.trace import bundle

@bundle()
def inverse(x):
    return 1 / x

@bundle(trainable=True)
def learned(x):
    return 1 / x
"""


def test_functions_of_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    known = (len(CELL), None, CELL.splitlines(True), "<cell 1>")
    monkeypatch.setitem(linecache.cache, "<cell 1>", known)
    cell: dict[str, Any] = {}
    exec(compile(CELL, "<cell 1>", "exec"), cell)
    for name, above in (("inverse", "@bundle()\n"), ("learned", "")):
        with pytest.raises(ExecutionError) as caught:
            cell[name](0)
        marked = f"{above}def {name}(x):\n    return 1 / x  # <--- (ZeroDivisionError)"
        assert caught.value.exception_node.comment.startswith(marked)
    cell["learned"].parameter.update("def learned(x):\n    y = 2\n    return y / x")
    with pytest.raises(ExecutionError, match=r"    return y / x  # <--- \(ZeroDivisionError\)"):
        cell["learned"](0)


def test_functions_whose_text_is_nowhere() -> None:
    namespace: dict[str, Any] = {"bundle": bundle}
    exec("@bundle()\ndef inverse(x):\n    return 1 / x", namespace)
    assert namespace["inverse"](1).data == 1
    with pytest.raises(ExecutionError, match="inverse, line 3"):
        namespace["inverse"](0)


@pytest.mark.parametrize("stopped", [False, True])
def test_wrong_arguments_raise_what_python_raises(stopped: bool) -> None:
    from trace_lsp.trace import stop_tracing

    class Plain:
        def method(self, x, *, y=1):
            return x

    class Bundled:
        @bundle()
        def method(self, x, *, y=1):
            return x

    class Trained:
        @bundle(trainable=True)
        def method(self, x, *, y=1):
            return x

    def message(kind: Any, args: Any, kwargs: Any) -> str:
        with pytest.raises(TypeError) as caught:
            kind().method(*args, **kwargs)
        assert type(caught.value) is TypeError
        frames = inspect.getinnerframes(caught.value.__traceback__)  # type: ignore[arg-type]
        users = [each for each in frames if each.filename == __file__]
        assert "kind().method(*args, **kwargs)" in users[-1].code_context[0]  # type: ignore[index]
        return str(caught.value).replace(kind.__name__, "Plain")

    with stop_tracing() if stopped else contextlib.nullcontext():
        for args, kwargs in (((), {}), ((1, 2), {}), ((1,), {"z": 1}), ((1,), {"x": 1})):
            expected = message(Plain, args, kwargs)
            assert message(Bundled, args, kwargs) == message(Trained, args, kwargs) == expected
