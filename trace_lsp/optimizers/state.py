"""What an optimizer saves, as a JSON file: it can be read, and runs nothing when it is loaded."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from typing import Any


def save_state(path: str, optimizer: str, state: dict[str, Any]) -> None:
    """Writes the state of an optimizer of that class. The file is whole, or not there."""
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    beside = f"{path}.{os.getpid()}.new"
    try:
        with open(beside, "w", encoding="utf-8") as file:
            json.dump({"optimizer": optimizer, "state": state}, file, indent=1)
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.remove(beside)
        raise


def load_state(path: str, optimizer: str, names: Collection[str]) -> dict[str, Any]:
    """The state in the file; raises ValueError if it is not that of such an optimizer."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        saved, state = found["optimizer"], dict(found["state"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{path} holds no optimizer that was saved: {error!r}.") from error
    if saved != optimizer or set(state) != set(names):
        raise ValueError(f"{path} holds the state of another optimizer ({saved}).")
    return state
