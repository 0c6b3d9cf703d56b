"""What earlier steps tried, and what came of it, as a problem shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from trace_lsp.optimizers.counting import cut_to, tokens_of
from trace_lsp.optimizers.steps import Remembered
from trace_lsp.optimizers.style import Style

_HEADING = "Earlier values of the variables, the oldest first, and what they led to:"


@dataclass(frozen=True)
class Scored(Remembered):
    """An earlier step whose values were measured: what the objective came to, and whether that is
    the best so far."""

    objective: float = 0.0
    is_best: bool = False


def remembered(memory: Sequence[Remembered], style: Style, tokens: Optional[int] = None) -> str:
    """What earlier values of the variables led to, as text; "" if there were none.

    Of more than `tokens` the best and the newest stay, and the text says how many are left out;
    "" if there is no place for even one.
    """
    if not memory:
        return ""
    tries = [_told(number, each, style) for number, each in enumerate(memory, start=1)]
    if tokens is None:
        return "\n\n".join([_HEADING, *tries])
    tokens -= tokens_of(_HEADING) + 20
    kept: dict[int, str] = {}
    for at in _by_worth(memory):
        told = tries[at] if kept else cut_to(tries[at], max(0, tokens - 1))
        tokens -= tokens_of(told) + 1
        if tokens < 0:
            break
        kept[at] = told
    if not kept:
        return ""
    left_out = len(tries) - len(kept)
    said = [f"… ({left_out:,} more tries are left out) …"] if left_out else []
    return "\n\n".join([_HEADING, *said, *(kept[at] for at in sorted(kept))])


def _by_worth(memory: Sequence[Remembered]) -> list[int]:
    """The positions of the tries: the best one first, then from the newest to the oldest."""
    newest = list(range(len(memory) - 1, -1, -1))
    return sorted(newest, key=lambda at: not getattr(memory[at], "is_best", False))


def _told(number: int, tried: Remembered, style: Style) -> str:
    lines = [
        f"Try {number}:",
        style.inert("\n".join(tried.variables)),
        f"What was said about it: {style.inert(tried.feedback)}",
    ]
    if isinstance(tried, Scored):
        best = ", the best so far" if tried.is_best else ""
        lines.append(f"Objective: {tried.objective:g}{best}")
    return "\n".join(lines)
