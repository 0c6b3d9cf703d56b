"""What is sent to an endpoint, and what is left out where it refuses a parameter."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from trace_lsp.models.chat import Message, well_formed

if TYPE_CHECKING:
    import openai

_LIMITS = ("max_tokens", "max_completion_tokens")
_REFUSABLE = (*_LIMITS, "response_format", "stream_options")

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

    def body(self, left_out: Collection[str], of_openai: bool) -> dict[str, object]:
        """The request's body without the parameters in `left_out`."""
        optional = {
            _limit(left_out, of_openai): self.max_tokens,
            "response_format": {"type": "json_object"} if self.json_object else None,
            "stream": True,
            # Endpoints refuse the options of a stream where there is no stream.
            "stream_options": None if "stream" in left_out else {"include_usage": True},
        }
        return {
            "model": self.model,
            "messages": [{"role": m.role, "content": well_formed(m.text)} for m in self.messages],
            **{k: v for k, v in optional.items() if v is not None and k not in left_out},
        }


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
    for name in _REFUSABLE:
        if name in body and (error.param == name or re.search(rf"\b{name}\b", said)):
            return name if name not in _LIMITS or _unknown_limit(error, said, left_out) else None
    # Too common a word to look for in a sentence. OpenAI refuses it to unverified organizations.
    return "stream" if error.param == "stream" and "stream" in body else None


def _unknown_limit(error: openai.APIStatusError, said: str, left_out: Collection[str]) -> bool:
    if any(name in left_out for name in _LIMITS):
        return False
    return error.code == "unsupported_parameter" or _UNKNOWN.search(said) is not None
