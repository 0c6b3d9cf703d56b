"""Where a program's trainables are."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from trace_lsp.errors import NoTrainable, UnknownTrainable
from trace_lsp.source.comments import Feedback, Lines
from trace_lsp.source.indentation import contents_in, function_text, tokens_of
from trace_lsp.source.marks import FunctionMark, Mark, marks_in
from trace_lsp.source.parsed import FunctionNode, ParsedText, first_line, last_line, uncollected
from trace_lsp.source.text import Position, Range, advanced, content_of, slice_of

_NAME = re.compile(r"(?:async(?:\s|\\)+)?def(?:\s|\\)+([^\s(\[\\]+)")
_HARMLESS_REST = re.compile(r"[ \t\f]*;?[ \t\f]*(?:#.*)?\Z")


@dataclass(frozen=True)
class Trainable:
    """A place in the text that may change.

    `kind` is ``function`` for a ``@bundle(trainable=True)`` function and ``value`` for the first
    argument of a ``node(…, trainable=True)`` call. `name` is the function's qualified name, or the
    qualified name of what the value is assigned to (``Agent.__init__.prompt``), both as in Python's
    ``__qualname__`` but without ``<locals>``. A value that is assigned to nothing is called by its
    ``name=``, else ``value``; a second one of the same name ends in ``#2``. `range` is what an edit
    may touch: from ``def`` to the function's last line, or the literal. `statement` is the whole of
    it: with the decorators, or the whole ``node(…)`` call. `name_range` is the function's name, or
    the literal again. `text` is the value: the function's source without decorators and without
    the indentation of its ``def``, or the literal as written; its lines end in line feeds whatever
    those of the file end in. `signature` is the ``def`` line(s) up to and with the colon, dedented,
    empty for a value. `comment` is the feedback written in ``# trace:`` comments, "" if none.
    """

    file: str
    name: str
    kind: Literal["function", "value"]
    range: Range
    statement: Range
    name_range: Range
    text: str
    signature: str = ""
    comment: str = ""


def find_trainables(text: str, file: str) -> list[Trainable]:
    """The trainables of a text, in order of their positions; [] if there are none.

    A name counts as the engine's if imports and plain assignments lead to it, in this text or in
    modules of the workspace around `file`. A text without the word "trainable" is not even
    parsed. Raises NotParsable.
    """
    if "trainable" not in text:
        return []
    # Until the syntax tree is gone again: the collector would go through all of it.
    with uncollected():
        return _found(ParsedText(text, file))


def _found(parsed: ParsedText) -> list[Trainable]:
    marks = marks_in(parsed)
    if not marks:
        return []
    found = [_trainable(parsed, mark) for mark in marks]
    feedback = Feedback(parsed)
    comments = feedback.share([_regions(mark, feedback) for mark in marks])
    return [replace(each, comment=comment) for each, comment in zip(found, comments, strict=True)]


def find_trainable(
    trainables: Sequence[Trainable],
    name: str | None = None,
    position: Position | None = None,
) -> Trainable:
    """The trainable that is meant: by name, else by position, else the only one.

    The end of a name will do where it is clear (``act`` for ``Agent.act``). By position it is the
    innermost around it, or else what is on its line.
    Raises NoTrainable if there are none, UnknownTrainable if it is not clear which is meant.
    """
    if not trainables:
        raise NoTrainable(
            "Nothing here may change: mark a function with @bundle(trainable=True), "
            "or a value with node(…, trainable=True)."
        )
    if name is not None:
        return _named(trainables, name)
    around = _around(trainables, position) if position is not None else []
    if len(around or trainables) == 1:
        return (around or trainables)[0]
    where = f"on line {position.line + 1}" if position is not None else "here"
    there_is = (
        "There are several trainables" if around or position is None else "There is no trainable"
    )
    raise UnknownTrainable(f"{there_is} {where}: name one of {_listed(around or trainables)}.")


def _named(trainables: Sequence[Trainable], name: str) -> Trainable:
    exact = [each for each in trainables if each.name == name]
    found = exact or [each for each in trainables if each.name.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownTrainable(f"`{name}` may be {_listed(found, 'or')}: say which.")
    raise UnknownTrainable(f"There is no trainable `{name}`; there is {_listed(trainables)}.")


def _listed(trainables: Sequence[Trainable], last: str = "and") -> str:
    names = [f"`{each.name}`" for each in trainables]
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _around(trainables: Sequence[Trainable], position: Position) -> list[Trainable]:
    """The innermost trainable around the position, else all on its line that are as small."""
    within = [each for each in trainables if position in each.statement]
    if within:
        return [max(within, key=lambda each: each.statement.start)]
    beside = [each for each in trainables if position.line in _lines_of(each)]
    smallest = min((len(_lines_of(each)) for each in beside), default=0)
    return [each for each in beside if len(_lines_of(each)) == smallest]


def _lines_of(trainable: Trainable) -> range:
    return range(trainable.statement.start.line, trainable.statement.end.line + 1)


def _trainable(parsed: ParsedText, mark: Mark) -> Trainable:
    if isinstance(mark, FunctionMark):
        return _function(parsed, mark)
    literal = parsed.range_of(mark.literal)
    return Trainable(
        file=parsed.file,
        name=mark.name,
        kind="value",
        range=literal,
        statement=parsed.range_of(mark.call),
        name_range=literal,
        text="\n".join(contents_in(parsed.lines, literal)),
    )


def _function(parsed: ParsedText, mark: FunctionMark) -> Trainable:
    whole = Range(parsed.range_of(mark.function).start, _end(parsed, mark.function))
    return Trainable(
        file=parsed.file,
        name=mark.name,
        kind="function",
        range=whole,
        statement=Range(_decorators_start(parsed, mark.function), whole.end),
        name_range=_name_range(parsed, whole),
        text=function_text(parsed.lines, whole),
        signature=function_text(parsed.lines, _head(parsed, mark.function, whole)),
    )


def _end(parsed: ParsedText, function: FunctionNode) -> Position:
    """The end of the function's last line, unless something follows that is more than a comment."""
    end = parsed.range_of(function).end
    content = content_of(parsed.lines[end.line])
    if _HARMLESS_REST.match(content, end.column):
        return Position(end.line, len(content))
    return end


