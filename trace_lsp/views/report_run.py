"""The sections of a report that show what the program did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trace_lsp.runs.record import OutcomeKind, Trace
from trace_lsp.trace.graph import NodeRecord
from trace_lsp.views.markup import Markup, element, join
from trace_lsp.views.report_parts import Section, bounded, folded, left_out, table, text_block
from trace_lsp.views.values import (
    counted,
    is_failure,
    one_line,
    operator_name,
    place_text,
    value_line,
)

_ROWS = 300
_UPDATES = 100
_LINE = 80
_VALUE = 4_000
_CONSOLE = 100_000

_OUTCOMES: Mapping[OutcomeKind, str] = {
    "finished": "Finished",
    "raised": "Raised an exception",
    "exited": "Exited with an error",
    "timedOut": "Ran out of time",
    "outputLimit": "Printed too much",
    "cancelled": "Cancelled",
    "crashed": "Crashed",
    "notParsable": "Is not Python",
    "notStarted": "Did not start",
}


def outcome_section(trace: Trace) -> Section:
    """How the run ended, how long it took, and what ran it."""
    badge = element("strong", _OUTCOMES[trace.outcome.kind], class_=f"badge {trace.outcome.kind}")
    facts = [join(element("dt", term), element("dd", text)) for term, text in _facts(trace)]
    ending = element("p", badge, " ", trace.outcome.message)
    return Section("outcome", "Outcome", join(ending, element("dl", *facts)))


def _facts(trace: Trace) -> list[tuple[str, str]]:
    configuration = trace.configuration
    interpreter = configuration.interpreter
    version = ".".join(map(str, interpreter.version))
    failed = sum(map(is_failure, trace.nodes.values()))
    recorded = counted(len(trace.nodes), "value")
    return [
        ("Program", " ".join([configuration.program, *configuration.arguments])),
        ("Interpreter", f"Python {version}, {interpreter.reason} ({interpreter.path})"),
        ("Took", f"{trace.seconds:.2f} s"),
        ("Recorded", f"{recorded}, {counted(failed, 'failure')}" if failed else recorded),
    ]


def failure_section(trace: Trace) -> Section | None:
    """The exception that ended the run, with the line it came from and its traceback."""
    failure = trace.failure
    if failure is None:
        return None
    place = place_text(failure.place)
    message = f": {failure.message}" if failure.message else ""
    raised = element("p", element("code", failure.type + message), f" at {place}" if place else "")
    node = trace.nodes.get(failure.node) if failure.node is not None else None
    marked = text_block(node.error, "Source with the failing line marked") if node else Markup()
    traceback = text_block(failure.traceback, "Traceback")
    content = join(raised, marked, folded("Traceback", traceback, is_open=not marked))
    return Section("failure", "Failure", content)


def updates_section(trace: Trace) -> Section | None:
    """What the program's own optimizer changed, step by step."""
    if not trace.updates:
        return None
    rows = []
    for step, update in enumerate(trace.updates[:_UPDATES], 1):
        node = trace.nodes.get(update.node)
        name = element("code", node.name if node else str(update.node))
        line = one_line(update.value, _LINE)
        rows.append(element("tr", *_cells(f"{step:,}", name), _value_cell(update.value, line)))
    caption = "New values, in the order in which the program set them"
    content = table(("Update", "Parameter", "Value"), rows, caption)
    return Section(
        "updates", "Learned", join(content, left_out(len(trace.updates) - _UPDATES, "update"))
    )


def values_section(nodes: Sequence[NodeRecord]) -> Section | None:
    """Each value with its type, what made it and where; failures and trainables first."""
    if not nodes:
        return None
    ordered = sorted(nodes, key=lambda node: (not is_failure(node), not node.trainable))
    headings = ("Name", "Value", "Type", "Made by", "Where")
    rows = table(headings, map(_value_row, ordered[:_ROWS]), "Failures and trainables first")
    title = counted(len(nodes), "value")
    content = folded(title, rows, left_out(len(nodes) - _ROWS, "value"))
    return Section("values", "Values", content)


def _value_row(node: NodeRecord) -> Markup:
    mark = "failed" if is_failure(node) else "trainable" if node.trainable else ""
    name = join(element("code", node.name), element("span", mark, class_="mark") if mark else "")
    made_by = element("code", operator_name(node.operator)) if node.operator else ""
    return element(
        "tr",
        element("th", name, scope="row"),
        _value_cell(node.value, value_line(node, _LINE)),
        *_cells(node.type, made_by, place_text(node.place)),
    )


def _cells(*contents: str) -> list[Markup]:
    return [element("td", content) for content in contents]


def _value_cell(value: str, line: str) -> Markup:
    """A short value as it is; a long one on one line, and whole when that line is chosen."""
    if "\n" not in value and len(value) < _LINE:
        return element("td", element("code", line))
    whole = text_block(bounded(value, _VALUE), "Value")
    return element("td", element("details", element("summary", element("code", line)), whole))


def console_section(trace: Trace) -> Section | None:
    """What the program printed, bounded."""
    if not trace.output.strip():
        return None
    block = text_block(bounded(trace.output, _CONSOLE), "Console output")
    lines = trace.output.count("\n") + (not trace.output.endswith("\n"))
    return Section("console", "Console output", folded(counted(lines, "line"), block))
