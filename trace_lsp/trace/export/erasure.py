"""Second step of an export: the text without what only this engine needs.

Its decorators and base classes go, `node(x)` becomes `x` or the present value, and `.data` goes
where it is sure to be that of a node. All that is judged by what the names mean in the living
module, so it does not matter what they are called there.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Optional, Union

from trace_lsp.trace.definitions import leading_blanks
from trace_lsp.trace.edits import Edits, Positioned, parsed
from trace_lsp.trace.export.literals import literal, nodes_of
from trace_lsp.trace.export.living import Living
from trace_lsp.trace.export.names import MAKERS, Names, holds_only_nodes, is_node, is_ours

_Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
_Definition = Union[_Function, ast.ClassDef]

_BASES = ("Module", "Model", "ParameterContainer", "NodeContainer")
_INITIAL = ("__init__", "__post_init__", "__new__")
_DISPLAYS = (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)
_ATOMS = (*_DISPLAYS, ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.GeneratorExp)
_STATEMENTS = (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)
_BRACKETS = (ast.keyword, ast.List, ast.Set, ast.Dict, ast.Call)
_NEVER_BARE = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Starred)
_CALL = """
{0}def __call__(self, *args, **kwargs):
{0}    return self.forward(*args, **kwargs)
"""


def without_engine(text: str, living: Living) -> str:
    """The text of the module as plain Python. Notes which nodes have their present values in it."""
    tree = parsed(text)
    erasure = _Erasure(tree, Edits(text), living)
    erasure.visit(tree)
    return erasure.edits.applied()


class _Erasure(ast.NodeVisitor):
    """One walk through a module. `_names` are those of the scope that is walked."""

    def __init__(self, tree: ast.Module, edits: Edits, living: Living) -> None:
        self.edits = edits
        self._living = living
        self._kinds = {id(statement): kind for statement, kind in living.classes(tree)}
        self._parents = {
            id(child): each for each in ast.walk(tree) for child in ast.iter_child_nodes(each)
        }
        self._names = Names(living, {})
        self._itself: Optional[type] = None
        self._set_in_init: set[str] = set()
        self._function: Optional[str] = None

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        kind = self._kinds.get(id(node))
        self._undecorate(node)
        self._unbase(node)
        around = (self._names, self._itself, self._set_in_init, self._function)
        self._names = self._names.inner({}, kind)
        self._itself, self._function = kind, None
        self._set_in_init = set(_set_in_init(node))
        for each in node.body:
            self.visit(each)
        self._names, self._itself, self._set_in_init, self._function = around
        if kind is not None and _needs_call(node, kind, self._living):
            self._add_call(node)

    def visit_FunctionDef(self, node: _Function) -> None:
        self._undecorate(node)
        self._annotations(node)
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(default)
        around = (self._names, self._itself, self._function)
        is_static = any(self._names.of(each) is staticmethod for each in node.decorator_list)
        self._names = self._names.inside(node, None if is_static else self._itself)
        if self._function is None:
            self._function = node.name
        self._itself = None  # a function in a method is none
        for each in node.body:
            self.visit(each)
        self._names, self._itself, self._function = around

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        around = self._names
        self._names = self._names.inside(node, None)
        self.generic_visit(node)
        self._names = around

    def visit_Assign(self, node: ast.Assign) -> None:
        if len(node.targets) != 1 or not self._put_value(node.targets[0], node.value):
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._quote(node.annotation)
        if node.value is not None and not self._put_value(node.target, node.value):
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        kept = self.kept(node)
        if kept is None:
            self.generic_visit(node)
            return
        opening, closing = ("(", ")") if self._needs_brackets(kept, node) else ("", "")
        self.edits.replace(self.edits.start(node), self.edits.start(kept), opening)
        self.edits.replace(self.edits.end(kept), self.edits.end(node), closing)
        self.visit(kept)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if self.is_data(node):
            end = self.edits.end(node)
            dot = self.edits.text.rindex(".", self.edits.end(node.value), end)
            self.edits.replace(dot, end, "")
        self.visit(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        before = ast.dump(node)
        plain = _Plain(self).visit(copy.deepcopy(node))
        if ast.dump(plain) != before:
            with suppress(ValueError):  # it may be too deep in quotes for Python before 3.12
                self.edits.replace(self.edits.start(node), self.edits.end(node), ast.unparse(plain))

    def is_data(self, found: ast.Attribute) -> bool:
        """True for the data of what is sure to be a node."""
        return found.attr in ("data", "_data") and is_node(self._names.of(found.value))

    def kept(self, call: ast.Call) -> Optional[ast.expr]:
        """What is left of a call that only this engine needs; None for other calls."""
        if any(isinstance(each, ast.Starred) for each in call.args):
            return None
        if is_ours(self._names.of(call.func), *MAKERS):
            named = [each.value for each in call.keywords if each.arg == "data"]
            return next(iter([*call.args[:1], *named]), None)
        decorator = call.func
        if isinstance(decorator, ast.Call) and self.kept(decorator) is None:
            decorator = decorator.func
        if not is_ours(self._names.of(decorator), "bundle") or len(call.args) != 1:
            return None
        is_function = decorator is not call.func or callable(self._names.of(call.args[0]))
        return call.args[0] if is_function else None

    def _needs_brackets(self, kept: ast.expr, call: ast.Call) -> bool:
        whole, text = self._whole(call), self.edits.segment(kept)
        parent = self._parents[id(whole)]
        if isinstance(kept, _ATOMS):
            return False
        if isinstance(kept, ast.Constant):
            is_number = isinstance(kept.value, (int, float, complex))
            is_whole = text.lstrip("rRbBuU").startswith(('"""', "'''")) or "\n" not in text
            return not is_whole or (is_number and isinstance(parent, ast.Attribute))
        if isinstance(kept, _NEVER_BARE):
            return True
        if isinstance(parent, _STATEMENTS):
            return "\n" in text
        return not isinstance(parent, _BRACKETS) or getattr(parent, "func", None) is whole

    def _whole(self, call: ast.expr) -> ast.expr:
        """The call, with the `.data` behind it."""
        parent = self._parents[id(call)]
        while isinstance(parent, ast.Attribute) and self.is_data(parent):
            call, parent = parent, self._parents[id(parent)]
        return call

    def _put_value(self, target: ast.expr, value: ast.expr) -> bool:
        """Writes the present value in place of what makes nodes; False if that cannot be done."""
        made_by = self._names.of(value.func) if isinstance(value, ast.Call) else None
        is_node = is_ours(made_by, *MAKERS)
        if not (is_node or isinstance(value, _DISPLAYS) or is_ours(made_by, "Seq", "Map")):
            return False
        present = self._present(target)
        if not present or not all(map(holds_only_nodes, present)):
            return False
        kept = self.kept(value) if is_node and isinstance(value, ast.Call) else None
        written = None if kept is None else self.edits.segment(kept)
        texts = {literal(each, written) for each in present}
        text = texts.pop()
        if text is None or texts or text == written:
            self._note(present if text is not None and not texts else [])
            return False
        self._note(present)
        self.edits.replace(self.edits.start(value), self.edits.end(value), text)
        return True

    def _note(self, present: Sequence[Any]) -> None:
        for each in present:
            for node in nodes_of(each):
                self._living.note_written(node)

    def _present(self, target: ast.expr) -> list[Any]:
        """What the target of an assignment holds now, in each object that it belongs to."""
        if isinstance(target, ast.Name) and self._function is None:
            if self._names.kind is not None:
                return self._living.live(self._names.kind, target.id)
            return [self._living.namespace.get(target.id)]
        if not isinstance(target, ast.Attribute) or self._names.kind is None:
            return []
        is_own = self._names.of(target.value) is self._names.kind
        is_initial = self._function in _INITIAL or target.attr not in self._set_in_init
        return self._living.live(self._names.kind, target.attr) if is_own and is_initial else []

    def _undecorate(self, definition: _Definition) -> None:
        for each in definition.decorator_list:
            called = each.func if isinstance(each, ast.Call) else each
            if not is_ours(self._names.of(called), "bundle", "model"):
                self.visit(each)
                continue
            assert each.end_lineno is not None
            start = self.edits.line_start(each.lineno)
            self.edits.replace(start, self.edits.line_start(each.end_lineno + 1), "")

    def _unbase(self, definition: ast.ClassDef) -> None:
        others = [each for each in definition.bases if not is_ours(self._names.of(each), *_BASES)]
        if len(others) == len(definition.bases):
            return
        edits = self.edits
        parts: list[Positioned] = [*definition.bases, *definition.keywords]
        start, end = min(map(edits.start, parts)), max(map(edits.end, parts))
        kept = [edits.segment(each) for each in [*others, *parts[len(definition.bases) :]]]
        opening = re.search(r"\(\s*\Z", edits.text[:start])
        closing = re.match(r"\s*,?\s*\)", edits.text[end:])
        if not kept and opening and closing:
            start, end = opening.start(), end + closing.end()
        edits.replace(start, end, ", ".join(kept))

    def _add_call(self, definition: ast.ClassDef) -> None:
        assert definition.end_lineno is not None
        end = self.edits.line_start(definition.end_lineno + 1)
        first = definition.body[0]
        indent = leading_blanks(self.edits.lines[first.lineno - 1])
        before = "" if self.edits.text[:end].endswith("\n") else "\n"
        self.edits.replace(end, end, before + _CALL.format(indent))

    def _annotations(self, function: _Function) -> None:
        args = function.args
        for each in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if each is not None and each.annotation is not None:
                self._quote(each.annotation)
        if function.returns is not None:
            self._quote(function.returns)

    def _quote(self, annotation: ast.expr) -> None:
        """Makes a string of an annotation that names something of this engine."""
        names = [each for each in ast.walk(annotation) if isinstance(each, ast.expr)]
        if any(is_ours(self._names.of(each)) for each in names):
            text = " ".join(self.edits.segment(annotation).split())
            self.edits.replace(self.edits.start(annotation), self.edits.end(annotation), repr(text))


