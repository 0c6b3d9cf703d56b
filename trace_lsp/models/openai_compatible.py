"""A model behind an OpenAI-compatible endpoint: OpenAI, Ollama, vLLM, LM Studio, OpenRouter …

The protocol is OpenAI's chat completions, streamed (API reference, "Create chat completion"), or
its Responses API. Azure's endpoints speak both at ``https://….azure.com/openai/v1/``, and take the
key as all others do. The client library is loaded by the first question, because that takes a third
of a second.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Optional

from trace_lsp.errors import NoModel
from trace_lsp.models.arriving import Arriving
from trace_lsp.models.chat import NO_OPTIONS, Message, OnText, Reply
from trace_lsp.models.completion import Completion
from trace_lsp.models.endpoint import OPENAI, Api, Endpoint, endpoint_from
from trace_lsp.models.failures import cannot_connect, not_the_protocol, translated
from trace_lsp.models.question import Question, body_of, refused_parameter
from trace_lsp.models.responses_api import ResponsesQuestion, ResponsesReply

if TYPE_CHECKING:
    import httpx2
    import openai

_APIS: Mapping[Api, tuple[type[Question], type[Arriving]]] = {
    "chat": (Question, Completion),
    "responses": (ResponsesQuestion, ResponsesReply),
}
_CONNECT_SECONDS = 10.0
_LARGEST_BODY = 8_000_000
"""Bytes that are read of an answer which is no stream."""


class OpenAICompatible:
    """Asks one model of one endpoint; `base_url` None means OpenAI's own; `api` is the protocol.

    `timeout` is the longest silence, in seconds. `max_retries` is how often the client library
    tries again after a failed connection, a silence, a 408, 409, 429 or 5xx; it waits as long as
    the endpoint says, but gives up where that is more than two minutes. One object may be asked
    from several tasks and event loops: each call has a connection of its own.
    """

    takes_schema = True

    def __init__(
        self,
        name: str,
        base_url: Optional[str] = None,
        api_key: Optional[str] = None,
        timeout: float = 120.0,
        max_retries: int = 2,
        api: Api = "chat",
    ) -> None:
        self._name = name
        self._base_url = base_url
        self._api_key = api_key
        self._timeout = timeout
        self._max_retries = max_retries
        self._api = api
        self._left_out: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r})"

    @property
    def name(self) -> str:
        return self._name

    @property
    def address(self) -> str:
        """Where it is asked, and in which protocol, without what may be secret in it."""
        return f"{Endpoint(self._base_url or OPENAI, '').shown} {self._api}"

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        json_object: bool = False,
        schema: Optional[Mapping[str, Any]] = None,
        options: Mapping[str, Any] = NO_OPTIONS,
        on_text: Optional[OnText] = None,
    ) -> Reply:
        """The endpoint's reply. Raises a `ModelError`; see `chat.ChatModel.ask`.

        Where the endpoint refuses a parameter that is not essential, it is asked again without,
        and the parameter is left out for the life of this object: a schema first, for which a JSON
        object is asked for instead, and then that. An option of `chat.SAMPLING` is left out only if
        the endpoint does not know it; if it does not like the value, its words are the error.
        """
        endpoint = endpoint_from(self._base_url, self._api_key, self._api)
        try:
            import openai
        except ImportError as error:
            raise NoModel("The package `openai` is missing: install trace-lsp again.") from error
        in_words, as_reply = _APIS[self._api]
        question = in_words(self._name, messages, max_tokens, json_object, schema, options)
        arriving = as_reply(endpoint, self._name, on_text)
        try:
            async with (
                self._client(endpoint) as client,
                await self._opened(client, question, endpoint) as stream,
            ):
                await _read(stream, arriving)
            return arriving.reply()
        except openai.OpenAIError as error:
            received = arriving.received if arriving.started else None
            failure = translated(error, endpoint, self._timeout, received)
        # Out here, since the library's error may quote the key, and would be shown as its context.
        raise failure

    def _client(self, endpoint: Endpoint) -> openai.AsyncOpenAI:
        """A client for one call. Its connection is closed with it, and no event loop keeps it."""
        import httpx2
        import openai

        wait = openai.Timeout(self._timeout, connect=min(self._timeout, _CONNECT_SECONDS))
        try:
            return openai.AsyncOpenAI(
                api_key=endpoint.key,
                base_url=endpoint.base_url,
                timeout=wait,
                max_retries=self._max_retries,
            )
        except (OSError, ImportError, ValueError, httpx2.InvalidURL) as error:
            # The transport reads proxies and certificates from the environment.
            raise cannot_connect(endpoint, error) from error

    async def _opened(
        self, client: openai.AsyncOpenAI, question: Question, endpoint: Endpoint
    ) -> openai.AsyncStream[object]:
        """The answer's stream, to the question in the first form that the endpoint accepts."""
        import openai

        left_out = self._left_out
        while True:
            parameters = question.parameters(left_out, endpoint.is_openai)
            try:
                # Not `chat.completions.create`: its typed chunks are made without a check, and
                # many an endpoint leaves fields out. As plain JSON they can be read with care.
                stream = await client.post(
                    question.path,
                    cast_to=object,
                    body=body_of(parameters),
                    stream=True,
                    stream_cls=openai.AsyncStream[object],
                )
            except openai.APIStatusError as error:
                name = refused_parameter(error, parameters, left_out)
                if name is None:
                    raise
                left_out |= {name}
            else:
                # Only now is it known that the parameter was what the endpoint did not like.
                self._left_out |= left_out
                return stream


async def _read(stream: openai.AsyncStream[object], arriving: Arriving) -> None:
    """Puts all that the endpoint says into `arriving`."""
    kind = stream.response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("application/json", "text/html"):
        arriving.take(_parsed(await _body(stream.response), arriving.endpoint))
        return
    async for chunk in _chunks(stream, arriving.endpoint):
        arriving.take(chunk)
    if not arriving.started and stream.response.num_bytes_downloaded:
        size = f"{stream.response.num_bytes_downloaded} bytes of {kind or 'an unknown type'}"
        arriving.take({"nothing readable in": size})


async def _chunks(stream: openai.AsyncStream[object], endpoint: Endpoint) -> AsyncIterator[object]:
    try:
        async for chunk in stream:
            yield chunk
    except json.JSONDecodeError as error:
        raise not_the_protocol(endpoint, error.doc) from None
    except UnicodeDecodeError:
        raise not_the_protocol(endpoint, "bytes that are not UTF-8") from None


def _parsed(body: bytes, endpoint: Endpoint) -> object:
    try:
        return json.loads(body)
    except ValueError:
        raise not_the_protocol(endpoint, body.decode(errors="replace")) from None


async def _body(response: httpx2.Response) -> bytes:
    """An answer which is no stream. Raises the client library's errors, as a stream does."""
    import httpx2
    import openai

    body = bytearray()
    try:
        async for block in response.aiter_bytes():
            body += block
            if len(body) > _LARGEST_BODY:
                break
    except httpx2.TimeoutException as error:
        raise openai.APITimeoutError(request=response.request) from error
    except httpx2.RequestError as error:
        raise openai.APIConnectionError(request=response.request) from error
    return bytes(body)
