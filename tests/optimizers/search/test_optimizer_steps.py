"""What a step of `Search` takes and says, also in a traced run."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any, NoReturn

import pytest
from runs.running import needs, traced

from optimizers.search.loop import (
    distance_to,
    learn,
    line,
)
from trace_lsp.errors import FeedbackUnclear
from trace_lsp.optimizers import Search
from trace_lsp.runs.wire import ModelAsked, StepAsked
from trace_lsp.trace import node
from trace_lsp.trace.propagators import SumPropagator
from trace_lsp.trace.recorder import recorder

# What a step says, and what it takes


def test_log_and_verbose_say_what_was_tried_and_what_comes_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    x = node(2.0, name="x", trainable=True)
    optimizer = Search([x, line.parameter])
    optimizer.backward(line(x), 0.5)
    optimizer.step(verbose=True)
    assert optimizer.log is not None
    (entry,) = optimizer.log
    assert set(entry) == {"system_prompt", "user_prompt", "response"}
    assert entry["user_prompt"] == (
        f"Tried:\nx0 = 2.0\n{line.parameter.py_name}:\n{line.parameter.data}\n"
        "Told: 0.5. The best so far comes to 0.5."
    )
    assert entry["response"].startswith(f"Next:\nx0 = {x.data!r}\n")
    assert capsys.readouterr().out == f"{entry['user_prompt']}\n{entry['response']}\n"
    optimizer.zero_feedback()
    optimizer.backward(x + 0, None)
    optimizer.step(verbose="output")
    assert capsys.readouterr().out == f"{optimizer.log[1]['response']}\n"
    assert "Told: failed. The best so far comes to 0.5." in optimizer.log[1]["user_prompt"]
    assert len(optimizer.log) == 2
    silent = Search([x], log=False)
    silent.backward(x + 0, 1.0)
    assert silent.step()
    assert silent.log is None
    optimizer.restore()


def test_with_bypassing_the_values_are_returned_only() -> None:
    x = node(2.0, trainable=True)
    optimizer = Search([x])
    optimizer.backward(x + 0, 1.0)
    first = optimizer.step(bypassing=True)
    assert x.data == 2.0
    assert optimizer.propose() == first  # nothing more was told
    optimizer.update(first)
    optimizer.zero_feedback()
    optimizer.backward(x + 0, 0.5)
    second = optimizer.propose()
    assert optimizer.best() == (first, 0.5)
    # Other values than were proposed are told for what they are, and the proposal stays.
    x.update(11.0)
    optimizer.zero_feedback()
    optimizer.backward(x + 0, 3.0)
    assert optimizer.step() == second
    assert optimizer.best() == (first, 0.5)


def test_better_values_from_elsewhere_are_where_it_goes_on() -> None:
    x = node(2.0, trainable=True, constraint="between 0 and 1000")
    optimizer = Search([x])
    learn(optimizer, distance_to(x, 900.0), 2)
    x.update(901.0)
    learn(optimizer, distance_to(x, 900.0), 1)
    assert optimizer.best() == ({x: 901.0}, 1.0)


def test_without_new_feedback_a_step_changes_nothing_and_says_so() -> None:
    x = node(2.0, trainable=True)
    optimizer = Search([x])
    with pytest.warns(UserWarning, match="No new feedback was given"):
        assert optimizer.step() == {}
    optimizer.backward(x + 0, 1.0)
    optimizer.step()
    value = x.data
    # Feedback that was not zeroed is on the values before: it does not count again.
    with pytest.warns(UserWarning, match="No new feedback was given"):
        assert optimizer.step() == {}
    optimizer.backward(x + 0, 0.25)
    optimizer.step()
    assert optimizer.best() == ({x: value}, 0.25)


def test_what_cannot_be_searched_is_named_once() -> None:
    x = node(2.0, name="x", trainable=True)
    prompt = node("Be brief.", name="prompt", trainable=True)
    rows = node([1], name="rows", trainable=True)
    fixed = node("fixed", name="fixed", trainable=True)
    fixed.trainable = False
    with pytest.warns(UserWarning, match=r"leaves `prompt0` \(str\), `rows0` \(list\) as it is"):
        optimizer = Search([x, prompt, rows, fixed])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learn(optimizer, distance_to(x, 7.0), 5)
    assert (prompt.data, rows.data) == ("Be brief.", [1])
    with pytest.warns(UserWarning, match="leaves"):
        nothing = Search([prompt])
    assert nothing.is_done
    nothing.backward(prompt.upper(), 1.0)
    with pytest.warns(UserWarning, match="No parameter can be searched"):
        assert nothing.step() == {}


def test_what_was_frozen_stays() -> None:
    x, y = node(2.0, trainable=True), node(3.0, trainable=True)
    optimizer = Search([x, y])
    learn(optimizer, distance_to(x, 7.0), 5)
    y.trainable = False
    value = y.data
    learn(optimizer, distance_to(x, 7.0), 50)
    assert y.data == value
    assert set(optimizer.best()[0]) == {x}  # type: ignore[index]
    assert optimizer.best()[1] < 0.1  # type: ignore[index]


def test_text_that_says_nothing_of_better_or_worse_is_an_error() -> None:
    x = node(2.0, trainable=True)
    optimizer = Search([x])
    optimizer.backward(x + 0, "should be larger")
    with pytest.raises(FeedbackUnclear, match="should be larger"):
        optimizer.step()
    optimizer.zero_feedback()
    learn(optimizer, distance_to(x, 7.0), 1)
    optimizer.zero_feedback()
    optimizer.backward(x + 0, True)
    with pytest.raises(FeedbackUnclear, match="was numbers, and now it is checks"):
        optimizer.step()


def test_a_propagator_that_carries_no_graphs_is_refused() -> None:
    x = node(2.0, trainable=True)
    optimizer = Search([x], propagator=SumPropagator())
    optimizer.backward(x + 0, 1.0)
    with pytest.raises(TypeError, match="give it a GraphPropagator"):
        optimizer.step()


class Rounded:
    def project(self, value: float) -> float:
        return float(round(value))


def test_projections_are_kept() -> None:
    x = node(2.0, trainable=True, projections=[Rounded()])
    optimizer = Search([x])
    seen: list[float] = []

    def evaluate(optimizer: Search) -> None:
        seen.append(x.data)
        optimizer.backward(x + 0, abs(x.data - 7.0))

    learn(optimizer, evaluate, 60)
    assert all(each == round(each) for each in seen)
    assert optimizer.best() == ({x: 7.0}, 0.0)


class Untouchable:
    """A host that may be told of things, and is asked for nothing."""

    def __init__(self) -> None:
        self.updates: list[Any] = []

    trains = True

    def on_node(self, node: object) -> None: ...

    def on_backward(self, outputs: list[Any]) -> None: ...

    def on_update(self, parameter: Any) -> None:
        self.updates.append(parameter.data)

    def step(self, request: dict[str, Any]) -> NoReturn:
        raise AssertionError("A search asks nobody.")


def test_the_host_is_told_and_not_asked() -> None:
    x = node(2.0, trainable=True)
    host: Any = Untouchable()
    recorder.host = host
    learn(Search([x]), distance_to(x, 7.0), 5)
    assert len(host.updates) == 5
    assert host.updates[-1] == x.data


def test_where_no_steps_are_taken_nothing_changes_and_a_loop_ends() -> None:
    x = node(2.0, trainable=True)
    host: Any = Untouchable()
    host.trains = False
    recorder.host = host
    optimizer = Search([x])
    learn(optimizer, distance_to(x, 7.0), 5)
    assert (x.data, host.updates, optimizer.is_done) == (2.0, [], True)


# In a traced run

PROGRAM = """\
from opto import trace
from opto.optimizers import Search

