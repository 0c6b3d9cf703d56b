"""What is done once, for all candidates of a program: it is compiled, and what it imports is loaded."""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import mmap
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from typing import Optional

from trace_lsp.runs.child.candidate import Prepared
from trace_lsp.runs.child.execution import NOT_PYTHON, compiled
from trace_lsp.runs.child.guard import lock
from trace_lsp.runs.child.program import prepare
from trace_lsp.runs.wire import Warm
from trace_lsp.trace.definitions import read_ahead

_CHUNK = 1 << 16
_FIRST = ("resource",)
"""What a candidate needs itself, and need not import each time."""


def prepared(warm: Warm) -> Optional[Prepared]:
    """What candidates start from; None if the program's text is not Python."""
    prepare(warm.program, warm.arguments)
    stdin = _kept_input()
    try:
        code = compiled(warm.text, warm.program)
    except NOT_PYTHON:
        return None
    for name in (*_FIRST, *(warm.modules or imports_in(warm.text, warm.program))):
        _import(name)
    read_ahead(warm.program)
    if warm.allowed is not None:
        lock(warm.allowed)  # its forks, too
    gc.collect()
    gc.freeze()  # so that forks share these objects' memory
    return Prepared(warm, code, _size(), stdin)


def imports_in(text: str, program: str) -> Iterator[str]:
    """The modules that the program imports at the top, but for those of its own folder: where no
    run told which they are."""
    folder = os.path.dirname(program)
    for statement in ast.parse(text).body:
        names: list[str] = []
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            names = [statement.module or ""]
        yield from (name for name in names if name and not _is_own(name.partition(".")[0], folder))


def _is_own(name: str, folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, name + end)) for end in ("", ".py"))


def _import(name: str) -> None:
    # A program may have prepared something before it imported this. Then it imports it itself.
    with contextlib.suppress(BaseException), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(name)


def _kept_input() -> str:
    """The file that holds what the program is given to read, so that each fork reads all of it."""
    given = b"".join(iter(lambda: os.read(0, _CHUNK), b""))
    if not given:
        return os.devnull
    descriptor, path = tempfile.mkstemp(prefix="trace-lsp-")
    with open(descriptor, "wb") as file:
        file.write(given)
    return path


def _size() -> int:
    """Bytes of address space that this process has; where that is not known, no bound."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * mmap.PAGESIZE
    except OSError:
        return sys.maxsize >> 1
