"""The editor's own model: a question to it is a request to the client, `trace/ask`.

While it answers, the client may send pieces of the text as notifications, `trace/said`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from trace_lsp.errors import ModelRejected, ModelTimedOut, ModelUnreachable
from trace_lsp.models.chat import NO_OPTIONS, ChatModel, Message, OnText, Reply, well_formed
from trace_lsp.models.choose import ModelSettings, model_from
from trace_lsp.optimizers.counting import tokens_of
from trace_lsp.server.editor_answer import NoAnswer, reply_from, shown, translated
from trace_lsp.server.protocol import ASK, TraceProtocol

log = logging.getLogger(__name__)

PATIENCE = 600.0
"""Seconds that an answer may take. It is long, since an editor may ask the person for leave first."""


@dataclass
class _Question:
    """A question under way, and the pieces of its answer so far, whatever they are."""

    on_text: OnText | None
    pieces: list[object] = field(default_factory=list)

    def hear(self, piece: object) -> None:
        self.pieces.append(piece)
        if self.on_text is not None and isinstance(piece, str) and piece:
            self.on_text(well_formed(piece))


class EditorModel:
    """Asks the client. `max_input_tokens` is how long a question may be, `patience` is in seconds.

    Several questions may be under way at once.
    """

    takes_schema = True

    def __init__(
        self,
        protocol: TraceProtocol,
        name: str,
        max_input_tokens: int | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._protocol = protocol
        self._name = shown(name)
        self._max_input_tokens = max_input_tokens
        self._patience = patience
        self._questions: dict[str, _Question] = {}

    @property
    def name(self) -> str:
        return self._name

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        json_object: bool = False,
        schema: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] = NO_OPTIONS,
        on_text: OnText | None = None,
    ) -> Reply:
        """The client's reply. Raises a `ModelError`; see `chat.ChatModel.ask`.

        If the client sends pieces, and in the end a text that is not what they make, the text is
        the reply.
        """
        self._check_length(messages)
        id = str(uuid.uuid4())
        params: dict[str, Any] = {
            "id": id,
            "messages": [{"role": each.role, "text": each.text} for each in messages],
            "maxTokens": max_tokens,
            "jsonObject": json_object,
        }
        if schema is not None:
            params["schema"] = dict(schema)
        if options:
            params["options"] = dict(options)
        question = self._questions[id] = _Question(on_text)
        try:
            answered = await self._answered(id, params)
        finally:
            del self._questions[id]
        reply = self._reply(answered, question)
        if on_text is not None and reply.text and not question.pieces:
            on_text(reply.text)
        return reply

    def hear(self, params: object) -> None:
        """A piece of an answer. One for a question that is over counts for nothing."""
        id = params.get("id") if isinstance(params, Mapping) else None
        if not isinstance(params, Mapping) or not isinstance(id, str):
            log.warning("trace/said takes `{id, text}`, not %.100r", params)
        elif id in self._questions:
            self._questions[id].hear(params.get("text"))

    def _check_length(self, messages: Sequence[Message]) -> None:
        limit = self._max_input_tokens
        if limit is None:
            return
        length = sum(tokens_of(each.text) for each in messages)
        if length > limit:
            raise ModelRejected(
                f"The question is about {length:,} tokens, and the editor's model {self._name} "
                f"takes {limit:,}. Give less feedback, or ask a model that takes more."
            )

    async def _answered(self, id: str, params: dict[str, Any]) -> Future[Any]:
        """The request's own future, once it is done. The client is told if nobody waits for it."""
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(asked: Future[Any]) -> None:
            if not answered.done():
                answered.set_result(None)

        try:
            asked = self._protocol.send_request(ASK, params, msg_id=id)
        except BrokenPipeError as error:
            raise self._gone() from error
        # Not by `send_request_async`: it cancels pygls's future with ours, and an answer that
        # comes after that is an error of pygls's own.
        asked.add_done_callback(done)
        try:
            await asyncio.wait([answered], timeout=self._patience)
        finally:
            if not answered.done():
                answered.cancel()
                self._call_off(id)
        if not asked.done():
            raise ModelTimedOut(
                f"The editor's model {self._name} did not answer within {self._patience:g} s. "
                "See whether the editor is asking for leave, and ask again."
            )
        return asked

    def _call_off(self, id: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # then the client knows
            self._protocol.notify(types.CANCEL_REQUEST, types.CancelParams(id))

    def _reply(self, answered: Future[Any], question: _Question) -> Reply:
        if answered.cancelled():  # as pygls does with everything under way when it is shut down
            raise self._gone()
        try:
            return reply_from(answered.result(), question.pieces, self._name)
        except JsonRpcException as error:
            raise translated(error, self._name) from error
        except NoAnswer as error:
            raise ModelRejected(
                f"The editor's model {self._name} gave an answer that is none: {error}. "
                "The editor's extension has to be mended, or set another `model.provider`."
            ) from error

    def _gone(self) -> ModelUnreachable:
        return ModelUnreachable(
            f"The editor went away while its model {self._name} was asked. Start it again."
        )


def editor_model_from(
    offered: object, protocol: TraceProtocol
) -> tuple[EditorModel | None, list[str]]:
    """The model that a client offers in its initialization options, None if it has none; and a
    sentence for each thing that is wrong there."""
    if offered is None:
        return None, []
    name = offered.get("name") if isinstance(offered, Mapping) else None
    if not isinstance(offered, Mapping) or not isinstance(name, str) or not name.strip():
        return None, [f"editorModel should be an object with a `name`, not {offered!r:.100}."]
    limit = offered.get("maxInputTokens")
    if limit is None or (type(limit) is int and limit > 0):
        return EditorModel(protocol, name, limit), []
    wrong = f"editorModel.maxInputTokens is a whole number above 0, not {limit!r:.100}."
    return EditorModel(protocol, name), [wrong]


def choose(
    settings: ModelSettings, environment: Mapping[str, str], editors: EditorModel | None
) -> ChatModel:
    """The editor's own model where that is meant, or else what `model_from` chooses.

    It is meant by the provider ``editor``, and by none if no address is set either.
    """
    is_meant = settings.provider == "editor" or not (settings.provider or settings.base_url.strip())
    if editors is not None and is_meant:
        return editors
    return model_from(settings, environment)
