"""`textDocument/codeAction` and its resolve: what can be done with a trainable.

Listing runs nothing and asks nobody. The edit of a suggestion is computed when it is resolved,
from the text as it is then.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from trace_lsp.errors import TraceLspError
from trace_lsp.server.app import Document, TraceServer
from trace_lsp.server.edits import workspace_edit
from trace_lsp.session.calls import RunIndex
from trace_lsp.session.proposal import Proposal
from trace_lsp.session.wanted import UNTIL_PASS
from trace_lsp.source.text import Position
from trace_lsp.source.trainables import Trainable
from trace_lsp.trace.values import shortened
from trace_lsp.views.verdict import JUDGEMENTS

OPTIMIZE = "refactor.rewrite.trace.optimize"
FROM_FAILURE = "refactor.rewrite.trace.optimizeFromFailure"
UNTIL_HELD = "refactor.rewrite.trace.optimizeUntilPass"
APPLY = "refactor.rewrite.trace.apply"
RUN = "source.trace.run"
SHOW_GRAPH = "source.trace.showGraph"
KINDS = (OPTIMIZE, FROM_FAILURE, UNTIL_HELD, APPLY, RUN, SHOW_GRAPH)

_SHOWN = 40


def code_action(ls: TraceServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    document, trainables = ls.trainables_or_none(params.text_document.uri)
    position = ls.positions(document).position(params.range.start)
    actions = [
        action
        for each in trainables
        if _is_on(each, position)
        for action in (*_apply(ls, document, each), *_optimize(ls, document, each))
    ]
    if trainables:
        actions += _source(document)
    return [each for each in actions if _is_wanted(each, params.context.only)]


def code_action_resolve(ls: TraceServer, action: types.CodeAction) -> types.CodeAction:
    data = action.data if isinstance(action.data, dict) else {}
    if "proposal" not in data:
        return action
    try:
        proposal = ls.session.proposal(str(data["proposal"]))
        document = ls.document(str(data["uri"]))
        edits = ls.session.edits(proposal.id, document.text)
    except TraceLspError as error:
        ls.say(error.message)
        return action
    action.edit = workspace_edit(ls, document, edits)
    return action


def _is_on(trainable: Trainable, position: Position) -> bool:
    return trainable.statement.start.line <= position.line <= trainable.statement.end.line


def _is_wanted(action: types.CodeAction, only: Any) -> bool:
    if not only:
        return True
    kind = str(action.kind)
    return any(kind == wanted or kind.startswith(f"{wanted}.") for wanted in map(_value, only))


def _value(kind: Any) -> str:
    return str(getattr(kind, "value", kind))


def _apply(ls: TraceServer, document: Document, trainable: Trainable) -> list[types.CodeAction]:
    return [
        types.CodeAction(
            f"Apply the suggestion for `{trainable.name}`{_judged(proposal)}",
            kind=APPLY,
            data={"proposal": proposal.id, "uri": document.uri},
            tags=[types.CodeActionTag.LlmGenerated] if ls.client.takes_tags else None,
        )
        for proposal in ls.session.proposals_for(document.file)
        if proposal.is_for(trainable)
    ]


def _judged(proposal: Proposal) -> str:
    if proposal.verdict is None:
        return ""
    return f" ({JUDGEMENTS[proposal.verdict.judgement]})"


def _optimize(ls: TraceServer, document: Document, trainable: Trainable) -> list[types.CodeAction]:
    name = trainable.name
    target = {"uri": document.uri, "name": name}
    actions: list[types.CodeAction] = []
    if ls.client.feedback_command:
        title = f"Optimize `{name}` with feedback…"
        actions.append(_command(title, OPTIMIZE, ls.client.feedback_command, target))
    if trainable.comment:
        said = shortened(trainable.comment.replace("\n", " "), _SHOWN)[0]
        title = f"Optimize `{name}`: {said}"
        actions.append(_command(title, OPTIMIZE, "trace-lsp.optimize", target))
    trace = ls.session.trace_of(document.file)
    if trace is not None and (trace.failure is not None or trace.feedback):
        what = "the last failure" if trace.failure is not None else "the program's feedback"
        title = f"Optimize `{name}` using {what}"
        actions.append(_command(title, FROM_FAILURE, "trace-lsp.optimize", target))
    index = ls.session.index_of(document.file)
    if index is not None and _fails(index, trainable):
        title = f"Optimize `{name}` until its checks hold"
        steps = {**target, "steps": UNTIL_PASS}
        actions.append(_command(title, UNTIL_HELD, "trace-lsp.optimize", steps))
    return actions


def _fails(index: RunIndex, trainable: Trainable) -> bool:
    """True if the last run came to its end, and something in it says that it is not right."""
    trace = index.trace
    return trace.outcome.is_complete and (
        trace.failure is not None
        or index.failed(trainable.name) > 0
        or not all(check.holds for check in trace.checks)
    )


def _source(document: Document) -> list[types.CodeAction]:
    target = {"uri": document.uri}
    return [
        _command("Trace: run this file", RUN, "trace-lsp.run", target),
        _command("Trace: show the report", SHOW_GRAPH, "trace-lsp.showReport", target),
    ]


def _command(title: str, kind: str, command: str, target: dict[str, Any]) -> types.CodeAction:
    return types.CodeAction(
        title, kind=kind, command=types.Command(title, command, arguments=[target])
    )
