"""What the sections of a report are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trace_lsp.views.markup import Markup, element
from trace_lsp.views.values import counted


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading: a landmark of that name, and a place to link to."""

    id: str
    title: str
    content: Markup

    def html(self) -> Markup:
        heading = element("h2", self.title, id=f"{self.id}-title")
        name = f"{self.id}-title"
        return element("section", heading, self.content, id=self.id, aria_labelledby=name)


def folded(title: str, *children: str, is_open: bool = False) -> Markup:
    """A part that is shown when its title is chosen."""
    return element("details", element("summary", title), *children, open=is_open)


def text_block(text: str, label: str) -> Markup:
    """Text as it is, in a box that can be scrolled by keyboard too."""
    return element("pre", text, tabindex="0", role="region", aria_label=label)


def bounded(text: str, limit: int) -> str:
    """The beginning and the end of a text longer than `limit`, and how much is left out."""
    if len(text) <= limit:
        return text
    omitted = f"… {counted(len(text) - limit, 'character')} left out …"
    return f"{text[: limit // 2]}\n{omitted}\n{text[-limit // 2 :]}"


def table(headings: Sequence[str], rows: Iterable[Markup], caption: str) -> Markup:
    """A table in a box of its own, so that a wide one does not widen the page."""
    head = element("tr", *(element("th", title, scope="col") for title in headings))
    content = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", *rows),
    )
    return element("div", content, class_="scroll", tabindex="0", role="region", aria_label=caption)


def left_out(number: int, noun: str) -> Markup:
    """``… 7 more values``; nothing if none was left out."""
    return element("p", f"… {counted(number, f'more {noun}')}") if number > 0 else Markup()
