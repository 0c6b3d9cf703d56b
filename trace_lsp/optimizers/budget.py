"""What of a problem is shown where not everything fits into the budget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Optional, Union

from trace_lsp.optimizers.patterns import Gap, folded, outlined
from trace_lsp.trace.graph import NodeRecord

TOKENS = 24_000
"""Of a whole question, where nobody says otherwise."""

PROBLEM_TOKENS = TOKENS - 1_000
"""Of a problem, which stands between other words."""

_LIMITS = (0, 1_000, 400, 150)
"""Characters of a value that are shown, from one attempt to the next; 0: all."""

_LEAST_OF_A_VALUE = 40
_LEAST_OF_A_CALL = 5
_FIRST = 4


@dataclass(frozen=True)
class Skipped:
    """Calls that are left out: how many, and what the first and the last are."""

    calls: int

    def told(self, name: Callable[[int], str]) -> str:
        return f"… ({_counted(self.calls, 'call')} left out) …"


@dataclass(frozen=True)
class Rounds:
    """Rounds of a loop that are left out."""

    gap: Gap

    def told(self, name: Callable[[int], str]) -> str:
        gap = self.gap
        same = "same call" if gap.calls == 1 else f"same {gap.calls} calls"
        times = "once" if gap.rounds == 1 else f"{gap.rounds:,} times"
        failed = f"; {gap.mattering:,} of these failed" if gap.mattering else ""
        return f"… (the {same} {times} more, {name(gap.first)} to {name(gap.last)}{failed}) …"


Part = Union[int, Skipped, Rounds]


@dataclass(frozen=True)
class Shown:
    """`code` is the positions of calls with what stands for those left out, None for all of them;
    `limit` how many characters of a value are shown, 0 for all."""

    code: Optional[tuple[Part, ...]] = None
    limit: int = 0

    @cached_property
    def positions(self) -> list[int]:
        """The calls that are shown."""
        return [part for part in self.code or () if isinstance(part, int)]


def choices(
    calls: Sequence[NodeRecord], matters: Collection[int], codes: Collection[int], tokens: int
) -> Iterator[Shown]:
    """What may be shown, from the whole to less and less. `codes` are the nodes that are code.

    Loops are folded first, since nothing is lost by it; then values are shortened; at last calls
    are left out, and those that stay are the first ones, the failing ones, and the last ones.
    """
    if len(calls) * _LEAST_OF_A_CALL <= tokens:
        yield Shown()
    steps = folded([_key(call, codes) for call in calls])
    parts = tuple(
        Rounds(part) if isinstance(part, Gap) else part for part in outlined(steps, matters)
    )
    if len(parts) * _LEAST_OF_A_CALL <= tokens:
        yield from (Shown(parts, limit) for limit in _LIMITS)
    count = min(len(parts), tokens // _LEAST_OF_A_CALL)
    while count > _FIRST:
        count = count * 2 // 3
        yield Shown(_thinned(parts, count, matters), _LIMITS[-1])
    yield Shown(_thinned(parts, _FIRST, matters), _LEAST_OF_A_VALUE)


def _key(call: NodeRecord, codes: Collection[int]) -> Hashable:
    """What calls of a loop have in common: the operator, its arguments' names, the function."""
    assert call.operator is not None
    used = [name if parent not in codes else (name, parent) for name, parent in call.inputs]
    return (call.operator.name, *used)


def _thinned(parts: Sequence[Part], count: int, matters: Collection[int]) -> tuple[Part, ...]:
    """About that many of the parts, and how many calls there were between them."""
    first = count // _FIRST
    failing = [at for at, part in enumerate(parts) if isinstance(part, int) and part in matters]
    kept = {
        *range(first),
        *failing[: count // _FIRST],
        *range(max(0, len(parts) - (count - first)), len(parts)),
    }
    found: list[Part] = []
    skipped = 0
    for at, part in enumerate(parts):
        if at not in kept:
            skipped += part.gap.rounds * part.gap.calls if isinstance(part, Rounds) else 1
            continue
        if skipped:
            found.append(Skipped(skipped))
        found.append(part)
        skipped = 0
    return tuple([*found, Skipped(skipped)] if skipped else found)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
