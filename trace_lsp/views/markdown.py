"""Hovers and proposals as Markdown, or as plain text for clients that show nothing else.

Each is made of sections, most wanted first; a section with nothing to say is left out.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from trace_lsp.optimizers.suggestion import Suggestion
from trace_lsp.runs.record import Outcome
from trace_lsp.session.proposal import Proposal
from trace_lsp.trace.graph import NodeRecord
from trace_lsp.views.prose import code_block, code_span, first_lines, literal, prose
from trace_lsp.views.values import (
    counted,
    is_code,
    is_failure,
    one_line,
    operator_name,
    place_text,
    place_uri,
    value_line,
    visible,
)
from trace_lsp.views.verdict import JUDGEMENTS, verdict_table

CALLS = 5
_REASONING_LINES = 12
_ERROR_LINES = 20
_PARENTS = 6
_WIDTH = 80


@dataclass(frozen=True)
class Link:
    """Something to follow at the end of a hover: its title and its address."""

    title: str
    target: str


def hover(
    calls: Sequence[NodeRecord],
    nodes: Mapping[int, NodeRecord],
    proposal: Proposal | None,
    outcome: Outcome,
    plain: bool = False,
    links: Sequence[Link] = (),
) -> str:
    """What the last run showed of one function (or value), and what is suggested for it.

    `calls` are the function's records in order, `nodes` all records of the run, by id.
    """
    shown = _most_telling(calls)
    return _joined(
        _heading(calls, plain),
        _results(shown, calls, nodes, plain),
        _sources(shown, nodes, plain),
        _ending(outcome, plain),
        _failure(shown, plain),
        _suggestion(proposal, plain),
        _links(links, plain),
    )


def proposal_text(proposal: Proposal, plain: bool = False) -> str:
    """A proposal in full: feedback, verdict with both values of each output, reasoning, diff."""
    return _joined(
        _titled("Feedback", _quoted(proposal.feedback, plain), plain),
        _verdict(proposal, plain),
        _titled("Answer", reasoning_text(proposal.suggestion.answer, plain), plain),
        _titled("Reasoning", reasoning_text(proposal.suggestion.reasoning, plain), plain),
        _titled("Change", _diff(proposal.diff, plain), plain),
        made_by(proposal, plain),
    )


def reasoning_text(text: str, plain: bool = False, lines: int = 0) -> str:
    """A model's words: its Markdown but links, images and HTML; with `lines`, the first so many."""
    if not text.strip():
        return ""
    return first_lines(text.strip(), lines) if plain else prose(text.strip(), lines)


def made_by(proposal: Proposal, plain: bool = False) -> str:
    """The model and what it cost, or that none was asked."""
    if proposal.is_searched:
        return "Found by a search; no model was asked."
    return cost_text(proposal.suggestion, plain)


def cost_text(suggestion: Suggestion, plain: bool = False) -> str:
    """``gpt-5 · 1,204 tokens sent, 310 received``; "" if nothing is known."""
    tokens = suggestion.tokens
    counts = [
        f"{count:,} {what}"
        for count, what in ((tokens.sent, "tokens sent"), (tokens.received, "received"))
        if count is not None
    ]
    name = one_line(suggestion.model, _WIDTH)
    return " · ".join(filter(None, [name if plain else literal(name), ", ".join(counts)]))


