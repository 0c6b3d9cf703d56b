"""The tasks that optimizers are to solve: each fails as it stands, and what is said to solve it does.

All by real runs. No file is touched: what is new takes the old one's place as the program runs.
"""

from __future__ import annotations

import ast
import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import pytest
from runs.running import python
from tasks import PROGRAMS, TASKS, Task, Values, new_text

from trace_lsp.optimizers.search.edits import edits_of, fingerprint
from trace_lsp.optimizers.search.outcome import CheckResult
from trace_lsp.optimizers.search.ranges import dimension_of
from trace_lsp.optimizers.search.repair import Repair
from trace_lsp.optimizers.search.target import Target
from trace_lsp.optimizers.steps import StepAnswer, encode_answer
from trace_lsp.runs.configuration import Limits, Override, RunConfiguration
from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Trace
from trace_lsp.session.calls import is_check, parameters_of
from trace_lsp.source.edits import edits_for
from trace_lsp.source.indentation import placed_text
from trace_lsp.source.text import apply_edits, split_lines
from trace_lsp.source.trainables import Trainable, find_trainable, find_trainables

BUGS = [task for task in TASKS if task.by == "search" and task.kind == "code" and not task.goal]
RANGES = [task for task in TASKS if task.kind in ("numbers", "choices")]
OLDEST = python("3.9") or sys.executable
"""The least of what a person's interpreter may be, if it is on this machine."""

ENDING = "\n_ = globals().get({!r})\nprint('at the end:', getattr(_, 'data', _))\n"


def by_name(tasks: Sequence[Task]) -> Any:
    return pytest.mark.parametrize("task", tasks, ids=[task.name for task in tasks])


def text_of(task: Task) -> str:
    return task.path.read_text("utf-8")


def trainables_of(task: Task) -> list[Trainable]:
    found = find_trainables(text_of(task), str(task.path))
    return [find_trainable(found, name=name) for name in task.names]


def edited(text: str, trainable: Trainable, value: Any) -> str:
    return apply_edits(text, edits_for(trainable, new_text(trainable, value), text))


def override(task: Task, trainable: Trainable, value: Any) -> Override:
    """The value as a run takes it: a function as it would stand in the file."""
    is_code = trainable.kind == "function"
    new = new_text(trainable, value)
    if is_code:
        text = edited(text_of(task), trainable, value)
        there = find_trainable(find_trainables(text, trainable.file), name=trainable.name)
        new = placed_text(split_lines(text), there.range)
    start, end = trainable.statement.start.line + 1, trainable.statement.end.line + 1
    return Override(trainable.file, start, end, new, is_code)


def ran(
    task: Task,
    values: Optional[Values] = None,
    text: str = "",
    path: str = sys.executable,
    seconds: float = 120.0,
) -> Trace:
    """A run of the task's program with these values; at its end it tells its objective."""
    text = text or text_of(task)
    if task.goal:
        text += ENDING.format(task.objective)
    interpreter = Interpreter(path, (3, 9), "for this test")
    configuration = RunConfiguration(
        str(task.path), interpreter, str(PROGRAMS), limits=Limits(seconds)
    )
    overrides = [
        override(task, trainable, values[trainable.name])
        for trainable in trainables_of(task)
        if values and trainable.name in values
    ]
    running = run(configuration, text, on_event=id, answer_step=_unchanged, overrides=overrides)
    return asyncio.run(running)


async def _unchanged(request: Mapping[str, Any]) -> dict[str, Any]:
    return encode_answer(StepAnswer())


def number_at_end(task: Task, trace: Trace) -> float:
    """The objective of a run: a global variable, or else the last node of that name."""
    told = trace.output.rpartition("at the end: ")[2].strip()
    named = re.compile(rf"{task.objective}_?\d+")
    nodes = [node.value for node in trace.nodes.values() if named.fullmatch(node.name)]
    return float(nodes[-1] if told == "None" else told)


