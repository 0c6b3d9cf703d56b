"""Where a program marks something as trainable: decorators and calls with ``trainable=True``."""

from __future__ import annotations

import ast
import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trace_lsp.source.elsewhere import Elsewhere
from trace_lsp.source.names import Kind, Reader, Scope, assigned, kind_of
from trace_lsp.source.parsed import (
    FUNCTIONS,
    FunctionNode,
    ParsedText,
    first_line,
    last_line,
)


@dataclass(frozen=True)
class FunctionMark:
    """A function with a ``bundle(trainable=True)`` decorator; `name` is its qualified name."""

    name: str
    function: FunctionNode

    @property
    def place(self) -> tuple[int, int]:
        return self.function.lineno, self.function.col_offset


@dataclass(frozen=True)
class ValueMark:
    """A ``node(<literal>, trainable=True)`` call, and the statement it is in."""

    name: str
    literal: ast.expr
    call: ast.Call
    statement: ast.stmt

    @property
    def place(self) -> tuple[int, int]:
        return self.literal.lineno, self.literal.col_offset


Mark = FunctionMark | ValueMark


def marks_in(parsed: ParsedText) -> list[Mark]:
    """All marks of a text by position; the second of a name is called ``name#2``."""
    finder = _Finder(parsed)
    finder.read(parsed.tree)
    return _numbered(sorted(finder.marks, key=lambda mark: mark.place))


def is_literal(expression: ast.expr) -> bool:
    """Whether the expression is a value written out: a number, text, or containers of these."""
    if isinstance(expression, ast.Constant):
        return expression.value is not ...
    try:
        ast.literal_eval(expression)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _numbered(marks: Sequence[Mark]) -> list[Mark]:
    seen: Counter[str] = Counter()
    result: list[Mark] = []
    for mark in marks:
        seen[mark.name] += 1
        count = seen[mark.name]
        result.append(mark if count == 1 else replace(mark, name=f"{mark.name}#{count}"))
    return result


class _Finder(Reader):
    """Looks only where the word "trainable" stands, as most of a program is something else."""

    def __init__(self, parsed: ParsedText) -> None:
        super().__init__()
        self.marks: list[Mark] = []
        self._elsewhere = Elsewhere(parsed)
        self._lines = [number for number, line in enumerate(parsed.lines, 1) if "trainable" in line]

    def is_read(self, definition: FunctionNode | ast.ClassDef) -> bool:
        return self._is_said_in(definition.lineno, last_line(definition))

    def look_at(self, statement: ast.stmt, scope: Scope, prefix: str) -> None:
        if not self._is_said_in(first_line(statement), last_line(statement)):
            return
        if isinstance(statement, FUNCTIONS) and self._is_bundled(statement, scope):
            self.marks.append(FunctionMark(prefix + statement.name, statement))
        targets: dict[int, ast.expr] = {}
        for part in _parts(statement):
            for target, value in assigned(part):
                targets.setdefault(id(value), target)
            if isinstance(part, ast.Call):
                self._look_at_call(part, targets.get(id(part)), statement, scope, prefix)

    def _look_at_call(
        self,
        call: ast.Call,
        target: ast.expr | None,
        statement: ast.stmt,
        scope: Scope,
        prefix: str,
    ) -> None:
        literal = _argument(call, 0, "data")
        if literal is None or not _is_trainable(call) or not is_literal(literal):
            return
        if self._kind(call.func, scope) == "node":
            name = prefix + _name_of_value(call, target)
            self.marks.append(ValueMark(name, literal, call, statement))

    def _is_said_in(self, first: int, last: int) -> bool:
        """Whether the word is in these lines."""
        at = bisect.bisect_left(self._lines, first)
        return at < len(self._lines) and self._lines[at] <= last

    def _is_bundled(self, function: FunctionNode, scope: Scope) -> bool:
        return any(
            isinstance(decorator, ast.Call)
            and _is_trainable(decorator)
            and self._kind(decorator.func, scope) == "bundle"
            for decorator in function.decorator_list
        )

    def _kind(self, called: ast.expr, scope: Scope) -> Kind | None:
        """Which of the engine's functions is called, if one of them.

        Other files are asked only if this one does not tell.
        """
        paths = scope.resolve(called)
        kinds = map(kind_of, sorted(paths))
        return next(filter(None, kinds), None) or self._elsewhere.kind_of(called, paths)


def _parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement and the expressions in it, but not the statements of its blocks.

    What is assigned comes after the assignment. What is in an f-string is left out, as Python
    before 3.12 cannot tell where in the text it is.
    """
    waiting: list[ast.AST] = [statement]
    while waiting:
        part = waiting.pop()
        yield part
        children = ast.iter_child_nodes(part)
        waiting += (each for each in children if not isinstance(each, (ast.stmt, ast.JoinedStr)))


def _is_trainable(call: ast.Call) -> bool:
    return any(
        keyword.arg == "trainable"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
        for keyword in call.keywords
    )


def _argument(call: ast.Call, index: int, name: str) -> ast.expr | None:
    """The argument of that position or name; None if there is none, or ``*`` may hold it."""
    if len(call.args) > index:
        before = call.args[: index + 1]
        starred = any(isinstance(each, ast.Starred) for each in before)
        return None if starred else call.args[index]
    return next((each.value for each in call.keywords if each.arg == name), None)


def _name_of_value(call: ast.Call, target: ast.expr | None) -> str:
    """What the value is assigned to, else its ``name=``, else "value"."""
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    given = _argument(call, 1, "name")
    if isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value:
        return given.value
    return "value"
