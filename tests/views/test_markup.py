from __future__ import annotations

from html.parser import HTMLParser

import pytest

from trace_lsp.views.markup import Markup, element, escape, join
from trace_lsp.views.values import visible

from .recorded import HOSTILE


def read(text: str) -> tuple[list[tuple[str, list[tuple[str, str | None]]]], str]:
    """The start tags with their attributes, and the text, as a browser reads them."""
    tags: list[tuple[str, list[tuple[str, str | None]]]] = []
    texts: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append((tag, attrs))

        def handle_data(self, data: str) -> None:
            texts.append(data)

    reader = Reader()
    reader.feed(text)
    reader.close()
    return tags, "".join(texts)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_and_attributes_are_what_they_were(text: str) -> None:
    tags, shown = read(element("p", text, title=f"t{text}"))
    assert tags == [("p", [("title", visible(f"t{text}"))])]
    assert shown == visible(text)


def test_markup_is_kept_and_everything_else_escaped() -> None:
    assert join(element("b", "<"), "<") == "<b>&lt;</b>&lt;"
    assert isinstance(join("a"), Markup)
    assert isinstance(escape("a"), Markup)
    # What was put together by other means is text again, and so is escaped.
    assert element("p", f"{element('b', 'x')}!") == "<p>&lt;b&gt;x&lt;/b&gt;!</p>"


def test_attributes() -> None:
    assert element("p", class_="a", aria_label="b") == '<p class="a" aria-label="b"></p>'
    assert element("p", hidden=True, open=False, id="") == "<p hidden></p>"
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'
