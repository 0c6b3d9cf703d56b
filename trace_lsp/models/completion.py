"""A chat completion as it arrives: chunks in, one reply out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from trace_lsp.models.chat import Finish, OnText, Reply, Tokens, well_formed
from trace_lsp.models.endpoint import Endpoint
from trace_lsp.models.failures import broke_off, not_the_protocol, refused

_FINISHES: Mapping[str, Finish] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "filtered",
}


@dataclass
class Completion:
    """What has arrived so far. `received` counts the characters of the reply's text.

    Chunks are read as plain JSON, and leniently: compatible endpoints leave fields out, send
    null for them, and add their own (``reasoning_content``, say, which is no part of a reply).
    """

    endpoint: Endpoint
    model: str
    on_text: Optional[OnText] = None
    received: int = 0
    started: bool = False
    _pieces: list[str] = field(default_factory=list)
    _finish: Optional[str] = None
    _tokens: Tokens = field(default_factory=Tokens)
    _unfinished: bool = False
    _strange: object = None

    def take(self, chunk: object) -> None:
        """Adds a chunk, or a whole completion. Raises `ModelRejected` for what is neither."""
        if not isinstance(chunk, Mapping):
            raise not_the_protocol(self.endpoint, chunk)
        if chunk.get("error"):
            raise refused(self.endpoint, chunk)
        if "choices" in chunk:
            self.started = True
            self._take_facts(chunk)
            self._take_choices(chunk)
        elif self._strange is None:
            # Perhaps a ping between chunks: it only matters if there are none.
            self._strange = chunk

    def reply(self) -> Reply:
        """The whole reply. Raises a `ModelError` if what arrived is none, or not all of it."""
        if not self.started and self._strange is not None:
            raise not_the_protocol(self.endpoint, self._strange)
        if not self.started or self._unfinished:
            raise broke_off(self.endpoint, self.received)
        finish = _FINISHES.get(self._finish or "", "stop")
        return Reply(well_formed("".join(self._pieces)), finish, self._tokens, self.model)

    def _take_facts(self, chunk: Mapping[str, object]) -> None:
        model, usage = chunk.get("model"), chunk.get("usage")
        if isinstance(model, str) and model:
            self.model = model
        if isinstance(usage, Mapping):
            self._tokens = Tokens(
                _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
            )

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
        self._take_text(_text(whole or choice.get("delta")))

    def _take_text(self, piece: str) -> None:
        if not piece:
            return
        self._pieces.append(piece)
        self.received += len(piece)
        if self.on_text is not None:
            self.on_text(well_formed(piece))


def _text(part: object) -> str:
    """The text of a message or of its delta; of its text parts, where the content is a list."""
    content = part.get("content") if isinstance(part, Mapping) else None
    if isinstance(content, list):
        return "".join(_text({"content": item.get("text")}) for item in content if _is_text(item))
    return content if isinstance(content, str) else ""


def _is_text(item: object) -> bool:
    return isinstance(item, Mapping) and item.get("type") == "text"


def _count(usage: Mapping[str, object], key: str) -> Optional[int]:
    count = usage.get(key)
    return count if isinstance(count, int) and not isinstance(count, bool) else None
