"""Feedback that is written in the code: ``# trace: should alternate smallest and largest``.

A comment line directly beneath that is indented more than one space behind its ``#`` continues it:

    # trace: should alternate smallest and largest,
    #        also for lists of odd length
"""

from __future__ import annotations

import bisect
import contextlib
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trace_lsp.source.indentation import tokens_of
from trace_lsp.source.names import blocks_of
from trace_lsp.source.parsed import ParsedText, first_line, last_line
from trace_lsp.source.text import content_of

_FEEDBACK = re.compile(r"#+[ \t]*trace:[ \t]*(.*)")
_CONTINUED = re.compile(r"#(?: [ \t]|\t)[ \t]*(\S.*)")

Lines = tuple[int, int]
"""The first and the last of some lines, from 1."""


@dataclass(frozen=True)
class _Comment:
    """`alone` if nothing else is on its line."""

    text: str
    column: int
    alone: bool


class Feedback:
    """The feedback comments of a text, and the comments around them.

    Comments are told from strings by `tokenize`, a piece of the file at a time, and only the
    pieces where something looks like feedback.
    """

    def __init__(self, parsed: ParsedText) -> None:
        self._lines = parsed.lines
        hits = _hits(parsed.lines)
        self._comments: dict[int, _Comment] = {}
        for first, last in _pieces(parsed, hits):
            self._comments.update(_comments(parsed.lines, first, last))
        self._blocks = dict(self._feedback())

    def around(self, lines: Lines) -> Lines:
        """The lines, with the comment lines directly above."""
        first, last = lines
        while (comment := self._comments.get(first - 1)) and comment.alone:
            first -= 1
        return first, last

    def beneath(self, lines: Lines, column: int) -> Lines:
        """The lines, with the comments that follow deeper than the column: the end of a body."""
        first, last = lines
        line = last + 1
        while line <= len(self._lines):
            comment = self._comments.get(line)
            if comment is None and self._lines[line - 1].strip():
                break
            if comment is not None:
                if not comment.alone or comment.column <= column:
                    break
                last = line
            line += 1
        return first, last

    def share(self, regions: Sequence[Sequence[Lines]]) -> list[str]:
        """The feedback for each owner of some regions, "" if none; several join with a line break.

        Each comment goes to the owner with the smallest region around it.
        """
        lines = list(self._blocks)
        claims: dict[int, list[tuple[int, int]]] = {line: [] for line in lines}
        for owner, own in enumerate(regions):
            for first, last in own:
                start, end = bisect.bisect_left(lines, first), bisect.bisect_right(lines, last)
                for line in lines[start:end]:
                    claims[line].append((last - first, owner))
        shares: list[list[str]] = [[] for _ in regions]
        for line, claimed in claims.items():
            smallest = min(claimed, default=(0, 0))[0]
            for owner in {owner for size, owner in claimed if size == smallest}:
                shares[owner].append(self._blocks[line])
        return ["\n".join(share) for share in shares]

    def _feedback(self) -> Iterator[tuple[int, str]]:
        """The line and the text of each feedback, continued lines included."""
        for line, comment in sorted(self._comments.items()):
            found = _FEEDBACK.match(comment.text)
            if found is None:
                continue
            said = [found[1].strip()]
            while (below := self._comments.get(line + len(said))) and below.alone:
                more = _CONTINUED.match(below.text)
                if more is None or _FEEDBACK.match(below.text):
                    break
                said.append(more[1].strip())
            text = "\n".join(said).strip()
            if text:
                yield line, text


def _hits(lines: Sequence[str]) -> list[int]:
    """The lines, from 1, that look like feedback or like more of it."""
    hits: list[int] = []
    for at, line in enumerate(lines, 1):
        continued = hits and hits[-1] == at - 1 and line.lstrip().startswith("#")
        if continued or ("trace:" in line and _FEEDBACK.search(line)):
            hits.append(at)
    return hits


def _pieces(parsed: ParsedText, hits: Sequence[int]) -> Iterator[Lines]:
    """The lines of simple statements, each with what is above it, where there are hits.

    Each piece begins outside of strings and brackets. Blocks without hits are one piece.
    """
    first, last = 1, 0
    waiting = parsed.tree.body[::-1]
    while waiting:
        statement = waiting.pop()
        inner = [each for block in blocks_of(statement) for each in block]
        if inner and _has_any(hits, last + 1, last_line(statement)):
            waiting += reversed(inner)
            continue
        if first_line(statement) > last >= first:
            if _has_any(hits, first, last):
                yield first, last
            first = last + 1
        last = last_line(statement)
    if _has_any(hits, first, len(parsed.lines)):
        yield first, len(parsed.lines)


def _has_any(hits: Sequence[int], first: int, last: int) -> bool:
    at = bisect.bisect_left(hits, first)
    return at < len(hits) and hits[at] <= last


def _comments(lines: Sequence[str], first: int, last: int) -> Iterator[tuple[int, _Comment]]:
    """The comments in some lines, by line."""
    contents = [content_of(line).removeprefix("\ufeff") for line in lines[first - 1 : last]]
    # The parser has accepted the text, but on 3.11 and older `tokenize` is another program: what
    # it would trip over ends the search, not the reading of the file.
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokens_of(contents):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                alone = not contents[row - 1][:column].strip()
                yield first + row - 1, _Comment(token.string, column, alone)
