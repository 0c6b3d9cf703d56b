"""What models have in common that stand before another one, or in its place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from trace_lsp.models.budget import Spent, spent_on
from trace_lsp.models.chat import NO_OPTIONS, ChatModel, Message, OnText, Reply
from trace_lsp.models.request import ChatRequest


class ByRequest(ABC):
    """A chat model that answers what it is asked as one object, in its own way (`_answer`)."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The model's name, as a person should read it."""

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
        """The reply. Raises a `ModelError`; see `chat.ChatModel.ask`."""
        request = ChatRequest(tuple(messages), max_tokens, json_object, options, schema)
        return await self._answer(request, on_text)

    @abstractmethod
    async def _answer(self, request: ChatRequest, on_text: Optional[OnText]) -> Reply:
        """The reply to one question."""


class Wrapper(ByRequest):
    """A chat model that puts questions to another. It has the other's name, takes a schema if the
    other does, and tells what the other spent."""

    def __init__(self, model: ChatModel) -> None:
        self.model = model

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def takes_schema(self) -> bool:
        return bool(getattr(self.model, "takes_schema", False))

    @property
    def spent(self) -> Optional[Spent]:
        """What was spent so far, None where nothing counts it."""
        return spent_on(self.model)
