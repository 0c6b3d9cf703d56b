"""Candidate runs by the hundred: the same program with other values, and only what its checks say.

A warm process that has imported what the program needs is forked for each, where that is safe;
elsewhere each has a fresh process. They have a folder of their own for what is temporary, and may do
to the world around them what the program did.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Optional

from trace_lsp.runs.configuration import Override
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Trace
from trace_lsp.runs.results import CandidateResult, result_of, result_told
from trace_lsp.runs.warm import WarmProcess
from trace_lsp.runs.wire import UNCHANGED, Try, Warm

MEMORY = 2 << 30
"""Bytes that a candidate may take besides what the warm process has."""


class CandidateRuns:
    """Runs candidates of a traced program, at most `slots` at a time; see `candidate_runs`."""

    def __init__(
        self, trace: Trace, watched: Sequence[tuple[str, int, int]], slots: int, temporary: str
    ) -> None:
        self.slots = slots
        places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)
        environment = {**trace.configuration.environment, **places}
        self._configuration = replace(trace.configuration, environment=environment)
        self._text = trace.text
        self._allowed = tuple((each.verb, each.what) for each in trace.actions)
        self._is_cut_short = trace.outcome.kind != "finished"
        self._free = asyncio.Semaphore(self.slots)
        self._numbers = iter(range(1 << 62))
        self.warm = WarmProcess(self._configuration, self._start(trace, watched))

    def _start(self, trace: Trace, watched: Sequence[tuple[str, int, int]]) -> Warm:
        return Warm(
            self._configuration.program,
            trace.text,
            self._configuration.arguments,
            self._configuration.objective,
            trace.modules,
            tuple(watched),
            self._allowed,
        )

    @property
    def why_fresh(self) -> str:
        """Why each candidate has a fresh process, "" where a warm one is forked."""
        return self.warm.why_not

    async def run(
        self, overrides: Sequence[Override] = (), cpu: Optional[float] = None, watch: bool = False
    ) -> CandidateResult:
        """What the program comes to with the overrides, within `cpu` seconds of CPU time (None:
        what a run may take). With `watch` the checks tell which lines ran, if the warm process can
        be forked."""
        seconds = self._configuration.limits.seconds
        cpu = min(cpu or seconds, seconds)
        async with self._free:
            # Wall-clock time goes on while others have the processor.
            wall = min(seconds, 1.0 + 4 * cpu)
            rows = tuple(each.row for each in overrides)
            tried = await self.warm.ask(Try(next(self._numbers), rows, cpu, wall, MEMORY, watch))
            if tried is None:
                return await self._run_fresh(overrides)
            return result_told(tried, self._is_cut_short)

    async def _run_fresh(self, overrides: Sequence[Override]) -> CandidateResult:
        trace = await run(
            self._configuration,
            self._text,
            on_event=lambda event: None,
            answer_step=_no_change,
            overrides=overrides,
            trains=False,
            allowed=self._allowed,
        )
        return result_of(trace, self._is_cut_short)


@asynccontextmanager
async def candidate_runs(
    trace: Trace,
    watched: Sequence[tuple[str, int, int]] = (),
    slots: Optional[int] = None,
) -> AsyncIterator[CandidateRuns]:
    """Candidate runs of a traced program, at most `slots` at a time (as many as there are cores).

    What runs when this ends is ended. `watched` are the functions whose lines may be asked for:
    file, first line and last.
    """
    slots = slots or os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="trace-lsp-", ignore_cleanup_errors=True) as temporary:
        runs = CandidateRuns(trace, watched, slots, temporary)
        await runs.warm.start()
        try:
            yield runs
        finally:
            await runs.warm.stop()


async def _no_change(request: Mapping[str, Any]) -> dict[str, Any]:
    return UNCHANGED
