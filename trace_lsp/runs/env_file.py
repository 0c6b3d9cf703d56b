"""Files of environment variables, as an `envFile` names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

_REFERENCE = re.compile(r"\$\{(\w+)\}")


def read_env_file(path: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of the file. ``${NAME}`` in a value stands for what is above it in the file, or
    else in the environment, or for nothing.

    Raises OSError, and UnicodeDecodeError if it is not UTF-8.
    """
    from dotenv import dotenv_values

    text = Path(path).read_text("utf-8-sig")
    variables: dict[str, str] = {}

    def meant(match: re.Match[str]) -> str:
        return variables.get(match[1], environment.get(match[1], ""))

    # The library would look references up in this process's own environment.
    for name, value in dotenv_values(stream=StringIO(text), interpolate=False).items():
        if value is not None:
            variables[name] = _REFERENCE.sub(meant, value)
    return variables
