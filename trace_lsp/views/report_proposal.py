"""The section of a report that shows one proposal: from the feedback to the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trace_lsp.session.history_types import Step
from trace_lsp.session.proposal import Comparison, Proposal, Verdict
from trace_lsp.views.markdown import made_by
from trace_lsp.views.markup import Markup, element, join
from trace_lsp.views.report_parts import Section, folded, left_out, table, text_block
from trace_lsp.views.report_prose import prose_html
from trace_lsp.views.verdict import JUDGEMENTS, compared, shown

_ROWS = 100

_TAGS: Mapping[str, str] = {"+": "ins", "-": "del"}


def proposal_section(number: int, proposal: Proposal) -> Section:
    """What was asked for, how the suggestion did, the reasoning, the change, and what was sent."""
    suggestion = proposal.suggestion
    content = join(
        _titled("Feedback", element("p", proposal.feedback.strip())),
        _verdict(proposal.verdict),
        _titled("Answer", prose_html(suggestion.answer)),
        _change(proposal.diff),
        _titled("Reasoning", prose_html(suggestion.reasoning)),
        _steps(proposal.steps, proposal.ended),
        _problem(proposal),
        element("p", made_by(proposal, plain=True), class_="cost"),
    )
    title = f"Suggestion {number} for {', '.join(proposal.names)}"
    return Section(f"proposal-{number}", title, content)


def _problem(proposal: Proposal) -> Markup:
    title = "The problem (nothing was sent)" if proposal.is_searched else "The problem as sent"
    return folded(title, text_block(proposal.problem.text(), "Problem"))


def _steps(steps: Sequence[Step], ended: str) -> Markup:
    """What each step of a loop came to, and why no more were taken."""
    if len(steps) < 2:
        return Markup()
    headings = ("Step", "What came of it", "Candidates", "Asked", "Tokens")
    return join(
        element("h3", "Steps"),
        table(headings, map(_step, steps), "Each step, with what it tried"),
        element("p", ended),
    )


def _step(step: Step) -> Markup:
    judged = (JUDGEMENTS[each.judgement] for each in step.trials if each.judgement)
    tokens = [each for each in (step.tokens_sent, step.tokens_received) if each is not None]
    cells = (
        step.outcome,
        ", ".join(judged) or "none",
        step.model,
        f"{sum(tokens):,}" if tokens else "",
    )
    is_taken = any(each.accepted for each in step.trials)
    return element(
        "tr",
        element("th", str(step.number), scope="row"),
        *(element("td", each) for each in cells),
        class_="taken" if is_taken else "",
    )


def _titled(title: str, words: Markup) -> Markup:
    return join(element("h3", title), element("div", words, class_="words")) if words else words


def _verdict(verdict: Verdict | None) -> Markup:
    if verdict is None:
        return Markup()
    badge = element(
        "strong", JUDGEMENTS[verdict.judgement].capitalize(), class_=f"badge {verdict.judgement}"
    )
    outputs = compared(verdict)
    return join(
        element("h3", "Tried out"),
        element("p", badge, " ", verdict.reason),
        _comparisons(outputs[:_ROWS]) if outputs else "",
        left_out(len(outputs) - _ROWS, "output"),
    )


def _comparisons(outputs: list[Comparison]) -> Markup:
    headings = ("Output", "Before", "After", "Change")
    return table(headings, map(_comparison, outputs), "With the current and the suggested text")


def _comparison(output: Comparison) -> Markup:
    values = [element("td", element("code", shown(v))) for v in (output.before, output.after)]
    label = element("th", element("code", output.label), scope="row")
    change = element("td", "changed" if output.changed else "same")
    return element("tr", label, *values, change, class_="changed" if output.changed else "")


def _change(diff: str) -> Markup:
    if not diff.strip():
        return join(element("h3", "Change"), element("p", "None was wanted."))
    lines = element("code", *_diff_lines(diff))
    label = "The change, line by line"
    block = element("pre", lines, class_="diff", tabindex="0", role="region", aria_label=label)
    return join(element("h3", "Change"), block)


def _diff_lines(diff: str) -> Iterator[Markup]:
    """The lines in order; added and removed ones are so to assistive technology too."""
    for line in diff.rstrip("\n").split("\n"):
        is_header = line.startswith(("+++ ", "--- ", "@@"))
        tag = "span" if is_header else _TAGS.get(line[:1], "span")
        yield join(element(tag, line, class_="header" if is_header else ""), "\n")
