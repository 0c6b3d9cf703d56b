"""The objects that a program's text stands for: its module's, and those in the model."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any, Union

from trace_lsp.trace.definitions import definition_of
from trace_lsp.trace.edits import parsed
from trace_lsp.trace.nodes import Node, ParameterNode
from trace_lsp.trace.parameters import ParameterContainer, TrainableFunction, entries

if TYPE_CHECKING:
    from typing import TypeGuard

UNKNOWN = object()
"""What a name means of which nothing is known."""

_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

Definition = Union[ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef]


class Living:
    """The model that is exported: `kind` is its class, `text` the module that the class stands in,
    `namespace` what that module's names mean.

    Raises TypeError if the source of the class cannot be had.
    """

    def __init__(self, root: ParameterContainer) -> None:
        self.root = root
        self.kind = type(root)
        found = _methods(self.kind)
        self._first_lines = {each.__code__.co_firstlineno for each in found}
        module = sys.modules.get(self.kind.__module__)
        self.namespace = found[0].__globals__ if found else vars(module) if module else {}
        file = found[0].__code__.co_filename if found else getattr(module, "__file__", None)
        self.text = "".join(linecache.getlines(file)) if file else ""
        self._number = self._count()
        self._instances: list[Any] = [root]
        within = (entry for _, entry in entries(root))
        self._instances += [each for each in within if isinstance(each, ParameterContainer)]
        self._written: set[int] = set()

    def statement(self, tree: ast.Module) -> tuple[list[Definition], ast.ClassDef]:
        """Where the class is in a tree of the module's text, and the functions and classes around
        it, outermost first."""
        around, found = list(_found(tree, self.kind.__qualname__, []))[self._number]
        return around, found

    def classes(self, tree: ast.Module) -> Iterator[tuple[ast.ClassDef, type]]:
        """The classes of the module that stand outside of functions, and the model's own."""
        own = self.statement(tree)[1]
        yield own, self.kind
        pending = [(each, self.namespace.get(each.name)) for each in tree.body if _is_class(each)]
        while pending:
            statement, kind = pending.pop()
            if not isinstance(kind, type) or kind.__name__ != statement.name:
                continue
            if statement is not own:
                yield statement, kind
            inner = [each for each in statement.body if _is_class(each)]
            pending += [(each, vars(self.defining(kind)).get(each.name)) for each in inner]

    def live(self, kind: type, name: str) -> list[Any]:
        """What an attribute is: of each object of the class that is in the model, or of the class
        itself if there is none."""
        owners = [each for each in self._instances if isinstance(each, kind)] or [kind]
        found = [inspect.getattr_static(each, mangled(name, kind), UNKNOWN) for each in owners]
        return [each for each in found if each is not UNKNOWN]

    def parameters(self, kind: type, name: str) -> list[ParameterNode]:
        """The parameters of the method that a class defines: those of its objects in the model, of
        the class itself if there is none."""
        own = vars(self.defining(kind)).get(mangled(name, kind))
        if not isinstance(unwrapped(own), TrainableFunction):
            return []
        parameters: list[Any] = []
        if isinstance(own, (TrainableFunction, staticmethod, classmethod)):  # each has its own
            name = mangled(name, kind)
            parameters = [
                getattr(getattr(each, name), "parameter", None)
                for each in self._instances
                if inspect.getattr_static(type(each), name, None) is own
            ]
        parameters = parameters or [unwrapped(own).parameter]
        return [each for each in parameters if isinstance(each, ParameterNode)]

    def defining(self, kind: type) -> type:
        """The class as it was written, without what `model` put around it."""
        bases = [each for each in kind.__mro__ if each.__qualname__ == kind.__qualname__]
        return next(each for each in reversed(bases) if each.__module__ == kind.__module__)

    def note_written(self, node: Node) -> None:
        """The node's present value is in the text."""
        self._written.add(id(node))

    def is_written(self, parameter: ParameterNode) -> bool:
        """True if the parameter's present value is in the text, or is code that never changed."""
        if id(parameter) in self._written:
            return True
        code = getattr(parameter, "_code", None)
        definition = None if code is None else definition_of(code)
        return parameter.is_code and definition is not None and definition.source == parameter._data

    def _count(self) -> int:
        """Which of the classes of that name it is: the one that its methods stand in."""
        try:
            tree = parsed(self.text)
        except (SyntaxError, ValueError):
            tree = ast.Module([], [])  # the file was changed after it was loaded
        found = [each for _, each in _found(tree, self.kind.__qualname__, [])]
        if not found:
            raise TypeError(
                f"{self.kind.__qualname__} cannot be exported: its source was not found. Define "
                "it in a file (or a notebook cell)."
            )
        for at, each in enumerate(found):
            assert each.end_lineno is not None
            if any(each.lineno <= line <= each.end_lineno for line in self._first_lines):
                return at
        return len(found) - 1


def unwrapped(value: Any) -> Any:
    """The bundled function within what decorators made of it; the value if there is none."""
    found = value
    while found is not None and not isinstance(found, TrainableFunction):
        found = _within(found)
    return value if found is None else found


def mangled(name: str, kind: type) -> str:
    """The name that a private name has outside of its class."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    return f"_{kind.__name__.lstrip('_')}{name}"


def _is_class(statement: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(statement, ast.ClassDef)


def _within(value: Any) -> Any:
    """The function that a method or a wrapper was made of; None if it was not made of one."""
    if isinstance(value, property):
        return value.fget
    if isinstance(value, (staticmethod, classmethod)):
        return value.__func__
    if isinstance(value, (FunctionType, TrainableFunction)):
        return getattr(value, "__wrapped__", None)
    return None


def _methods(kind: type) -> list[FunctionType]:
    """The functions that are written in the body of a class."""
    found = []
    for each in kind.__mro__:
        if each.__qualname__ == kind.__qualname__ and each.__module__ == kind.__module__:
            for value in vars(each).values():
                while _within(value) is not None:
                    value = _within(value)
                if isinstance(value, FunctionType) and _is_written_in(value, kind):
                    found.append(value)
    return found


def _is_written_in(function: FunctionType, kind: type) -> bool:
    is_inside = function.__qualname__.startswith(f"{kind.__qualname__}.")
    return is_inside and bool(linecache.getlines(function.__code__.co_filename))


def _found(
    tree: ast.AST, name: str, around: list[Definition]
) -> Iterator[tuple[list[Definition], ast.ClassDef]]:
    """The classes of that qualified name, with what is around them, in order."""
    first, _, rest = name.partition(".")
    for each in ast.iter_child_nodes(tree):
        if not isinstance(each, _DEFINITIONS):
            if not isinstance(each, ast.expr):
                yield from _found(each, name, around)
        elif each.name == first and rest:
            yield from _found(each, rest.replace("<locals>.", "", 1), [*around, each])
        elif each.name == first and isinstance(each, ast.ClassDef):
            yield around, each
