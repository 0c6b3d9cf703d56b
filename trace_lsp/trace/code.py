"""Trainable code: a function whose text can be replaced while the program runs.

Each version of the text is checked, then compiled once, under the function's own file and lines,
so that tracebacks, debuggers and coverage land where the reader looks. It sees the globals and the
closure of the function it replaces, live.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

from trace_lsp.trace.definitions import Definition, FunctionDefinition

_FACTORY = "__factory"


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
        tree = ast.parse(text)
        # Some errors ("return outside function", "nonlocal at module level") show only here.
        compile(tree, "<suggestion>", "exec")
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        raise CodeRejected(
            "doesNotCompile", f"It is not valid Python: {where}{error.msg}."
        ) from error
    except ValueError as error:
        raise CodeRejected("doesNotCompile", f"It is not valid Python: {error}.") from error
    return tree


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
    """One trainable function's versions. `definition` tells where it stands."""

    def __init__(
        self, function: Callable[..., Any], definition: Definition, decorator_line: int
    ) -> None:
        self.function = function
        self.definition = definition
        # Decorators beneath ours wrapped the function before we saw it, and must again.
        self._beneath = [
            each for each in definition.tree.decorator_list if each.lineno > decorator_line
        ]
        self._versions: dict[str, Callable[..., Any]] = {}
        if not self._calls_itself():
            self._versions[definition.source] = function

    def version(self, text: str) -> Callable[..., Any]:
        """The function of that text, compiled at first use; raises CodeRejected."""
        found = self._versions.get(text)
        if found is None:
            tree = check_code(text, self.definition.tree.name, self.definition.signature)
            found = self._versions[text] = self._compiled(text, tree)
        return found

    def _calls_itself(self) -> bool:
        """A recursive call must reach the plain function, not the traced one."""
        code = getattr(self.function, "__code__", None)
        name = self.definition.tree.name
        return code is not None and name in code.co_names + code.co_freevars

    def _compiled(self, text: str, checked: FunctionDefinition) -> Callable[..., Any]:
        function = self._in_place(text)
        function.decorator_list = self._beneath
        plain = _unwrapped(self.function)
        cells = dict(zip(plain.__code__.co_freevars, plain.__closure__ or ()))
        cells.pop(checked.name, None)
        factory = _factory(function, list(cells))
        module = ast.fix_missing_locations(ast.Module(body=[factory], type_ignores=[]))
        namespace: dict[str, Any] = {}
        exec(compile(module, self.definition.file, "exec"), plain.__globals__, namespace)  # noqa: S102
        made = namespace[_FACTORY](*(_contents(cell) for cell in cells.values()))
        if not isinstance(made, FunctionType) or self._beneath:
            return made  # type: ignore[no-any-return]
        return _with_cells(made, cells, checked.name, plain.__qualname__)

    def _in_place(self, text: str) -> FunctionDefinition:
        """The text parsed at its own line and indentation."""
        indent = self.definition.indent
        above = "\n" * (self.definition.line - 1)
        if indent:
            above = above[:-1] + "if 1:\n"
            text = "\n".join(
                " " * indent + line if line.strip() else line for line in text.split("\n")
            )
        body = ast.parse(above + text).body
        if indent:
            assert isinstance(body[0], ast.If)
            body = body[0].body
        assert isinstance(body[0], _FUNCTIONS)
        return body[0]


def _unwrapped(function: Any) -> FunctionType:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function  # type: ignore[no-any-return]


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None  # not filled yet; `_with_cells` puts the live cell in its place


def _factory(function: FunctionDefinition, free: list[str]) -> ast.FunctionDef:
    """``def __factory(<free names>): <function>; return <its name>``.

    The names become the function's closure, and so does its own name: recursion stays inside.
    """
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(arg=name) for name in free],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    result = ast.Return(value=ast.Name(id=function.name, ctx=ast.Load()))
    made = ast.FunctionDef(
        name=_FACTORY, args=arguments, body=[function, result], decorator_list=[]
    )
    if "type_params" in ast.FunctionDef._fields:  # 3.12 and newer
        setattr(made, "type_params", [])  # noqa: B010
    return ast.copy_location(made, function)


def _with_cells(
    made: FunctionType, cells: dict[str, CellType], name: str, qualified_name: str
) -> FunctionType:
    """The function with the live cells of the one it replaces."""
    own = CellType()
    free = made.__code__.co_freevars
    closure = tuple(own if each == name else cells[each] for each in free)
    function = FunctionType(
        made.__code__, made.__globals__, made.__name__, made.__defaults__, closure
    )
    own.cell_contents = function
    function.__kwdefaults__ = made.__kwdefaults__
    function.__annotations__ = made.__annotations__
    function.__qualname__ = qualified_name
    function.__doc__ = made.__doc__
    return function
