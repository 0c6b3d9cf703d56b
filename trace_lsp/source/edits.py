"""A trainable's new value as the smallest edit, as a diff, and in its place when the text moves."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from trace_lsp.errors import StaleText
from trace_lsp.source.function_edit import FunctionEdit
from trace_lsp.source.indentation import contents_in, function_text
from trace_lsp.source.literals import new_literal
from trace_lsp.source.text import (
    TextEdit,
    apply_edits,
    line_end_at,
    split_lines,
    text_hash,
)
from trace_lsp.source.trainables import Trainable, find_trainables


def edits_for(trainable: Trainable, value: str, text: str) -> list[TextEdit]:
    """The edits of the text that give the trainable its new value; [] if it has it already.

    For a function the value is its source, one function and nothing else (blank lines, comments
    and decorators around it are dropped); for a value a Python literal, as ``repr`` gives it.
    Raises NotParsable if it is not, StaleText if the trainable is not where it says it is.
    """
    lines = split_lines(text)
    _check_in_place(trainable, lines)
    if trainable.kind == "function":
        return FunctionEdit(trainable, lines, value).edits()
    written = new_literal(trainable.text, value, trainable.name)
    if written == trainable.text:
        return []
    return [
        TextEdit(
            trainable.range, written.replace("\n", line_end_at(lines, trainable.range.start.line))
        )
    ]


def unified_diff(text: str, edits: Iterable[TextEdit], file: str) -> str:
    """What the edits change, as a unified diff; "" if nothing.

    A relative `file` is the label as it is, behind ``a/`` and ``b/``; of an absolute one its last
    part.
    """
    path = PurePath(file)
    label = path.name if path.is_absolute() else path.as_posix()
    before, after = _diff_lines(text), _diff_lines(apply_edits(text, edits))
    diff = difflib.unified_diff(before, after, f"a/{label}", f"b/{label}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in diff
    )


def reanchor(trainable: Trainable, old_text_hash: str, text: str) -> Trainable:
    """The trainable where it is in a text that may have changed: the same name and the same value.

    `old_text_hash` is the hash of the text in which it was found; of an unchanged text nothing is
    read. Two values that are alike and have no names of their own cannot be told apart.
    Raises StaleText if it is gone or its own text has changed, NotParsable.
    """
    if text_hash(text) == old_text_hash:
        return trainable
    name, file = trainable.name, trainable.file
    for found in find_trainables(text, file):
        if (found.name, found.kind) == (name, trainable.kind):
            if found.text == trainable.text:
                return found
            raise StaleText(f"`{name}` in {file} was changed in the meantime: optimize it again.")
    raise StaleText(f"`{name}` is no longer in {file}, or no longer trainable.")


def _diff_lines(text: str) -> list[str]:
    """The text's lines as a diff shows them: it knows no lone carriage returns."""
    lines = [line[:-1] + "\n" if line.endswith("\r") else line for line in split_lines(text)]
    return lines if lines[-1] else lines[:-1]


def _check_in_place(trainable: Trainable, lines: Sequence[str]) -> None:
    place = trainable.range
    there = ""
    if place.end.line < len(lines):
        is_function = trainable.kind == "function"
        there = function_text(lines, place) if is_function else "\n".join(contents_in(lines, place))
    if there != trainable.text:
        raise StaleText(
            f"`{trainable.name}` is no longer at line {place.start.line + 1} of {trainable.file}."
        )
