"""`textDocument/codeLens`: above each trainable, what the last run showed of it, on one line."""

from __future__ import annotations

from lsprotocol import types

from trace_lsp.server.app import Document, TraceServer
from trace_lsp.session.calls import RunIndex
from trace_lsp.source.text import Range
from trace_lsp.source.trainables import Trainable


def code_lens(ls: TraceServer, params: types.CodeLensParams) -> list[types.CodeLens]:
    document, trainables = ls.trainables_or_none(params.text_document.uri)
    positions = ls.positions(document)
    index = ls.session.index_of(document.file)
    return [
        types.CodeLens(
            positions.range(Range(each.statement.start, each.statement.start)),
            _command(ls, document, each, index),
        )
        for each in trainables
    ]


def _command(
    ls: TraceServer, document: Document, trainable: Trainable, index: RunIndex | None
) -> types.Command:
    if index is None:
        return types.Command("Trace · run", "trace-lsp.run", arguments=[{"uri": document.uri}])
    title = "Trace · " + " · ".join(_facts(ls, document, trainable, index))
    target = {"uri": document.uri, "name": trainable.name}
    command = ls.client.feedback_command or "trace-lsp.optimize"
    return types.Command(title, command, arguments=[target])


def _facts(ls: TraceServer, document: Document, trainable: Trainable, index: RunIndex) -> list[str]:
    if not index.is_current(trainable):
        return ["changed since the last run"]
    count = len(index.calls(trainable.name))
    noun = "call" if trainable.kind == "function" else "value"
    facts = [f"{count} {noun}{'' if count == 1 else 's'}"]
    failed = index.failed(trainable.name)
    if failed:
        facts.append(f"{failed} failed")
    proposals = ls.session.proposals_for(document.file)
    if any(each.is_for(trainable) for each in proposals):
        facts.append("suggestion ready")
    return facts
