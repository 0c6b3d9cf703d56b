"""OPRO: what was tried, and what was said about it."""

from __future__ import annotations

from trace_lsp.optimizers import OPRO
from trace_lsp.trace import bundle, node

from .asked import Asked, suggesting


def test_a_search_without_the_graph() -> None:
    @bundle(trainable=False)
    def height(x):
        """The height of a hill."""
        return 10 - abs(x - 7)

    x = node(1, name="x", trainable=True, constraint="0 to 20")
    model = Asked(*[suggesting(x0=value) for value in (12, 6, 7)])
    optimizer = OPRO([x], model)
    for _ in range(3):
        optimizer.zero_feedback()
        optimizer.backward(height(x), f"the height is {height(x).data}")
        optimizer.step()
    assert x.data == 7
    for word in ("height0", "hill", "#Code", "#Outputs", "#Inputs", "graph"):
        assert word not in model.system + model.user
    lines = model.user.split("\n")
    for title in ("#Instruction", "#Variables", "#Constraints", "#Feedback"):
        assert lines.count(title) == 1
    assert "#Variables\n(int) x0=6\n" in model.user
    assert "#Feedback\nthe height is 9\n" in model.user
    first = "Try 1:\n(int) x0=1\nWhat was said about it: the height is 4\n"
    second = "Try 2:\n(int) x0=12\nWhat was said about it: the height is 5\n"
    assert model.user.index(first) < model.user.index(second)


def test_everything_is_remembered_unless_a_size_is_given() -> None:
    x = node(0, name="x", trainable=True)
    replies = [suggesting(x0=at) for at in range(1, 13)]
    every, last = OPRO([x], Asked(*replies)), OPRO([x], Asked(*replies), memory_size=2)
    for optimizer in (every, last):
        x.update(0)
        for _ in range(12):
            optimizer.zero_feedback()
            optimizer.backward(x + 1, "more")
            optimizer.step()
    assert [len(every.buffer), len(last.buffer)] == [12, 2]
    assert "Try 11:" in every.llm.user
    assert "Try 3:" not in last.llm.user


def test_functions_are_searched_for_too() -> None:
    @bundle(trainable=True)
    def line(x):
        return x

    model = Asked(suggesting(__code0="def line(x):\n    return 2 * x"))
    optimizer = OPRO(line.parameters(), model)
    optimizer.backward(line(3), "should be 6")
    optimizer.step()
    assert line(3).data == 6
    assert "(code) __code0:def line(x):\n    return x" in model.user


def test_the_example_has_no_graph_either() -> None:
    x = node(1, name="x", trainable=True)
    model = Asked(suggesting())
    optimizer = OPRO([x], model, include_example=True)
    optimizer.backward(x + 1, "more")
    optimizer.step()
    assert "(int) width0=3" in model.user
    for word in ("area0", "free0", "#Code"):
        assert word not in model.user
