"""What is tried, and what is said of it: the words between a search and what runs candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from trace_lsp.optimizers.search.edits import Edit


@dataclass(frozen=True)
class CheckResult:
    """How one check went.

    `cost` is what it took, in any one unit: CPU seconds or steps. `type` names the type of what the
    function returned, "" if it returned nothing or that is not known. `timed_out` means that it was
    ended at the limit. `lines` are those lines of the source that ran, the first being 1, and
    `raised_at` the last of them before an exception left the function: of a baseline only, and only
    where they are known.
    """

    passed: bool
    cost: float = 0.0
    type: str = ""
    timed_out: bool = False
    lines: frozenset[int] = frozenset()
    raised_at: Optional[int] = None


Outcome = Mapping[int, CheckResult]
"""The checks that were run, by their number. One that was not run is not there."""


@dataclass(frozen=True)
class Limits:
    """How far a search goes.

    `candidates` is the most that are tried, `depth` the most edits in one. Without an edit that
    makes a failing check pass, it gives up after `hopeless` candidates. After the first that passes
    it tries up to `beyond` more. Whatever takes over `slowdown` times what it took before is no
    fix. A check may cost `patience` times the dearest one of the baseline, and at least `floor`,
    in the unit of the costs: 0.1 is for seconds. `aside` is the share of the checks that are kept
    aside, from `aside_from` checks on.
    """

    candidates: int = 3000
    depth: int = 2
    hopeless: int = 1200
    beyond: int = 40
    slowdown: float = 2.0
    patience: float = 10.0
    floor: float = 0.1
    aside: float = 0.2
    aside_from: int = 8


@dataclass(frozen=True)
class Candidate:
    """A source to try.

    `stages` are numbers of checks. Run the checks of a stage in their order; go on to the next
    stage if one of them passed at least, and stop at a check that goes over the `limit`, which is
    in the unit of the costs. `attempt` is 2 where one that timed out is tried again.
    """

    number: int
    source: str
    edits: tuple[Edit, ...]
    stages: tuple[tuple[int, ...], ...]
    limit: float
    score: float = field(default=0.0, compare=False)
    attempt: int = 1


@dataclass(frozen=True)
class Patch:
    """A candidate that passes every check. `warnings` say what makes it doubtful."""

    candidate: Candidate
    outcome: Outcome
    warnings: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The source with the fix in it."""
        return self.candidate.source
