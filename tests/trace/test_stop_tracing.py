from __future__ import annotations

import threading

import pytest

from trace_lsp.trace import ExecutionError, bundle, node, stop_tracing


@bundle()
def double(x):
    return 2 * x


@bundle(trainable=True)
def grow(x):
    return x + 1


def is_traced() -> bool:
    return bool((node(1) + 1).parents)


def test_calls_are_not_recorded() -> None:
    x = node(1, trainable=True)
    with stop_tracing():
        results = [x + 1, double(x), grow(x), x.eq(1), [x][0].clone()]
    assert [each.data for each in results] == [2, 2, 2, True, 1]
    assert all(each.parents == [] for each in results)
    results[0].backward("nothing hears it")
    assert x.feedback == {}


def test_it_nests() -> None:
    assert is_traced()
    with stop_tracing():
        assert not is_traced()
        with stop_tracing():
            assert not is_traced()
        assert not is_traced()
    assert is_traced()


def test_an_error_ends_it_too() -> None:
    with pytest.raises(LookupError), stop_tracing():
        raise LookupError
    assert is_traced()


def test_other_threads_go_on_tracing() -> None:
    seen = []
    with stop_tracing():
        thread = threading.Thread(target=lambda: seen.append(is_traced()))
        thread.start()
        thread.join()
    assert seen == [True]


@pytest.mark.parametrize("fail", [lambda x: double(x)[0], lambda x: x / 0, lambda x: bad(x)])
def test_errors_are_the_same_without_a_graph(fail) -> None:
    with stop_tracing(), pytest.raises(ExecutionError) as caught:
        fail(node(1))
    assert caught.value.exception_node.parents == []


@bundle()
def bad(x):
    raise ValueError(x)


def test_new_code_that_cannot_run() -> None:
    before = grow.parameter.data
    grow.parameter.update("def grow(x): return")
    with stop_tracing():
        assert grow(1).data is None
    grow.parameter.update("def grow(x) return")
    with stop_tracing(), pytest.raises(ExecutionError, match="not valid Python"):
        grow(1)
    grow.parameter.update(before)
