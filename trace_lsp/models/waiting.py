"""The result of a coroutine, for a caller that is none."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result. It runs on a thread of its own, with an event loop of its own, since
    the caller may be in a running one. What it raises is raised here."""
    import asyncio  # slow to import, and not needed in a traced run

    outcome: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001  carried over to the caller's thread
            errors.append(error)

    thread = threading.Thread(
        target=contextvars.copy_context().run, args=(run,), name="trace-lsp-model"
    )
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return outcome[0]


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits for an event loop, in the caller's own thread."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("The model that was asked waits for an event loop, and there is none.")
