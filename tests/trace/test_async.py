from __future__ import annotations

import asyncio
import functools

import pytest

from trace_lsp.trace import (
    ExecutionError,
    MessageNode,
    TraceMissingInputsError,
    bundle,
    node,
    stop_tracing,
)


@bundle()
async def double(x):
    """Doubles, in its own time."""
    await asyncio.sleep(0)
    return 2 * x


@bundle(trainable=True)
async def grow(x):
    await asyncio.sleep(0)
    return x + 1


def test_awaiting_gives_the_node() -> None:
    x = node(4)
    result = asyncio.run(double(x))
    assert isinstance(result, MessageNode)
    assert result.data == 8
    assert result.inputs["x"] is x


def test_a_trainable_coroutine() -> None:
    before = grow.parameter.data
    assert asyncio.run(grow(1)).data == 2
    grow.parameter.update("async def grow(x):\n    await asyncio.sleep(0)\n    return x + 10")
    result = asyncio.run(grow(1))
    assert result.data == 11
    assert result.inputs["__code"] is grow.parameter
    grow.parameter.update("def grow(x):\n    return x")
    with pytest.raises(ExecutionError, match="signature"):
        asyncio.run(grow(1))
    grow.parameter.update(before)


def test_many_at_once_keep_their_parents() -> None:
    async def all_at_once():
        return await asyncio.gather(*(double(node(at)) for at in range(20)))

    results = asyncio.run(all_at_once())
    assert [each.data for each in results] == [2 * at for at in range(20)]
    assert [each.inputs["x"].data for each in results] == list(range(20))


def test_an_error_while_awaited() -> None:
    @bundle()
    async def fail(x):
        await asyncio.sleep(0)
        return 1 / x

    with pytest.raises(ExecutionError) as caught:
        asyncio.run(fail(0))
    assert "return 1 / x  # <--- (ZeroDivisionError) division by zero" in str(caught.value)


def test_hidden_reads_are_noticed_after_an_await_too() -> None:
    hidden = node(1)

    @bundle()
    async def look(x):
        await asyncio.sleep(0)
        return hidden.data

    with pytest.raises(TraceMissingInputsError):
        asyncio.run(look(0))


def test_concurrent_calls_do_not_mix_what_they_read() -> None:
    first, second = node(1), node(2)

    @bundle()
    async def look(x, turns):
        for _ in range(turns):
            await asyncio.sleep(0)
        return x

    async def outer():
        return await asyncio.gather(look(first, 3), look(second, 1))

    assert [each.data for each in asyncio.run(outer())] == [1, 2]


def test_without_tracing_it_still_gives_a_node() -> None:
    async def untraced():
        with stop_tracing():
            return await double(node(3))

    result = asyncio.run(untraced())
    assert result.parents == []
    assert (result.data, result.parents) == (6, [])


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


def blocking(function):
    @functools.wraps(function)
    def wrapper(*args):
        return asyncio.run(function(*args))

    return wrapper


def test_decorators_beneath() -> None:
    async def add_one(x):
        return x + 1

    assert asyncio.run(bundle()(logged(add_one))(1)).data == 2
    assert bundle()(blocking(add_one))(1).data == 2


def test_cancelling_goes_through() -> None:
    @bundle()
    async def wait_for(event):
        await event.wait()

    async def cancelled():
        task = asyncio.ensure_future(wait_for(asyncio.Event()))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
