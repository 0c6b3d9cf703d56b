"""What a candidate run showed: each output before and after, side by side."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from trace_lsp.session.proposal import Comparison, Judgement, Verdict
from trace_lsp.views.prose import code_span
from trace_lsp.views.values import counted, one_line

JUDGEMENTS: Mapping[Judgement, str] = {
    "better": "better",
    "same": "no difference",
    "worse": "worse",
    "unknown": "not clear",
}
"""What each judgement is called before people."""

_HEADINGS = ("output", "before", "after", "")
_MISSING = "(none)"


def verdict_table(verdict: Verdict, plain: bool = False, width: int = 36, rows: int = 20) -> str:
    """The outputs as a Markdown table, or with `plain` as aligned rows; "" if nothing to compare.

    Changed outputs come first. Values are shortened to `width` characters; beyond `rows` outputs,
    a last line says how many more there are.
    """
    ordered = compared(verdict)
    if not ordered:
        return ""
    cells = [_cells(output, width) for output in ordered[:rows]]
    lines = aligned([_HEADINGS, *cells]) if plain else _markdown(cells)
    left_out = len(ordered) - rows
    if left_out > 0:
        # A table in Markdown ends at an empty line.
        lines += [] if plain else [""]
        lines.append(f"… {counted(left_out, 'more output')}")
    return "\n".join(lines)


def compared(verdict: Verdict) -> list[Comparison]:
    """The outputs, changed ones first, after how the runs ended if they ended differently."""
    runs = Comparison("the run", verdict.before.kind, verdict.after.kind)
    # Sorting is stable: within changed and unchanged, the program's own order stays.
    ordered = sorted(verdict.outputs, key=lambda output: not output.changed)
    return [runs, *ordered] if runs.changed else ordered


def _cells(output: Comparison, width: int) -> tuple[str, ...]:
    values = (output.label, shown(output.before), shown(output.after))
    change = "changed" if output.changed else "same"
    return (*(one_line(value, width) for value in values), change)


def shown(value: str | None) -> str:
    """The value's text, or words for a value that was never made."""
    return _MISSING if value is None else value


def _markdown(rows: Sequence[tuple[str, ...]]) -> list[str]:
    heading = "".join(f"| {title} " for title in _HEADINGS)
    return [f"{heading}|", "|---|---|---|---|", *map(_markdown_row, rows)]


def _markdown_row(row: tuple[str, ...]) -> str:
    *values, change = row
    # A bar ends a cell even inside inline code, unless it is escaped (GFM, "Tables").
    cells = [code_span(value).replace("|", "\\|") for value in values]
    return f"| {' | '.join(cells)} | {f'**{change}**' if change == 'changed' else change} |"


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """The rows as lines whose cells stand beneath each other on a terminal."""
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_padded, row, widths)).rstrip() for row in rows]


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - columns(cell))


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