def _decorators_start(parsed: ParsedText, function: FunctionNode) -> Position:
    """Where the first ``@`` is.

    `ast` tells only where the expression behind it begins, which brackets or a backslash may put
    on a later line.
    """
    line = first_line(function) - 1
    while not (content := parsed.lines[line].lstrip("\ufeff \t\f")).startswith("@"):
        line -= 1
    return Position(line, len(parsed.lines[line]) - len(content))


def _name_range(parsed: ParsedText, whole: Range) -> Range:
    source = slice_of(parsed.lines, whole)
    found = _NAME.match(source)
    start = advanced(whole.start, source[: found.start(1)] if found else "")
    return Range(start, advanced(start, found[1] if found else ""))


def _head(parsed: ParsedText, function: FunctionNode, whole: Range) -> Range:
    """From ``def`` to the colon.

    It is the first outside of brackets that is behind the annotation of what is returned.
    """
    start = whole.start
    behind = parsed.range_of(function.returns).end if function.returns else start
    depth = 0
    for token in tokens_of(contents_in(parsed.lines, whole)):
        row, column = token.end
        end = Position(start.line + row - 1, column + (start.column if row == 1 else 0))
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if token.string == ":" and not depth and end > behind:
                return Range(start, end)
    return Range(start, start)


def _regions(mark: Mark, feedback: Feedback) -> list[Lines]:
    """The lines whose comments are feedback on the mark.

    Those of a function, with what is above and at its end; those of a call, and of its statement
    if that is not a block.
    """
    if isinstance(mark, FunctionMark):
        function = mark.function
        lines = feedback.around((first_line(function), last_line(function)))
        return [feedback.beneath(lines, function.col_offset)]
    regions = [(mark.call.lineno, last_line(mark.call))]
    if not hasattr(mark.statement, "body"):
        regions.append((mark.statement.lineno, last_line(mark.statement)))
    return [feedback.around(lines) for lines in regions]
