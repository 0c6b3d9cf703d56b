"""Markdown read as a client reads it."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_ACTIVE = {"html_inline", "html_block", "image", "link_open"}


class _Reader(MarkdownIt):
    """GitHub's flavour; with every address a link, where clients would hide some."""

    def __init__(self) -> None:
        super().__init__("commonmark")
        self.enable("table")

    def validateLink(self, url: str) -> bool:  # noqa: N802  named by the library
        return True


def tokens(text: str) -> list[Token]:
    """All tokens, those inside paragraphs too."""
    return list(_flat(_Reader().parse(text)))


def _flat(found: list[Token]) -> Iterator[Token]:
    for token in found:
        yield token
        yield from _flat(token.children or [])


def active(text: str) -> list[str]:
    """What would load, lead somewhere or be a page's markup: links, images and HTML."""
    return [
        str(token.attrs.get("href") or token.attrs.get("src") or token.content)
        for token in tokens(text)
        if token.type in _ACTIVE
    ]


def blocks(text: str) -> list[tuple[str, str]]:
    """The language and text of each code block."""
    return [(t.info, t.content.rstrip("\n")) for t in tokens(text) if t.type == "fence"]


def ends_outside(text: str) -> bool:
    """True if what follows the text is a paragraph of its own."""
    found = _Reader().parse(f"{text}\n\nafterwards")
    *_, opening, inline, closing = found
    kinds = (opening.type, inline.content, closing.type, opening.level)
    return kinds == ("paragraph_open", "afterwards", "paragraph_close", 0)
