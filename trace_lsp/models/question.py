"""What is sent to an endpoint, and what is left out where it refuses a parameter."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Optional

from trace_lsp.models.chat import SAMPLING, Message, well_formed

if TYPE_CHECKING:
    import openai

_LIMITS = ("max_tokens", "max_completion_tokens")
_REFUSABLE = (*_LIMITS, "response_format", "stream_options", *SAMPLING)
_SCHEMA = "json_schema"
"""What is left out of `response_format` before all of it is."""

_UNKNOWN = re.compile(
    r"unsupported|not support|unrecogni|unknown|unexpected|not (permitted|allowed)|extra|instead",
    re.IGNORECASE,
)
"""How endpoints say that they do not know a parameter, rather than that its value is wrong."""


@dataclass(frozen=True)
class Question:
    """One request for a completion, before it is known what its endpoint understands."""

    model: str
    messages: Sequence[Message]
    max_tokens: int
    json_object: bool
    schema: Optional[Mapping[str, Any]] = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def body(self, left_out: Collection[str], of_openai: bool) -> dict[str, object]:
        """The request's body without the parameters in `left_out`."""
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
            "messages": [{"role": m.role, "content": well_formed(m.text)} for m in self.messages],
            **{k: v for k, v in optional.items() if v is not None and k not in left_out},
        }

    def _format(self, left_out: Collection[str]) -> Optional[dict[str, object]]:
        if self.schema is not None and _SCHEMA not in left_out:
            # Not `strict`: OpenAI then allows no part to be missing, and no object of any keys.
            return {"type": _SCHEMA, _SCHEMA: {"name": "answer", "schema": dict(self.schema)}}
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


def refused_parameter(
    error: openai.APIStatusError, body: Mapping[str, object], left_out: Collection[str]
) -> Optional[str]:
    """The parameter of `body` that the endpoint refused and that can be left out, or None.

    A limit can only be renamed: a request without one might cost anything.
    """
    if error.status_code not in (400, 422):
        return None
    said = json.dumps(error.body, default=str)
    if _asks_for_schema(body) and (_SCHEMA in said or _names(error, said, "response_format")):
        return _SCHEMA
    for name in _REFUSABLE:
        if name in body and _names(error, said, name):
            return name if _can_go(name, error, said, left_out) else None
    # Too common a word to look for in a sentence. OpenAI refuses it to unverified organizations.
    return "stream" if error.param == "stream" and "stream" in body else None


def _asks_for_schema(body: Mapping[str, object]) -> bool:
    asked = body.get("response_format")
    return isinstance(asked, Mapping) and asked.get("type") == _SCHEMA


def _names(error: openai.APIStatusError, said: str, name: str) -> bool:
    return error.param == name or re.search(rf"\b{name}\b", said) is not None


def _can_go(name: str, error: openai.APIStatusError, said: str, left_out: Collection[str]) -> bool:
    """True if a refused parameter can be left out, or renamed."""
    if name in _LIMITS:
        return not any(each in left_out for each in _LIMITS) and _is_unknown(error, said)
    return name not in SAMPLING or _is_unknown(error, said)


def _is_unknown(error: openai.APIStatusError, said: str) -> bool:
    return error.code == "unsupported_parameter" or _UNKNOWN.search(said) is not None
