"""Third step of an export: the class, and what it needs of its module."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import inspect
import re
import symtable
import sys
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property
from types import ModuleType
from typing import Any, Optional

from trace_lsp.trace.edits import Edits, first_line, parsed
from trace_lsp.trace.export.literals import literal
from trace_lsp.trace.export.living import Living

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_COMMENT = re.compile(r"#(?!!|.*coding[:=])")


def selected(text: str, living: Living) -> tuple[str, list[str]]:
    """The model's class with the statements of its module that it needs, in their order; and the
    names that it needs besides and that are nowhere to be found."""
    statements, target = _statements(text, living)
    needed, missing = _needed(statements, target)
    stars = [each for each in statements if each.is_star and each.gives(missing, living.namespace)]
    given = {name for each in stars for name in each.gives(missing, living.namespace)}
    outside = {name: _from_outside(name, living.namespace) for name in missing if name not in given}
    used = {name for each in needed for name in each.used}
    future = [each for each in statements if each.is_future]
    chosen = {id(each) for each in (*stars, *needed)}
    parts = [
        *((each.text, ast.Import) for each in future),
        *sorted(_parts(outside.values()), key=lambda part: part[1] is not ast.Import),
        *(
            (each.narrowed(used, living.namespace), type(each.node))
            for each in statements
            if id(each) in chosen
        ),
    ]
    return _joined(parts), [name for name, line in outside.items() if line is None]


class _Statement:
    """A statement of the module, with the comment above it."""

    def __init__(self, edits: Edits, node: ast.stmt, above: int, below: int) -> None:
        """`above` is the last line of the statement before, `below` the first of the next one."""
        self.node = node
        first, last = first_line(node), node.end_lineno or node.lineno
        while above + 1 < first and _COMMENT.match(edits.lines[first - 2]):
            first -= 1
        start = edits.start(node) if above == first else edits.line_start(first)
        end = edits.end(node) if below == last else edits.line_start(last + 1)
        self.text = edits.text[start:end].rstrip()

    @property
    def is_star(self) -> bool:
        return isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"

    @property
    def is_future(self) -> bool:
        return isinstance(self.node, ast.ImportFrom) and self.node.module == "__future__"

    @property
    def is_script(self) -> bool:
        """True for what is done only where the module is run as a program."""
        return isinstance(self.node, ast.If) and "'__name__'" in ast.dump(self.node.test)

    @cached_property
    def bound(self) -> set[str]:
        """The names that the statement gives a value."""
        symbols = self._table.get_symbols()
        return {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}

    @cached_property
    def used(self) -> set[str]:
        """The names of the module that the statement uses, in functions too, and of builtins."""
        return set(_used(self._table, is_top=True))

    @cached_property
    def _table(self) -> symtable.SymbolTable:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about style
            return symtable.symtable(self.text, "<export>", "exec")

    def gives(self, names: Iterable[str], namespace: dict[str, Any]) -> list[str]:
        """Those of the names that come from the module of which everything is imported."""
        assert isinstance(self.node, ast.ImportFrom)
        module = sys.modules.get(_absolute(self.node, namespace))
        return [
            name
            for name in names
            if name in namespace and inspect.getattr_static(module, name, None) is namespace[name]
        ]

    def narrowed(self, used: set[str], namespace: dict[str, Any]) -> str:
        """The text; of an import, with no other names than those used, and not relative."""
        if not isinstance(self.node, _IMPORTS) or self.is_star:
            return self.text
        names = [each for each in self.node.names if _bound_by(each) in used]
        level = getattr(self.node, "level", 0)
        if len(names) == len(self.node.names) and not level:
            return self.text
        if isinstance(self.node, ast.Import):
            return ast.unparse(ast.Import(names))
        return ast.unparse(ast.ImportFrom(_absolute(self.node, namespace), names, 0))


def _bound_by(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _absolute(statement: ast.ImportFrom, namespace: dict[str, Any]) -> str:
    name = "." * statement.level + (statement.module or "")
    package = namespace.get("__package__") or namespace.get("__name__", "").rpartition(".")[0]
    try:
        return importlib.util.resolve_name(name, package)
    except (ImportError, ValueError):
        return name


def _used(table: symtable.SymbolTable, is_top: bool = False) -> Iterator[str]:
    for each in table.get_symbols():
        if each.is_referenced() if is_top else each.is_global():
            yield each.get_name()
    for inner in table.get_children():
        yield from _used(inner)


def _statements(text: str, living: Living) -> tuple[list[_Statement], _Statement]:
    """The statements of the module, and the one that is the class. A class that stands in a
    function or a class is put at the end."""
    around, definition = living.statement(parsed(text))
    if around:
        text = f"{text}\n\n{_moved_out(text, around, definition)}"
    tree, edits = parsed(text), Edits(text)
    lasts = [0, *(each.end_lineno or each.lineno for each in tree.body)]
    firsts = [*(first_line(each) for each in tree.body[1:]), len(edits.lines) + 2]
    found = [
        _Statement(edits, node, above, below)
        for node, above, below in zip(tree.body, lasts, firsts)
    ]
    if around:
        return found, found[-1]
    return found, next(each for each in found if each.node.lineno == definition.lineno)


def _moved_out(text: str, around: Iterable[ast.AST], definition: ast.ClassDef) -> str:
    """A class that stands in a function, as it is written in a module, with the imports of the
    functions around it."""
    imports = [
        ast.unparse(each)
        for outer in around
        if not isinstance(outer, ast.ClassDef)
        for each in ast.walk(outer)
        if isinstance(each, _IMPORTS) and each.lineno < definition.lineno
    ]
    edits = Edits(text)
    lines = edits.lines[first_line(definition) - 1 : definition.end_lineno]
    depth = definition.col_offset
    whole = parsed("if 1:\n" + "".join(lines))  # one line more
    inside: set[int] = set()
    for each in ast.walk(whole):
        if isinstance(each, (ast.Constant, ast.JoinedStr)) and each.end_lineno is not None:
            inside.update(range(each.lineno, each.end_lineno))  # the lines below its first
    moved = [
        line if at in inside else line[min(depth, len(line) - len(line.lstrip(" \t"))) :]
        for at, line in enumerate(lines, 1)
    ]
    return "\n".join([*imports, "".join(moved)])


def _needed(statements: list[_Statement], target: _Statement) -> tuple[list[_Statement], list[str]]:
    """What the target needs, with itself, and the names that no statement binds."""
    binding: dict[str, list[_Statement]] = {}
    for each in statements:
        for name in () if each.is_script or each.is_future else each.bound:
            binding.setdefault(name, []).append(each)
    binding.update((name, [target]) for name in target.bound)
    needed, missing, pending = {id(target): target}, set(), [target]
    while pending:
        for name in pending.pop().used:
            is_known = hasattr(builtins, name) or (name.startswith("__") and name.endswith("__"))
            if name not in binding and not is_known:
                missing.add(name)
            for each in binding.get(name, ()):
                if id(each) not in needed:
                    needed[id(each)] = each
                    pending.append(each)
    return list(needed.values()), sorted(missing)


def _from_outside(name: str, namespace: dict[str, Any]) -> Optional[str]:
    """A statement that gives the name its meaning, where the text has none: in a notebook it may
    be in another cell."""
    if name not in namespace:
        return None
    value = namespace[name]
    if isinstance(value, ModuleType):
        return f"import {value.__name__}" + (f" as {name}" if value.__name__ != name else "")
    module, own = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if isinstance(module, str) and isinstance(own, str) and module != namespace.get("__name__"):
        around = sys.modules.get(module)
        if inspect.getattr_static(around, own, None) is value:
            return f"from {module} import {own}" + (f" as {name}" if own != name else "")
    text = literal(value)
    return None if text is None else f"{name} = {text}"


def _parts(lines: Iterable[Optional[str]]) -> Iterator[tuple[str, type[ast.stmt]]]:
    for line in lines:
        if line is not None:
            yield line, ast.Import if line.startswith(("import ", "from ")) else ast.Assign


def _joined(parts: list[tuple[str, type[ast.stmt]]]) -> str:
    text, before = "", None
    for each, kind in parts:
        kind = ast.Import if kind in _IMPORTS else kind
        if kind in _DEFINITIONS or before in _DEFINITIONS:
            gap = "\n\n\n"
        else:
            gap = "\n" if kind is before else "\n\n"
        text = f"{text}{gap}{each}" if before else each
        before = kind
    return f"{text}\n"
