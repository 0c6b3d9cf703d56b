"""An editor with nothing but the protocol: what the demo, and tests, drive the server with.

Everything is plain JSON data. Edits that the server asks for are applied to the editor's own text.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lsprotocol import converters, types
from pygls.client import JsonRPCClient
from pygls.protocol import JsonRPCProtocol

from trace_lsp.server.positions import Positions
from trace_lsp.source.text import Range, TextEdit, apply_edits

Json = dict[str, Any]

CAPABILITIES: Json = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True},
    "workspace": {
        "applyEdit": True,
        "codeLens": {"refreshSupport": True},
        "workspaceEdit": {"documentChanges": True},
    },
    "textDocument": {
        "hover": {"contentFormat": ["plaintext"]},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
            "resolveSupport": {"properties": ["edit"]},
            "dataSupport": True,
        },
    },
}


class _Protocol(JsonRPCProtocol):
    """pygls's protocol, which takes a request without parameters for a broken one."""

    def structure_message(self, data: Json) -> Any:
        if "method" in data:
            data.setdefault("params", None)
        return super().structure_message(data)


class Editor:
    """A client with open documents. `on_progress` hears each job's title and phases."""

    def __init__(self, on_progress: Callable[[str], None] = lambda message: None) -> None:
        self.texts: dict[str, str] = {}
        self.messages: list[str] = []
        self._versions: dict[str, int] = {}
        self._on_progress = on_progress
        self._client = JsonRPCClient(_Protocol, converters.get_converter)
        for method, handler in self._handlers().items():
            self._client.feature(method)(_function(handler))
        self._stderr: asyncio.Task[bytes] | None = None

    def _handlers(self) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "$/progress": self._progressed,
            "window/showMessage": lambda params: self.messages.append(params["message"]),
            "window/workDoneProgress/create": lambda params: None,
            "workspace/applyEdit": self._apply,
            "workspace/codeLens/refresh": lambda params: None,
        }

    async def start(
        self,
        folder: Path,
        options: Json | None = None,
        capabilities: Json | None = None,
        **process: Any,
    ) -> Json:
        """Starts the server for a folder; returns what `initialize` answered."""
        await self._client.start_io(sys.executable, "-m", "trace_lsp", "--stdio", **process)
        server = self._client._server
        assert server is not None
        assert server.stderr is not None
        # Read, so that a server with much to say does not wait for somebody to listen.
        self._stderr = asyncio.create_task(server.stderr.read())
        params = {
            "processId": None,
            "rootUri": folder.as_uri(),
            "capabilities": CAPABILITIES if capabilities is None else capabilities,
            "initializationOptions": options or {},
        }
        answer: Json = await self.request("initialize", params)
        self.notify("initialized", {})
        return answer

    async def stop(self) -> int:
        """Shuts the server down; returns its exit code."""
        server = self._client._server
        assert server is not None
        await self.request("shutdown", None)
        self.notify("exit", None)
        code = await server.wait()
        await self._client.stop()  # type: ignore[no-untyped-call]
        return code

    async def request(self, method: str, params: Any) -> Any:
        """The server's answer; raises pygls's JsonRpcException if that is an error."""
        return await self._client.protocol.send_request_async(method, params)

    def notify(self, method: str, params: Any) -> None:
        self._client.protocol.notify(method, params)

    # Documents

    def open(self, path: Path) -> str:
        """Opens a file; returns its URI."""
        uri = path.as_uri()
        self.texts[uri], self._versions[uri] = path.read_text("utf-8"), 1
        document = {"uri": uri, "languageId": "python", "version": 1, "text": self.texts[uri]}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def change(self, uri: str, text: str) -> None:
        """Puts another text in the document's place, as typing does."""
        self.texts[uri] = text
        self._versions[uri] += 1
        document = {"uri": uri, "version": self._versions[uri]}
        changes = {"textDocument": document, "contentChanges": [{"text": text}]}
        self.notify("textDocument/didChange", changes)

    def apply_edit(self, edit: Json) -> bool:
        """Applies a workspace edit; False if a document has another version by now."""
        changes = edit.get("documentChanges", [])
        for change in changes:
            document = change["textDocument"]
            if document["version"] not in (None, self._versions[document["uri"]]):
                return False
        for change in changes:
            uri = change["textDocument"]["uri"]
            edits = [_edit(self.texts[uri], each) for each in change["edits"]]
            self.change(uri, apply_edits(self.texts[uri], edits))
        return True

    def _apply(self, params: Json) -> Json:
        return {"applied": self.apply_edit(params["edit"])}

    # Asking

    async def lenses(self, uri: str) -> list[Json]:
        found: list[Json] = await self.request(
            "textDocument/codeLens", {"textDocument": {"uri": uri}}
        )
        return found

    async def hover(self, uri: str, line: int, character: int) -> str:
        """The hover's text; "" if there is none."""
        position = {"line": line, "character": character}
        found = await self.request(
            "textDocument/hover", {"textDocument": {"uri": uri}, "position": position}
        )
        return "" if found is None else str(found["contents"]["value"])

    async def actions(self, uri: str, line: int) -> list[Json]:
        """The code actions at the start of a line."""
        position = {"line": line, "character": 0}
        found: list[Json] = await self.request(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": uri},
                "range": {"start": position, "end": position},
                "context": {"diagnostics": []},
            },
        )
        return found

    async def resolve(self, action: Json) -> Json:
        resolved: Json = await self.request("codeAction/resolve", action)
        return resolved

    async def command(self, name: str, params: Json) -> Json:
        """What a command of the server's answered."""
        result: Json = await self.request(
            "workspace/executeCommand", {"command": name, "arguments": [params]}
        )
        return result

    def _progressed(self, params: Json) -> None:
        value = params["value"]
        said = value.get("title") if value["kind"] == "begin" else value.get("message")
        if said:
            self._on_progress(said)


def _function(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A plain function, on which pygls can leave its marks; a bound method takes none."""

    def handle(params: Any) -> Any:
        return handler(params)

    return handle


def _edit(text: str, edit: Json) -> TextEdit:
    positions = Positions(text, "utf-16")
    start, end = (
        positions.position(types.Position(**edit["range"][side])) for side in ("start", "end")
    )
    return TextEdit(Range(start, end), edit["newText"])
