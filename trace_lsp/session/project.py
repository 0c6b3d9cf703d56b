"""Which project a folder belongs to."""

from __future__ import annotations

import os
from pathlib import PurePath

_MARKS = (".git", "pyproject.toml")


def project_of(folder: str) -> str:
    """The folder's project: the nearest repository that it is in, or else the nearest folder with a
    ``pyproject.toml``, or else the folder itself. A person's home folder is no project."""
    real = os.path.realpath(folder)
    home = os.path.realpath(os.path.expanduser("~"))
    around = [each for each in _upwards(real) if each != home]
    for mark in _MARKS:
        for each in around:
            if os.path.exists(os.path.join(each, mark)):
                return each
    return real


def _upwards(folder: str) -> list[str]:
    return [folder, *map(str, PurePath(folder).parents)]
