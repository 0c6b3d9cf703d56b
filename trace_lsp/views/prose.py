"""Text written by others, made safe to stand in Markdown: it cannot reach out of its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent

from trace_lsp.views.values import counted, visible

_FENCE = re.compile(r"^\s*(```+)[ \t]*([\w+-]*)[ \t]*$")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_HEADING = re.compile(r"^\s*#{1,6}\s+(.+)$")
_ACTIVE = re.compile(r"[\\<&\[\]`]|^\s*~~~")
_MARKUP = re.compile(r"[\\`*_\[\]<>&#~|!]|^[-+=]|(?<=^\d)[.)]")


def code_block(text: str, language: str = "") -> str:
    """The text as a fenced block that nothing in it can end."""
    text = visible(text).rstrip("\n")
    fence = "`" * max(3, 1 + _longest_run(text))
    return f"{fence}{language}\n{text}\n{fence}"


def code_span(text: str) -> str:
    """The text, of one line, as inline code that nothing in it can end; "" for an empty text."""
    if not text.strip():
        return ""
    ticks = "`" * (1 + _longest_run(text))
    # One space on either side is taken away by the reader, see CommonMark, "Code spans".
    return f"{ticks} {text} {ticks}" if "`" in text or text != text.strip() else f"`{text}`"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def literal(text: str) -> str:
    """The text with all that Markdown could read as markup escaped; lines stay lines."""
    lines = (line.strip() for line in visible(text).strip().split("\n"))
    return "  \n".join(_MARKUP.sub(_escape, line) for line in lines)


def prose(text: str, lines: int = 0) -> str:
    """A model's own Markdown with emphasis, lists and code, but no links, images or HTML.

    With `lines`, at most so many of them, and how many were left out.
    """
    kept, rest = _divided(visible(text), lines)
    # Code blocks are written anew, at the margin and always closed: one inside a list would end
    # with the list, wherever its own end stands.
    shown = (
        code_block(part.text, part.language) if part.is_code else _prose(part.text)
        for part in parts(kept)
    )
    return "\n".join([*shown, *(["", rest] if rest else [])])


def first_lines(text: str, lines: int = 0) -> str:
    """The first lines of a text, all if `lines` is 0, and how many were left out."""
    kept, rest = _divided(visible(text), lines)
    return "\n".join([*kept, rest] if rest else kept)


def _divided(text: str, lines: int) -> tuple[list[str], str]:
    found = text.strip("\n").split("\n")
    if not lines or len(found) <= lines:
        return found, ""
    return found[:lines], f"… {counted(len(found) - lines, 'more line')}"


@dataclass(frozen=True)
class Part:
    """A code block (its text without the fences), or the lines between two."""

    text: str
    is_code: bool = False
    language: str = ""


def parts(lines: Sequence[str]) -> Iterator[Part]:
    """Markdown's lines, taken apart into code blocks and what is around them."""
    opening: re.Match[str] | None = None
    pending: list[str] = []
    for line in lines:
        fence = _FENCE.match(line)
        if fence is None or not _turns(fence, opening):
            pending.append(line)
            continue
        yield from _part(pending, opening)
        opening, pending = (fence if opening is None else None), []
    yield from _part(pending, opening)


def _turns(fence: re.Match[str], opening: re.Match[str] | None) -> bool:
    """True if the fence begins a block, or ends the one that was begun."""
    return opening is None or (len(fence[1]) >= len(opening[1]) and not fence[2])


def _part(lines: list[str], opening: re.Match[str] | None) -> Iterator[Part]:
    if opening is not None:
        yield Part(dedent("\n".join(lines)), True, opening[2])
    elif lines:
        yield Part("\n".join(lines))


def spans(line: str) -> Iterator[Part]:
    """A line of Markdown, taken apart into inline code (without its ticks) and what is around."""
    end = 0
    for code in _CODE.finditer(line):
        yield Part(line[end : code.start()])
        yield Part(code[2], True)
        end = code.end()
    yield Part(line[end:])


def heading(line: str) -> str:
    """The text of a line that is a heading, else ""."""
    found = _HEADING.match(line)
    return found[1] if found else ""


def _prose(text: str) -> str:
    return "\n".join(map(_prose_line, text.split("\n")))


def _prose_line(line: str) -> str:
    if heading(line):
        return f"**{_prose_line(heading(line))}**"
    return "".join(
        code_span(span.text) if span.is_code else _ACTIVE.sub(_escape, span.text)
        for span in spans(line)
    )


def _escape(found: re.Match[str]) -> str:
    mark = found[0].lstrip()
    return f"{found[0][: -len(mark)]}\\{mark}"
