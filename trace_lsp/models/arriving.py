"""A reply as it arrives, whatever the protocol: parts in, one reply out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from trace_lsp.models.chat import Finish, OnText, Reply, Tokens, well_formed
from trace_lsp.models.endpoint import Endpoint
from trace_lsp.models.failures import broke_off, failed, not_the_protocol


@dataclass
class Arriving(ABC):
    """What has arrived so far. `received` counts the characters of the reply's text.

    Parts are read as plain JSON, and leniently: compatible endpoints leave fields out, send
    null for them, and add their own (``reasoning_content``, say, which is no part of a reply).
    """

    endpoint: Endpoint
    model: str
    on_text: Optional[OnText] = None
    received: int = 0
    started: bool = False
    _pieces: list[str] = field(default_factory=list)
    _tokens: Tokens = field(default_factory=Tokens)
    _unfinished: bool = False
    _refused: bool = False
    _strange: object = None

    def take(self, part: object) -> None:
        """Adds a part, or a whole answer. Raises a `ModelError` for what is neither."""
        if not isinstance(part, Mapping):
            raise not_the_protocol(self.endpoint, part)
        if part.get("error"):
            raise failed(self.endpoint, part)
        if self._is_known(part):
            self.started = True
            self._take(part)
        elif self._strange is None:
            # Perhaps a ping between parts: it only matters if there are none.
            self._strange = part

    def reply(self) -> Reply:
        """The whole reply. Raises a `ModelError` if what arrived is none, or not all of it."""
        if not self.started and self._strange is not None:
            raise not_the_protocol(self.endpoint, self._strange)
        if not self.started or self._unfinished:
            raise broke_off(self.endpoint, self.received)
        finish: Finish = "filtered" if self._refused else self._finish_as_said()
        return Reply(well_formed("".join(self._pieces)), finish, self._tokens, self.model)

    @abstractmethod
    def _is_known(self, part: Mapping[str, object]) -> bool:
        """True for a part that the protocol has."""

    @abstractmethod
    def _take(self, part: Mapping[str, object]) -> None:
        """Reads a part that the protocol has."""

    @abstractmethod
    def _finish_as_said(self) -> Finish:
        """Why the model stopped, as the endpoint says."""

    def _take_model(self, name: object) -> None:
        if isinstance(name, str) and name:
            self.model = name

    def _take_text(self, piece: str) -> None:
        if not piece:
            return
        self._pieces.append(piece)
        self.received += len(piece)
        if self.on_text is not None:
            self.on_text(well_formed(piece))

    def _take_refusal(self, piece: object) -> None:
        """Why the model will not answer, in its words: they stand for the text."""
        if isinstance(piece, str) and piece:
            self._refused = True
            self._take_text(piece)


def counted(usage: Mapping[str, object], sent: str, received: str) -> Tokens:
    """The tokens in an endpoint's account, where they have these names."""
    return Tokens(_count(usage, sent), _count(usage, received))


def _count(usage: Mapping[str, object], key: str) -> Optional[int]:
    count = usage.get(key)
    return count if isinstance(count, int) and not isinstance(count, bool) else None
