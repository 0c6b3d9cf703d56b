"""Edits of names, constants and other plain values."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from itertools import combinations

from trace_lsp.optimizers.search.kinds.change import Change, Changes, instead, part_instead
from trace_lsp.optimizers.search.syntax import ARITHMETIC, ATOM, TERM, UNARY
from trace_lsp.optimizers.search.target import Target, is_read

_BOOLEAN = (ast.Compare, ast.BoolOp)
_NO_NUMBERS = (
    *_BOOLEAN, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp, ast.JoinedStr, ast.Lambda, ast.Starred, ast.Slice, ast.Yield, ast.YieldFrom,
    ast.Await, ast.IfExp,
)  # fmt: skip
PLAIN = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)


def other_name(target: Target, node: ast.AST) -> Changes:
    """Another variable in scope, where one is read."""
    if isinstance(node, ast.Name) and is_read(node) and target.field(node) != "func":
        for name in target.names(node):
            if name != node.id:
                yield instead(target, node, name)
        for name in target.loaded:
            if not name.startswith(f"{node.id}.") or not isinstance(
                target.parent(node), ast.Attribute
            ):
                yield instead(target, node, name, ATOM, 0.4)


def other_target(target: Target, node: ast.AST) -> Changes:
    """Another variable in scope, where one is assigned to."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        for name in target.names(node):
            if name != node.id:
                yield instead(target, node, name)


def other_attribute(target: Target, node: ast.AST) -> Changes:
    """Another attribute that the function knows of such an object."""
    assert isinstance(node, ast.Attribute)
    owner = target.written(node.value)
    is_called = target.field(node) == "func"
    for other in target.of(ast.Attribute):
        assert isinstance(other, ast.Attribute)
        is_same_kind = (target.field(other) == "func") == is_called
        if other.attr != node.attr and is_same_kind and target.written(other.value) == owner:
            yield instead(target, node, f"{target.tight(node.value)}.{other.attr}")


def name_for_expression(target: Target, node: ast.AST) -> Changes:
    """A variable in scope in place of a whole expression."""
    if is_value(target, node) and not isinstance(node, (ast.Name, ast.Constant)):
        for name in target.names(node):
            yield instead(target, node, name)


def name_for_constant(target: Target, node: ast.AST) -> Changes:
    """A variable in scope in place of a constant."""
    if is_value(target, node) and isinstance(node, ast.Constant):
        for name in [*target.names(node), *target.loaded]:
            yield instead(target, node, name)


def other_constant(target: Target, node: ast.AST) -> Changes:
    """Another number, string or truth value."""
    value = constant_of(node)
    if value is None or (isinstance(node, ast.Constant) and _is_negative(target.parent(node))):
        return
    for text, factor in _others(value, target):
        holds = UNARY if text.startswith("-") else ATOM - 1 if text[0].isdigit() else ATOM
        yield instead(target, node, text, holds, factor)


