"""HTML built from elements, so that text becomes markup nowhere."""

from __future__ import annotations

import html

from trace_lsp.views.values import visible

_VOID = frozenset({"meta", "br", "hr", "img", "input", "link"})


class Markup(str):
    """Text that is HTML already. Everything else is escaped where it is put into an element."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | bool) -> Markup:
    """The element as HTML. Attributes' names lose a final underscore, and ``_`` becomes ``-``.

    An attribute that is True has no value, one that is False or "" is left out.
    """
    opening = f"<{tag}{''.join(_attribute(*each) for each in attributes.items())}>"
    if tag in _VOID:
        return Markup(opening)
    return Markup(f"{opening}{join(*children)}</{tag}>")


def join(*parts: str) -> Markup:
    """The parts one after the other, with those that are not markup escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def escape(text: str) -> Markup:
    """The text as HTML that shows exactly it."""
    return Markup(html.escape(visible(text)))


def _attribute(name: str, value: str | bool) -> str:
    if value is False or value == "":
        return ""
    name = name.removesuffix("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
