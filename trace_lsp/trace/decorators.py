"""The decorators that stand beneath ours: they wrapped a function before we saw it, and must wrap
each new version of it."""

from __future__ import annotations

import ast
import sys
from opcode import opmap
from types import FrameType, FunctionType
from typing import Any, Optional

from trace_lsp.trace.definitions import Definition


class Beneath:
    """The decorators beneath ours, in the definition that is under way.

    That is all of them if none is under way: then a finished function was passed to us. The
    values that they use of the function or class around the definition are kept.
    """

    def __init__(self, definition: Definition) -> None:
        self._file = definition.file
        self._decorators = definition.tree.decorator_list
        self._around: dict[str, Any] = {}
        frame: Optional[FrameType] = sys._getframe(1)
        while frame is not None and not _is_defining(frame, definition):
            frame = frame.f_back
        if frame is not None:
            self._decorators = _beneath(definition, frame)
            self._around = _locals_used(self._decorators, frame)

    def applied_to(self, function: Any, plain: FunctionType, flags: int) -> Any:
        """The function as the decorators make it; they see the globals of the `plain` one."""
        names = {**plain.__globals__, **self._around} if self._around else plain.__globals__
        for decorator in reversed(self._decorators):
            expression = ast.Expression(decorator)
            code = compile(expression, self._file, "eval", flags, dont_inherit=True)
            function = eval(code, names)(function)  # noqa: S307
        return function


def _beneath(definition: Definition, frame: FrameType) -> list[ast.expr]:
    decorators = definition.tree.decorator_list
    if sys.version_info >= (3, 11):
        return [each for each in decorators if each.lineno > frame.f_lineno]
    return decorators[len(decorators) - _calls_before(frame) :]


def _is_defining(frame: FrameType, definition: Definition) -> bool:
    if frame.f_code.co_filename != definition.file:
        return False
    lines = [each.lineno for each in definition.tree.decorator_list]
    return min(lines, default=definition.line) <= frame.f_lineno <= definition.line


def _calls_before(frame: FrameType) -> int:
    """How many calls stand directly before the one under way: before 3.11 a decorator's call has
    the line of the ``def``, but they stand in a row."""
    call, code, at = opmap["CALL_FUNCTION"], frame.f_code.co_code, frame.f_lasti - 2
    while at >= 0 and code[at] == call:
        at -= 2
    return (frame.f_lasti - 2 - at) // 2


def _locals_used(decorators: list[ast.expr], frame: FrameType) -> dict[str, Any]:
    if not decorators or frame.f_locals is frame.f_globals:
        return {}
    found = frame.f_locals
    names = [each for decorator in decorators for each in ast.walk(decorator)]
    return {
        each.id: found[each.id] for each in names if isinstance(each, ast.Name) and each.id in found
    }
