"""What a name from another module of the workspace stands for.

The modules are read, never imported: importing runs them, and extension modules with them. Only
files of the workspace are looked at, so that a library's own ``trainable=True`` costs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from trace_lsp.errors import SourceError
from trace_lsp.source.files import read_source
from trace_lsp.source.names import Kind, Reader, Scope, kind_of
from trace_lsp.source.parsed import parse

_ROOT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg")
_LONGEST_WAY = 16  # modules that pass a name on to each other, before it is given up


class Elsewhere:
    """Looks names up in the modules that a file can import from its workspace.

    It keeps what it has read, so it is good for one reading of one file.
    """

    def __init__(self, file: str) -> None:
        self._file = Path(file)
        self._scopes: dict[Path, Scope | None] = {}
        self._kinds: dict[str, Kind | None] = {}

    def kind_of(self, path: str) -> Kind | None:
        """Which of the engine's two functions the path leads to, if one of them."""
        if path not in self._kinds:
            self._kinds[path] = self._followed(path)
        return self._kinds[path]

    def _followed(self, path: str) -> Kind | None:
        """Breadth first, as a package may pass on what several of its modules may have."""
        ways = {(path, self._file)}
        for _ in range(_LONGEST_WAY):
            for found in (kind_of(path) for path, _ in ways):
                if found is not None:
                    return found
            ways = {step for path, file in ways for step in self._steps(path, file)}
        return None

    def _steps(self, path: str, file: Path) -> Iterator[tuple[str, Path]]:
        """What the path stands for in the modules it may mean, with the file it is said in."""
        for module, rest in _modules(path, file):
            scope = self._scope(module)
            if scope is None:
                continue
            name, dot, attributes = rest.partition(".")
            for further in scope.lookup(name):
                yield further + dot + attributes, module

    def _scope(self, module: Path) -> Scope | None:
        """The names of a module; None if it cannot be read."""
        if module not in self._scopes:
            try:
                tree = parse(read_source(str(module)), str(module))
            except SourceError:
                self._scopes[module] = None
            else:
                self._scopes[module] = Reader().read(tree)
        return self._scopes[module]


def _modules(path: str, file: Path) -> Iterator[tuple[Path, str]]:
    """The files that a path may mean as seen from a file, and what is then left of it."""
    names = path.lstrip(".").split(".")
    level = len(path) - len(path.lstrip("."))
    folders = list(file.parents)[level - 1 : level] if level else list(_roots(file))
    for folder in folders:
        # Only a relative path may begin with a name from the package itself: ``from . import f``.
        for count in range(0 if level else 1, len(names)):
            place = folder.joinpath(*names[:count])
            files = [place / "__init__.py"] + ([place.with_suffix(".py")] if count else [])
            for module in files:
                if os.path.isfile(module):
                    yield module, ".".join(names[count:])


def _roots(file: Path) -> Iterator[Path]:
    """The folders that absolute imports may start from, and their ``src``.

    They are those around the file, up to the root of its project, or where no project is marked,
    to the folder that holds its package.
    """
    folders = list(file.parents)
    tops = (at for at, folder in enumerate(folders) if _is_marked(folder))
    unpacked = (
        at for at, folder in enumerate(folders) if not os.path.isfile(folder / "__init__.py")
    )
    top = next(tops, next(unpacked, 0))
    for folder in folders[: top + 1]:
        yield folder
        yield folder / "src"


def _is_marked(folder: Path) -> bool:
    return any(os.path.exists(folder / mark) for mark in _ROOT_MARKS)
