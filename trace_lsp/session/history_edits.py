"""An entry of the history taken back, or made again, in a text that may have changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trace_lsp.errors import EditRefused, StaleText
from trace_lsp.session.history_types import Entry
from trace_lsp.source.edits import edits_for
from trace_lsp.source.text import TextEdit, apply_edits, line_end_at, split_lines
from trace_lsp.source.trainables import Trainable, find_trainables


def edits_to_undo(entry: Entry, text: str) -> list[TextEdit]:
    """The edits that give what the entry changed its text from before; [] if it changed nothing.

    They do not overlap. What changed elsewhere in the text stays. Raises StaleText if something
    does not read as the entry left it, NotParsable.
    """
    return _Change(entry, text, undo=True).edits()


def edits_to_redo(entry: Entry, text: str) -> list[TextEdit]:
    """The edits that make what the entry changed once more; [] if it changed nothing.

    As `edits_to_undo`, of a text that reads as it did before the entry.
    """
    return _Change(entry, text, undo=False).edits()


def must_change(entry: Entry) -> None:
    """Raises EditRefused for an entry that came to no change."""
    if not entry.after:
        raise EditRefused(f"{entry.id} came to no change, so there is nothing to write.")


class _Change:
    """The trainables of an entry on the way back to `before`, or again to `after`."""

    def __init__(self, entry: Entry, text: str, undo: bool) -> None:
        self._entry = entry
        self._text = text
        self._is_undo = undo
        self._verb = "undo" if undo else "apply"
        self._old = entry.after if undo else entry.before
        self._new = entry.before if undo else entry.after

    def edits(self) -> list[TextEdit]:
        names = [name for name in self._entry.after if name in self._entry.before]
        trainables = self._trainables(self._text)
        found = [self._checked(name, trainables) for name in names]
        outer = [each for each in found if not _is_inside(each, found)]
        edits = [edit for each in outer for edit in self._edits(each)]
        if len(outer) < len(found):
            self._check_inner(names, edits)
        return edits

    def _trainables(self, text: str) -> dict[tuple[str, str], Trainable]:
        found = find_trainables(text, self._entry.file)
        return {(each.name, each.kind): each for each in found}

    def _checked(self, name: str, trainables: Mapping[tuple[str, str], Trainable]) -> Trainable:
        """The trainable of that name. Raises StaleText unless it reads as it should."""
        found = self._named(name, trainables)
        if found is None:
            raise StaleText(
                f"`{name}` is no longer in {self._entry.file}, or no longer trainable: "
                f"there is nothing to {self._verb}."
            )
        if _reads_as(found, self._old[name], self._text):
            return found
        if _reads_as(found, self._new[name], self._text):
            raise StaleText(
                f"`{name}` in {self._entry.file} reads already as it would then: "
                f"there is nothing to {self._verb}."
            )
        raise StaleText(
            f"`{name}` in {self._entry.file} was changed since: what would be written over is not "
            f"what entry {self._entry.id} knows. Change it by hand, or optimize it again."
        )

    def _named(
        self, name: str, trainables: Mapping[tuple[str, str], Trainable]
    ) -> Trainable | None:
        kinds = [self._entry.kinds[name]] if name in self._entry.kinds else ["function", "value"]
        return next(filter(None, (trainables.get((name, kind)) for kind in kinds)), None)

    def _edits(self, trainable: Trainable) -> list[TextEdit]:
        new = self._new[trainable.name]
        edits = edits_for(trainable, new, self._text)
        if not edits or trainable.kind == "function" or not self._is_undo:
            return edits
        # What stood there once stands there again as it was written, not in the present's manner.
        end = line_end_at(split_lines(self._text), trainable.range.start.line)
        return [TextEdit(trainable.range, new.replace("\n", end))]

    def _check_inner(self, names: Sequence[str], edits: Sequence[TextEdit]) -> None:
        """What is inside of another changes with it: raises StaleText if it is not right then."""
        text = apply_edits(self._text, edits)
        trainables = self._trainables(text)
        for name in names:
            found = self._named(name, trainables)
            if found is None or not _reads_as(found, self._new[name], text):
                raise StaleText(
                    f"`{name}` in {self._entry.file} is part of something else that entry "
                    f"{self._entry.id} changed, and the two do not go together. Change it by hand."
                )


def _is_inside(trainable: Trainable, others: Sequence[Trainable]) -> bool:
    start, end = trainable.range.start, trainable.range.end
    return any(
        each.range != trainable.range and each.range.start <= start and end <= each.range.end
        for each in others
    )


def _reads_as(trainable: Trainable, value: str, text: str) -> bool:
    """True if giving the trainable that value would change nothing."""
    return trainable.text == value or not edits_for(trainable, value, text)
