"""What tells one question from another."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from trace_lsp.models.chat import well_formed
from trace_lsp.models.request import ChatRequest, encode_request


def plain(request: ChatRequest) -> dict[str, Any]:
    """The question as it is once it was written as JSON: a tuple is a list, each key a string."""
    data: dict[str, Any] = json.loads(_json(encode_request(request)))
    return data


def hash_of(request: ChatRequest, **more: object) -> str:
    """The same for two questions that say the same, `more` included, on any machine."""
    text = _json({**plain(request), **more})
    return hashlib.sha256(text.encode()).hexdigest()


def _json(data: dict[str, Any]) -> str:
    return well_formed(json.dumps(data, sort_keys=True, ensure_ascii=False))
