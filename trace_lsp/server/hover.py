"""`textDocument/hover`: what the last run showed of a trainable, over its name or decorators."""

from __future__ import annotations

from lsprotocol import types

from trace_lsp.server.app import TraceServer
from trace_lsp.source.text import Position
from trace_lsp.source.trainables import Trainable
from trace_lsp.views import markdown


def hover(ls: TraceServer, params: types.HoverParams) -> types.Hover | None:
    document, trainables = ls.trainables_or_none(params.text_document.uri)
    positions = ls.positions(document)
    trainable = _at(trainables, positions.position(params.position))
    index = ls.session.index_of(document.file)
    if trainable is None or index is None:
        return None
    proposals = [each for each in ls.session.proposals_for(document.file) if each.is_for(trainable)]
    plain = not ls.client.reads_markdown
    text = markdown.hover(
        index.calls(trainable.name),
        index.trace.nodes,
        proposals[-1] if proposals else None,
        index.trace.outcome,
        plain=plain,
    )
    kind = types.MarkupKind.PlainText if plain else types.MarkupKind.Markdown
    return types.Hover(types.MarkupContent(kind, text), positions.range(trainable.name_range))


def _at(trainables: list[Trainable], position: Position) -> Trainable | None:
    """The trainable whose heading (its statement up to its name's line) holds the position."""
    for each in trainables:
        if each.statement.start.line <= position.line <= each.name_range.end.line:
            return each
    return None
