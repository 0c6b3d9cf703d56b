"""What a program gets from a model that it calls, in the shape of OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from trace_lsp.models.chat import Finish, Reply, Tokens

_REASONS: Mapping[Finish, str] = {"filtered": "content_filter"}
_FINISHES: Mapping[object, Finish] = {"length": "length", "content_filter": "filtered"}


class _Subscripted:
    """Lets ``response["choices"]`` be written for ``response.choices``: programs do either."""

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except (AttributeError, TypeError):
            raise KeyError(name) from None


@dataclass(frozen=True)
class Usage(_Subscripted):
    """What the answer cost, in tokens. None where the endpoint did not say."""

    prompt_tokens: Optional[int] = None
    completion_tokens: Optional[int] = None

    @property
    def total_tokens(self) -> Optional[int]:
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True)
class ResponseMessage(_Subscripted):
    """What was said."""

    content: str
    role: str = "assistant"


@dataclass(frozen=True)
class Choice(_Subscripted):
    """One answer. `finish_reason` is ``stop``, ``length`` or ``content_filter``."""

    message: ResponseMessage
    finish_reason: str = "stop"
    index: int = 0


@dataclass(frozen=True)
class Response(_Subscripted):
    """A model's answer: the text is in ``choices[0].message.content``, and in `content`."""

    choices: Sequence[Choice]
    model: str = ""
    usage: Usage = field(default_factory=Usage)

    @property
    def content(self) -> str:
        return self.choices[0].message.content

    def get_text(self) -> str:
        """The first choice's text."""
        return self.content


def response_of(replies: Sequence[Reply]) -> Response:
    """The replies, one choice each, as one response; there is at least one."""
    choices = [
        Choice(ResponseMessage(reply.text), _REASONS.get(reply.finish, reply.finish), at)
        for at, reply in enumerate(replies)
    ]
    usage = Usage(
        _sum([reply.tokens.sent for reply in replies]),
        _sum([reply.tokens.received for reply in replies]),
    )
    return Response(choices, replies[0].model, usage)


def _sum(counts: Sequence[Optional[int]]) -> Optional[int]:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def reply_of(answer: object) -> Reply:
    """What a callable of the program's answered, as a reply.

    That is a string; or a completion as OpenAI's client or LiteLLM give it, of objects or of
    dicts; or an object with `get_text`, or with `content`. Raises TypeError for anything else.
    """
    if isinstance(answer, str):
        return Reply(answer)
    choices = _part(answer, "choices")
    if isinstance(choices, Sequence) and choices:
        finish = _FINISHES.get(_part(choices[0], "finish_reason"), "stop")
        text = _text(_part(_part(choices[0], "message"), "content"), answer)
        return Reply(text, finish, _tokens(_part(answer, "usage")), _name(answer))
    if callable(_part(answer, "get_text")):
        return Reply(_text(_part(answer, "get_text")(), answer), model=_name(answer))
    return Reply(_text(_part(answer, "content", answer), answer), model=_name(answer))


def _part(whole: Any, name: str, default: Any = None) -> Any:
    if isinstance(whole, Mapping):
        return whole.get(name, default)
    return getattr(whole, name, default)


def _text(content: object, answer: object) -> str:
    if content is None and answer is not None:
        return ""
    if isinstance(content, str):
        return content
    raise TypeError(
        "A model that is called answers with a string, or with a completion whose text is in "
        f"choices[0].message.content; this one answered with {answer!r:.80}."
    )


def _tokens(usage: object) -> Tokens:
    sent, received = _part(usage, "prompt_tokens"), _part(usage, "completion_tokens")
    return Tokens(
        sent if isinstance(sent, int) else None, received if isinstance(received, int) else None
    )


def _name(answer: object) -> str:
    name = _part(answer, "model")
    return name if isinstance(name, str) else ""