CASES = [([1, 2, 3], 2, 2), ([], 1, 0), ([5, 5], 5, 2), ([1, 9], 4, 1)]

@trace.bundle(trainable=True)
def count(items, low):
    n = 0
    for i in items:
        if i > low:
            n += 1
    return n

gain = trace.node(1.0, trainable=True, constraint="between 0 and 5")

optimizer = Search(count.parameters())
while not optimizer.is_done:
    optimizer.zero_feedback()
    for items, low, wanted in CASES:
        try:
            found = count(items, low)
            optimizer.backward(found, "correct" if found == wanted else "wrong")
        except trace.ExecutionError as error:
            optimizer.backward(error.exception_node, error.exception_node.data)
    optimizer.step()
print([count(items, low).data for items, low, _ in CASES])

tuner = Search([gain])
for _ in range(40):
    tuner.zero_feedback()
    tuner.backward(gain * 2, abs(gain.data * 2 - 5))
    tuner.step()
tuner.restore()
print(round(gain.data, 1))
"""


@pytest.mark.parametrize("version", ["3.9", "3.11", "3.13"])
def test_a_program_learns_in_a_traced_run_and_asks_nobody(tmp_path: Path, version: str) -> None:
    is_own = sys.version_info[:2] == tuple(map(int, version.split(".")))
    path = sys.executable if is_own else needs(version)
    events: list[Any] = []
    trace = traced(tmp_path, PROGRAM, path, events.append)
    assert trace.failure is None, trace.failure
    assert trace.output == "[2, 0, 2, 1]\n2.5\n"
    assert not any(isinstance(each, (StepAsked, ModelAsked)) for each in events)
    texts = [each.value for each in trace.updates]
    assert len(texts) > 40
    assert texts[0].startswith("def count(items, low):")
    assert round(float(texts[-1]), 1) == 2.5
