"""Text held against a number of tokens, which are estimated as `models.counting` says."""

from __future__ import annotations

from collections.abc import Iterable

from trace_lsp.models.counting import tokens_of

__all__ = ["cut_to", "fits", "tokens_of"]


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
