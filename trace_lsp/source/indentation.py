"""A function's lines as they stand in a file, and as they are without its indentation.

The one rule: a line is dedented by as many blanks (spaces or tabs, each counts one) as stand
before the ``def``, or by as many as it has if it has fewer. That goes for the inside of strings
too, and it is the rule the engine reads a running function by. In reverse, each line that is not
empty gets the blanks that stand before the ``def``.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator, Sequence

from trace_lsp.source.text import Range, content_of, slice_of, split_lines

_BLANKS_AT_END = re.compile(r"[ \t]*\Z")
_BLANKS = re.compile(r"[ \t]*")


def leading_blanks(line: str) -> str:
    found = _BLANKS.match(line)
    return found[0] if found else ""


def indentation_of(lines: Sequence[str], place: Range) -> str:
    """The blanks directly before a range; a form feed or byte order mark before them is none."""
    found = _BLANKS_AT_END.search(lines[place.start.line][: place.start.column])
    return found[0] if found else ""


def contents_in(lines: Sequence[str], place: Range) -> list[str]:
    """The lines of a range without their ends, the first and the last as far as they are in it."""
    return [content_of(line) for line in split_lines(slice_of(lines, place))]


def dedented(contents: Sequence[str], width: int) -> list[str]:
    """The lines without up to `width` blanks each.

    The first is taken as it is: what is before the ``def`` is not in it.
    """
    return [
        *contents[:1],
        *(line[min(width, len(leading_blanks(line))) :] for line in contents[1:]),
    ]


def function_text(lines: Sequence[str], place: Range) -> str:
    """The function in a range, dedented, with line feeds between its lines."""
    width = len(indentation_of(lines, place))
    return "\n".join(dedented(contents_in(lines, place), width))


def placed_text(lines: Sequence[str], place: Range) -> str:
    """The function in a range as it stands there, with line feeds between its lines."""
    return indentation_of(lines, place) + "\n".join(contents_in(lines, place))


def tokens_of(contents: Sequence[str]) -> Iterator[tokenize.TokenInfo]:
    """The tokens of some lines; raises what `tokenize` does."""
    rest = iter(contents)
    return tokenize.generate_tokens(lambda: next(rest) + "\n")
