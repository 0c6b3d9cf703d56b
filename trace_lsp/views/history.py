"""The history of what was tried: as a list, an entry whole, and two entries beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from difflib import unified_diff

from trace_lsp.session.history_types import (
    Decision,
    Entry,
    EntryComparison,
    Judged,
    Pair,
    Step,
    Summary,
    Trial,
)
from trace_lsp.views.prose import code_block, literal, prose
from trace_lsp.views.values import base_name, counted, one_line, visible
from trace_lsp.views.verdict import JUDGEMENTS, aligned

DECISIONS: dict[Decision, str] = {
    "open": "open",
    "applied": "applied",
    "rejected": "rejected",
    "replaced": "replaced by a later one",
    "undone": "undone",
}
"""What each decision is called before people."""

_HEADINGS = ("id", "when", "where", "result", "decision", "steps", "tokens", "feedback")
_NOTHING = "Nothing was optimized here yet."
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WIDTH = 160


def history_table(
    entries: Sequence[Summary], plain: bool = False, zone: tzinfo | None = None, width: int = 36
) -> str:
    """The entries as a Markdown table, or with `plain` as aligned rows; words if there are none.

    Times are those of `zone`, by default of this machine. Texts are shortened to `width`.
    """
    if not entries:
        return _NOTHING
    rows = [tuple(one_line(cell, width) for cell in _cells(each, zone)) for each in entries]
    return _table([_HEADINGS, *rows], plain)


def entry_text(entry: Entry, plain: bool = False, zone: tzinfo | None = None) -> str:
    """An entry whole, as Markdown; with `plain` without the markup around words.

    Every step is in it: what was sent, what came back, what was made of it, what it cost, how it
    ended, and what was tried.
    """
    said = _Words(plain)
    return _joined(
        said.heading(1, f"{one_line(', '.join(entry.names), _WIDTH) or 'Entry'} ({entry.id})"),
        said.list(_facts(entry, zone)),
        said.titled("Feedback", said.block(entry.feedback)),
        said.titled("Change", said.block(entry.diff, "diff")),
        *(_step(step, said) for step in entry.steps),
    )


def comparison_text(comparison: EntryComparison, plain: bool = False) -> str:
    """Two entries beside each other: how each did, and where the texts differ."""
    said = _Words(plain)
    first, second = comparison.first, comparison.second
    began = [pair for pair in comparison.began if pair.differs]
    return _joined(
        _table([("", first.id, second.id), *_beside(first, second)], plain),
        said.words(_began(began)),
        *(said.titled(f"{pair.name} at the beginning", said.pair(pair)) for pair in began),
        said.words(_came_to(comparison.came_to)),
        *(said.titled(pair.name, said.pair(pair)) for pair in comparison.came_to if pair.differs),
    )


class _Words:
    """Texts of others in their places: as Markdown that they cannot reach out of, or plain."""

    def __init__(self, plain: bool) -> None:
        self._plain = plain

    def heading(self, level: int, text: str) -> str:
        return visible(text) if self._plain else f"{'#' * level} {literal(one_line(text, _WIDTH))}"

    def titled(self, title: str, text: str) -> str:
        if not text:
            return ""
        shown = one_line(title, _WIDTH)
        return f"{shown}:\n\n{text}" if self._plain else f"**{literal(shown)}**\n\n{text}"

    def words(self, text: str) -> str:
        return visible(text) if self._plain else literal(text)

    def prose(self, text: str) -> str:
        return visible(text).strip() if self._plain else prose(text.strip())

    def block(self, text: str, language: str = "") -> str:
        if not text.strip():
            return ""
        return visible(text).rstrip("\n") if self._plain else code_block(text, language)

    def list(self, facts: Sequence[tuple[str, str]]) -> str:
        shown = ((name, one_line(text, 2 * _WIDTH)) for name, text in facts if text.strip())
        return "\n".join(f"- {name}: {self.words(text)}" for name, text in shown)

    def pair(self, pair: Pair) -> str:
        """Where the texts differ; or which it is that there is, if there is only one."""
        if pair.first is None or pair.second is None:
            there = "first" if pair.second is None else "second"
            return self.words(f"Only the {there} has it.")
        lines = unified_diff(
            pair.first.split("\n"), pair.second.split("\n"), "first", "second", lineterm=""
        )
        return self.block("\n".join(lines), "diff")


def _joined(*sections: str) -> str:
    return "\n\n".join(filter(None, sections))


def _cells(entry: Summary, zone: tzinfo | None) -> tuple[str, ...]:
    where = f"{base_name(entry.file)}: {', '.join(entry.names)}"
    sent, received = entry.tokens_sent, entry.tokens_received
    known = [count for count in (sent, received) if count is not None]
    tokens = f"{sum(known):,}" if any(known) else ""
    return (
        entry.id,
        when(entry.time, zone),
        where,
        _result(entry),
        entry.decision,
        f"{entry.steps:,}",
        tokens,
        entry.feedback,
    )


def when(seconds: float, zone: tzinfo | None = None) -> str:
    """``2026-03-01 14:05``: a UTC time in seconds as the zone's clocks show it."""
    try:
        return f"{(_EPOCH + timedelta(seconds=seconds)).astimezone(zone):%Y-%m-%d %H:%M}"
    except (OverflowError, ValueError):
        return "(unknown)"


