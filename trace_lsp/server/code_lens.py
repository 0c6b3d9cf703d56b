"""`textDocument/codeLens`: above each trainable, what the last run showed of it, on one line."""

from __future__ import annotations

from lsprotocol import types

from trace_lsp.runs.record import Trace
from trace_lsp.server.app import Document, TraceServer
from trace_lsp.session.calls import calls_of, has_failed
from trace_lsp.source.trainables import Trainable


def code_lens(ls: TraceServer, params: types.CodeLensParams) -> list[types.CodeLens]:
    document, trainables = ls.trainables_or_none(params.text_document.uri)
    positions = ls.positions(document)
    return [
        types.CodeLens(positions.range(each.name_range), _command(ls, document, each))
        for each in trainables
    ]


def _command(ls: TraceServer, document: Document, trainable: Trainable) -> types.Command:
    trace = ls.session.trace_of(document.file)
    title = "Trace · " + " · ".join(_facts(ls, document, trainable, trace))
    if trace is None:
        return types.Command(title, "trace-lsp.run", arguments=[{"uri": document.uri}])
    target = {"uri": document.uri, "name": trainable.name}
    command = ls.client.feedback_command or "trace-lsp.optimize"
    return types.Command(title, command, arguments=[target])


def _facts(
    ls: TraceServer, document: Document, trainable: Trainable, trace: Trace | None
) -> list[str]:
    if trace is None:
        return ["run"]
    calls = calls_of(trace, trainable)
    noun = "call" if trainable.kind == "function" else "value"
    facts = [f"{len(calls)} {noun}{'' if len(calls) == 1 else 's'}"]
    failed = sum(has_failed(trace, call) for call in calls)
    if failed:
        facts.append(f"{failed} failed")
    if any(
        each.trainable.name == trainable.name for each in ls.session.proposals_for(document.file)
    ):
        facts.append("suggestion ready")
    return facts
