"""What the client at the other end can do, read once from its capabilities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types


@dataclass(frozen=True)
class Client:
    """A client's abilities. `feedback_command` is the command of its own that asks a person for
    feedback, "" if it has none. `settings` are those it gave with `initialize`, `editor_model` what
    it said of a model of its own."""

    shows_progress: bool = False
    shows_documents: bool = False
    has_configuration: bool = False
    watches_configuration: bool = False
    refreshes_lenses: bool = False
    takes_document_changes: bool = False
    takes_tags: bool = False
    reads_markdown: bool = False
    feedback_command: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    editor_model: object = None


def client_from(params: types.InitializeParams) -> Client:
    """The client as its `initialize` describes it."""
    capabilities = params.capabilities
    window = capabilities.window or types.WindowClientCapabilities()
    workspace = capabilities.workspace or types.WorkspaceClientCapabilities()
    document = capabilities.text_document or types.TextDocumentClientCapabilities()
    options = params.initialization_options
    options = options if isinstance(options, dict) else {}
    settings = options.get("settings")
    edit = workspace.workspace_edit
    lens = workspace.code_lens
    configuration = workspace.did_change_configuration
    return Client(
        shows_progress=bool(window.work_done_progress),
        shows_documents=bool(window.show_document and window.show_document.support),
        has_configuration=bool(workspace.configuration),
        watches_configuration=bool(configuration and configuration.dynamic_registration),
        refreshes_lenses=bool(lens and lens.refresh_support),
        takes_document_changes=bool(edit and edit.document_changes),
        takes_tags=bool(document.code_action and document.code_action.tag_support),
        reads_markdown=_reads_markdown(document),
        feedback_command=str(options.get("feedbackCommand") or ""),
        settings=settings if isinstance(settings, dict) else {},
        editor_model=options.get("editorModel"),
    )


def _reads_markdown(document: types.TextDocumentClientCapabilities) -> bool:
    formats = (document.hover and document.hover.content_format) or ()
    return types.MarkupKind.Markdown in formats
