"""A reply that is there already, said as if it came just now."""

from __future__ import annotations

import asyncio
import re
from typing import Optional

from trace_lsp.models.chat import OnText

_WORD = re.compile(r"\s+|\S+\s*")


async def speak(text: str, on_text: Optional[OnText]) -> None:
    """Gives `on_text` the text word by word."""
    for piece in _WORD.findall(text):
        # Gives cancellation, and the rest of the program, a turn between two words.
        await asyncio.sleep(0)
        if on_text is not None:
            on_text(piece)
