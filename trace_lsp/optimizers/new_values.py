"""A value that a reply suggests, as a value of the variable's type."""

from __future__ import annotations

import ast
import html
import json
import math
import re
from collections.abc import Callable, Mapping

from trace_lsp.optimizers.constraints import broken
from trace_lsp.optimizers.imports import with_imports_inside
from trace_lsp.optimizers.problem import Variable
from trace_lsp.optimizers.suggestion import Refused
from trace_lsp.trace.code import CodeRejected, check_code
from trace_lsp.trace.definitions import signature_of

_FENCED = re.compile(r"^[ \t]*```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|#39|#x27);")
_BLANKS = re.compile(r"^[ \t]+", re.MULTILINE)
_ERRORS = (ValueError, TypeError, SyntaxError, OverflowError, RecursionError, MemoryError)


def as_text(value: object) -> str:
    """The value as a problem shows it: a string as it is, anything else as its repr."""
    return value if isinstance(value, str) else repr(value)


def converted(value: object, variable: Variable) -> object:
    """The value as one of the variable's type.

    Raises Refused if it is of another type, breaks what can be checked of the constraint, or is
    code that cannot take the function's place.
    """
    convert = _CONVERTERS.get(variable.type)
    if convert is None:
        raise Refused(
            "wrongType", f"`{variable.name}` is of type {variable.type}, which has no text form."
        )
    if variable.type == "code":
        return _code(value, variable)
    try:
        new = convert(value)
        # It goes to the program as a literal: a NaN, say, has none.
        if ast.literal_eval(repr(new)) != new:
            raise ValueError(value)
    except _ERRORS:
        shown = as_text(value)[:80]
        raise Refused(
            "wrongType", f"`{variable.name}` is of type {variable.type}; it says {shown!r}."
        ) from None
    _keep_constraint(new, convert, variable)
    return new


def _keep_constraint(new: object, convert: Callable[[object], object], variable: Variable) -> None:
    try:
        words = broken(variable.constraint, convert(variable.value), new)
    except _ERRORS:
        return  # the present value was shown in a way that does not read back
    if words:
        shown = as_text(new)[:80]
        raise Refused("constraintBroken", f"`{variable.name}` is to be {words}; it says {shown!r}.")


def _code(value: object, variable: Variable) -> str:
    if not isinstance(value, str):
        raise Refused("wrongType", f"`{variable.name}` is code; it says {as_text(value)[:80]!r}.")
    return _function(html.unescape(value) if _is_escaped(value) else value, variable)


def _is_escaped(source: str) -> bool:
    """True for code in which XML's ``&lt;`` stands for ``<``, and not for itself in a string.

    Python reads ``x &lt; y`` as two statements, of which the first is ``x & lt``.
    """
    if _ENTITY.search(source) is None:
        return False
    import io
    import tokenize

    before: tuple[str, str] = ("", "")
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if before[0] == "&" and _ENTITY.fullmatch(f"&{before[1]}{token.string}"):
                return True
            before = (before[1], token.string)
    except (tokenize.TokenError, SyntaxError):
        return True
    return False


def _function(value: str, variable: Variable) -> str:
    """The function in that text, which may be fenced, and have imports and comments above it."""
    source = re.sub(r"\r\n?", "\n", value)
    if source.lstrip().startswith("```"):
        fenced = _FENCED.search(source)
        source = fenced.group(1) if fenced else source
    source = source.strip("\n").rstrip()
    source = _BLANKS.sub(lambda blanks: blanks[0].expandtabs(4), source)
    source = with_imports_inside(source)
    signature = signature_of(variable.value)
    tree = ast.parse(f"{signature}\n ...").body[0]
    assert isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef))
    try:
        function = check_code(source, tree.name, signature)
    except CodeRejected as error:
        raise Refused(error.reason, str(error)) from None
    return "\n".join(source.split("\n")[function.lineno - 1 : function.end_lineno])


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _bool(value: object) -> bool:
    named = {"true": True, "false": False}
    if isinstance(value, str) and value.strip().lower() in named:
        return named[value.strip().lower()]
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(value)
    number = int(value)
    if isinstance(value, float) and number != value:
        raise ValueError(value)
    return number


def _float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(value)
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _container(kind: type) -> Callable[[object], object]:
    def convert(value: object) -> object:
        if isinstance(value, str):
            value = _literal(value.strip())
        if kind in (tuple, set, frozenset) and isinstance(value, list):
            value = kind(value)
        if not isinstance(value, kind):
            raise TypeError(value)
        return value

    return convert


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return json.loads(text)


def _none(value: object) -> object:
    return value


_CONVERTERS: Mapping[str, Callable[[object], object]] = {
    "code": _string,
    "str": _string,
    "bool": _bool,
    "int": _int,
    "float": _float,
    "list": _container(list),
    "tuple": _container(tuple),
    "dict": _container(dict),
    "set": _container(set),
    "NoneType": _none,
}
