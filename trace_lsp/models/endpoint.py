"""An endpoint's address and key, and what may be shown of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Optional
from urllib.parse import SplitResult, urlsplit

from trace_lsp.errors import KeyRefused, ModelUnreachable, NoModel

Api = Literal["chat", "responses"]
"""OpenAI's protocols: chat completions, which many endpoints speak, and the Responses API."""

OPENAI = "https://api.openai.com/v1"
LONGEST_WORDS = 400
"""Characters of an endpoint's own words that go into a message."""

_NO_KEY = "none"
"""Sent where a local server needs no key: the client library wants one all the same."""


@dataclass(frozen=True)
class Endpoint:
    """Where a model is asked, in which protocol, and with what key. The key shows in no text made
    here."""

    base_url: str
    key: str = field(repr=False)
    api: Api = "chat"

    @property
    def shown(self) -> str:
        """The address without what may be secret in it: user, password, query."""
        parts = _split(self.base_url)
        if parts is None:
            return "the model's address"
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}".rstrip("/")

    @property
    def is_openai(self) -> bool:
        parts = _split(self.base_url)
        return parts is not None and parts.hostname == "api.openai.com"

    def words(self, said: object) -> str:
        """What an endpoint said, as one bounded line without the key."""
        line = " ".join(_text(said).split())
        if self.key != _NO_KEY:
            line = line.replace(self.key, "[key]")
        if len(line) > LONGEST_WORDS:
            line = line[:LONGEST_WORDS] + "…"
        return line or "it gave no reason"


def endpoint_from(base_url: Optional[str], key: Optional[str], api: Api = "chat") -> Endpoint:
    """The endpoint that is meant; OpenAI's without an address.

    Raises `ModelUnreachable` for what is no address, `NoModel` where OpenAI's key is missing,
    `KeyRefused` for a key that no header can carry.
    """
    address, key = (base_url or OPENAI).strip(), (key or "").strip()
    if not _is_address(address):
        raise ModelUnreachable(
            "The model's address is not one that can be asked. Write it like "
            "http://localhost:11434/v1, in OPENAI_BASE_URL or in `model.baseUrl`."
        )
    if not key and base_url is None:
        raise NoModel("OpenAI asks for a key: set OPENAI_API_KEY.")
    if not key.isascii() or not key.isprintable() or " " in key:
        # Sent as it is, it would come back in the transport's own error message.
        raise KeyRefused(
            "The key has a space, a line break or a letter in it that no key has. "
            "Check OPENAI_API_KEY."
        )
    return Endpoint(address, key or _NO_KEY, api)


def _split(address: str) -> Optional[SplitResult]:
    try:
        parts = urlsplit(address)
        # `port` is only looked at, and refused, when it is asked for.
        return parts if parts.hostname and (parts.port is None or parts.port > 0) else None
    except ValueError:
        return None


def _is_address(address: str) -> bool:
    parts = _split(address)
    if parts is None or parts.scheme not in ("http", "https") or not address.isprintable():
        return False
    try:
        (parts.hostname or "").encode("idna")
    except UnicodeError:
        return False
    return " " not in address


def _text(said: object) -> str:
    """The sentence in an error body. Endpoints put it in different places."""
    if isinstance(said, Mapping):
        for key in ("message", "error", "detail", "msg"):
            if said.get(key):
                return _text(said[key])
    if isinstance(said, str):
        return said
    return "" if said is None else json.dumps(said, ensure_ascii=False, default=str)
