"""The commands of the history: what was tried, and the way back."""

from __future__ import annotations

from trace_lsp.server.app import TraceServer
from trace_lsp.server.edits import apply_edit
from trace_lsp.server.parameters import Params, Result, count_in, done, text_in
from trace_lsp.session.history import LISTED
from trace_lsp.session.history_edits import edits_to_undo, must_change
from trace_lsp.views.history_json import entry_json, summary_json


async def history(server: TraceServer, params: Params) -> Result:
    """What was tried, the newest first: of a document, or of all; or one entry whole."""
    id = text_in(params, "entry", "")
    if id:
        entry = await server.session.entry(id)
        return done("shown", f"Entry {entry.id}.", entry=entry_json(entry))
    uri = text_in(params, "uri", "")
    file = server.file_of(uri) if uri else None
    found = await server.session.entries(file, count_in(params, "limit", LISTED))
    message = f"{len(found)} {'entry' if len(found) == 1 else 'entries'}."
    return done("shown", message, entries=[summary_json(each) for each in found])


async def undo(server: TraceServer, params: Params) -> Result:
    """Asks the editor to put back what was there before an entry."""
    entry = await server.session.entry(text_in(params, "id"))
    must_change(entry)
    document = server.document(server.uri_of(entry.file))
    edits = edits_to_undo(entry, document.text)
    names = ", ".join(entry.after)
    await apply_edit(server, document, edits, f"Trace: undo the change of {names}")
    server.session.undone(entry.id)
    return done("undone", f"The change of {names} was undone.")
