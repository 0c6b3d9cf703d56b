"""What a program finds around it in a traced run, where that is not what `python FILE` gives it."""

from __future__ import annotations

import builtins
import contextlib
import os
import sys
from typing import Any

_PLAIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "plain")
_NO_INPUT = (
    "EOF when reading a line: a traced run has no keyboard. Give it lines to read in its "
    "configuration."
)


def arrange() -> None:
    """Makes questions and breakpoints say what they are, and lets workers find `opto`."""
    sys.path.append(_PLAIN)
    sys.breakpointhook = _at_breakpoint
    builtins.input = _asking(builtins.input)


def _at_breakpoint(*args: Any, **kwargs: Any) -> None:
    """`breakpoint()`: says that nobody debugs, and goes on."""
    if os.environ.get("PYTHONBREAKPOINT") == "0":
        return
    frame = sys._getframe(1)
    where = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
    with contextlib.suppress(Exception):
        sys.stderr.write(f"breakpoint() at {where}: a traced run is not debugged; it goes on.\n")


def _asking(read: Any) -> Any:
    def input(prompt: object = "", /) -> str:
        try:
            line: str = read(prompt)
        except EOFError:
            raise EOFError(_NO_INPUT) from None
        return line

    return input
