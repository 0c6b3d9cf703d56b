"""What a name from another module of the workspace stands for: jedi follows it there.

Only files of the workspace are looked at, so that a library's own ``trainable=True`` costs little.
jedi is loaded when it is first needed, as most programs do without.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

from trace_lsp.source.names import Kind, Paths, kind_of
from trace_lsp.source.parsed import ParsedText

_ROOT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg")


class Elsewhere:
    """Looks names up in the modules that a file can import from its workspace.

    It keeps what it has found, so it is good for one reading of one file.
    """

    def __init__(self, parsed: ParsedText) -> None:
        self._parsed = parsed
        self._kinds: dict[Paths, Kind | None] = {}

    def kind_of(self, called: ast.expr, paths: Paths) -> Kind | None:
        """Which of the engine's two functions is called, if one of them.

        The paths are what this file tells of it: what has the same is followed only once.
        """
        if not paths:
            return None
        if paths not in self._kinds:
            self._kinds[paths] = self._followed(called)
        return self._kinds[paths]

    def _followed(self, called: ast.expr) -> Kind | None:
        from trace_lsp.source.following import names_at

        parsed, end = self._parsed, self._parsed.range_of(called).end
        file = Path(parsed.file).absolute()
        names = names_at(end, "".join(parsed.lines), file, list(_roots(file)))
        return next(filter(None, map(kind_of, names)), None)


def _roots(file: Path) -> Iterator[Path]:
    """The root of the file's project, and each ``src`` on the way there.

    Where no project is marked, the root is the folder that holds the file's package.
    """
    folders = list(file.parents)
    tops = (at for at, folder in enumerate(folders) if _is_marked(folder))
    unpacked = (
        at for at, folder in enumerate(folders) if not os.path.isfile(folder / "__init__.py")
    )
    top = next(tops, next(unpacked, 0))
    yield folders[top]
    for folder in folders[: top + 1]:
        yield folder / "src"


def _is_marked(folder: Path) -> bool:
    return any(os.path.exists(folder / mark) for mark in _ROOT_MARKS)
