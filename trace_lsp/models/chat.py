"""What is said to a chat model, what comes back, and what counts as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Optional, Protocol, TypeVar

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "filtered"]
Amount = TypeVar("Amount", int, float)
OnText = Callable[[str], None]

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})
SAMPLING = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "seed",
    "stop",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "logit_bias",
    "reasoning_effort",
    "verbosity",
)
"""The options of a question, by the names that endpoints have for them."""


@dataclass(frozen=True)
class Message:
    """One message of a conversation, as plain text."""

    role: Role
    text: str


@dataclass(frozen=True)
class Tokens:
    """What a model call cost: in tokens, None where the endpoint did not say; and in money, None
    where the price or the tokens are not known."""

    sent: Optional[int] = None
    received: Optional[int] = None
    cost: Optional[float] = None


def sum_of(one: Tokens, other: Tokens) -> Tokens:
    """The tokens of two calls together; None where one of them is not known."""
    return Tokens(
        _added(one.sent, other.sent),
        _added(one.received, other.received),
        _added(one.cost, other.cost),
    )


def _added(one: Optional[Amount], other: Optional[Amount]) -> Optional[Amount]:
    return None if one is None or other is None else one + other


@dataclass(frozen=True)
class Reply:
    """A model's whole reply.

    `finish` is ``stop`` where the model came to its end, ``length`` where `max_tokens` cut it
    off, ``filtered`` where the endpoint withheld some or all of it. `text` may be empty with
    any of them. `model` is the name that the endpoint gave for what answered.
    """

    text: str
    finish: Finish = "stop"
    tokens: Tokens = field(default_factory=Tokens)
    model: str = ""


class ChatModel(Protocol):
    """Something that answers a conversation."""

    @property
    def name(self) -> str:
        """The model's name, as a person should read it."""
        ...

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
        """The reply to `messages`, of at most `max_tokens` tokens.

        `json_object` asks for one JSON object, which the reply may still not be; `schema` for one
        that this JSON schema allows, where the model can be held to it. `options` are some of
        `SAMPLING`. `on_text` gets each piece as it arrives; the pieces together are the reply's
        text. Cancelling the task closes the connection. Raises a `ModelError`.

        `options` are given only where there are some, and `schema` only to a model with a true
        `takes_schema`: one that knows neither can be asked all the same.
        """
        ...


def well_formed(text: str) -> str:
    """`text` as it can be written as UTF-8: halves of a character are joined, or replaced.

    A program's output may hold them, and so may JSON whose chunks cut a character in two.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def without_vendor(name: str) -> str:
    """The model's name as OpenAI has it: LiteLLM writes ``openai/`` before it."""
    return name.removeprefix("openai/")
