"""Which of several patches that pass is the likeliest to be right."""

from __future__ import annotations

from trace_lsp.optimizers.search.edits import Edit
from trace_lsp.optimizers.search.outcome import Patch

# Kinds whose patches pass more often than they are right.
_DOUBTFUL = {
    "guard": 3,
    "statement added": 2,
    "extra condition": 1,
    "filter": 1,
    "operation with a variable": 1,
    "operation with a number": 1,
}


def rank(patch: Patch) -> tuple[float, ...]:
    """The order in which patches are offered: the smallest is the best."""
    edits = patch.candidate.edits
    return (
        len(patch.warnings),
        len(edits),
        max((_DOUBTFUL.get(each.kind, 0) for each in edits), default=0),
        -patch.candidate.score,
        sum(map(difference, edits)),
    )


def difference(edit: Edit) -> int:
    """How much text an edit takes away and puts in, roughly."""
    return abs(len(edit.text.encode("utf-8")) - (edit.end - edit.start)) + 1
