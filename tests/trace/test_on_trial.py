"""Code on trial: a function that takes too many turns is ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from trace_lsp.trace import ExecutionError, bundle
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.turns import Turns


@bundle(trainable=True)
def work(n: int) -> Any:
    """Works."""
    return n


class Worker:
    @bundle(trainable=True)
    def work(self, n: int) -> Any:
        return n


@pytest.fixture(autouse=True)
def nothing_on_trial() -> Iterator[None]:
    before = work.parameter.data
    yield
    work.parameter.update(before)
    recorder.on_trial.clear()


def on_trial(function: Any, body: str, turns: int, head: str = "def work(n: int) -> Any:") -> None:
    text = f"{head}\n    {body}"
    recorder.on_trial[text] = Turns(turns)
    function.parameter.update(text)


ENDLESS = [
    "while True: n += 1",
    "for each in iter(int, 1): n += each",
    "return work(n)",
    'def inner():\n        """Doc."""\n        while n: pass\n    inner()',
    "while True:\n        try:\n            n / 0\n        except Exception:\n            pass",
]


@pytest.mark.parametrize("body", ENDLESS)
def test_what_never_ends_is_ended(body: str) -> None:
    on_trial(work, body, 100)
    with pytest.raises(ExecutionError, match=r"\(TooManyTurns\) More than 100 turns of loops"):
        work(3)


def test_a_method_is_ended_too() -> None:
    on_trial(Worker.work, "while self: pass", 100, "def work(self, n: int) -> Any:")
    with pytest.raises(ExecutionError, match="TooManyTurns"):
        Worker().work(3)


def test_turns_are_counted_and_the_result_is_the_same() -> None:
    body = "x = 0\n    for i in range(n):\n        x += i\n    return x"
    on_trial(work, body, 11)  # ten turns and the call itself
    assert work(10).data == 45
    on_trial(work, body, 10)
    with pytest.raises(ExecutionError):
        work(10)


def test_a_new_trial_begins_anew_and_without_one_there_is_no_bound() -> None:
    body = "for i in range(n): pass\n    return n"
    on_trial(work, body, 12)
    assert work(10).data == 10
    with pytest.raises(ExecutionError):
        work(10)  # the turns are those of all calls
    on_trial(work, body, 12)
    assert work(10).data == 10
    recorder.on_trial.clear()
    assert work(1000).data == 1000


def test_the_text_and_the_lines_are_those_of_the_text() -> None:
    on_trial(work, '"""Doc."""\n    for i in range(n):\n        n / 0', 12)
    with pytest.raises(ExecutionError) as caught:
        work(1)
    assert "        n / 0  # <--- (ZeroDivisionError)" in str(caught.value)
    assert "__turn__" not in str(caught.value)
