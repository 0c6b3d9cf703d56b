"""Warnings at the program's own line."""

from __future__ import annotations

import sys
import warnings

from trace_lsp.trace.failures import is_engine


def notice(message: str) -> None:
    """Warns at the innermost line that is not this package's: that is where the reader can act."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and is_engine(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
