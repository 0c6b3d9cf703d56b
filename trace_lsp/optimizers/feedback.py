"""The feedback on a problem's outputs, as its section shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from trace_lsp.trace.graph import Output

_RUN = 4
"""Fewer equal lines one after the other are written out."""


def numbered(
    given: Sequence[Output], names: Mapping[int, str], *, is_folded: bool
) -> tuple[str, Collection[int]]:
    """The feedback once if it is the same on every output, else numbered, with each output's name;
    and the outputs that are named.

    Further lines are indented, so that none can be taken for what was said of another output.
    `is_folded` leaves out of a run of equal lines, or of outputs with the same feedback, all but
    the first and the last, and says so.
    """
    texts = list(dict.fromkeys(output.feedback for output in given))
    if len(texts) == 1:
        return (_folded(texts[0]) if is_folded else texts[0]), ()
    lines: list[str] = []
    told: list[int] = []
    for text, run in groupby(enumerate(given, start=1), key=lambda each: each[1].feedback):
        outputs = list(run)
        shown = outputs
        if is_folded and len(outputs) >= _RUN:
            shown = [outputs[0], outputs[-1]]
        for number, output in shown:
            if number > outputs[0][0] + 1 and len(shown) < len(outputs):
                lines.append(f"… (and the same of {len(outputs) - 2:,} outputs in between) …")
            said = _folded(text) if is_folded else text
            lines.append(_entry(f"{number}. {names[output.node]}: ", said))
            told.append(output.node)
    return "\n".join(lines), told


def _entry(heading: str, text: str) -> str:
    return heading + text.replace("\n", "\n   ")


def _folded(text: str) -> str:
    """The text without the middle of each run of equal lines."""
    lines: list[str] = []
    for line, run in groupby(text.split("\n")):
        count = sum(1 for _ in run)
        if count < _RUN:
            lines += [line] * count
        else:
            lines += [line, f"… (the same line {count - 2:,} times more) …", line]
    return "\n".join(lines)
