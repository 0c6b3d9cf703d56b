"""TOML files, as Python has it since 3.11 and as a library has it before."""

from __future__ import annotations

import os
import sys
from typing import Any


def project_file(folder: str) -> str:
    """Where a folder's pyproject.toml is, whether it is there or not."""
    return os.path.join(folder, "pyproject.toml")


def read_toml(file: str) -> dict[str, Any]:
    """What a TOML file holds, {} if there is none; raises OSError, and ValueError if it is not TOML."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        with open(file, "rb") as opened:
            data: dict[str, Any] = tomllib.load(opened)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return data
