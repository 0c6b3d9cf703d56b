"""What is sent to an endpoint, and what is left out where it refuses a parameter."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Optional

from trace_lsp.models.chat import SAMPLING, Message, well_formed

if TYPE_CHECKING:
    import openai

_LIMITS = ("max_tokens", "max_completion_tokens")
SCHEMA = "json_schema"
"""What is left out of the format before all of it is."""

FORMAT_OF_TEXT = "text.format"
"""The parameter in the Responses API that `response_format` is in chat completions."""

_FORMATS = ("response_format", FORMAT_OF_TEXT)
_OPTIONS = (*SAMPLING, "reasoning.effort", "text.verbosity")
_REFUSABLE = (*_LIMITS, *_FORMATS, "stream_options", "store", *_OPTIONS)

_UNKNOWN = re.compile(
    r"unsupported|not support|unrecogni|unknown|unexpected|not (permitted|allowed)|extra|instead",
    re.IGNORECASE,
)
"""How endpoints say that they do not know a parameter, rather than that its value is wrong."""


@dataclass(frozen=True)
class Question:
    """One request for a completion, before it is known what its endpoint understands."""

    path: ClassVar[str] = "/chat/completions"

    model: str
    messages: Sequence[Message]
    max_tokens: int
    json_object: bool
    schema: Optional[Mapping[str, Any]] = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def parameters(self, left_out: Collection[str], of_openai: bool) -> dict[str, object]:
        """What is sent, without the parameters in `left_out`."""
        optional: dict[str, object] = {
            **self.options,
            _limit(left_out, of_openai): self.max_tokens,
            "response_format": self._format(left_out),
            "stream": True,
            # Endpoints refuse the options of a stream where there is no stream.
            "stream_options": None if "stream" in left_out else {"include_usage": True},
        }
        return {
            "model": self.model,
            "messages": self._conversation(),
            **{k: v for k, v in optional.items() if v is not None and k not in left_out},
        }

    def _conversation(self) -> list[dict[str, str]]:
        return [{"role": each.role, "content": well_formed(each.text)} for each in self.messages]

    def _format(self, left_out: Collection[str]) -> Optional[dict[str, object]]:
        if self.schema is not None and SCHEMA not in left_out:
            # Not `strict`: OpenAI then allows no part to be missing, and no object of any keys.
            return {"type": SCHEMA, SCHEMA: {"name": "answer", "schema": dict(self.schema)}}
        wants_json = self.json_object or self.schema is not None
        return {"type": "json_object"} if wants_json else None


def _limit(left_out: Collection[str], of_openai: bool) -> str:
    """The name under which an endpoint is told `max_tokens`.

    OpenAI's newer models refuse the old name, and say so. Ollama and other local servers take
    the new one, say nothing, and answer without any limit. So the new name is for OpenAI, and
    for whoever refuses the old one.
    """
    first, second = reversed(_LIMITS) if of_openai else _LIMITS
    return second if first in left_out else first


def body_of(parameters: Mapping[str, object]) -> dict[str, object]:
    """The request's body: a name with a dot goes into the parameter before the dot."""
    body: dict[str, Any] = {}
    for name, value in parameters.items():
        whole, _, part = name.partition(".")
        if part:
            body.setdefault(whole, {})[part] = value
        else:
            body[name] = value
    return body


def refused_parameter(
    error: openai.APIStatusError, sent: Mapping[str, object], left_out: Collection[str]
) -> Optional[str]:
    """The parameter of those sent that the endpoint refused and that can be left out, or None.

    A limit can only be renamed: a request without one might cost anything.
    """
    if error.status_code not in (400, 422):
        return None
    said = json.dumps(error.body, default=str)
    is_of_format = any(_names(error, said, name) for name in _FORMATS)
    if _asks_for_schema(sent) and (SCHEMA in said or is_of_format):
        return SCHEMA
    for name in _REFUSABLE:
        if name in sent and _names(error, said, name):
            return name if _can_go(name, error, said, left_out) else None
    # Too common a word to look for in a sentence. OpenAI refuses it to unverified organizations.
    return "stream" if error.param == "stream" and "stream" in sent else None


def _asks_for_schema(sent: Mapping[str, object]) -> bool:
    formats = [sent.get(name) for name in _FORMATS]
    return any(isinstance(each, Mapping) and each.get("type") == SCHEMA for each in formats)


def _names(error: openai.APIStatusError, said: str, name: str) -> bool:
    # For a part of a parameter, some endpoints name the whole.
    is_param = error.param in (name, name.partition(".")[0])
    return is_param or re.search(rf"\b{re.escape(name)}\b", said) is not None


def _can_go(name: str, error: openai.APIStatusError, said: str, left_out: Collection[str]) -> bool:
    """True if a refused parameter can be left out, or renamed."""
    if name in _LIMITS:
        return not any(each in left_out for each in _LIMITS) and _is_unknown(error, said)
    return name not in _OPTIONS or _is_unknown(error, said)


def _is_unknown(error: openai.APIStatusError, said: str) -> bool:
    return error.code == "unsupported_parameter" or _UNKNOWN.search(said) is not None