def constant_of(node: ast.AST | None) -> object:
    """The number, with its sign, or the string or truth value that is written; else None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = constant_of(node.operand)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return -value
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float, str)):
        return node.value
    return None


def _is_negative(node: ast.AST | None) -> bool:
    return isinstance(node, ast.UnaryOp) and constant_of(node) is not None


def _others(value: object, target: Target) -> Iterator[tuple[str, float]]:
    if isinstance(value, bool):
        yield repr(not value), 1.0
        yield "None", 0.1
    elif isinstance(value, int):
        yield from _other_ints(value, target)
    elif isinstance(value, float):
        yield from _other_floats(value, target)
    elif isinstance(value, str):
        yield from _other_strings(value, target)


_LARGE = 10**15  # beyond it numbers are seldom a matter of one more or less


def _other_ints(value: int, target: Target) -> Iterator[tuple[str, float]]:
    if abs(value) > _LARGE:
        return
    near = [value + 1, value - 1]
    yield from ((repr(each), 1.0) for each in near)
    common = [each for each in (0, 1, -1, 2) if each not in near and each != value]
    yield from ((repr(each), 0.7) for each in common)
    written = [each for each in target.constants if isinstance(each, (int, float))]
    yield from ((repr(each), 0.5) for each in written if each not in (value, True, False))
    if value:
        yield repr(-value), 0.5
        yield from ((repr(each), 0.2) for each in (value * 10, value // 10, value * 2, value // 2))
    else:
        yield from ((text, 0.3) for text in ("float('inf')", "float('-inf')", "None"))
        yield from ((text, 0.2) for text in ("[]", "''", "True", "False", "0.0", "1.0"))


def _other_floats(value: float, target: Target) -> Iterator[tuple[str, float]]:
    if not math.isfinite(value):
        return
    common = [-value, 0.0, 1.0, 0.5, 2.0, value + 1, value - 1, 1 - value]
    yield from ((repr(each), 0.6) for each in common if each != value)
    written = [each for each in target.constants if isinstance(each, (int, float))]
    yield from ((repr(each), 0.5) for each in written if each not in (value, True, False))
    yield from ((repr(each), 0.4) for each in _scaled(value))


def _scaled(value: float) -> list[float]:
    scaled = [value * 10, value / 10, value * 2, value / 2]
    return [each for each in scaled if math.isfinite(each)]


def _other_strings(value: str, target: Target) -> Iterator[tuple[str, float]]:
    written = [each for each in target.constants if isinstance(each, str) and each != value]
    yield from ((repr(each), 0.7) for each in written)
    yield from ((repr(each), 0.6) for each in ("", " ", ",", "\n", "0") if each != value)
    variants = [value.strip(), value + " ", value.lower(), value.upper(), value[1:], value[:-1]]
    variants += [value + ",", value.title(), value[::-1]]
    yield from ((repr(each), 0.3) for each in dict.fromkeys(variants) if each != value)


def copied(target: Target, node: ast.AST) -> Changes:
    """A copy of what is kept under another name or in a container, where it would be shared."""
    parent = target.parent(node)
    is_kept = isinstance(parent, (ast.Assign, ast.Tuple, ast.List, ast.Dict, ast.Return))
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute):
        is_kept = parent.func.attr in ("append", "add", "insert", "extend")
    if is_kept and isinstance(node, (ast.Name, ast.Attribute)) and is_value(target, node):
        text = target.written(node)
        for copy in (f"{text}[:]", f"list({text})", f"{text}.copy()", f"dict({text})"):
            yield instead(target, node, copy)


def joined(target: Target, node: ast.AST) -> Changes:
    """A list or a string with a variable before it or after it."""
    is_list = isinstance(node, (ast.List, ast.ListComp, ast.JoinedStr))
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    if (is_list or is_text) and is_value(target, node):
        text = target.written(node)
        for name in target.names(node):
            yield instead(target, node, f"{name} + {text}", ARITHMETIC)
            yield instead(target, node, f"{text} + {name}", ARITHMETIC)


def variables_exchanged(target: Target, node: ast.AST) -> Changes:
    """Two variables in each other's places, all over an expression."""
    if not is_value(target, node) or isinstance(node, (ast.Name, ast.JoinedStr, ast.Lambda)):
        return
    found = [
        each for each in ast.walk(node) if isinstance(each, ast.Name) and each in target.places
    ]
    names = list(dict.fromkeys(each.id for each in found if target.field(each) != "func"))
    if not 2 <= len(names) <= _EXCHANGED or len(found) > 2 * _EXCHANGED:
        return
    start, end = target.text.span(node)
    for first, second in combinations(names, 2):
        other = {first: second, second: first}
        text, done = "", start
        for name in sorted(found, key=target.text.span):
            since, until = target.text.span(name)
            text += target.text.between(done, since) + other.get(name.id, name.id)
            done = until
        yield Change(start, end, text + target.text.between(done, end))


_EXCHANGED = 4


