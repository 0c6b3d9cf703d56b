"""How a program's text is run: as a file, as a module, or one function of it."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import linecache
import os
import sys
import tokenize
from collections.abc import Callable, Sequence
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec
from types import CodeType, ModuleType
from typing import Any, Optional

from trace_lsp.runs.child import checks
from trace_lsp.runs.child.depth import Depth
from trace_lsp.runs.child.objective import objective_in
from trace_lsp.runs.wire import PROGRAM, LaunchRow

__all__ = ["NOT_PYTHON", "PROGRAM", "Ending", "LaunchRow", "compiled", "execute", "tell"]


class Ending:
    """How the program ended: the code that its interpreter would end with, the exception that was
    the reason, whether its text was Python, and the number it was to be judged by."""

    def __init__(
        self,
        code: int = 0,
        error: Optional[BaseException] = None,
        parsed: bool = True,
        objective: Optional[float] = None,
    ) -> None:
        self.code = code
        self.error = error
        self.parsed = parsed
        self.objective = objective


NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What compiling a text that is not Python raises."""


def compiled(text: str, program: str) -> CodeType:
    """The program's code, with its checks told of; raises one of `NOT_PYTHON`.

    Tracebacks and `inspect` show the text from here on, which the file may not hold yet.
    """
    lines = io.StringIO(text, newline=None).readlines()
    linecache.cache[program] = (len(text), None, lines, program)
    source: Any = text
    try:
        if "assert" in text:
            source = checks.with_checks(ast.parse(text, program))
        # Not this file's own future imports: the program has its own.
        return compile(source, program, "exec", dont_inherit=True)
    except SyntaxError as error:
        if error.lineno is not None:
            # Python looks the line up on disk, where another text may stand.
            error.text = linecache.getline(program, error.lineno) or error.text
        raise


def execute(
    code: CodeType, program: str, objective: str, depth: Depth, launch: LaunchRow = PROGRAM
) -> Ending:
    """Runs the code as the launch says. `objective` names a number of its module, "" for none."""
    kind, *names = launch
    try:
        module = _module(program, kind, names)
    except ImportError as error:
        return Ending(1, error)
    call = None if kind != "function" else partial(_call, module, *names)
    return run_codes([code], module, objective, depth, call)


def run_codes(
    codes: Sequence[CodeType],
    module: ModuleType,
    objective: str,
    depth: Depth,
    call: Optional[Callable[[], None]] = None,
) -> Ending:
    """Runs the codes in the module, one after the other, and then the call."""
    depth.install()
    try:
        for code in codes:
            exec(code, module.__dict__)  # noqa: S102  this is what the process is for
        if call is not None:
            call()
    except SystemExit as stop:
        return Ending(_exit_code(stop.code))
    except BaseException as error:  # noqa: BLE001  the program may end by anything
        return Ending(130 if isinstance(error, KeyboardInterrupt) else 1, error)
    return Ending(objective=objective_in(module.__dict__, objective) if objective else None)


def _module(program: str, kind: str, names: Sequence[str]) -> ModuleType:
    """The module that the code becomes: the main one, or for a function one of the file's name."""
    if kind == "function":
        return _new_module(os.path.splitext(os.path.basename(program))[0], program)
    module = main_module(program)
    if kind == "module":
        _as_module(module, *names)
    return module


def main_module(program: str) -> ModuleType:
    """A new main module for that file."""
    return _new_module("__main__", program)


def _new_module(name: str, program: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = program
    module.__loader__ = SourceFileLoader(name, program)
    module.__dict__.update(__annotations__={}, __cached__=None)
    module.__dict__["__builtins__"] = builtins
    sys.modules[name] = module
    return module


def _as_module(main: ModuleType, name: str) -> None:
    """Gives the main module what ``python -m NAME`` gives it, so that it may import relatively.

    Raises ModuleNotFoundError as importing the packages around it does.
    """
    spec = _spec_of_main(name)
    main.__spec__ = spec
    main.__package__ = spec.parent
    main.__loader__ = spec.loader
    main.__dict__["__cached__"] = spec.cached


def _spec_of_main(name: str) -> ModuleSpec:
    spec = find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = find_spec(f"{name}.__main__")
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return spec


def text_of_module(name: str, program: str, text: str) -> tuple[str, str]:
    """The file of a module and its text: the program's, if that is its file, else the one on disk.

    Raises ModuleNotFoundError, and what importing the packages around it does.
    """
    spec = _spec_of_main(name)
    file = spec.origin or ""
    if os.path.realpath(file) == os.path.realpath(program):
        return program, text
    with tokenize.open(file) as opened:
        return file, opened.read()


def _call(module: ModuleType, name: str, arguments: str) -> None:
    """Calls a function of the module, with arguments that are Python text; waits for a coroutine."""
    call = compile(f"{name}({arguments})", "<arguments>", "eval", dont_inherit=True)
    result = eval(call, module.__dict__)  # noqa: S307  this is what the process is for
    value = getattr(result, "data", result)
    if hasattr(value, "__await__"):
        import asyncio

        async def waited() -> None:
            await value

        asyncio.run(waited())


def _exit_code(code: Any) -> int:
    """What `sys.exit(code)` makes the interpreter end with."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    tell(f"{code}\n")
    return 1


def tell(text: str) -> None:
    """Writes to stderr, unless the program put something in its place that takes no text."""
    with contextlib.suppress(Exception):
        sys.stderr.write(text)
