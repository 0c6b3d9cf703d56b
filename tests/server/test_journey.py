"""The whole way, as an editor goes it, driven by pytest-lsp's client over stdio."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient
from session.cases import WARMER, contents, script

from trace_lsp.server.editor import _edit
from trace_lsp.source.text import apply_edits

ABILITIES = types.ClientCapabilities(
    window=types.WindowClientCapabilities(work_done_progress=True),
    workspace=types.WorkspaceClientCapabilities(
        apply_edit=True,
        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
    ),
    text_document=types.TextDocumentClientCapabilities(
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
    ),
)


@pytest_lsp.fixture(
    config=ClientServerConfig(
        server_command=[sys.executable, "-m", "trace_lsp", "--stdio"],
        server_env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
    )
)
async def client(lsp_client: LanguageClient, folder: Path) -> Any:
    model = {"provider": "scripted", "replies": script(folder.parent, WARMER)}
    settings = {"python": sys.executable, "model": model}
    options = {"settings": settings, "feedbackCommand": "client.ask"}
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=ABILITIES, root_uri=folder.as_uri(), initialization_options=options
        )
    )
    yield
    await lsp_client.shutdown_session()


async def execute(client: LanguageClient, command: str, **params: Any) -> Any:
    answer = client.workspace_execute_command_async(
        types.ExecuteCommandParams(command=command, arguments=[params])
    )
    return await asyncio.wait_for(answer, 30)


async def test_journey(client: LanguageClient, folder: Path) -> None:
    before = contents(folder)
    path = folder / "thermostat.py"
    uri, text = path.as_uri(), path.read_text("utf-8")
    document = types.TextDocumentIdentifier(uri)
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, text))
    )

    async def lenses() -> list[str]:
        found = await client.text_document_code_lens_async(types.CodeLensParams(document))
        return [each.command.title for each in found or () if each.command]

    async def actions() -> list[types.CodeAction | types.Command]:
        at = types.Range(types.Position(8, 4), types.Position(8, 4))
        found = await client.text_document_code_action_async(
            types.CodeActionParams(document, at, types.CodeActionContext([]))
        )
        return list(found or ())

    # Open: a lens that offers a run.
    assert await lenses() == ["Trace · run"]

    # Run, with progress.
    ran = await execute(client, "trace-lsp.run", uri=uri)
    assert (ran["ok"], ran["kind"], ran["output"]) == (True, "finished", "3 of 4 right\n")
    assert await lenses() == ["Trace · 4 calls · 1 failed"]
    ((begin, *reports, end),) = client.progress_reports.values()
    assert begin.title == "Trace: running thermostat.py"
    assert begin.cancellable
    assert [each.message for each in reports] == ["tracing"]
    assert isinstance(end, types.WorkDoneProgressEnd)

    # Hover.
    hover = await client.text_document_hover_async(
        types.HoverParams(document, types.Position(8, 5))
    )
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    assert "should_heat" in hover.contents.value
    assert "19.5" in hover.contents.value

    # The code action asks for feedback with the client's own command, which calls ours.
    # (This client's library takes an action that has a command for a bare command.)
    (asking,) = [each for each in await actions() if each.title.endswith("with feedback…")]
    assert "client.ask" in str(asking.command)
    answer = await execute(
        client, "trace-lsp.optimize", uri=uri, name="should_heat", feedback="Cold below 20."
    )
    assert (answer["ok"], answer["kind"]) == (True, "ready")
    proposal = answer["proposal"]
    assert proposal["feedback"] == "Cold below 20."
    assert proposal["reasoning"] == "Because."
    assert "+    return degrees < 20" in proposal["diff"]
    assert "Cold below 20." in proposal["problem"]
    assert proposal["verdict"]["judgement"] == "better"
    assert await lenses() == ["Trace · 4 calls · 1 failed · suggestion ready"]

    # Its edit is made when the action is resolved.
    (applying,) = [each for each in await actions() if each.title.startswith("Apply")]
    assert isinstance(applying, types.CodeAction)
    assert applying.edit is None
    resolved = await client.code_action_resolve_async(applying)
    assert resolved.edit is not None
    (change,) = resolved.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert (change.text_document.uri, change.text_document.version) == (uri, 1)
    edits = [client.protocol._converter.unstructure(each) for each in change.edits]
    text = apply_edits(text, [_edit(text, each) for each in edits])
    assert text == path.read_text("utf-8").replace("< 18", "< 20")
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(2, uri),
            [types.TextDocumentContentChangeWholeDocument(text)],
        )
    )
    assert await lenses() == ["Trace · changed since the last run"]

    # Run again: it passes.
    ran = await execute(client, "trace-lsp.run", uri=uri)
    assert (ran["ok"], ran["output"]) == (True, "4 of 4 right\n")
    assert await lenses() == ["Trace · 4 calls"]
    assert "Apply" not in str([each.title for each in await actions()])
    assert client.messages == []
    assert contents(folder) == before