def call_line(call: NodeRecord, nodes: Mapping[int, NodeRecord], width: int = _WIDTH) -> str:
    """``strange_sort([1, 2, 3]) → [1, 3, 2]``: a call with its arguments and its result."""
    result = value_line(call, width)
    if call.operator is None:
        return f"{one_line(call.name, width)} = {result}"
    values = [nodes[id] for _, id in call.inputs if id in nodes]
    arguments = [value_line(each, width // 2) for each in values if not is_code(each)]
    called = f"{operator_name(call.operator)}({', '.join(arguments)})"
    return f"{one_line(called, 2 * width)} → {'✗ ' if is_failure(call) else ''}{result}"


def _joined(*sections: str) -> str:
    return "\n\n".join(filter(None, sections))


def _most_telling(calls: Sequence[NodeRecord]) -> list[NodeRecord]:
    """Failing calls first, then the latest."""
    latest_first = calls[::-1]
    return sorted(latest_first, key=lambda call: not is_failure(call))[:CALLS]


def _heading(calls: Sequence[NodeRecord], plain: bool) -> str:
    if not calls or calls[-1].operator is None:
        return "" if calls else "Not called in the last run."
    failed = sum(map(is_failure, calls))
    name = one_line(operator_name(calls[-1].operator), _WIDTH)
    counts = counted(len(calls), "call") + (f", {failed:,} failed" if failed else "")
    return f"{name} · {counts}" if plain else f"**{literal(name)}** · {counts}"


def _results(
    shown: Sequence[NodeRecord],
    calls: Sequence[NodeRecord],
    nodes: Mapping[int, NodeRecord],
    plain: bool,
) -> str:
    if not shown:
        return ""
    lines = "\n".join(call_line(call, nodes) for call in shown)
    more = len(calls) - len(shown)
    return _joined(
        lines if plain else code_block(lines, "python"),
        f"… {counted(more, 'more call')}" if more else "",
    )


def _sources(shown: Sequence[NodeRecord], nodes: Mapping[int, NodeRecord], plain: bool) -> str:
    """Where the inputs of the first call shown came from."""
    if not shown:
        return ""
    parents = [nodes[id] for id in dict.fromkeys(shown[0].parents) if id in nodes]
    placed = [parent for parent in parents if place_text(parent.place)]
    entries = [_source(parent, plain) for parent in placed[:_PARENTS]]
    more = [f"… {len(placed) - _PARENTS:,} more"] if len(placed) > _PARENTS else []
    return f"From {', '.join([*entries, *more])}" if entries else ""


def _source(node: NodeRecord, plain: bool) -> str:
    name, place, uri = one_line(node.name, 40), place_text(node.place), place_uri(node.place)
    if plain:
        return f"{name} ({place})"
    where = f"[{literal(place)}](<{uri}>)" if uri else literal(place)
    return f"{code_span(name)} ({where})"


def _ending(outcome: Outcome, plain: bool) -> str:
    """How the run ended, where that says why something may be missing."""
    if outcome.kind == "finished":
        return ""
    message = one_line(outcome.message, 2 * _WIDTH)
    return f"Last run: {message if plain else literal(message)}"


def _failure(shown: Iterable[NodeRecord], plain: bool) -> str:
    failed = next(filter(is_failure, shown), None)
    if failed is None:
        return ""
    text = first_lines(failed.error, _ERROR_LINES)
    return text if plain else code_block(text, "python")


def _suggestion(proposal: Proposal | None, plain: bool) -> str:
    if proposal is None:
        return ""
    heading = _suggestion_heading(proposal, plain)
    words = reasoning_text(proposal.suggestion.reasoning, plain, _REASONING_LINES)
    return _joined(
        _titled("Feedback", _quoted(proposal.feedback, plain, _REASONING_LINES), plain),
        heading,
        words,
    )


def _suggestion_heading(proposal: Proposal, plain: bool) -> str:
    title = "Suggestion ready" if proposal.edits else "No change suggested"
    text = title if plain else f"**{title}**"
    if proposal.verdict is None:
        return text
    reason = one_line(proposal.verdict.reason, 2 * _WIDTH)
    return (
        f"{text} · {JUDGEMENTS[proposal.verdict.judgement]}: {reason if plain else literal(reason)}"
    )


def _verdict(proposal: Proposal, plain: bool) -> str:
    return _joined(
        _suggestion_heading(proposal, plain),
        verdict_table(proposal.verdict, plain) if proposal.verdict else "",
    )


def _titled(title: str, text: str, plain: bool) -> str:
    """The text under its title: on the same line if it is one, beneath it if it is more."""
    heading = f"{title}:" if plain else f"**{title}**"
    if not text:
        return ""
    return f"{heading}\n\n{text}" if "\n" in text else f"{heading} {text}"


def _quoted(text: str, plain: bool, lines: int = 0) -> str:
    """Words or console lines given as feedback: literal, as a block if they are several lines."""
    if not text.strip():
        return ""
    shown = first_lines(text.strip(), lines)
    if plain:
        return shown
    return code_block(shown) if "\n" in shown else literal(shown)


def _diff(diff: str, plain: bool) -> str:
    if not diff.strip():
        return ""
    return visible(diff).rstrip("\n") if plain else code_block(diff, "diff")


def _links(links: Sequence[Link], plain: bool) -> str:
    if plain:
        return ""
    return " · ".join(f"[{literal(link.title)}](<{_address(link.target)}>)" for link in links)


def _address(target: str) -> str:
    """The address without what would end it early, see CommonMark, "Link destination"."""
    return quote(target, safe="".join(set(string.punctuation) - set("<>\\")))
