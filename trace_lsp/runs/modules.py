"""Which file of a project a module is."""

from __future__ import annotations

import os
from collections.abc import Iterable


def module_file(name: str, folders: Iterable[str]) -> str:
    """The file that ``python -m name`` runs with these folders to look in, one after the other; ""
    if it is in none, as a module that is installed."""
    path = name.replace(".", os.sep)
    for folder in folders:
        for relative in (f"{path}.py", os.path.join(path, "__main__.py")):
            file = os.path.normpath(os.path.join(folder, relative))
            if os.path.isfile(file):
                return file
    return ""


def search_path(directory: str, variable: str | None) -> list[str]:
    """Where modules are looked for: the working directory, then the folders of a ``PYTHONPATH``."""
    listed = filter(None, (variable or "").split(os.pathsep))
    return [directory, *(os.path.join(directory, each) for each in listed)]