def plus_one(target: Target, node: ast.AST) -> Changes:
    """One more, one less."""
    if not may_be_number(target, node) or constant_of(node) is not None:
        return
    assert isinstance(node, ast.expr)
    is_in_sum = isinstance(target.parent(node), ast.BinOp)
    text = target.tight(node, ARITHMETIC)
    for sign in "+-":
        yield instead(target, node, f"{text} {sign} 1", ARITHMETIC, 0.4 if is_in_sum else 1.0)


def with_operand(target: Target, node: ast.AST) -> Changes:
    """A binary operation with a variable in scope: `x - v`, `max(x, v)`."""
    if not may_be_number(target, node):
        return
    assert isinstance(node, ast.expr)
    text = target.written(node)
    for name in [*target.names(node), *target.loaded]:
        if name == text:
            continue
        for sign in ("+", "-"):
            line = f"{target.tight(node, ARITHMETIC)} {sign} {name}"
            yield instead(target, node, line, ARITHMETIC)
        for sign, factor in (("*", 0.6), ("//", 0.3), ("/", 0.3), ("%", 0.4)):
            line = f"{target.tight(node, TERM)} {sign} {name}"
            yield instead(target, node, line, TERM, factor)
        for sign in "-+":
            line = f"{name} {sign} {target.tight(node, TERM)}"
            yield instead(target, node, line, ARITHMETIC, 0.3)
        if not isinstance(node, ast.Constant):
            yield instead(target, node, f"max({text}, {name})", ATOM, 0.6)
            yield instead(target, node, f"min({text}, {name})", ATOM, 0.6)


def with_number(target: Target, node: ast.AST) -> Changes:
    """Twice, half, squared, the rest by a number, at least or at most a number."""
    if not may_be_number(target, node) or constant_of(node) is not None:
        return
    assert isinstance(node, ast.expr)
    tight, text = target.tight(node, TERM), target.written(node)
    for ending in ("* 2", "// 2", "/ 2", "% 10", "// 10", "% 2", "* 100", "/ 100"):
        yield instead(target, node, f"{tight} {ending}", TERM)
    yield instead(target, node, f"{target.tight(node, ATOM)} ** 2", TERM + 2)
    yield instead(target, node, f"{target.tight(node, ARITHMETIC)} + 2", ARITHMETIC, 0.5)
    yield instead(target, node, f"{target.tight(node, ARITHMETIC)} - 2", ARITHMETIC, 0.5)
    for call in ("max({}, 0)", "max({}, 1)", "min({}, 1)", "min({}, 0)"):
        yield instead(target, node, call.format(text), ATOM, 0.7)


def with_sign(target: Target, node: ast.AST) -> Changes:
    """The value with a minus before it."""
    if may_be_number(target, node) and constant_of(node) is None:
        assert isinstance(node, ast.expr)
        yield instead(target, node, f"-{target.tight(node, UNARY)}", UNARY)


def part_of(target: Target, node: ast.AST) -> Changes:
    """A part of an expression in place of it: an operand, an argument, what is indexed."""
    if not is_value(target, node):
        return
    for part in _parts(node):
        if not isinstance(part, ast.Starred) and is_read(part):
            yield part_instead(target, node, part)


