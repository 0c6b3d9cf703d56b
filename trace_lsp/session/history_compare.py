"""Entries of a history in short, and beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Optional, TypeVar

from trace_lsp.session.history_types import Entry, EntryComparison, Pair, Summary

N = TypeVar("N", int, float)


def summary_of(entry: Entry) -> Summary:
    """The entry as a row of a list."""
    steps = entry.steps
    trials = [trial for step in steps for trial in step.trials]
    objectives = [trial.objective for trial in trials if trial.accepted]
    return Summary(
        id=entry.id,
        time=entry.time,
        file=entry.file,
        names=entry.names,
        feedback=entry.feedback,
        goal=entry.goal,
        changed=bool(entry.after),
        judgement=entry.judgement,
        reason=entry.reason,
        ended=entry.ended,
        decision=entry.decision,
        models=tuple(dict.fromkeys(step.model for step in steps if step.model)),
        steps=len(steps),
        trials=len(trials),
        tokens_sent=_total(step.tokens_sent for step in steps),
        tokens_received=_total(step.tokens_received for step in steps),
        cost=_total(step.cost for step in steps),
        objective=objectives[-1] if objectives else None,
    )


def compare(entry: Entry, other: Entry) -> EntryComparison:
    """What both began with and came to, name by name, and how each did."""
    return EntryComparison(
        summary_of(entry),
        summary_of(other),
        _pairs(entry.before, other.before),
        _pairs(_result(entry), _result(other)),
    )


def _result(entry: Entry) -> Mapping[str, str]:
    """What the entry came to: what it did not change is as it was."""
    return {**entry.before, **entry.after}


def _pairs(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[Pair, ...]:
    names = dict.fromkeys([*first, *second])
    return tuple(Pair(name, first.get(name), second.get(name)) for name in names)


def _total(counts: Iterable[Optional[N]]) -> Optional[N]:
    """The sum of what is known, None if nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
