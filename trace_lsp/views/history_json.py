"""The history as JSON-ready data: for `--json`, and for the server's results."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from trace_lsp.session.history_types import Entry, EntryComparison, Pair, Step, Summary, Trial
from trace_lsp.views.values import finite


def summary_json(summary: Summary) -> dict[str, Any]:
    """An entry of a list."""
    return _data(summary) | {"names": list(summary.names), "models": list(summary.models)}


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry whole, with the texts as they are."""
    return _data(entry) | {
        "names": list(entry.names),
        "before": dict(entry.before),
        "after": dict(entry.after),
        "kinds": dict(entry.kinds),
        "steps": [_step_json(step) for step in entry.steps],
    }


def comparison_json(comparison: EntryComparison) -> dict[str, Any]:
    """Two entries beside each other; texts are null where one has no such trainable."""
    return {
        "first": summary_json(comparison.first),
        "second": summary_json(comparison.second),
        "began": [_pair_json(pair) for pair in comparison.began],
        "cameTo": [_pair_json(pair) for pair in comparison.came_to],
    }


def _step_json(step: Step) -> dict[str, Any]:
    trials = [_data(trial) | {"values": dict(trial.values)} for trial in step.trials]
    return _data(step) | {"trials": trials}


def _pair_json(pair: Pair) -> dict[str, Any]:
    return _data(pair) | {"differs": pair.differs}


def _data(made: Entry | Step | Trial | Summary | Pair) -> dict[str, Any]:
    """The fields by the names that JSON has for them. A number that JSON has none for is null."""
    return {_camel(each.name): finite(getattr(made, each.name)) for each in fields(made)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
