"""What can be run, seen from a file: itself, what its workspace has written down, its tests.

To list is quick and runs nothing; each list is made anew.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Union

from trace_lsp.errors import LaunchError, NotParsable
from trace_lsp.runs.configuration import TestLaunch
from trace_lsp.runs.launches import (
    LaunchEntry,
    LeftOut,
    launch_file,
    plan_launch,
    read_launches,
)
from trace_lsp.runs.plan import RunPlan
from trace_lsp.runs.project_file import project_file
from trace_lsp.runs.projects import ProjectRun, plan_project_run, read_project_runs
from trace_lsp.runs.variables import Place
from trace_lsp.source.tests import find_tests, is_test_file


@dataclass(frozen=True)
class CurrentFile:
    """The file at hand as a program."""


@dataclass(frozen=True)
class Tests:
    """One or more tests by pytest's name for them, from the workspace folder."""

    node_id: str


Source = Union[CurrentFile, LaunchEntry, ProjectRun, Tests]


@dataclass(frozen=True)
class Offer:
    """A run that can be chosen.

    `id` stays the same while it is named the same; `file` and `line`, from 1, are where it comes
    from; `refusal` is why it cannot be run at the moment, "" if it can. `source` is what `plan_of`
    makes a run of.
    """

    id: str
    label: str
    file: str
    line: int
    source: Source
    refusal: str = ""


@dataclass(frozen=True)
class Offers:
    """`left_out` is what is written down and is not offered, each with the reason."""

    offers: tuple[Offer, ...]
    left_out: tuple[LeftOut, ...] = ()


def offers_for(text: str, place: Place) -> Offers:
    """What can be run from the file at that place, of that text: the file first, then the launch.json's
    runs, the pyproject.toml's, and the tests in it. A file of either kind that cannot be read is
    left out, and hides nothing else."""
    left_out: list[LeftOut] = []
    offers = [Offer("file", "Current file", place.file, 1, CurrentFile())]
    offers += _launches(place, left_out)
    offers += _project_runs(place, left_out)
    offers += _tests(text, place, left_out)
    return Offers(tuple(_with_refusal(each, place) for each in _distinct(offers)), tuple(left_out))


def plan_of(source: Source, place: Place) -> RunPlan:
    """The run that an offer means at that place; raises LaunchError."""
    if isinstance(source, LaunchEntry):
        return plan_launch(source, place)
    if isinstance(source, ProjectRun):
        return plan_project_run(source)
    if isinstance(source, Tests):
        return RunPlan(place.file, place.folder, TestLaunch((source.node_id,)))
    return RunPlan(place.file, os.path.dirname(place.file))


def _launches(place: Place, left_out: list[LeftOut]) -> list[Offer]:
    file = launch_file(place.folder)
    try:
        launches = read_launches(file)
    except LaunchError as error:
        left_out.append(LeftOut("launch.json", file, 1, error.message))
        return []
    left_out += launches.left_out
    return [
        Offer(f"launch:{each.name}", each.name, file, each.line, each) for each in launches.entries
    ]


def _project_runs(place: Place, left_out: list[LeftOut]) -> list[Offer]:
    """The runs of the project that the file is in: of the nearest pyproject.toml in the workspace."""
    file = _nearest_project(place)
    try:
        runs = read_project_runs(file)
    except LaunchError as error:
        left_out.append(LeftOut("pyproject.toml", file, 1, error.message))
        return []
    return [Offer(f"project:{each.name}", each.name, file, each.line, each) for each in runs]


def _nearest_project(place: Place) -> str:
    folder = os.path.dirname(place.file)
    while folder.startswith(os.path.join(place.folder, "")):
        if os.path.isfile(project_file(folder)):
            return project_file(folder)
        folder = os.path.dirname(folder)
    return project_file(place.folder)


def _tests(text: str, place: Place, left_out: list[LeftOut]) -> list[Offer]:
    if not is_test_file(place.file):
        return []
    path = os.path.relpath(place.file, place.folder).replace(os.sep, "/")
    try:
        found = find_tests(text, place.file)
    except NotParsable as error:
        left_out.append(LeftOut("tests", place.file, 1, error.message))
        return []
    named = [("", 1), *((f"::{test.name}", test.line) for test in found)]
    return [
        Offer(
            f"test:{path}{name}", name[2:] or f"All of {path}", place.file, line, Tests(path + name)
        )
        for name, line in named
        if found
    ]


def _distinct(offers: list[Offer]) -> Iterator[Offer]:
    """The offers with a number after the id of each but the first of a name."""
    seen: Counter[str] = Counter()
    for offer in offers:
        seen[offer.id] += 1
        count = seen[offer.id]
        yield replace(offer, id=f"{offer.id}#{count}") if count > 1 else offer


def _with_refusal(offer: Offer, place: Place) -> Offer:
    try:
        plan = plan_of(offer.source, place)
    except LaunchError as error:
        return replace(offer, refusal=error.message)
    return replace(offer, refusal=_missing(plan, place))


def _missing(plan: RunPlan, place: Place) -> str:
    """What is not there and has to be. The file at hand may not be saved yet."""
    if not os.path.isdir(plan.directory):
        return f"The working directory {plan.directory} is not there."
    if not plan.program:
        return "The module is in no file of the project's, so there is no text of it to run."
    if plan.program != place.file and not os.path.isfile(plan.program):
        return f"The program {plan.program} is not there."
    return ""
