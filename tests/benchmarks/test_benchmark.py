"""The benchmark itself: that it measures all it says it does, and tells it as it is."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import plan
import pytest
from table import caption, rows
from turns import Failed, Worker, new_worker
from worker import COLLECT_AFTER
from written import END, START, check_markers, write_markdown

from trace_lsp.runs.child import program

ENGINE = Path(__file__).with_name("engine.py")


@pytest.fixture(scope="module")
def folder_measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a run of the benchmark, small and without the other engine, left its two files."""
    folder = tmp_path_factory.mktemp("benchmark")
    files = ["--json", str(folder / "found.json"), "--markdown", str(folder / "found.md")]
    command = [sys.executable, str(ENGINE), "--scale", "0.01", "--rounds", "1", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "trace-lsp" in done.stdout
    return folder


@pytest.fixture(scope="module")
def found(folder_measured: Path) -> Any:
    return json.loads((folder_measured / "found.json").read_text())


def errors(found: Any, at: str = "") -> Iterator[str]:
    if isinstance(found, dict):
        if "error" in found:
            yield f"{at}: {found['error']}"
        for key, each in found.items():
            yield from errors(each, f"{at}/{key}")


def test_all_that_is_planned_is_measured(found: Any) -> None:
    assert list(errors(found)) == []
    for work, timed in plan.TIMED.items():
        ours = found["times"][work]["ours"]
        assert len(ours) == 1 + len(timed.longer)
        assert all(took and min(took) > 0 for took in ours.values()), work
    assert [len(took) for took in found["streamed"].values()] == [1] * len(plan.STREAMED)
    assert all(kind["ours"] > 0 for kind in found["held"].values())
    assert [int(mark) for mark in found["training"]["run"]] == [2, 10, 100]
    assert list(found["depth"]["steps"]) == list(plan.STEPS)
    assert found["nesting"]["run"]["bundled"] > 0


def test_the_same_table_is_written_as_markdown(folder_measured: Path, found: Any) -> None:
    written = (folder_measured / "found.md").read_text()
    assert written.startswith(START)
    assert written.rstrip().endswith(END)
    table = [line for line in written.splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(rows(found))
    assert caption(found) in written


@pytest.mark.parametrize(("slower", "mark"), [(1000, "✓"), (2, "✗")])
def test_a_ratio_stands_beside_what_is_wanted(found: Any, slower: int, mark: str) -> None:
    beside = copy.deepcopy(found)
    for kind in beside["held"].values():
        kind["theirs"] = kind["ours"] * slower
    for by_engine in beside["times"].values():
        size, took = next(iter(by_engine["ours"].items()))
        by_engine["theirs"] = {size: [each * slower for each in took]}
    with_ratio = [
        row.cells() for row in rows(beside) if row.work.startswith(("memory", "call that"))
    ]
    assert len(with_ratio) == 1 + len(plan.HELD)
    for *_, ratio, wanted in with_ratio:
        assert wanted.endswith(mark)
        assert float(ratio.removesuffix(" ×").replace(",", "")) == pytest.approx(slower, rel=0.1)


def test_time_that_grows_with_the_graph_is_not_what_is_wanted(found: Any) -> None:
    grown = copy.deepcopy(found)
    ours = grown["times"]["fan-in and backward"]["ours"]
    first, *_, last = ours
    ours[last] = [100 * each for each in ours[first]]
    (row,) = [row for row in rows(grown) if row.work.startswith("call of 1,000 arguments")]
    assert row.is_met is False
    assert "100.0 ×" in row.ours


def test_what_failed_is_told_and_not_met(found: Any) -> None:
    failed = copy.deepcopy(found)
    failed["depth"]["steps"]["copied"] = {"error": "the process ended with code -11"}
    failed["times"]["trainable call"]["ours"] = {"100": {"error": "TypeError: no"}}
    by_name = {row.work: row for row in rows(failed)}
    assert by_name["trainable call"].ours == "failed: TypeError: no"
    assert by_name["chain of 10,000 nodes"].is_met is False
    assert "not copied: the process ended with code -11" in by_name["chain of 10,000 nodes"].ours


def test_only_the_table_is_replaced_in_a_file(tmp_path: Path, found: Any) -> None:
    file = tmp_path / "README.md"
    file.write_text(f"Before.\n\n{START}\nA former table.\n{END}\n\nAfter.\n")
    write_markdown(file, rows(found), caption(found))
    once = file.read_text()
    assert once.startswith(f"Before.\n\n{START}\n")
    assert once.endswith(f"{END}\n\nAfter.\n")
    assert "former" not in once
    write_markdown(file, rows(found), caption(found))
    assert file.read_text() == once


def test_a_file_without_a_place_for_the_table_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("Mine.\n")
    with pytest.raises(Failed, match=START):
        check_markers(file)


def test_a_worker_says_why_it_cannot_answer() -> None:
    with new_worker(sys.executable, "ours") as worker:
        with pytest.raises(Failed, match="KeyError: 'no such work'"):
            worker.ask("timed", work="no such work", size=1, times=1)
        assert worker.ask("nesting", limit=3) == {"plain": 3, "bundled": 3}
    with pytest.raises(Failed, match="ended with code 1"):
        Worker(sys.executable, "no such engine")


def test_the_collector_is_set_as_in_a_traced_run() -> None:
    assert COLLECT_AFTER == program._COLLECT_AFTER
