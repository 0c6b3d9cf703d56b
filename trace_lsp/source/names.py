"""What names stand for, as far as imports and plain assignments tell.

A name stands for a set of dotted paths: ``opto.trace.bundle`` after ``from opto.trace import
bundle``, ``.tools.train`` after ``from .tools import train``. It is a set because a name may be
bound in one branch and in another; a name that stands for anything else has an empty set.
"""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal

from trace_lsp.source.parsed import FUNCTIONS, FunctionNode

Paths = frozenset[str]
Kind = Literal["bundle", "node"]

_NOTHING: Paths = frozenset()
_OURS = re.compile(r"(?:opto|trace_lsp)\.trace\.(?:\w+\.)*(bundle|node)\Z")


def kind_of(path: str) -> Kind | None:
    """Which of the engine's two functions the path names, if one of them."""
    found = _OURS.match(path)
    if found is None:
        return None
    return "bundle" if found[1] == "bundle" else "node"


def dotted(module: str, name: str) -> str:
    """The path of a name in a module; the module may be relative (``.``, ``..tools``)."""
    return module + name if module.endswith(".") else f"{module}.{name}"


class Scope:
    """The names bound so far in a module, function, class, or one branch of these."""

    def __init__(self, around: Scope | None = None, beyond: Scope | None = None) -> None:
        self.names: dict[str, Paths] = {}
        self.stars: list[str] = []
        self.around = around
        # What nested functions see: not the names of a class.
        self.beyond: Scope = beyond or self

    def inner(self) -> Scope:
        """The scope of a function defined here."""
        return Scope(self.beyond)

    def class_scope(self) -> Scope:
        return Scope(self.beyond, self.beyond)

    def branch(self) -> Scope:
        """What may or may not run: to be merged."""
        return Scope(self, None if self.beyond is self else self.beyond)

    def merge(self, branch: Scope) -> None:
        """From here on a name stands for what it was before or in the branch."""
        for name, paths in branch.names.items():
            self.names[name] = self.lookup(name) | paths
        self.stars += branch.stars

    def bind(self, name: str, paths: Iterable[str] = _NOTHING) -> None:
        self.names[name] = frozenset(paths)

    def lookup(self, name: str) -> Paths:
        """What the name stands for; where nothing binds it, what star imports may have brought."""
        stars: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            stars += scope.stars
            scope = scope.around
        return frozenset(dotted(module, name) for module in stars)

    def resolve(self, expression: ast.expr) -> Paths:
        """What a name or an attribute of a name stands for."""
        attributes = ""
        while isinstance(expression, ast.Attribute):
            attributes = f".{expression.attr}{attributes}"
            expression = expression.value
        if not isinstance(expression, ast.Name):
            return _NOTHING
        return frozenset(path + attributes for path in self.lookup(expression.id))


