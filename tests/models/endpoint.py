"""An endpoint on loopback that does what a test tells it to: chat completions, or responses.

    async with ChatEndpoint(says("Hello ", "there")) as endpoint:
        model = OpenAICompatible("a-model", base_url=endpoint.url)
        reply = await model.ask([Message("user", "Hi")], max_tokens=9)
        assert endpoint.bodies[0]["stream"] is True

Behaviours are played in order, one for each request; the last one is not repeated.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Optional, Union

if TYPE_CHECKING:
    from typing_extensions import Self

Event = Union[str, Mapping[str, object]]
Ending = Literal["done", "closed", "cut", "hang"]


@dataclass(frozen=True)
class Streams:
    """Sends events (a mapping as JSON, a string as it is), and then ends.

    `done` sends the closing ``[DONE]``; `closed` ends the body properly but without it; `cut`
    drops the connection inside the body; `hang` says nothing more until released.
    """

    events: tuple[Event, ...]
    ending: Ending = "done"
    content_type: str = "text/event-stream"


@dataclass(frozen=True)
class Answers:
    """Sends one whole response."""

    status: int = 200
    body: Union[bytes, str, Mapping[str, object]] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True)
class Hangs:
    """Takes the request, and sends nothing at all until released."""


@dataclass(frozen=True)
class Drops:
    """Takes the request, and closes the connection."""


Behaviour = Union[Streams, Answers, Hangs, Drops]


def chunk(
    text: Optional[str] = None, finish: Optional[str] = None, **more: object
) -> dict[str, object]:
    """A chunk with one choice. `more` is added to, or replaces, the chunk's own fields."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "endpoint-model",
        "choices": [choice],
        **more,
    }


def usage(sent: int, received: int) -> dict[str, object]:
    """The chunk that ends a stream where usage was asked for."""
    tokens = {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}
    return chunk(choices=[], usage=tokens)


def says(*pieces: str, finish: str = "stop", tokens: Optional[tuple[int, int]] = None) -> Streams:
    """A well-behaved reply in these pieces. `tokens` are those sent and received."""
    ending = [chunk(None, finish)] + ([usage(*tokens)] if tokens else [])
    return Streams((*(chunk(piece) for piece in pieces), *ending))


def event(kind: str, **more: object) -> dict[str, object]:
    """An event of the Responses API."""
    return {"type": f"response.{kind}", "sequence_number": 1, **more}


def response(
    status: str,
    *parts: Mapping[str, object],
    tokens: Optional[tuple[int, int]] = None,
    **more: object,
) -> dict[str, object]:
    """A response of the Responses API whose message has these parts, after some reasoning."""
    message = {"type": "message", "role": "assistant", "status": status, "content": list(parts)}
    counts = {"input_tokens": tokens[0], "output_tokens": tokens[1]} if tokens else None
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "model": "endpoint-model",
        "output": [{"type": "reasoning", "summary": []}, message] if parts else [],
        "error": None,
        "incomplete_details": None,
        "usage": counts,
        **more,
    }


def responds(*pieces: str, tokens: Optional[tuple[int, int]] = None) -> Streams:
    """A well-behaved reply of the Responses API in these pieces."""
    whole = {"type": "output_text", "text": "".join(pieces), "annotations": []}
    return Streams(
        (
            event("created", response=response("in_progress")),
            event("output_item.added", output_index=0, item={"type": "reasoning"}),
            *(event("output_text.delta", delta=piece, output_index=1) for piece in pieces),
            event("output_text.done", text="".join(pieces)),
            event("completed", response=response("completed", whole, tokens=tokens)),
        ),
        "closed",
    )


def refuses(parameter: str, message: str = "", status: int = 400, **more: object) -> Answers:
    """The error of an endpoint that does not know a parameter."""
    words = message or f"Unsupported parameter: '{parameter}' is not supported with this model."
    error = {"message": words, "type": "invalid_request_error", "param": None, "code": None}
    return Answers(status, {"error": {**error, **more}})


async def soon(event: asyncio.Event) -> None:
    """Waits for `event`, and fails a test that would else wait for ever."""
    await asyncio.wait_for(event.wait(), timeout=30)


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: dict[str, object]


class ChatEndpoint:
    """The endpoint. `arrived` is set by each request, `hung_up` by a client that leaves a hang."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self.behaviours = deque(behaviours)
        self.requests: list[Request] = []
        self.arrived = asyncio.Event()
        self.hung_up = asyncio.Event()
        self.release = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    @property
    def bodies(self) -> list[dict[str, object]]:
        return [request.body for request in self.requests]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.release.set()
        self._server.close()
        await asyncio.gather(*self._connections)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(asyncio.ensure_future(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            self.requests.append(await _request(reader))
            self.arrived.set()
            await self._play(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.behaviours:
            return await _answer(writer, Answers(400, {"error": "the test queued no behaviour"}))
        behaviour = self.behaviours.popleft()
        if isinstance(behaviour, Answers):
            await _answer(writer, behaviour)
        if isinstance(behaviour, Streams):
            await _stream(writer, behaviour)
        if isinstance(behaviour, Hangs) or getattr(behaviour, "ending", "") == "hang":
            await self._hang(reader)
        return None

    async def _hang(self, reader: asyncio.StreamReader) -> None:
        left = asyncio.ensure_future(reader.read())
        released = asyncio.ensure_future(self.release.wait())
        await asyncio.wait({left, released}, return_when=asyncio.FIRST_COMPLETED)
        if left.done():
            self.hung_up.set()
        left.cancel()
        released.cancel()


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(head[0].split()[1], headers, json.loads(body))


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Test\r\nConnection: close\r\n{lines}\r\n".encode("latin-1")


async def _answer(writer: asyncio.StreamWriter, answer: Answers) -> None:
    said = answer.body
    text = json.dumps(said) if isinstance(said, Mapping) else said
    body = text.encode() if isinstance(text, str) else text
    own = {"Content-Type": answer.content_type, "Content-Length": str(len(body))}
    writer.write(_head(answer.status, {**own, **answer.headers}) + body)
    await writer.drain()


def _sent(event: Mapping[str, object]) -> str:
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n"


async def _stream(writer: asyncio.StreamWriter, stream: Streams) -> None:
    own = {"Content-Type": stream.content_type, "Transfer-Encoding": "chunked"}
    writer.write(_head(200, own))
    for event in (*stream.events, *(["data: [DONE]\n\n"] if stream.ending == "done" else [])):
        body = (event if isinstance(event, str) else _sent(event)).encode()
        writer.write(b"%x\r\n%s\r\n" % (len(body), body))
        # One write for each event, so that the client gets them one by one.
        await writer.drain()
    if stream.ending in ("done", "closed"):
        writer.write(b"0\r\n\r\n")
        await writer.drain()