def _set_in_init(definition: ast.ClassDef) -> list[str]:
    """The attributes that a class sets while it makes an object."""
    return [
        each.attr
        for function in definition.body
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        and function.name in _INITIAL
        for each in ast.walk(function)
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store)
    ]


def _needs_call(definition: ast.ClassDef, kind: type, living: Living) -> bool:
    """True for a class whose objects are called through a `forward` that it is first to have."""
    names = [each.name for each in definition.body if isinstance(each, ast.FunctionDef)]
    own = [each for each in kind.__mro__ if not is_ours(each)]
    others = [each for each in own if each not in (kind, living.defining(kind))]
    return (
        "forward" in names
        and _is_module(kind)
        and not any("__call__" in vars(each) for each in own)
        and not any(_is_module(each) and "forward" in vars(each) for each in others)
    )


def _is_module(kind: type) -> bool:
    return any(is_ours(each, "Module") for each in kind.__mro__)


class _Plain(ast.NodeTransformer):
    """The same within an f-string, of which Python before 3.12 gives no exact positions."""

    def __init__(self, erasure: _Erasure) -> None:
        self._erasure = erasure

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        return self._erasure.kept(node) or node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        is_data = self._erasure.is_data(node)
        self.generic_visit(node)
        return node.value if is_data else node
