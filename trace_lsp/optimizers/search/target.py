"""The function that is to be edited: its parts, what is around each, what is in scope there."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Optional, Union

from trace_lsp.optimizers.search.syntax import ATOM, TERNARY, precedence, required
from trace_lsp.optimizers.search.text import SourceText

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# Signatures and annotations stay as they are; within f-strings and patterns positions mislead.
_CLOSED = {"annotation", "returns", "args", "decorator_list", "type_params", "pattern", "bases"}
_WITHOUT_PARTS = ("JoinedStr", "TemplateStr")


@dataclass(frozen=True)
class Place:
    """Where a node hangs: its parent, the field of it, and the statement around."""

    parent: ast.AST
    field: str
    statement: ast.stmt


class Target:
    """A function in a source text. `name` may be dotted: the names of what it stands in first.

    Raises SyntaxError if the source is not Python, ValueError if it has no such function.
    """

    def __init__(self, source: str, name: str) -> None:
        self.source = source
        self.text = SourceText(source)
        self.function = _function(ast.parse(source), name)
        self.places: dict[ast.AST, Place] = {}
        self.nodes: list[ast.AST] = []
        for statement in self.body:
            self._visit(statement, self.function, "body", statement)

    def _visit(self, node: ast.AST, parent: ast.AST, field: str, statement: ast.stmt) -> None:
        statement = node if isinstance(node, ast.stmt) else statement
        self.places[node] = Place(parent, field, statement)
        self.nodes.append(node)
        if type(node).__name__ in _WITHOUT_PARTS:
            return
        for part, value in ast.iter_fields(node):
            if part in _CLOSED and not isinstance(node, ast.Call):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, _MARKS):
                    self._visit(child, node, part, statement)

    @cached_property
    def body(self) -> list[ast.stmt]:
        """The function's statements but for its docstring."""
        body = self.function.body
        return body[1:] if ast.get_docstring(self.function, clean=False) is not None else body

    # Around a node

    def parent(self, node: ast.AST) -> Optional[ast.AST]:
        """What the node is part of; None for what is no part of the body."""
        place = self.places.get(node)
        return place.parent if place else None

    def field(self, node: ast.AST) -> str:
        """The field of its parent that the node is in, "" for the function itself."""
        place = self.places.get(node)
        return place.field if place else ""

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The parent, its parent, and so on, up to the function."""
        place = self.places.get(node)
        while place is not None:
            yield place.parent
            place = self.places.get(place.parent)

    def loop(self, node: ast.AST) -> Optional[ast.stmt]:
        """The innermost loop that the node is repeated by, within the same function."""
        child = node
        for each in self.ancestors(node):
            if isinstance(each, (*FUNCTIONS, ast.Lambda)):
                return None
            if isinstance(each, LOOPS) and self.field(child) == "body":
                return each
            child = each
        return None

    def block(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements among which it stands."""
        place = self.places[statement]
        if place.parent is self.function:
            return self.body
        found: list[ast.stmt] = getattr(place.parent, place.field)
        return found

    def of(self, *kinds: type[ast.AST]) -> list[ast.AST]:
        """The nodes of these types, outer ones first."""
        return [node for node in self.nodes if isinstance(node, kinds)]

    # Text

    def written(self, node: ast.AST) -> str:
        """The node's text as it stands."""
        return self.text.of(node)

    def tight(self, node: ast.expr, at_least: int = ATOM) -> str:
        """The expression's text, in parentheses where it does not hold together enough."""
        text = self.written(node)
        is_loose = precedence(node) < at_least or "\n" in text
        return f"({text})" if is_loose and not _is_enclosed(node, text) else text

    def fitting(self, node: ast.AST, text: str, holds: int = ATOM) -> str:
        """A text as it can stand in the node's place; `holds` is its precedence."""
        place = self.places.get(node)
        needed = required(place.parent, place.field, node) if place else TERNARY
        text = f"({text})" if holds < needed else text
        start, end = self.text.span(node)
        before, after = self.text.data[start - 1 : start], self.text.data[end : end + 1]
        before_word = " " if _is_word(before) and _is_word(text[:1].encode()) else ""
        after_word = " " if _is_word(after) and _is_word(text[-1:].encode()) else ""
        return before_word + text + after_word

    def enclosed(self, node: ast.expr, within: ast.AST) -> tuple[int, int]:
        """The span of a node with the parentheses that are its own, inside its parent."""
        low, high = self.text.span(within)
        start, end = self.text.span(node)
        data = self.text.data
        while True:
            left = len(data[low:start].rstrip()) + low - 1
            right = end + len(data[end:high]) - len(data[end:high].lstrip())
            if left < low or right >= high or data[left:left + 1] != b"(" or data[right:right + 1] != b")":  # fmt: skip
                return start, end
            start, end = left, right + 1

    # Names

    @cached_property
    def arguments(self) -> list[str]:
        """The names of the function's own arguments."""
        return argument_names(self.function.args)

    @cached_property
    def _bound(self) -> list[tuple[str, int, ast.AST]]:
        """Each name that is bound inside: from which line on, and what it is known in."""
        bound: list[tuple[str, int, ast.AST]] = []
        for node in self.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.append((node.id, *self._extent(node)))
            elif isinstance(node, ast.Lambda):
                bound += [(name, node.lineno, node) for name in argument_names(node.args)]
            elif isinstance(node, FUNCTIONS):
                bound += [(name, node.lineno, node) for name in argument_names(node.args)]
                bound.append((node.name, node.lineno, self.function))
            elif isinstance(node, ast.ExceptHandler) and node.name:
                bound.append((node.name, node.lineno, node))
        return bound

    def _extent(self, name: ast.Name) -> tuple[int, ast.AST]:
        loop: Optional[ast.stmt] = None
        for each in self.ancestors(name):
            if isinstance(each, COMPREHENSIONS):
                return each.lineno, each
            if isinstance(each, LOOPS):
                loop = each
            if isinstance(each, FUNCTIONS):
                # In a loop a name that is bound further down is known from the second turn on.
                return loop.lineno if loop else name.lineno, each
        return name.lineno, self.function

    def names(self, node: ast.AST) -> list[str]:
        """The local names that may have a value where the node stands, arguments first."""
        around = {self.function, *self.ancestors(node), node}
        line: int = self.text_line(node)
        bound = [name for name, since, where in self._bound if since <= line and where in around]
        return list(dict.fromkeys([*self.arguments, *bound]))

    def text_line(self, node: ast.AST) -> int:
        """The line on which the node begins; for a part without a position, its statement does."""
        line: int = getattr(node, "lineno", 0) or self.places[node].statement.lineno
        return line

    @cached_property
    def loaded(self) -> list[str]:
        """The dotted names, like `self.size`, that are read in the function and not called."""
        found = [
            self.written(node)
            for node in self.of(ast.Attribute)
            if isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and isinstance(node.value, ast.Name)
            and self.field(node) != "func"
        ]
        return list(dict.fromkeys(found))

    @cached_property
    def called(self) -> list[str]:
        """The names of the plain functions that are called in the function."""
        calls = [node.func for node in self.of(ast.Call) if isinstance(node, ast.Call)]
        return list(dict.fromkeys(each.id for each in calls if isinstance(each, ast.Name)))

    @cached_property
    def indexed(self) -> list[str]:
        """The names of what is indexed in the function."""
        found = [node.value for node in self.of(ast.Subscript) if isinstance(node, ast.Subscript)]
        return list(dict.fromkeys(each.id for each in found if isinstance(each, ast.Name)))

    @cached_property
    def constants(self) -> list[object]:
        """The numbers and the strings written in the function."""
        found = [node for node in self.of(ast.Constant) if isinstance(node, ast.Constant)]
        kept = [each.value for each in found if isinstance(each.value, (int, float, str))]
        return list({(type(each), each): each for each in kept}.values())