def _result(entry: Summary | Entry) -> str:
    if not entry.ended and entry.decision == "open" and not entry.judgement:
        return "under way"
    changed = entry.changed if isinstance(entry, Summary) else bool(entry.after)
    return _judged(entry.judgement) if changed else "no change"


def _judged(judgement: Judged) -> str:
    return JUDGEMENTS.get(judgement, judgement) if judgement else "not tried"


def _decided(decision: Decision) -> str:
    # A later version may know other words for it.
    return DECISIONS.get(decision, decision)


def _table(rows: Sequence[tuple[str, ...]], plain: bool) -> str:
    """The first row is the heading."""
    if plain:
        return "\n".join(aligned(rows))
    heading, *rest = (f"| {' | '.join(map(literal, row))} |" for row in rows)
    return "\n".join([heading, f"|{'---|' * len(rows[0])}", *rest])


def _facts(entry: Entry, zone: tzinfo | None) -> list[tuple[str, str]]:
    return [
        ("file", entry.file),
        ("began", when(entry.time, zone)),
        ("goal", entry.goal),
        ("result", f"{_result(entry)}. {entry.reason}".rstrip(" .") + "."),
        ("ended", entry.ended),
        ("decision", _decided(entry.decision)),
    ]


def _step(step: Step, said: _Words) -> str:
    return _joined(
        said.heading(2, f"Step {step.number}: {step.optimizer}"),
        said.list(_step_facts(step)),
        said.titled("Sent", said.block(step.problem)),
        said.titled("Received", said.block(step.reply)),
        said.titled("Reasoning", said.prose(step.reasoning)),
        *(part for at, trial in enumerate(step.trials, 1) for part in _trial(at, trial, said)),
    )


def _step_facts(step: Step) -> list[tuple[str, str]]:
    return [
        ("model", step.model if _has_asked(step) else "none was asked"),
        ("understood", step.understood),
        ("tokens", _tokens(step.tokens_sent, step.tokens_received)),
        ("cost", _number(step.cost)),
        ("time", f"{step.seconds:,.1f} s"),
        ("outcome", step.outcome),
    ]


def _has_asked(step: Step) -> bool:
    return bool(step.model or step.problem or step.reply)


def _tokens(sent: int | None, received: int | None) -> str:
    if not sent and not received:
        return ""
    counts = ((sent, "sent"), (received, "received"))
    return ", ".join(f"{count:,} {what}" for count, what in counts if count is not None)


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:,.6g}"


def _trial(number: int, trial: Trial, said: _Words) -> Iterator[str]:
    yield said.heading(3, f"Candidate {number} of step {trial.step}")
    yield said.list(
        [
            ("result", _judged(trial.judgement)),
            ("reason", trial.reason),
            ("objective", _number(trial.objective)),
            ("accepted", "yes" if trial.accepted else "no"),
        ]
    )
    for name, value in trial.values.items():
        yield said.titled(name, said.block(value, "python"))


def _beside(first: Summary, second: Summary) -> Iterator[tuple[str, str, str]]:
    """What is known of the two in short, row by row."""
    for name, one, other in zip(_COMPARED, _compared(first), _compared(second), strict=True):
        if one or other:
            yield name, one_line(one, 48), one_line(other, 48)


_COMPARED = (
    "feedback", "goal", "result", "objective", "decision", "steps", "tokens", "cost", "models",
)  # fmt: skip


def _compared(entry: Summary) -> tuple[str, ...]:
    return (
        entry.feedback,
        entry.goal,
        _result(entry),
        _number(entry.objective),
        _decided(entry.decision),
        f"{counted(entry.steps, 'step')}, {counted(entry.trials, 'trial')}",
        _tokens(entry.tokens_sent, entry.tokens_received),
        _number(entry.cost),
        ", ".join(entry.models),
    )


def _began(differing: Sequence[Pair]) -> str:
    if not differing:
        return "Both began with the same texts."
    return f"They began with different texts of {_names(differing)}."


def _came_to(pairs: Sequence[Pair]) -> str:
    differing = [pair for pair in pairs if pair.differs]
    if not differing:
        return "Both came to the same texts."
    alike = len(pairs) - len(differing)
    rest = f" {counted(alike, 'other')} came out alike." if alike else ""
    return f"They came to different texts of {_names(differing)}.{rest}"


def _names(pairs: Sequence[Pair]) -> str:
    return ", ".join(one_line(pair.name, 60) for pair in pairs)