def assigned(statement: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The (target, value) pairs of an assignment; tuples are taken apart."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _taken_apart(target, statement.value)
    elif isinstance(statement, (ast.AnnAssign, ast.NamedExpr)) and statement.value is not None:
        yield statement.target, statement.value


def _taken_apart(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    sequences = (ast.Tuple, ast.List)
    if not (isinstance(target, sequences) and isinstance(value, sequences)):
        yield target, value
    elif len(target.elts) == len(value.elts):
        yield from zip(target.elts, value.elts, strict=True)


def _bind(scope: Scope, statement: ast.stmt) -> None:
    """Takes note of what a statement other than a definition binds."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            first = alias.name.partition(".")[0]
            scope.bind(alias.asname or first, [alias.name if alias.asname else first])
    elif isinstance(statement, ast.ImportFrom):
        _bind_from(scope, statement)
    else:
        values = {id(target): scope.resolve(value) for target, value in assigned(statement)}
        for target in _targets(statement):
            scope.bind(target.id, values.get(id(target), _NOTHING))


def _bind_from(scope: Scope, statement: ast.ImportFrom) -> None:
    module = "." * statement.level + (statement.module or "")
    for alias in statement.names:
        if alias.name == "*":
            scope.stars.append(module)
        else:
            scope.bind(alias.asname or alias.name, [dotted(module, alias.name)])


def _targets(statement: ast.stmt) -> Iterator[ast.Name]:
    """The names that a statement binds or deletes."""
    if isinstance(statement, (ast.Assign, ast.Delete)):
        targets = list(statement.targets)
    elif isinstance(statement, (ast.For, ast.AsyncFor, ast.AugAssign, ast.AnnAssign)):
        declared = isinstance(statement, ast.AnnAssign) and statement.value is None
        targets = [] if declared else [statement.target]
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        targets = [item.optional_vars for item in statement.items if item.optional_vars]
    else:
        return
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Name):
            yield target
        elif isinstance(target, (ast.Tuple, ast.List)):
            targets += target.elts
        elif isinstance(target, ast.Starred):
            targets.append(target.value)


def blocks_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement, those of its handlers and cases too."""
    for field in ("body", "handlers", "cases", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if not isinstance(block, list):
            continue
        if field in ("handlers", "cases"):
            yield from (each.body for each in block)
        else:
            yield block


class Reader:
    """Reads a module in the order in which it runs, and knows what names stand for at each step.

    The bodies of functions are read after everything around them, as they run later.
    """

    def __init__(self) -> None:
        self._later: deque[tuple[FunctionNode, Scope, str]] = deque()

    def read(self, tree: ast.Module) -> Scope:
        """The names of the module when it has run."""
        module = Scope()
        self._block(tree.body, module, "")
        while self._later:
            function, scope, prefix = self._later.popleft()
            for argument in ast.walk(function.args):
                if isinstance(argument, ast.arg):
                    scope.bind(argument.arg)
            self._block(function.body, scope, prefix)
        return module

    def is_read(self, definition: FunctionNode | ast.ClassDef) -> bool:
        """Whether the inside of a definition matters. For names outside of it, it does not."""
        return False

    def look_at(self, statement: ast.stmt, scope: Scope, prefix: str) -> None:
        """Called for each statement, before its blocks; `prefix` is the qualified name around."""

    def _block(self, block: list[ast.stmt], scope: Scope, prefix: str) -> None:
        for statement in block:
            self._statement(statement, scope, prefix)

    def _statement(self, statement: ast.stmt, scope: Scope, prefix: str) -> None:
        if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            self._definition(statement, scope, prefix)
        elif isinstance(statement, ast.If):
            self._if(statement, scope, prefix)
        else:
            self.look_at(statement, scope, prefix)
            _bind(scope, statement)
            for block in blocks_of(statement):
                if isinstance(statement, (ast.With, ast.AsyncWith)):
                    self._block(block, scope, prefix)
                else:
                    self._branch(block, scope, prefix)

    def _definition(
        self, definition: FunctionNode | ast.ClassDef, scope: Scope, prefix: str
    ) -> None:
        self.look_at(definition, scope, prefix)
        scope.bind(definition.name)
        if not self.is_read(definition):
            return
        inside = f"{prefix}{definition.name}."
        if isinstance(definition, ast.ClassDef):
            self._block(definition.body, scope.class_scope(), inside)
        else:
            self._later.append((definition, scope.inner(), inside))

    def _if(self, statement: ast.If, scope: Scope, prefix: str) -> None:
        """A chain of ``elif`` is nested as deep as it is long: it is walked, not recursed into."""
        while True:
            self.look_at(statement, scope, prefix)
            self._branch(statement.body, scope, prefix)
            rest = statement.orelse
            if len(rest) != 1 or not isinstance(rest[0], ast.If):
                break
            statement = rest[0]
        self._branch(rest, scope, prefix)

    def _branch(self, block: list[ast.stmt], scope: Scope, prefix: str) -> None:
        branch = scope.branch()
        self._block(block, branch, prefix)
        scope.merge(branch)
