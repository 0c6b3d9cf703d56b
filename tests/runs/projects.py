"""Little projects that have their runs written down, and what to do with them."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from trace_lsp.runs.configuration import Limits
from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.launches import LaunchEntry, launch_file, plan_launch, read_launches
from trace_lsp.runs.plan import RunPlan
from trace_lsp.runs.process import run
from trace_lsp.runs.variables import Place

PROJECTS = Path(__file__).parents[1] / "workspaces" / "runs"
HERE = Interpreter(sys.executable, sys.version_info[:2], "for this test")


def shop_in(folder: Path) -> Path:
    """A copy of the shop in that folder."""
    return Path(shutil.copytree(PROJECTS / "shop", folder / "shop"))


def entries_of(*configurations: dict[str, Any], folder: Path) -> list[LaunchEntry]:
    """The Python runs of a launch.json with these configurations, each with what none lacks."""
    whole = [
        {"name": "Run", "type": "debugpy", "request": "launch", **each} for each in configurations
    ]
    path = Path(launch_file(str(folder)))
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"configurations": whole}, indent=2), "utf-8")
    return list(read_launches(str(path)).entries)


def planned(place: Place, **configuration: Any) -> RunPlan:
    """The plan of a configuration, by way of the file."""
    (entry,) = entries_of(configuration, folder=Path(place.folder))
    return plan_launch(entry, place)


def output_of(plan: RunPlan, interpreter: Interpreter = HERE) -> str:
    """What the program prints when it is really run so."""
    configuration = plan.configuration(interpreter, Limits())
    text = Path(plan.program).read_text("utf-8")
    trace = asyncio.run(run(configuration, text, on_event=id, answer_step=_no_step))
    assert trace.outcome.kind == "finished", trace.outcome
    return trace.output


async def _no_step(request: Any) -> dict[str, Any]:
    raise AssertionError(request)
