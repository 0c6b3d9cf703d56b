"""Where what is remembered of a workspace is kept: files in the user's state folder."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import PurePath

import platformdirs

_FOLDER = "TRACE_LSP_STATE"
_MARKS = (".git", "pyproject.toml")
_NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+")


def state_file(workspace: str, kind: str, suffix: str, environment: Mapping[str, str]) -> str:
    """The path of the workspace's file of that kind, whether it is there or not.

    It is in the folder that the variable ``TRACE_LSP_STATE`` names, else in the user's state folder
    as the system has it. A workspace inside a project has the project's, and other paths to the
    same workspace lead to the same file.
    """
    folder = environment.get(_FOLDER) or platformdirs.user_state_dir("trace-lsp", appauthor=False)
    real = os.path.normcase(project_of(workspace))
    name = _NOT_IN_FILE_NAMES.sub("_", os.path.basename(real))[:40] or "workspace"
    digest = hashlib.sha256(real.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    folder = os.path.abspath(os.path.expanduser(folder))
    return os.path.join(folder, kind, f"{name}-{digest}{suffix}")


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
