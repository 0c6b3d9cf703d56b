"""Which run was chosen last for each file of a workspace, kept from one start to the next."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from trace_lsp.errors import ChoiceNotKept
from trace_lsp.state import state_file

MOST_FILES = 500
"""How many files' choices are kept; beyond it the oldest go."""


def choices_of(workspace: str, environment: Mapping[str, str]) -> str:
    """The path of the workspace's choices, whether it is there or not; see `state_file`."""
    return state_file(workspace, "runs", ".json", environment)


class Choices:
    """The choices in a file, which other processes may read and write at the same time.

    Each is the `id` of an offer. A file that cannot be read counts as empty: nothing is lost but
    what is chosen again with one click.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def chosen(self, file: str) -> str:
        """What was chosen last for the file, "" if nothing was."""
        return self._read().get(file, "")

    def choose(self, file: str, id: str) -> None:
        """Keeps the choice for the file; raises ChoiceNotKept."""
        try:
            with self._locked():
                choices = self._read()
                choices.pop(file, None)  # so that it is the youngest
                kept = [*choices.items(), (file, id)][-MOST_FILES:]
                self._write(json.dumps(dict(kept), indent=1))
        except OSError as error:
            raise ChoiceNotKept(
                f"{self._path} cannot be written: {error}. The next start will not know of it."
            ) from error

    def _read(self) -> dict[str, str]:
        try:
            data = json.loads(Path(self._path).read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        items = data.items() if isinstance(data, dict) else ()
        return {file: id for file, id in items if isinstance(id, str)}

    def _write(self, text: str) -> None:
        """Puts the text in the file's place at once: who reads has the old or the new."""
        folder = os.path.dirname(self._path)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as new:
            new.write(text)
        os.replace(new.name, self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Holds off whoever else would write. The lock goes with its holder, however that ends."""
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        with open(f"{self._path}.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
