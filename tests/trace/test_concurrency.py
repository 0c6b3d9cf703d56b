"""Tasks and threads: what one does never shows in another's graph."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import itertools
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from trace_lsp.trace import ExecutionError, Node, bundle, node
from trace_lsp.trace.feedback import live_ancestors
from trace_lsp.trace.recorder import nodes_read
from trace_lsp.trace.verify import verify


@bundle()
async def double(x):
    await asyncio.sleep(0)
    return 2 * x


@bundle()
async def total(x):
    parts = await asyncio.gather(*(double(x + at) for at in range(3)))
    return sum(part.data for part in parts)


def test_calls_inside_calls_keep_their_parents() -> None:
    xs = [node(number) for number in range(10)]

    async def all_at_once() -> list[Node]:
        return await asyncio.gather(*map(total, xs))

    results = asyncio.run(all_at_once())
    verify(*results)
    for number, (x, result) in enumerate(zip(xs, results, strict=True)):
        assert result.data == 6 * number + 6
        assert live_ancestors([result]) == [x, result]
    assert len({each.name for each in results}) == 10


@pytest.mark.skipif(sys.version_info < (3, 11), reason="new in 3.11")
def test_a_failure_in_a_group_of_tasks() -> None:
    @bundle()
    async def inverse(x):
        await asyncio.sleep(0)
        return 1 / x

    @bundle()
    async def outer(x):
        async with asyncio.TaskGroup() as group:  # type: ignore[attr-defined]
            group.create_task(inverse(x))
            group.create_task(asyncio.sleep(60))

    with pytest.raises(ExecutionError) as caught:
        asyncio.run(outer(node(0)))
    comment = caught.value.exception_node.comment
    assert "as group:  # type: ignore[attr-defined]  # <--- (ExceptionGroup)" in comment
    assert "        return 1 / x  # <--- (ZeroDivisionError) division by zero" in comment


def test_what_is_cancelled_leaves_the_context_as_it_was() -> None:
    @bundle()
    async def slow(x):
        await asyncio.Event().wait()

    @bundle()
    async def impatient(x):
        work = asyncio.ensure_future(slow(x))
        await asyncio.sleep(0)
        work.cancel()
        try:
            await work
        except asyncio.CancelledError:
            return "cancelled"

    async def main() -> str:
        result = await impatient(1)
        assert nodes_read.get() is None
        return result.data  # type: ignore[no-any-return]

    assert asyncio.run(main()) == "cancelled"


def test_a_coroutine_that_never_ends_is_closed_from_anywhere() -> None:
    @bundle(overwrite_python_recursion=True)
    async def slow(x):
        await asyncio.sleep(60)

    async def begin() -> Any:
        work = slow(1)
        work.send(None)
        return work

    work = asyncio.run(begin())
    contextvars.copy_context().run(work.close)
    assert nodes_read.get() is None


def test_recursion_that_is_not_recorded_may_be_awaited() -> None:
    @bundle(overwrite_python_recursion=True)
    async def count(n):
        await asyncio.sleep(0)
        if n == 0:
            return 0
        below = await asyncio.gather(count(n - 1), count(n - 1))
        assert not any(isinstance(each, Node) for each in below)
        return 1 + sum(below)

    assert asyncio.run(count(3)).data == 7
    assert isinstance(asyncio.run(count(0)), Node)


def test_objects_and_partials_that_are_awaited() -> None:
    class Doubles:
        async def __call__(self, x):
            await asyncio.sleep(0)
            return 2 * x

    async def add(x, y):
        return x + y

    assert asyncio.run(bundle()(Doubles())(2)).data == 4
    assert asyncio.run(bundle()(functools.partial(add, y=2))(1)).data == 3


def test_an_async_generator_gives_a_node_whose_items_are_nodes() -> None:
    @bundle()
    async def numbers(count):
        for number in range(count):
            yield number
            await asyncio.sleep(0)
        raise ValueError("no more")

    made: list[Node] = []

    async def main() -> None:
        async for each in numbers(node(2)):
            made.append(each)  # noqa: PERF401  it fails on the way

    with pytest.raises(ExecutionError) as caught:
        asyncio.run(main())
    assert 'raise ValueError("no more")  # <---' in caught.value.exception_node.comment
    assert [each.data for each in made] == [0, 1]
    assert made[0].parents[0] is made[1].parents[0]
    verify(*made)


def test_what_cannot_be_iterated_over_with_async_for() -> None:
    async def main() -> None:
        async for _ in node(3):
            pass

    with pytest.raises(TypeError, match="'int' object cannot be iterated over with 'async for'"):
        asyncio.run(main())


def test_an_async_generator_that_calls_bundled_functions() -> None:
    async def doubled(count: int) -> Any:
        for number in range(count):
            yield await double(number)

    @bundle()
    async def outer(count):
        return [each.data async for each in doubled(count)]

    result = asyncio.run(outer(node(3)))
    assert (result.data, len(result.parents)) == ([0, 2, 4], 1)


def everywhere(work: Callable[[int], Any], threads: int = 8) -> list[Any]:
    """What the work returns on each thread, all of which begin it at once."""
    barrier = threading.Barrier(threads)

    def begin(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


class Shop:
    @bundle(trainable=True)
    def price(self, x):
        return x

    @bundle()
    def double(self, x):
        return 2 * x


def test_code_that_is_changed_while_others_call_it() -> None:
    shop, texts = Shop(), [f"def price(self, x):\n    return x + {n}" for n in range(5)]
    parameter = shop.price.parameter
    done = threading.Event()

    def change() -> None:
        for text in itertools.cycle(texts):
            parameter.update(text)
            if done.is_set():
                return

    def call(thread: int) -> bool:
        for number in range(200):
            x = node(number)
            result = shop.price(x)
            if not 0 <= result.data - number < 5 or result.inputs["x"] is not x:
                return False
            if result.inputs["__code"] is not parameter:
                return False
        return True

    changing = threading.Thread(target=change)
    changing.start()
    try:
        assert all(everywhere(call))
    finally:
        done.set()
        changing.join()


def test_instances_that_ask_for_their_parameters_at_once() -> None:
    for _ in range(20):
        shops = [Shop() for _ in range(8)]
        parameters = everywhere(lambda number: shops[number].price.parameter)  # noqa: B023
        assert len({id(each) for each in parameters}) == 8
        shared = Shop()
        parameters = everywhere(lambda number: shared.price.parameter)  # noqa: B023
        assert len({id(each) for each in parameters}) == 1


def test_names_are_unique_on_all_threads() -> None:
    shop = Shop()
    results = [
        each
        for made in everywhere(lambda number: [shop.double(number) for _ in range(100)])
        for each in made
    ]
    assert len({each.name for each in results}) == 800
    assert all(each.inputs["self"].data is shop for each in results)
    verify(*results)


def test_a_thread_with_the_callers_context_counts_as_the_call() -> None:
    hidden = node(1, trainable=True)

    @bundle()
    def outer(x):
        context = contextvars.copy_context()
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(context.run, lambda: hidden + x).result()

    result = outer(node(2))
    assert (result.data, result.hidden_dependencies) == (3, {hidden})


def test_a_failure_on_another_thread_is_told_to_its_line() -> None:
    @bundle()
    def inverse(x):
        return 1 / x

    @bundle()
    def outer(x):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(inverse, x).result()

    with pytest.raises(ExecutionError) as caught:
        outer(0)
    comment = caught.value.exception_node.comment
    assert ".submit(inverse, x).result()  # <--- (ZeroDivisionError)" in comment
    assert "        return 1 / x  # <--- (ZeroDivisionError)" in comment
    assert "thread.py" not in comment
