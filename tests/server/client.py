"""A client that is strict: anything on the server's stdout but the protocol is a failure.

It is synchronous, so that tests read from top to bottom. A thread reads what the server says,
answers its requests, and keeps everything.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Optional

from runs.processes import DEADLINE, MARK, marked, none_left

from trace_lsp.server.editor import CAPABILITIES, _edit
from trace_lsp.source.text import apply_edits

if TYPE_CHECKING:
    from typing_extensions import Self

Json = dict[str, Any]
SERVER = (sys.executable, "-m", "trace_lsp", "--stdio")


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, error: Json) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.message: str = error["message"]


class Fails(RuntimeError):
    """An error to answer with."""

    def __init__(self, message: str, code: int = -32000, data: Any = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, "data": data}


LATER = object()
"""In the place of an answer: the test sends it, or never does."""


class Client:
    """Starts a server for the folder. `initialize` is sent on entering, unless `bare`.

    `answers` maps a method of the server's requests to its answer, or to a function of its
    parameters that gives it; a RuntimeError there is an error answer, and so is `Fails`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        settings: Optional[Json] = None,
        options: Optional[Json] = None,
        capabilities: Optional[Json] = None,
        environment: Optional[Mapping[str, str]] = None,
        command: Sequence[str] = SERVER,
        bare: bool = False,
    ) -> None:
        self.folder = folder
        self.mark = uuid.uuid4().hex
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.answers: dict[str, Any] = {"workspace/applyEdit": self._apply}
        self._capabilities = CAPABILITIES if capabilities is None else capabilities
        settings = {"python": sys.executable, **(settings or {})}
        self._options = {"settings": settings, **(options or {})}
        self._environment = {**os.environ, **(environment or {}), MARK: self.mark}
        self._command = command
        self._bare = bare
        self._heard: list[Json] = []
        self._junk: list[str] = []
        self._more = threading.Condition()
        self._writing = threading.Lock()
        self._ids = 0
        self._ended = False

    # Life

    def spawned(self) -> subprocess.Popen[bytes]:
        """The server's process, with nobody reading what it says yet."""
        self.log = self.folder.parent / f"server-{self.mark[:6]}.log"
        with self.log.open("wb") as stderr:
            self.process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        assert self.process.stdin is not None
        self._out = self.process.stdin
        return self.process

    def __enter__(self) -> Self:
        self.spawned()
        assert self.process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,))
        self._reader.start()
        try:
            if not self._bare:
                self.initialize()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.hang_up()
        if kind is not None:
            self.process.kill()
            sys.stderr.write(self.log.read_text("utf-8", "replace"))
        self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        if kind is None:
            assert not self._junk, f"on the server's stdout: {self._junk}"
            none_left(self.mark)

    def initialize(self) -> Json:
        answer: Json = self.request("initialize", self.initialize_params())
        self.notify("initialized", {})
        return answer

    def initialize_params(self) -> Json:
        return {
            "processId": os.getpid(),
            "rootUri": self.folder.as_uri(),
            "capabilities": self._capabilities,
            "initializationOptions": self._options,
        }

    def hang_up(self) -> None:
        """Closes the server's stdin: the client is gone."""
        with contextlib.suppress(OSError):  # the server was gone first
            self._out.close()

    def stop(self) -> int:
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.process.wait(DEADLINE)

    def alone(self) -> None:
        """Waits until the server has no process left below it."""
        none_left(self.mark, but=self.process.pid)

    def processes(self) -> set[int]:
        return marked(self.mark) - {self.process.pid}

    def configure(self, settings: Json) -> None:
        """Puts other settings in force."""
        settings = {"python": sys.executable, **settings}
        self.notify("workspace/didChangeConfiguration", {"settings": settings})

    # Speaking

    def send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self._writing:
            self._out.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self._out.flush()

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> int:
        """Sends a request; its id, to be waited for with `answer`."""
        self._ids += 1
        self.send({"id": self._ids, "method": method, "params": params})
        return self._ids

    def answer(self, id: int) -> Any:
        said = self.hear(lambda each: each.get("id") == id and "method" not in each)
        if said.get("error"):
            raise Refused(said["error"])
        return said["result"]

    def request(self, method: str, params: Any) -> Any:
        return self.answer(self.ask(method, params))

    def command(self, name: str, /, **params: Any) -> Json:
        found: Json = self.request(
            "workspace/executeCommand", {"command": f"trace-lsp.{name}", "arguments": [params]}
        )
        return found

    # Hearing

    def hear(self, wanted: Callable[[Json], Any]) -> Json:
        """The first message like that, be it heard already or yet to come."""

        def found() -> Optional[Json]:
            return next((each for each in self._heard if wanted(each)), None)

        with self._more:
            self._more.wait_for(lambda: found() or self._ended, DEADLINE)
            message = found()
        assert message is not None, f"never heard; {self._heard[-3:]}"
        return message

    def heard(self, method: str) -> list[Any]:
        """The parameters of every message of that method so far."""
        with self._more:
            return [each.get("params") for each in self._heard if each.get("method") == method]

    def forget(self) -> None:
        """Counts what was heard so far as never heard, and answers as in the beginning."""
        self.answers = {"workspace/applyEdit": self._apply}
        with self._more:
            self._heard.clear()

    def said(self) -> list[str]:
        """The sentences shown to the person so far."""
        return [each["message"] for each in self.heard("window/showMessage")]

    def _read(self, stream: BinaryIO) -> None:
        while head := stream.readline():
            if not head.startswith(b"Content-Length: ") or not head.endswith(b"\r\n"):
                self._junk.append(repr(head))
                continue
            while stream.readline() not in (b"\r\n", b""):
                pass
            self._take(json.loads(stream.read(int(head.split()[1]))))
        with self._more:
            self._ended = True
            self._more.notify_all()

    def _take(self, message: Json) -> None:
        if "method" in message and "id" in message:
            self._reply(message)
        with self._more:
            self._heard.append(message)
            self._more.notify_all()

    def _reply(self, message: Json) -> None:
        answer = self.answers.get(message["method"])
        try:
            result = answer(message.get("params")) if callable(answer) else answer
            if result is LATER:
                return
            if isinstance(result, Fails):
                raise result
            reply = {"id": message["id"], "result": result}
        except Fails as error:
            reply = {"id": message["id"], "error": error.error}
        except RuntimeError as error:
            reply = {"id": message["id"], "error": {"code": -32000, "message": str(error)}}
        with contextlib.suppress(OSError, ValueError):  # one of the two hung up
            self.send(reply)

    # Documents

    def open(self, path: Path, text: Optional[str] = None) -> str:
        uri = path.as_uri()
        self.texts[uri] = path.read_bytes().decode() if text is None else text
        self.versions[uri] = 1
        document = {"uri": uri, "languageId": "python", "version": 1, "text": self.texts[uri]}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def change(self, uri: str, text: str) -> None:
        self.texts[uri] = text
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        changes = {"textDocument": document, "contentChanges": [{"text": text}]}
        self.notify("textDocument/didChange", changes)

    def apply_edit(self, edit: Json) -> bool:
        for change in edit.get("documentChanges", []):
            document = change["textDocument"]
            if document["version"] != self.versions[document["uri"]]:
                return False
            self._change(document["uri"], change["edits"])
        for uri, edits in edit.get("changes", {}).items():
            self._change(uri, edits)
        return True

    def _change(self, uri: str, edits: list[Json]) -> None:
        text = self.texts[uri]
        self.change(uri, apply_edits(text, [_edit(text, each) for each in edits]))

    def _apply(self, params: Json) -> Json:
        return {"applied": self.apply_edit(params["edit"])}

    # What an editor asks for

    def lenses(self, uri: str) -> list[str]:
        found = self.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
        return [each["command"]["title"] for each in found]

    def actions(self, uri: str, line: int) -> list[Json]:
        position = {"line": line, "character": 0}
        found: list[Json] = self.request(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": uri},
                "range": {"start": position, "end": position},
                "context": {"diagnostics": []},
            },
        )
        return found

    def hover(self, uri: str, line: int, character: int = 0) -> Optional[Json]:
        position = {"line": line, "character": character}
        found: Optional[Json] = self.request(
            "textDocument/hover", {"textDocument": {"uri": uri}, "position": position}
        )
        return found

    def progress(self) -> list[tuple[str, str]]:
        """Each progress value so far: its kind, and its title or message."""
        values = [each["value"] for each in self.heard("$/progress")]
        return [(each["kind"], each.get("title") or each.get("message") or "") for each in values]