def is_solved(task: Task, trace: Trace) -> bool:
    """True if the run came to its end, with every check true and its goal reached."""
    if trace.outcome.kind != "finished":
        return False
    checks = [node.value == "True" for node in trace.nodes.values() if is_check(node)]
    return all(checks) and (not task.goal or task.is_reached(number_at_end(task, trace)))


def test_the_table_is_whole() -> None:
    assert {task.program for task in TASKS} == {path.name for path in PROGRAMS.glob("*.py")}
    assert len({task.name for task in TASKS}) == len(TASKS)
    for task in TASKS:
        found = find_trainables(text_of(task), str(task.path))
        assert task.names == tuple(each.name for each in found)
        assert set(task.right) <= set(task.names)


@by_name(TASKS)
def test_programs_are_of_the_oldest_python(task: Task) -> None:
    tree = ast.parse(text_of(task), feature_version=(3, 9))
    modules = [each.names[0].name for each in ast.walk(tree) if isinstance(each, ast.Import)]
    modules += [str(each.module) for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
    assert set(modules) <= {"opto", *sys.stdlib_module_names}


@by_name(TASKS)
def test_it_is_not_solved_as_it_stands(task: Task) -> None:
    trace = ran(task, seconds=3 if task.hangs else 120)
    expected = ("timedOut",) if task.hangs else ("finished", "raised")
    assert trace.outcome.kind in expected, trace.outcome.message
    assert not is_solved(task, trace)


@by_name(TASKS)
def test_what_solves_it(task: Task) -> None:
    trace = ran(task, task.right, path=OLDEST)
    assert is_solved(task, trace), (trace.outcome.message, trace.output)
    for each in trainables_of(task):
        assert parameters_of(trace, each), f"the run has no {each.name}"


@by_name([task for task in TASKS if len(task.replies) > 1])
def test_earlier_replies_do_not_solve_it(task: Task) -> None:
    for values in task.replies[:-1]:
        trace = ran(task, values)
        assert trace.outcome.is_complete, trace.outcome.message
        assert not is_solved(task, trace)


@by_name([task for task in TASKS if task.hangs])
def test_it_hangs_in_its_last_line_only(task: Task) -> None:
    text = "".join(text_of(task).splitlines(keepends=True)[:-1])
    assert ran(task, text=text, seconds=30).outcome.kind == "finished"


@by_name([task for task in TASKS if task.goal])
def test_its_goal_is_written_in_it(task: Task) -> None:
    comments = [each.comment for each in trainables_of(task)]
    assert set(filter(None, comments)) == {task.goal}


@by_name([task for task in TASKS if not task.goal])
def test_it_has_checks(task: Task) -> None:
    trace = ran(task, task.right)
    asserted = [each for each in ast.walk(ast.parse(text_of(task))) if isinstance(each, ast.Assert)]
    assert asserted or any(is_check(node) for node in trace.nodes.values())


@by_name(RANGES)
def test_its_values_lie_where_a_search_looks(task: Task) -> None:
    trace = ran(task)
    for trainable in trainables_of(task):
        (node,) = parameters_of(trace, trainable)
        dimension = dimension_of(ast.literal_eval(trainable.text), node.constraint)
        assert dimension is not None
        assert dimension.holds(task.right[trainable.name])


@by_name(BUGS)
def test_its_fault_is_one_edit_away(task: Task) -> None:
    text, (trainable,) = text_of(task), trainables_of(task)
    target = Target(text, trainable.name)
    wanted = fingerprint(edited(text, trainable, task.right[trainable.name]))
    assert any(fingerprint(edit.applied(target)) == wanted for edit in edits_of(target))


def test_a_stub_is_out_of_reach_of_a_search() -> None:
    (task,) = [task for task in TASKS if task.program == "out_of_reach.py"]
    search = Repair(text_of(task), task.names[0], {0: CheckResult(False)})
    assert search.verdict == "out of reach"


def test_an_exception_says_what_to_do_next() -> None:
    (task,) = [task for task in TASKS if task.program == "parse_dates.py"]
    assert "month must be in 1..12" in ran(task).outcome.message
    assert "not enough values to unpack" in ran(task, task.replies[0]).outcome.message