def _parts(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        return [node.value]
    if isinstance(node, ast.Call):
        owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return [*node.args, *owner]
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return node.elts
    return []


def both_of_subscript(target: Target, node: ast.AST) -> Changes:
    """Another variable indexed, and another index, both at once."""
    assert isinstance(node, ast.Subscript)
    if not isinstance(node.value, ast.Name) or isinstance(node.slice, ast.Slice):
        return
    indices = list(
        dict.fromkeys(
            target.written(other.slice)
            for other in target.of(ast.Subscript)
            if isinstance(other, ast.Subscript) and not isinstance(other.slice, ast.Slice)
        )
    )
    used = dict.fromkeys([*indices, *target.names(node)])
    for name in target.indexed:
        for index in used:
            if name != node.value.id and index not in (target.written(node.slice), name):
                factor = 1.0 if index in indices else 0.3
                yield instead(target, node, f"{name}[{index}]", ATOM, factor)


def sliced(target: Target, node: ast.AST) -> Changes:
    """A part of a sequence, or one of its elements, in place of the whole."""
    if isinstance(node, PLAIN) and is_value(target, node):
        text = target.tight(node)
        for index, factor in _INDICES.items():
            yield instead(target, node, f"{text}[{index}]", ATOM, factor)


_INDICES: Mapping[str, float] = {
    "1:": 1.0, ":-1": 1.0, "0": 0.8, "-1": 0.8, "::-1": 0.8, ":": 0.5, "1": 0.4,
}  # fmt: skip


def indexed(target: Target, node: ast.AST) -> Changes:
    """The value that a variable in scope is an index of, or the index in place of the value."""
    if not isinstance(node, ast.Name) or not is_value(target, node):
        return
    if isinstance(target.parent(node), ast.Subscript) and target.field(node) == "value":
        return
    known = target.indexed or target.arguments
    for name in known:
        if name != node.id:
            yield instead(target, node, f"{name}[{node.id}]")
    for name in target.names(node):
        if name != node.id:
            yield instead(target, node, f"{node.id}[{name}]", ATOM, 0.5)


def other_slice(target: Target, node: ast.AST) -> Changes:
    """A slice's bounds one further, one nearer, left out, or a variable."""
    assert isinstance(node, ast.Slice)
    lower, upper, step = (
        target.written(each) if each else "" for each in (node.lower, node.upper, node.step)
    )
    ending = f":{step}" if step else ""
    start, end = target.text.span(node)
    for other, factor in _bounds(target, node, node.lower):
        yield Change(start, end, f"{other}:{upper}{ending}", factor)
    for other, factor in _bounds(target, node, node.upper):
        yield Change(start, end, f"{lower}:{other}{ending}", factor)
    for other in ("", "-1", "2") if step else ("-1", "2"):
        yield Change(start, end, f"{lower}:{upper}:{other}".rstrip(":") or ":", 0.4)
    if lower or upper:
        yield Change(start, end, f"{upper}:{lower}{ending}", 0.6)


def _bounds(target: Target, node: ast.AST, bound: ast.expr | None) -> Iterator[tuple[str, float]]:
    if bound is None:
        yield from (("1", 1.0), ("-1", 1.0), ("2", 0.3))
    else:
        yield "", 1.0
        value = constant_of(bound)
        if isinstance(value, int):
            yield from ((repr(each), 1.0) for each in (value + 1, value - 1, -value))
        else:
            text = target.tight(bound, ARITHMETIC)
            yield from ((f"{text} + 1", 1.0), (f"{text} - 1", 1.0))
            yield f"-{target.tight(bound, UNARY)}", 0.5
    for name in target.names(node):
        yield name, 0.4
        yield f"{name} + 1", 0.3
        yield f"-{name}", 0.2


def is_value(target: Target, node: ast.AST) -> bool:
    """Whether another expression could stand here: no method, no target, no part of a pattern."""
    parent = target.parent(node)
    if not is_read(node) or isinstance(node, (ast.Slice, ast.Starred)):
        return False
    if isinstance(parent, (ast.JoinedStr, ast.FormattedValue, ast.Expr)):
        return False
    return target.field(node) != "func" and not _is_in_pattern(parent)


def _is_in_pattern(parent: ast.AST | None) -> bool:
    return type(parent).__name__.startswith("Match")


def may_be_number(target: Target, node: ast.AST) -> bool:
    """Whether arithmetic with the expression could make sense."""
    if not is_value(target, node) or isinstance(node, _NO_NUMBERS):
        return False
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return False
    if isinstance(node, ast.Constant) and not isinstance(constant_of(node), (int, float)):
        return False
    parent, field = target.parent(node), target.field(node)
    is_indexed = isinstance(parent, (ast.Subscript, ast.Attribute)) and field == "value"
    is_repeated = isinstance(parent, (ast.For, ast.comprehension)) and field == "iter"
    is_condition = field in ("test", "ifs") or isinstance(parent, ast.BoolOp)
    return not (is_indexed or is_repeated or is_condition or _is_negative(parent))
