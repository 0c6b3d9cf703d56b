"""Our edits as a workspace edit, in the form that the client takes."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from trace_lsp.server.app import Document, TraceServer
from trace_lsp.source.text import TextEdit


def workspace_edit(
    server: TraceServer, document: Document, edits: Sequence[TextEdit]
) -> types.WorkspaceEdit:
    """The edits of one document. With its version where the client takes that: an edit made from
    an older text is then refused by the client itself."""
    positions = server.positions(document)
    changes = [positions.edit(edit) for edit in edits]
    if not server.client.takes_document_changes:
        return types.WorkspaceEdit(changes={document.uri: changes})
    identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, changes)])
