"""How many tokens a text is, estimated.

Each vendor counts in its own way, and most tables of tokens have to be downloaded. So this counts
what those tables are made of: a piece of a word, up to three digits, a sign, a line break with its
indentation. On code and on English the estimate is rather too high than too low.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(r"[A-Za-z]{1,8}|[0-9]{1,3}|\s*\n\s*|[^\S\n]{2,}|[^\sA-Za-z0-9]")


def tokens_of(text: str) -> int:
    """The number of tokens of the text, estimated."""
    return len(_TOKEN.findall(text))


def fits(lines: Iterable[str], tokens: int) -> bool:
    """True if the lines are at most so many tokens. Reads no further than it must."""
    for line in lines:
        tokens -= tokens_of(line) + 1
        if tokens < 0:
            return False
    return True


def cut_to(text: str, tokens: int) -> str:
    """The text with as much of its middle left out, and said to be, as it takes to be at most
    so many tokens; a few more where that is next to nothing."""
    share = len(text)
    cut = text
    while share and tokens_of(cut) > tokens:
        share = min(share * tokens // (tokens_of(cut) + 1), share - 1)
        head = share * 2 // 3
        tail = text[len(text) - (share - head) :]
        cut = f"{text[:head]}… ({len(text) - share} characters left out) …{tail}"
    return cut
