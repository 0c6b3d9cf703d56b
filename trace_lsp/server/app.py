"""The server object: a session, the client, and the jobs under way."""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from trace_lsp import __version__
from trace_lsp.errors import Cancelled, SourceError
from trace_lsp.models.chat import ChatModel
from trace_lsp.models.choose import ModelSettings
from trace_lsp.server.client import Client
from trace_lsp.server.editor_model import EditorModel, choose, editor_model_from
from trace_lsp.server.positions import Positions
from trace_lsp.server.protocol import TraceProtocol
from trace_lsp.session.session import Session
from trace_lsp.session.settings import Settings, settings_from
from trace_lsp.source.files import read_source
from trace_lsp.source.trainables import Trainable, find_trainables

log = logging.getLogger(__name__)


class Document:
    """A document as it is now: its text, its version (None if it is not open), its file."""

    def __init__(self, uri: str, file: str, text: str, version: int | None) -> None:
        self.uri = uri
        self.file = file
        self.text = text
        self.version = version


class TraceServer(LanguageServer):
    """The language server. `session` is there from `initialize` on."""

    protocol: TraceProtocol

    def __init__(self) -> None:
        super().__init__(
            "trace-lsp",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            protocol_cls=TraceProtocol,
        )
        self.client = Client()
        self.environment = dict(os.environ)
        self.editor_model: EditorModel | None = None
        self.session = self.session_in(os.getcwd())
        self.drawing = asyncio.Lock()  # Graphviz lays out one graph at a time
        self.jobs: dict[str, asyncio.Task[Any]] = {}
        self._trainables: dict[str, tuple[str, list[Trainable]]] = {}

    def report_server_error(self, error: Exception, source: Any) -> None:
        """An error of ours goes to the log; a message box for each would be worse than the error."""
        log.error("%s: %s", getattr(source, "__name__", source), error, exc_info=error)

    # Models

    def session_in(self, folder: str) -> Session:
        """A new session, which may ask the editor's own model."""
        return Session(folder, Settings(), self.environment, self._choose_model)

    def take_editor_model(self, offered: object) -> None:
        """Keeps the model that the client offers, and says what is wrong with the offer."""
        self.editor_model, problems = editor_model_from(offered, self.protocol)
        for problem in problems:
            self.say(problem)

    def _choose_model(self, settings: ModelSettings, environment: Mapping[str, str]) -> ChatModel:
        return choose(settings, environment, self.editor_model)

    # Documents

    def document(self, uri: str) -> Document:
        """The document as it is in the editor, or else on disk; raises SourceError."""
        file = self.file_of(uri)
        document = self.workspace.get_text_document(uri)
        if document.version is None:
            return Document(uri, file, read_source(file), None)
        return Document(uri, file, document.source, document.version)

    @staticmethod
    def file_of(uri: str) -> str:
        """The path behind the address; raises SourceError for what is no file."""
        file: str | None = to_fs_path(uri)
        if not file:
            raise SourceError(f"{uri} is not a file. Save it, so that it can be run.")
        return file

    @staticmethod
    def uri_of(file: str) -> str:
        """The file's address; raises SourceError."""
        uri: str | None = from_fs_path(file)
        if uri is None:
            raise SourceError(f"{file} has no address.")
        return uri

    def positions(self, document: Document) -> Positions:
        encoding = self.workspace.position_encoding or types.PositionEncodingKind.Utf16
        return Positions(document.text, encoding)

    def trainables(self, document: Document) -> list[Trainable]:
        """The document's trainables; raises NotParsable. Parsed once for each text."""
        known = self._trainables.get(document.uri)
        if known is None or known[0] != document.text:
            known = document.text, find_trainables(document.text, document.file)
            self._trainables[document.uri] = known
        return known[1]

    def trainables_or_none(self, uri: str) -> tuple[Document, list[Trainable]]:
        """For requests that only decorate: what is no file, or does not parse, has nothing to."""
        document = Document(uri, "", "", None)
        try:
            document = self.document(uri)
            return document, self.trainables(document)
        except SourceError:
            return document, []

    def close(self, uri: str) -> None:
        self._trainables.pop(uri, None)

    # Settings

    def take_settings(self, data: object) -> None:
        """Puts settings in force, and says what is wrong with them."""
        settings, problems = settings_from(data)
        self.session.settings = settings
        for problem in problems:
            self.say(problem, types.MessageType.Warning)

    # Telling the person

    def say(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        self.window_show_message(types.ShowMessageParams(kind, message))

    def refresh(self) -> None:
        """What decorates the text may be different now."""
        if self.client.refreshes_lenses:
            self.workspace_code_lens_refresh(None)

    # Jobs

    async def job(self, uri: str, title: str, work: Callable[[Progress], Awaitable[Any]]) -> Any:
        """Does the work as the document's one job, with progress that can be cancelled.

        A job that is under way for the same document is cancelled first. Raises Cancelled if the
        job is, and asyncio.CancelledError if the caller is; either way it has ended by then.
        """
        # Others may have waited for the same job, and one of them may have come first.
        while (running := self.jobs.get(uri)) is not None and not running.done():
            running.cancel()
            await asyncio.wait([running])
        progress = Progress(self, title)
        task = asyncio.ensure_future(self._with_progress(progress, work))
        self.jobs[uri] = task
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            raise
        finally:
            if self.jobs.get(uri) is task:
                del self.jobs[uri]
        if task.cancelled():
            raise Cancelled("Cancelled. Nothing was changed.")
        return task.result()

    @staticmethod
    async def _with_progress(progress: Progress, work: Callable[[Progress], Awaitable[Any]]) -> Any:
        await progress.begin()
        try:
            return await work(progress)
        finally:
            progress.end()


class Progress:
    """A job's `$/progress`; nothing at all for a client without it."""

    def __init__(self, server: TraceServer, title: str) -> None:
        self._server = server
        self._title = title
        self._token: str | None = None

    async def begin(self) -> None:
        if not self._server.client.shows_progress:
            return
        token = str(uuid.uuid4())
        progress = self._server.work_done_progress
        try:
            await progress.create_async(token)
        except JsonRpcException:
            return  # the client would rather not show it
        task = asyncio.current_task()
        assert task is not None
        progress.tokens[token].add_done_callback(lambda token: token.cancelled() and task.cancel())
        progress.begin(token, types.WorkDoneProgressBegin(self._title, cancellable=True))
        self._token = token

    def report(self, message: str) -> None:
        if self._token is not None:
            report = types.WorkDoneProgressReport(message=message)
            self._server.work_done_progress.report(self._token, report)

    def end(self) -> None:
        if self._token is not None:
            self._server.work_done_progress.end(self._token, types.WorkDoneProgressEnd())
            # pygls keeps every token for good.
            del self._server.work_done_progress.tokens[self._token]
            self._token = None
