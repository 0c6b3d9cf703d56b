"""Edits of calls: arguments, siblings, wrapping and unwrapping, methods."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from trace_lsp.optimizers.search.kinds.change import Change, Changes, instead
from trace_lsp.optimizers.search.kinds.operations import swaps
from trace_lsp.optimizers.search.kinds.values import PLAIN, is_value
from trace_lsp.optimizers.search.syntax import ARITHMETIC, ATOM
from trace_lsp.optimizers.search.target import Target

_SIBLINGS: tuple[tuple[str, ...], ...] = (
    ("min", "max", "sum"),
    ("any", "all"),
    ("sorted", "reversed", "list"),
    ("list", "tuple", "set"),
    ("int", "float", "round", "str"),
    ("abs", "int"),
    ("zip", "enumerate"),
    ("enumerate", "range"),
    ("chr", "ord"),
    ("str", "repr"),
    ("map", "filter"),
    ("dict", "set", "list"),
    ("isinstance", "issubclass"),
    ("len", "sum", "max"),
    ("Counter", "dict", "set"),
)

_METHODS: tuple[tuple[str, ...], ...] = (
    ("append", "extend", "insert", "add"),
    ("add", "discard", "update"),
    ("update", "add"),
    ("lower", "upper", "casefold", "swapcase"),
    ("title", "capitalize", "upper"),
    ("startswith", "endswith"),
    ("strip", "lstrip", "rstrip"),
    ("split", "rsplit", "splitlines", "partition"),
    ("find", "rfind", "index", "rindex", "count"),
    ("keys", "values", "items"),
    ("get", "pop", "setdefault"),
    ("pop", "popleft", "popitem", "remove"),
    ("append", "appendleft"),
    ("remove", "discard", "pop"),
    ("union", "intersection", "difference", "symmetric_difference"),
    ("issubset", "issuperset", "isdisjoint"),
    ("isdigit", "isalpha", "isalnum", "isspace", "isnumeric"),
    ("isupper", "islower", "istitle"),
    ("ljust", "rjust", "center", "zfill"),
    ("removeprefix", "removesuffix"),
    ("floor", "ceil", "trunc"),
    ("sin", "cos", "tan"),
    ("log", "log2", "log10", "exp"),
    ("mean", "median"),
    ("copy", "deepcopy"),
    ("heappush", "heappop", "heappushpop", "heapreplace"),
    ("bisect_left", "bisect_right", "insort"),
    ("combinations", "permutations", "product", "combinations_with_replacement"),
    ("match", "fullmatch", "search", "findall"),
    ("sort", "reverse"),
    ("extend", "extendleft", "append"),
)

_WRAPPERS: Mapping[str, float] = {
    "[{}]": 1.0, "len({})": 1.0, "list({})": 0.6, "set({})": 0.6, "sorted({})": 0.8,
    "str({})": 0.8, "int({})": 0.8, "abs({})": 1.0, "sum({})": 0.6, "tuple({})": 0.4,
    "float({})": 0.5, "reversed({})": 0.5, "round({})": 0.5, "max({})": 0.3, "min({})": 0.3,
    "enumerate({})": 0.5, "range({})": 0.5, "range(len({}))": 0.5, "bool({})": 0.3, "({},)": 0.4,
    "any({})": 0.2, "all({})": 0.2, "dict({})": 0.3,
}  # fmt: skip

_CALLED: Mapping[str, float] = {
    ".copy()": 0.9, ".lower()": 0.8, ".strip()": 0.8, ".items()": 1.0, ".upper()": 0.5,
    ".values()": 0.7, ".keys()": 0.4, ".split()": 0.6, ".pop()": 0.4, ".isdigit()": 0.2,
    ".isalpha()": 0.2, ".isalnum()": 0.2,
}  # fmt: skip


def _table(groups: tuple[tuple[str, ...], ...]) -> Mapping[str, list[str]]:
    table: dict[str, list[str]] = {}
    for group in groups:
        for name in group:
            known = table.setdefault(name, [])
            known += [each for each in group if each != name and each not in known]
    return table


_FUNCTIONS_LIKE = _table(_SIBLINGS)
_METHODS_LIKE = _table(_METHODS)


def sibling(target: Target, node: ast.AST) -> Changes:
    """A function or method that is used alike: min for max, extend for append."""
    if isinstance(node, ast.Attribute):
        for name in _METHODS_LIKE.get(node.attr, ()):
            yield instead(target, node, f"{target.tight(node.value)}.{name}")
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        like = [*_FUNCTIONS_LIKE.get(node.id, ()), *_METHODS_LIKE.get(node.id, ())]
        is_called = target.field(node) == "func"
        others = target.called if is_called else []
        for name in like if is_called or like else ():
            yield instead(target, node, name)
        for name in others:
            if name != node.id and name not in like:
                yield instead(target, node, name, ATOM, 0.4)


def arguments_swapped(target: Target, node: ast.AST) -> Changes:
    """Two arguments of a call the other way round."""
    assert isinstance(node, ast.Call)
    yield from swaps(target, node.args)


def argument_dropped(target: Target, node: ast.AST) -> Changes:
    """A call without one of its arguments."""
    assert isinstance(node, ast.Call)
    given: list[ast.AST] = [*node.args, *node.keywords]
    if not given or (len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)):
        return
    for dropped in given:
        kept = [target.written(each) for each in given if each is not dropped]
        # A call with nothing left in it says less often what was meant.
        yield _call(target, node, ", ".join(kept), 1.0 if kept else 0.3)


def _call(target: Target, node: ast.Call, arguments: str, factor: float) -> Change:
    end = target.text.span(node)[1]
    start = target.enclosed(node.func, node)[1]
    return Change(start, end, f"({arguments})", factor)


def argument_added(target: Target, node: ast.AST) -> Changes:
    """A call with a variable, or a usual keyword, as one argument more."""
    assert isinstance(node, ast.Call)
    if any(isinstance(each, (ast.GeneratorExp, ast.Starred)) for each in node.args):
        return
    values = [target.written(each) for each in node.args]
    named = [target.written(each) for each in node.keywords]
    for keyword in _keywords(target.written(node.func).rpartition(".")[2]):
        if keyword not in named:
            yield _call(target, node, ", ".join([*values, *named, keyword]), 2.0)
    for value in [*target.names(node), "0", "1", "None"]:
        yield _call(target, node, ", ".join([*values, value, *named]), 1.0)
        if values:
            yield _call(target, node, ", ".join([value, *values, *named]), 0.5)


def _keywords(name: str) -> tuple[str, ...]:
    if name in ("sorted", "sort", "max", "min"):
        keys = ("key=len", "key=abs", "default=0", "default=None")
        return ("reverse=True", *keys[:2]) if name.startswith("sort") else keys
    return {"enumerate": ("start=1",), "int": ("2", "10"), "round": ("2",)}.get(name, ())


def wrapped(target: Target, node: ast.AST) -> Changes:
    """The value in a list, or given to a function."""
    if not is_value(target, node) or isinstance(node, (ast.Lambda, ast.Constant)):
        return
    text = target.written(node)
    for wrapper, factor in _WRAPPERS.items():
        yield instead(target, node, wrapper.format(text), ATOM, factor)
    for name in [*target.called, target.function.name]:
        if f"{name}({{}})" not in _WRAPPERS:
            yield instead(target, node, f"{name}({text})", ATOM, 0.6)


def method_called(target: Target, node: ast.AST) -> Changes:
    """A method called on the value."""
    if isinstance(node, PLAIN) and is_value(target, node):
        assert isinstance(node, ast.expr)
        for ending, factor in _CALLED.items():
            yield instead(target, node, target.tight(node) + ending, ATOM, factor)


def called(target: Target, node: ast.AST) -> Changes:
    """A call of what is only named: `x.pop` to `x.pop()`."""
    if isinstance(node, (ast.Attribute, ast.Name)) and is_value(target, node):
        is_method = isinstance(node, ast.Attribute)
        if is_method or target.written(node) in target.called:
            yield instead(target, node, f"{target.written(node)}()")


def range_bounds(target: Target, node: ast.AST) -> Changes:
    """A range that begins or ends one sooner or later, or goes the other way."""
    assert isinstance(node, ast.Call)
    if not isinstance(node.func, ast.Name) or node.func.id != "range" or node.keywords:
        return
    if any(isinstance(each, ast.Starred) for each in node.args):
        return
    sums = [target.tight(each, ARITHMETIC) for each in node.args]
    plain = [target.written(each) for each in node.args]
    for arguments, factor in _ranges(plain, sums):
        yield _call(target, node, arguments, factor)


def _ranges(plain: list[str], sums: list[str]) -> list[tuple[str, float]]:
    if len(plain) == 1:
        end, total = plain[0], sums[0]
        return [
            (f"1, {end}", 1.0),
            (f"{total} + 1", 1.0),
            (f"{total} - 1", 1.0),
            (f"1, {total} + 1", 1.0),
            (f"2, {end}", 0.4),
            (f"2, {total} + 1", 0.5),
            (f"{total} - 1, -1, -1", 0.7),
            (f"0, {end}, 2", 0.3),
        ]
    if len(plain) == 2:
        (start, end), (first, last) = plain, sums
        return [
            (f"{start}, {last} + 1", 1.0),
            (f"{start}, {last} - 1", 1.0),
            (f"{first} + 1, {end}", 1.0),
            (f"{first} - 1, {end}", 0.8),
            (f"{first} + 1, {last} + 1", 0.7),
            (end, 0.6),
            (f"{start}, {end}, 2", 0.4),
            (f"{start}, {end}, -1", 0.5),
            (f"{last} - 1, {first} - 1, -1", 0.4),
            (f"{end}, {start}", 0.3),
        ]
    if len(plain) == 3:
        (start, end, step), (first, last, _) = plain, sums
        return [
            (f"{start}, {end}", 1.0),
            (f"{start}, {last} + 1, {step}", 1.0),
            (f"{start}, {last} - 1, {step}", 1.0),
            (f"{first} + 1, {end}, {step}", 0.8),
            (f"{first} - 1, {end}, {step}", 0.8),
        ]
    return []
