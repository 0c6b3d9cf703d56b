"""Our edits as a workspace edit, in the form that the client takes."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from trace_lsp.errors import EditRefused
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


async def apply_edit(
    server: TraceServer, document: Document, edits: Sequence[TextEdit], label: str
) -> None:
    """Asks the editor to apply the edits; raises EditRefused if it does not."""
    edit = workspace_edit(server, document, edits)
    asked = types.ApplyWorkspaceEditParams(edit, label)
    try:
        answer = await server.workspace_apply_edit_async(asked)
    except JsonRpcException as error:
        raise EditRefused(f"The editor did not apply the edit: {error}") from error
    if not answer.applied:
        reason = f": {answer.failure_reason}" if answer.failure_reason else "."
        raise EditRefused(f"The editor did not apply the edit{reason}")