_MARKS = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)


def argument_names(arguments: ast.arguments) -> list[str]:
    """The names of all the arguments in a signature, in their order."""
    named: Iterable[Optional[ast.arg]] = [
        *arguments.posonlyargs,
        *arguments.args,
        arguments.vararg,
        *arguments.kwonlyargs,
        arguments.kwarg,
    ]
    return [each.arg for each in named if each is not None]


def is_read(node: ast.AST) -> bool:
    """Whether the node is an expression whose value is used, not one that is assigned to."""
    context = getattr(node, "ctx", None)
    return isinstance(node, ast.expr) and (context is None or isinstance(context, ast.Load))


def _function(tree: ast.AST, name: str) -> Function:
    found: ast.AST = tree
    for part in name.split("."):
        for node in _definitions(found):
            if node.name == part:
                found = node
                break
        else:
            raise ValueError(f"The source does not define `{name}`.")
    if not isinstance(found, FUNCTIONS):
        raise ValueError(f"`{name}` is not a function.")
    return found


def _definitions(within: ast.AST) -> Iterator[Union[Function, ast.ClassDef]]:
    for node in ast.iter_child_nodes(within):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node
        elif isinstance(node, ast.stmt):
            yield from _definitions(node)


def _is_enclosed(node: ast.expr, text: str) -> bool:
    own = (ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Dict, ast.DictComp, ast.GeneratorExp)
    return isinstance(node, own) and text[:1] in ("[", "{", "(")


def _is_word(data: bytes) -> bool:
    return data.isalnum() or data in (b"_", b'"', b"'") or data > b"\x7f"
