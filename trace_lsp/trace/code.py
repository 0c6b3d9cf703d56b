"""Trainable code: a function whose text can be replaced while the program runs.

Each version of the text is checked, then compiled once, under the function's own file and lines,
so that tracebacks, debuggers and coverage land where the reader looks. It sees the globals and the
closure of the function it replaces, live.
"""

from __future__ import annotations
import __future__

import ast
import copy
import inspect
import warnings
from collections.abc import Callable
from types import CellType, CodeType, FunctionType
from typing import Any, Optional

from trace_lsp.trace.decorators import Beneath
from trace_lsp.trace.definitions import (
    Definition,
    FunctionDefinition,
    dedented,
    leading_blanks,
)
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.turns import TURN, Turns, count_turns

_FACTORY = "__factory"
_DEFAULTS = "__defaults__"  # no name of a class's own: it ends in underscores
_FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})


class CodeRejected(Exception):
    """New code that must not run. `reason` is ``doesNotCompile``, ``nameChanged`` or
    ``signatureChanged``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def check_code(text: str, name: str, signature: str) -> FunctionDefinition:
    """The one function that the text defines; raises CodeRejected unless it can stand in for
    the function of that name and signature (``def`` to colon).

    Annotations and the values of defaults may change; what a caller may pass may not.
    """
    tree = _parsed(text)
    functions = [each for each in tree.body if isinstance(each, _FUNCTIONS)]
    if len(functions) != 1 or len(tree.body) != 1:
        message = f"It should be one function, `{name}`, and nothing else."
        raise CodeRejected("nameChanged" if functions else "doesNotCompile", message)
    function = functions[0]
    if function.name != name:
        raise CodeRejected("nameChanged", f"It defines `{function.name}` in place of `{name}`.")
    expected = _parsed(signature + " ...").body[0]
    assert isinstance(expected, _FUNCTIONS)
    if _shape(function) != _shape(expected):
        new = f"{name}({ast.unparse(function.args)})"
        old = f"{name}({ast.unparse(expected.args)})"
        raise CodeRejected("signatureChanged", f"Its signature is `{new}`; it must stay `{old}`.")
    return function


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about style, and nobody's to read here
            tree = ast.parse(text)
            # Some errors ("return outside function", "nonlocal at module level") show only here.
            compile(_with_outer_names(tree), "<suggestion>", "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        raise CodeRejected(
            "doesNotCompile", f"It is not valid Python: {where}{error.msg}."
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        message = f"It is not valid Python: {error or type(error).__name__}."
        raise CodeRejected("doesNotCompile", message) from error
    return tree


def _with_outer_names(tree: ast.Module) -> ast.Module:
    """The module inside a function that has the names which something in it calls nonlocal."""
    declared = [each.names for each in ast.walk(tree) if isinstance(each, ast.Nonlocal)]
    if not declared:
        return tree
    names = " = ".join(name for each in declared for name in each)
    outer: Any = ast.parse(f"def outer():\n {names} = None")
    outer.body[0].body += tree.body
    return outer  # type: ignore[no-any-return]


def _shape(function: FunctionDefinition) -> tuple[object, ...]:
    """What a caller can tell: names, kinds, which have defaults, and whether to await."""
    args = function.args
    return (
        type(function),
        [each.arg for each in args.posonlyargs],
        [each.arg for each in args.args],
        args.vararg and args.vararg.arg,
        [each.arg for each in args.kwonlyargs],
        args.kwarg and args.kwarg.arg,
        len(args.defaults),
        [default is None for default in args.kw_defaults],
    )


class TrainableCode:
    """One trainable function's versions. `definition` tells where it stands.

    `owner` is the class that it is a method of, as soon as there is one.
    """

    def __init__(self, function: Callable[..., Any], definition: Definition) -> None:
        self.function = function
        self.definition = definition
        self.owner: Optional[type] = None
        self._plain = unwrapped(function)
        self._beneath = None if function is self._plain else Beneath(definition)
        self._versions: dict[object, Callable[..., Any]] = {}
        self._placed: dict[str, str] = {}
        self._keep_text(self._plain.__code__, definition.source)
        if not self._calls_itself():
            self._versions[definition.source] = function

    def take(self, placed: str) -> str:
        """Takes a version as it would stand in the file; returns it as a parameter holds it.

        Only so is a string of several lines in an indented function sure to be the file's.
        """
        lines, indent = placed.split("\n"), self.definition.indent
        text = dedented(lines, indent)
        if len(leading_blanks(lines[0])) == indent:
            self._placed[text] = placed
        return text

    def version(self, text: str) -> Callable[..., Any]:
        """The function of that text, compiled at first use. Raises CodeRejected, and whatever its
        defaults, annotations and decorators raise when they are evaluated."""
        found = self._versions.get(text)
        return self._unknown(text) if found is None else found

    def _unknown(self, text: str) -> Callable[..., Any]:
        turns = recorder.on_trial.get(text)
        key = text if turns is None else (text, turns)
        found = self._versions.get(key)
        if found is None:
            tree = check_code(text, self.definition.tree.name, self.definition.signature)
            found = self._versions.setdefault(key, self._compiled(text, tree, turns))
        return found

    def _calls_itself(self) -> bool:
        """A recursive call must reach the plain function, not the traced one."""
        is_method = bool(_class_name(self._plain))
        return not is_method and _mentions(self._plain.__code__, self.definition.tree.name)

    def _compiled(
        self, text: str, checked: FunctionDefinition, turns: Optional[Turns]
    ) -> Callable[..., Any]:
        function = self._in_place(text)
        plain, name = self._plain, checked.name
        cells = dict(zip(plain.__code__.co_freevars, plain.__closure__ or ()))
        class_name = _class_name(plain)
        if class_name:
            cells.setdefault("__class__", CellType(self.owner) if self.owner else CellType())
        else:
            cells[name] = CellType()
        if turns is not None:
            count_turns(function)
            cells[TURN] = CellType(turns)
        _keep_defaults(function, self.definition.tree)
        factory = _factory(function, sorted(cells), class_name)
        module = ast.fix_missing_locations(ast.Module(body=[factory], type_ignores=[]))
        flags = plain.__code__.co_flags & _FUTURE
        code = compile(module, self.definition.file, "exec", flags, dont_inherit=True)
        namespace: dict[str, Any] = {}
        exec(code, plain.__globals__, namespace)  # noqa: S102
        kept = (plain.__defaults__, plain.__kwdefaults__)
        free = [_contents(cells[each]) for each in sorted(cells)]
        made = namespace[_FACTORY](*free, kept)
        if class_name:
            made = next(each for each in vars(made).values() if isinstance(each, FunctionType))
        result: Any = _with_cells(made, cells, plain.__qualname__)
        self._keep_text(result.__code__, text)
        if self._beneath is not None:
            result = self._beneath.applied_to(result, plain, flags)
        if not class_name:
            cells[name].cell_contents = result  # recursion stays inside
        return result  # type: ignore[no-any-return]

    def _keep_text(self, code: CodeType, text: str) -> None:
        """Keeps what was written, for who tells of a failure in it."""
        recorder.texts[code] = (text, self.definition.line)
        for each in code.co_consts:
            if isinstance(each, CodeType):
                self._keep_text(each, text)

    def _in_place(self, text: str) -> FunctionDefinition:
        """The text parsed at its own line and indentation."""
        if text == self.definition.source:
            return _bare(copy.deepcopy(self.definition.tree))
        indent = self.definition.indent
        above = "\n" * (self.definition.line - 1)
        if indent:
            above = above[:-1] + "if 1:\n"
            indented = (" " * indent + line if line.strip() else line for line in text.split("\n"))
            text = self._placed.get(text) or "\n".join(indented)
        body = _parsed(above + text).body
        if indent:
            assert isinstance(body[0], ast.If)
            body = body[0].body
        assert isinstance(body[0], _FUNCTIONS)
        return _bare(body[0])


def unwrapped(function: Any) -> FunctionType:
    """The plain function within those that decorators made of it."""
    try:
        return inspect.unwrap(function)  # type: ignore[no-any-return]
    except ValueError:  # an object that has every attribute it is asked for
        return function  # type: ignore[no-any-return]


def _bare(function: FunctionDefinition) -> FunctionDefinition:
    function.decorator_list = []
    return function


def _class_name(function: FunctionType) -> str:
    """The name of the class that a function is a method of, "" for a function of a module or
    another function."""
    around = function.__qualname__.split(".")[:-1]
    return around[-1] if around and around[-1] != "<locals>" else ""


def _mentions(code: CodeType, name: str) -> bool:
    """True if the function, or one inside it, uses that name of outside."""
    return name in code.co_names + code.co_freevars or any(
        _mentions(each, name) for each in code.co_consts if isinstance(each, CodeType)
    )


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None  # not filled yet; `_with_cells` puts the live cell in its place


def _keep_defaults(new: FunctionDefinition, old: FunctionDefinition) -> None:
    """Makes each default that is written as before the object that it was before, as it would be
    had the function never been compiled again."""
    for at, (one, other) in enumerate(zip(new.args.defaults, old.args.defaults)):
        if ast.dump(one) == ast.dump(other):
            new.args.defaults[at] = _expression(f"{_DEFAULTS}[0][{at}]")
    named = {argument.arg: default for argument, default in _named_defaults(old)}
    for at, (argument, default) in enumerate(_named_defaults(new)):
        kept = named.get(argument.arg)
        if default is not None and kept is not None and ast.dump(default) == ast.dump(kept):
            new.args.kw_defaults[at] = _expression(f"{_DEFAULTS}[1][{argument.arg!r}]")


def _named_defaults(function: FunctionDefinition) -> list[tuple[ast.arg, Optional[ast.expr]]]:
    return list(zip(function.args.kwonlyargs, function.args.kw_defaults))


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _factory(function: FunctionDefinition, free: list[str], class_name: str) -> ast.stmt:
    """``def __factory(<free names>): <function>; return <its name>``.

    The names become the function's closure. A method stands in a class again, so that its private
    names are the same; leading underscores in a class's name make no difference there, and keep it
    apart from the names that the method uses.
    """
    arguments = ", ".join([*free, _DEFAULTS])
    if class_name:
        made = f"__{class_name}"
        text = f"def {_FACTORY}({arguments}):\n class {made}:\n  pass\n return {made}"
    else:
        text = f"def {_FACTORY}({arguments}):\n pass\n return {function.name}"
    factory: Any = ast.parse(text).body[0]
    holder = factory.body[0] if class_name else factory
    holder.body[0] = function
    return factory  # type: ignore[no-any-return]


def _with_cells(
    made: FunctionType, cells: dict[str, CellType], qualified_name: str
) -> FunctionType:
    """The function with the live cells of the one it replaces."""
    closure = tuple(cells[each] for each in made.__code__.co_freevars)
    function = FunctionType(
        made.__code__, made.__globals__, made.__name__, made.__defaults__, closure
    )
    function.__kwdefaults__ = made.__kwdefaults__
    function.__annotations__ = made.__annotations__
    function.__qualname__ = qualified_name
    function.__doc__ = made.__doc__
    return function
