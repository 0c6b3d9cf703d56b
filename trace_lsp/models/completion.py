"""A chat completion as it arrives: chunks in, one reply out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from trace_lsp.models.arriving import Arriving, counted
from trace_lsp.models.chat import Finish
from trace_lsp.models.failures import not_the_protocol

_FINISHES: Mapping[str, Finish] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "filtered",
}


@dataclass
class Completion(Arriving):
    """Reads chunks, or a whole completion."""

    _finish: Optional[str] = None

    def _is_known(self, part: Mapping[str, object]) -> bool:
        return "choices" in part

    def _take(self, part: Mapping[str, object]) -> None:
        usage = part.get("usage")
        self._take_model(part.get("model"))
        if isinstance(usage, Mapping):
            self._tokens = counted(usage, "prompt_tokens", "completion_tokens")
        self._take_choices(part)

    def _finish_as_said(self) -> Finish:
        return _FINISHES.get(self._finish or "", "stop")

    def _take_choices(self, chunk: Mapping[str, object]) -> None:
        choices = chunk["choices"] or []
        if not isinstance(choices, list):
            raise not_the_protocol(self.endpoint, chunk)
        if choices:
            self._take_choice(choices[0])
        elif chunk.get("usage"):
            # Usage without a choice is what a stream ends with.
            self._unfinished = False

    def _take_choice(self, choice: object) -> None:
        if not isinstance(choice, Mapping):
            raise not_the_protocol(self.endpoint, choice)
        whole, reason = choice.get("message"), choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self._finish = reason
        self._unfinished = self._finish is None and whole is None
        part = whole or choice.get("delta")
        self._take_text(_text(part))
        self._take_refusal(part.get("refusal") if isinstance(part, Mapping) else None)


def _text(part: object) -> str:
    """The text of a message or of its delta; of its text parts, where the content is a list."""
    content = part.get("content") if isinstance(part, Mapping) else None
    if isinstance(content, list):
        return "".join(_text({"content": item.get("text")}) for item in content if _is_text(item))
    return content if isinstance(content, str) else ""


def _is_text(item: object) -> bool:
    return isinstance(item, Mapping) and item.get("type") == "text"
