"""Which handler answers what."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from trace_lsp.errors import SourceError
from trace_lsp.server import code_action, code_lens, commands, hover
from trace_lsp.server.app import TraceServer
from trace_lsp.server.client import client_from
from trace_lsp.server.protocol import SAID


def make_server() -> TraceServer:
    """A server that answers everything it knows."""
    server = TraceServer()
    for method, handler, options in _FEATURES:
        server.feature(method, options)(handler)
    for name in commands.COMMANDS:
        server.command(name)(_command(name))
        server.feature(commands.request_of(name))(_request(name))
    return server


def _initialize(ls: TraceServer, params: types.InitializeParams) -> None:
    ls.client = client_from(params)
    root = ls.workspace.root_path or ls.session.workspace
    ls.take_editor_model(ls.client.editor_model)
    ls.session.close()
    ls.session = ls.session_in(root)
    ls.take_settings(ls.client.settings)


async def _initialized(ls: TraceServer, params: types.InitializedParams) -> None:
    if ls.client.watches_configuration:
        registration = types.Registration(
            "configuration",
            types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            {"section": "traceLsp"},
        )
        with contextlib.suppress(JsonRpcException):  # then it does not tell of changes
            await ls.client_register_capability_async(types.RegistrationParams([registration]))
    await _ask_settings(ls)


async def _ask_settings(ls: TraceServer) -> None:
    if not ls.client.has_configuration:
        return
    item = types.ConfigurationItem(section="traceLsp")
    answer = await ls.workspace_configuration_async(types.ConfigurationParams([item]))
    # A client with nothing to say for the section answers null; what `initialize` said holds then.
    ls.take_settings((answer and answer[0]) or ls.client.settings)


async def _configured(ls: TraceServer, params: types.DidChangeConfigurationParams) -> None:
    """Clients that can be asked are asked; others send the settings along."""
    if ls.client.has_configuration:
        await _ask_settings(ls)
    elif isinstance(params.settings, dict):
        ls.take_settings(params.settings.get("traceLsp", params.settings))


def _said(ls: TraceServer, params: Any) -> None:
    if ls.editor_model is not None:
        ls.editor_model.hear(params)


def _changed(ls: TraceServer, params: types.DidChangeTextDocumentParams) -> None:
    with contextlib.suppress(SourceError):  # not a file: nothing was ever suggested for it
        document = ls.document(params.text_document.uri)
        ls.session.notice(document.file, document.text)


def _closed(ls: TraceServer, params: types.DidCloseTextDocumentParams) -> None:
    ls.close(params.text_document.uri)


def _command(name: str) -> Callable[..., Any]:
    async def command(ls: TraceServer, *args: Any) -> dict[str, Any]:
        return await commands.execute(ls, name, args[0] if args else {})

    return command


def _request(name: str) -> Callable[..., Any]:
    async def request(ls: TraceServer, params: Any) -> dict[str, Any]:
        return await commands.execute(ls, name, params)

    return request


_FEATURES: tuple[tuple[str, Callable[..., Any], Any], ...] = (
    (types.INITIALIZE, _initialize, None),
    (types.INITIALIZED, _initialized, None),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, _configured, None),
    (SAID, _said, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, _changed, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, _closed, None),
    (types.TEXT_DOCUMENT_CODE_LENS, code_lens.code_lens, types.CodeLensOptions()),
    (types.TEXT_DOCUMENT_HOVER, hover.hover, None),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        code_action.code_action,
        types.CodeActionOptions(code_action_kinds=list(code_action.KINDS), resolve_provider=True),
    ),
    (types.CODE_ACTION_RESOLVE, code_action.code_action_resolve, None),
)
