"""What a program asks of a model that it calls: read, carried to who answers, and answered.

In a traced run the question crosses the wire, so both ends are here: a request and an answer are
JSON-ready data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, get_args

from trace_lsp.errors import TraceLspError
from trace_lsp.models.chat import (
    SAMPLING,
    ChatModel,
    Finish,
    Message,
    OnText,
    Reply,
    Role,
    Tokens,
)
from trace_lsp.models.notices import notice

MAX_TOKENS = 4096
"""Asked for at most, where the program does not say."""

_AMOUNT = (int, float, type(None))
_ROLES: Mapping[object, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


@dataclass(frozen=True)
class ChatRequest:
    """One question: the conversation, the longest answer in tokens, whether it is JSON, options
    of `chat.SAMPLING`, and the schema that the answer should have, which no program asks for."""

    messages: tuple[Message, ...]
    max_tokens: int = MAX_TOKENS
    json_object: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    schema: Optional[Mapping[str, Any]] = None

    async def put_to(self, model: ChatModel, on_text: Optional[OnText] = None) -> Reply:
        """The model's reply. Raises a ModelError."""
        more: dict[str, Any] = {"options": dict(self.options)} if self.options else {}
        is_json = self.json_object
        if self.schema is not None:
            takes_schema = getattr(model, "takes_schema", False)
            more.update({"schema": self.schema} if takes_schema else {})
            is_json = is_json or not takes_schema
        if on_text is not None:
            more["on_text"] = on_text
        return await model.ask(
            self.messages, max_tokens=self.max_tokens, json_object=is_json, **more
        )


def request_from(messages: object, options: Mapping[str, Any]) -> ChatRequest:
    """The request that a call with OpenAI's parameters means.

    `max_tokens` (or `max_completion_tokens`), `response_format` and `chat.SAMPLING` count. What
    else is given, and is not None, is named in a warning: it has no effect. Raises TypeError for messages that are
    none, ValueError for `stream`.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if given.pop("stream", False):
        raise ValueError("A model answers in one piece here: leave `stream` out.")
    limits = [given.pop(name, None) for name in ("max_completion_tokens", "max_tokens")]
    is_json = _is_json(given.pop("response_format", None))
    sampling = {name: given.pop(name) for name in SAMPLING if name in given}
    if given:
        names = ", ".join(f"`{name}`" for name in given)
        known = f"messages, max_tokens, response_format, {', '.join(SAMPLING)}"
        notice(f"{names}: no effect. A question is {known}.")
    limit = next((int(each) for each in limits if each is not None), MAX_TOKENS)
    return ChatRequest(_messages(messages), limit, is_json, sampling)


def _is_json(response_format: object) -> bool:
    """True if a JSON object is asked for. A schema is asked for as one, and not enforced."""
    kind = response_format.get("type") if isinstance(response_format, Mapping) else response_format
    if kind in (None, "text"):
        return False
    if kind != "json_object":
        notice("`response_format`: a JSON object is asked for; no schema of it is enforced.")
    return True


def _messages(messages: object) -> tuple[Message, ...]:
    if isinstance(messages, str):
        return (Message("user", messages),)
    if not isinstance(messages, Sequence) or not messages:
        raise TypeError(
            'A model is asked with messages=[{"role": "user", "content": "…"}, …], '
            f"not with {messages!r:.80}."
        )
    return tuple(_message(each) for each in messages)


def _message(message: object) -> Message:
    role = message.get("role") if isinstance(message, Mapping) else None
    if not isinstance(message, Mapping) or role not in _ROLES:
        raise TypeError(
            "A message has a role (system, user or assistant) and a content; "
            f"this is {message!r:.80}."
        )
    return Message(_ROLES[role], _content(message.get("content")))


def _content(content: object) -> str:
    """The text of a message; of its text parts, where the content is a list."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(_is_text(part) for part in content):
        return "\n".join(part["text"] for part in content)
    raise TypeError(f"A message's content is text; this is {content!r:.80}.")


def _is_text(part: object) -> bool:
    return isinstance(part, Mapping) and isinstance(part.get("text"), str)


# Across the wire


def encode_request(request: ChatRequest) -> dict[str, Any]:
    """The request as JSON-ready data."""
    return {
        "messages": [[each.role, each.text] for each in request.messages],
        "max_tokens": request.max_tokens,
        "json_object": request.json_object,
        "options": dict(request.options),
        "schema": request.schema,
    }


def decode_request(data: Mapping[str, Any]) -> ChatRequest:
    """What `encode_request` made; raises ValueError for anything else."""
    try:
        messages = tuple(Message(_ROLES[role], str(text)) for role, text in data["messages"])
        options, schema = dict(data["options"]), data.get("schema")
        limit, is_json = int(data["max_tokens"]), bool(data["json_object"])
        return ChatRequest(messages, limit, is_json, options, schema)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a question to a model: {error!r}") from error


async def answer(data: Mapping[str, Any], model: ChatModel) -> dict[str, Any]:
    """The model's answer to a request that came over the wire, as JSON-ready data.

    Raises a ModelError, which `failure` makes an answer of.
    """
    return {**encode_reply(await decode_request(data).put_to(model)), "asked": model.name}


def encode_reply(reply: Reply) -> dict[str, Any]:
    """The reply as JSON-ready data."""
    return {
        "text": reply.text,
        "finish": reply.finish,
        "tokens": [reply.tokens.sent, reply.tokens.received, reply.tokens.cost],
        "model": reply.model,
    }


def failure(error: TraceLspError) -> dict[str, Any]:
    """The error as an answer: it is raised again where the question was asked."""
    retry_after: Optional[float] = getattr(error, "retry_after", None)
    return {
        "error": type(error).__name__,
        "message": error.message,
        "retry_after": retry_after,
    }


def reply_from(data: Mapping[str, Any]) -> Reply:
    """The reply in what `encode_reply` made; raises ValueError for anything else."""
    try:
        text, finish, model, counts = (data[each] for each in ("text", "finish", "model", "tokens"))
        sent, received, cost = counts
        is_reply = isinstance(text, str) and finish in get_args(Finish)
        if not is_reply or not all(isinstance(each, _AMOUNT) for each in counts):
            raise TypeError(f"{data!r:.80}")
        return Reply(text, finish, Tokens(sent, received, cost), str(model))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a model's reply: {error!r}") from error
