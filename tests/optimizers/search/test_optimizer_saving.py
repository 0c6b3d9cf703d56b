"""`Search` kept in a file, and copied."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from optimizers.search.loop import (
    Evaluate,
    by_checks,
    by_error,
    count,
    distance_to,
    learn,
    line,
)
from trace_lsp.optimizers import Search
from trace_lsp.optimizers.search.climb import ClimbLimits
from trace_lsp.trace import node

# Keeping


def trail(optimizer: Search, evaluate: Evaluate, steps: int) -> list[Any]:
    tried = []
    for _ in range(steps):
        learn(optimizer, evaluate, 1)
        tried.append([each.data for each in optimizer.parameters])
    return tried


@pytest.mark.parametrize("kind", ["numbers", "checks", "objective"])
def test_what_was_saved_goes_on_where_it_was(tmp_path: Path, kind: str) -> None:
    x = node(2.0, trainable=True)
    evaluate, parameter = {
        "numbers": (distance_to(x, 7.0), x),
        "checks": (by_checks, count.parameter),
        "objective": (by_error(line, lambda x: 2 * x - 1), line.parameter),
    }[kind]
    path = str(tmp_path / "search.json")
    first = Search([parameter], seed=3, limits=ClimbLimits(idle=100))
    trail(first, evaluate, 17)
    first.save(path)
    placed = parameter.data
    wanted = trail(first, evaluate, 20)
    parameter.update(placed)
    second = Search([parameter])
    second.load(path)
    assert json.loads(Path(path).read_text("utf-8"))["optimizer"] == "Search"
    assert second.log == first.log[:17]  # type: ignore[index]
    assert trail(second, evaluate, 20) == wanted
    assert second.best() == first.best()
    first.restore()
    second.restore()


def test_what_was_saved_goes_on_from_the_program_as_written(tmp_path: Path) -> None:
    path = str(tmp_path / "search.json")
    x = node(2.0, trainable=True)
    first = Search([x])
    trail(first, distance_to(x, 7.0), 20)
    first.save(path)
    x.update(2.0)  # as it is when the program is started again
    second = Search([x])
    second.load(path)
    assert x.data == 2.0
    assert second.best() == first.best()
    # One step finds that other values are in place, and then it is where it was.
    following = trail(second, distance_to(x, 7.0), 6)
    x.update(following[0][0])
    assert trail(first, distance_to(x, 7.0), 5) == following[1:]


def test_a_search_of_other_parameters_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "search.json")
    x, y, z = node(2.0, trainable=True), node(3, trainable=True), node(4.0, trainable=True)
    first = Search([x])
    trail(first, distance_to(x, 7.0), 3)
    first.save(path)
    for parameters in ([y], [x, z]):
        other = Search(parameters, seed=9)
        before = dict(other.__dict__)
        with pytest.raises(ValueError, match="a search of other parameters"):
            other.load(path)
        assert other.__dict__ == before
    state = json.loads(Path(path).read_text("utf-8"))
    state["state"]["way"]["speed"] = 1
    Path(path).write_text(json.dumps(state), "utf-8")
    with pytest.raises(ValueError, match="What was saved is no search"):
        Search([x]).load(path)


def test_a_copy_goes_its_own_way() -> None:
    x = node(2.0, trainable=True)
    first = Search([x])
    trail(first, distance_to(x, 7.0), 12)
    placed, best = x.data, first.best()
    second = copy.deepcopy(first)
    wanted = trail(second, distance_to(x, 7.0), 5)
    assert first.best() == best
    x.update(placed)
    assert trail(first, distance_to(x, 7.0), 5) == wanted
