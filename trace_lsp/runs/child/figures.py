"""Figures that a program drew and nobody could see, because there is no display."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from typing import Any

_LIBRARY = "matplotlib.pyplot"
MOST = 20
"""Figures that are saved at most."""


def saved_figures() -> tuple[str, ...]:
    """Saves the figures that matplotlib holds open, if it draws for no display; their paths.

    With a display the program shows them itself.
    """
    library: Any = sys.modules.get(_LIBRARY)
    paths: list[str] = []
    with contextlib.suppress(Exception):  # the figures are the program's: they may be anything
        if library is None or library.get_backend().lower() != "agg":
            return ()
        numbers = library.get_fignums()[:MOST]
        folder = tempfile.mkdtemp(prefix="trace-lsp-figures-") if numbers else ""
        for number in numbers:
            path = os.path.join(folder, f"figure-{number}.png")
            library.figure(number).savefig(path)
            paths.append(path)
    return tuple(paths)
