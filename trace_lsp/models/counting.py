"""How many tokens a text is, estimated.

Each vendor counts in its own way, and most tables of tokens have to be downloaded. So this counts
what those tables are made of: a piece of a word, up to three digits, a sign, a line break with its
indentation. On code and on English the estimate is rather too high than too low.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from trace_lsp.models.chat import Message

_TOKEN = re.compile(r"[A-Za-z]{1,8}|[0-9]{1,3}|\s*\n\s*|[^\S\n]{2,}|[^\sA-Za-z0-9]")

_AROUND_A_MESSAGE = 4
"""Tokens that say where a message begins, whose it is, and where it ends."""


def tokens_of(text: str) -> int:
    """The number of tokens of the text, estimated."""
    return len(_TOKEN.findall(text))


def tokens_of_question(
    messages: Sequence[Message], schema: Optional[Mapping[str, Any]] = None
) -> int:
    """The number of tokens that a question sends, estimated: its messages, and its schema."""
    of_schema = 0 if schema is None else tokens_of(json.dumps(schema, default=str))
    return of_schema + sum(tokens_of(each.text) + _AROUND_A_MESSAGE for each in messages)
