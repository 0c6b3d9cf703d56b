"""A model's Markdown as HTML: paragraphs, code and emphasis, and nothing that leads elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trace_lsp.views.markup import Markup, element, join
from trace_lsp.views.prose import Part, heading, parts, spans
from trace_lsp.views.report_parts import text_block
from trace_lsp.views.values import visible

_EMPHASIS = re.compile(r"(?<![\w*])(\*\*?)(?=[^\s*])([^*]+?)(?<=\S)\1(?![\w*])")


def prose_html(text: str) -> Markup:
    """The text's paragraphs and code blocks. Lists keep their own signs."""
    return join(*map(_part, parts(visible(text).split("\n"))))


def _part(part: Part) -> Markup:
    if part.is_code:
        return text_block(part.text, "Code")
    paragraphs = re.split(r"\n\s*\n", part.text.strip("\n"))
    return join(*(_paragraph(each) for each in paragraphs if each.strip()))


def _paragraph(text: str) -> Markup:
    lines = [join(*_line(line), "\n") for line in text.split("\n")]
    return element("p", *lines)


def _line(line: str) -> Iterator[Markup]:
    if heading(line):
        yield element("strong", *_line(heading(line)))
        return
    for span in spans(line):
        yield element("code", span.text) if span.is_code else join(*_emphasized(span.text))


def _emphasized(text: str) -> Iterator[str]:
    end = 0
    for found in _EMPHASIS.finditer(text):
        yield text[end : found.start()]
        yield element("strong" if len(found[1]) == 2 else "em", found[2])
        end = found.end()
    yield text[end:]
