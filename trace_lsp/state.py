"""Where what is remembered of a workspace is kept: files in the user's state folder."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping

import platformdirs

_FOLDER = "TRACE_LSP_STATE"
_NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+")


def state_file(workspace: str, kind: str, suffix: str, environment: Mapping[str, str]) -> str:
    """The path of the workspace's file of that kind, whether it is there or not.

    It is in the folder that the variable ``TRACE_LSP_STATE`` names, else in the user's state folder
    as the system has it. Other paths to the same workspace lead to the same file.
    """
    folder = environment.get(_FOLDER) or platformdirs.user_state_dir("trace-lsp", appauthor=False)
    real = os.path.normcase(os.path.realpath(workspace))
    name = _NOT_IN_FILE_NAMES.sub("_", os.path.basename(real))[:40] or "workspace"
    digest = hashlib.sha256(real.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    folder = os.path.abspath(os.path.expanduser(folder))
    return os.path.join(folder, kind, f"{name}-{digest}{suffix}")
