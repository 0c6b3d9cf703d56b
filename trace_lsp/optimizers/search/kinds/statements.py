"""Edits of whole statements: what is returned, assigned, repeated; moved, deleted, added."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from trace_lsp.optimizers.search.kinds.change import Change, Changes, instead
from trace_lsp.optimizers.search.target import LOOPS, Target

_AUGMENTED: Mapping[str, tuple[str, ...]] = {
    "+=": ("-=", "*=", "="),
    "-=": ("+=", "=", "//="),
    "*=": ("+=", "**=", "=", "/="),
    "/=": ("//=", "*=", "-="),
    "//=": ("/=", "-=", "%=", "*="),
    "%=": ("//=", "-="),
    "|=": ("&=", "^=", "="),
    "&=": ("|=", "^="),
    "^=": ("|=", "&="),
    "**=": ("*=",),
    "<<=": (">>=",),
    ">>=": ("<<=",),
    "=": ("+=", "-=", "*="),
}

_EXCEPTIONS = ("ValueError", "KeyError", "IndexError", "TypeError", "AttributeError", "Exception")
_EMPTY = ("None", "True", "False", "0", "1", "-1", "[]", "''", "{}")
_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Break, ast.Continue)


def other_assignment(target: Target, node: ast.AST) -> Changes:
    """Another augmented assignment, or a plain one in place of it and the other way round."""
    if isinstance(node, ast.AugAssign):
        left: ast.expr = node.target
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        left = node.targets[0]
        if isinstance(left, (ast.Tuple, ast.List)):
            return
    else:
        return
    start, end = target.text.span(left)[1], target.text.span(node.value)[0]
    gap = target.text.between(start, end)
    sign = gap.strip().strip("()").strip()
    for other in _AUGMENTED.get(sign, ()):
        yield Change(start, end, gap.replace(sign, other, 1))


def returned(target: Target, node: ast.AST) -> Changes:
    """Something else returned: a variable, nothing, a truth value."""
    assert isinstance(node, ast.Return)
    others = [*((name, 1.0) for name in target.names(node)), *((each, 0.6) for each in _EMPTY)]
    if node.value is None:
        _, end = target.text.span(node)
        yield from (Change(end, end, f" {text}", factor) for text, factor in others)
    else:
        yield from (instead(target, node.value, text, factor=factor) for text, factor in others)


def return_missing(target: Target, node: ast.AST) -> Changes:
    """A value returned that was only computed; a variable returned where the function ends."""
    assert isinstance(node, ast.stmt)
    start, end = target.text.span(node)
    if isinstance(node, ast.Expr) and not isinstance(node.value, (ast.Yield, ast.YieldFrom)):
        yield Change(start, start, "return ", 2.0)
    if node is target.body[-1] and not isinstance(node, (ast.Return, ast.Raise)):
        lines = target.text.whole_lines(start, end)
        if lines:
            for name in target.names(node):
                yield _line_after(target, node, lines[1], f"return {name}", 1.0)
            for value in ("None", "True", "False", "[]", "0"):
                yield _line_after(target, node, lines[1], f"return {value}", 0.5)


def _line_after(
    target: Target, beside: ast.stmt, place: int, statement: str, factor: float
) -> Change:
    indent = target.text.indent(target.text.span(beside)[0])
    has_newline = place == 0 or target.text.data[place - 1 : place] in (b"\n", b"\r")
    line = f"{indent}{statement}"
    return Change(place, place, f"{line}\n" if has_newline else f"\n{line}", factor)


def deleted(target: Target, node: ast.AST) -> Changes:
    """A statement fewer."""
    assert isinstance(node, ast.stmt)
    start, end = target.text.span(node)
    if isinstance(node, ast.Pass) or _is_elif(target, node):
        return
    lines = target.text.whole_lines(start, end)
    factor = 1.0 if isinstance(node, _SIMPLE) else 0.4
    if len(target.block(node)) > 1 and lines:
        yield Change(lines[0], lines[1], "", factor)
    else:
        yield Change(start, end, "pass", factor * 0.5)


def _is_elif(target: Target, node: ast.stmt) -> bool:
    start, _ = target.text.span(node)
    return isinstance(node, ast.If) and target.text.data[start : start + 4] == b"elif"


def head_dropped(target: Target, node: ast.AST) -> Changes:
    """The body of an `if` without its condition."""
    assert isinstance(node, ast.If)
    if node.orelse or _is_elif(target, node):
        return
    lines = target.text.whole_lines(*target.text.span(node))
    if lines and _whole(target, node.body):
        indent = target.text.indent(target.text.span(node)[0])
        text = "".join(_at_indent(target, each, indent) for each in node.body)
        yield Change(lines[0], lines[1], text)


def jump(target: Target, node: ast.AST) -> Changes:
    """`break` and `continue` in place of each other, and `return` in place of either."""
    other = "continue" if isinstance(node, ast.Break) else "break"
    yield Change(*target.text.span(node), other)
    yield Change(*target.text.span(node), "pass", 0.6)
    for name in target.names(node):
        yield Change(*target.text.span(node), f"return {name}", 0.3)


def moved(target: Target, node: ast.AST) -> Changes:
    """The statement at either end of a block moved out of it, or one beside it moved in."""
    assert isinstance(node, ast.stmt)
    body = getattr(node, "body", None)
    if not isinstance(body, list) or getattr(node, "orelse", None) or _is_elif(target, node):
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or not body:
        return
    if getattr(node, "handlers", None) or not _whole(target, [node, *body]):
        return
    factor = 1.0 if isinstance(node, LOOPS) else 0.7
    yield from (each._replace(factor=factor) for each in _out(target, node, body))
    yield from (each._replace(factor=factor) for each in _in(target, node, body))


def _out(target: Target, node: ast.stmt, body: list[ast.stmt]) -> Changes:
    if len(body) < 2:
        return
    outer = target.text.indent(target.text.span(node)[0])
    start, end = _lines(target, node)
    first, last = _lines(target, body[0]), _lines(target, body[-1])
    yield Change(last[0], end, _at_indent(target, body[-1], outer))
    head = target.text.between(start, first[0])
    yield Change(start, first[1], _at_indent(target, body[0], outer) + head)


def _in(target: Target, node: ast.stmt, body: list[ast.stmt]) -> Changes:
    block = target.block(node)
    at = block.index(node)
    inner = target.text.indent(target.text.span(body[0])[0])
    start, end = _lines(target, node)
    if at + 1 < len(block) and _whole(target, [block[at + 1]]):
        following = _lines(target, block[at + 1])
        text = _ended(target.text.between(start, end))
        yield Change(start, following[1], text + _at_indent(target, block[at + 1], inner))
    if at > 0 and _whole(target, [block[at - 1]]):
        before, first = _lines(target, block[at - 1]), _lines(target, body[0])
        head = target.text.between(before[1], first[0])
        yield Change(before[0], first[0], head + _at_indent(target, block[at - 1], inner))


def exchanged(target: Target, node: ast.AST) -> Changes:
    """The statement and the next one in the other order."""
    assert isinstance(node, ast.stmt)
    block = target.block(node)
    at = block.index(node)
    if at + 1 < len(block) and _whole(target, block[at : at + 2]):
        (start, until), (since, end) = _lines(target, node), _lines(target, block[at + 1])
        gap = target.text.between(until, since)
        second = _ended(target.text.between(since, end))
        yield Change(start, end, second + gap + target.text.between(start, until))


def added(target: Target, node: ast.AST) -> Changes:
    """A statement more after this one: a counter, an assignment, or one like another."""
    assert isinstance(node, ast.stmt)
    if isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
        return
    lines = target.text.whole_lines(*target.text.span(node))
    if lines is None:
        return
    for statement, factor in _statements(target, node):
        yield _line_after(target, node, lines[1], statement, factor)


def _statements(target: Target, node: ast.stmt) -> Iterator[tuple[str, float]]:
    for other in target.nodes:
        if isinstance(other, (ast.AugAssign, ast.Assign, ast.Expr)) and other is not node:
            text = target.written(other)
            if "\n" not in text:
                yield text, 0.8
    names = target.names(node)
    is_repeated = target.loop(node) is not None
    if is_repeated:
        yield "break", 1.0
        yield "continue", 0.5
    for name in names:
        yield f"{name} += 1", 1.0
        yield f"{name} -= 1", 0.5
        yield f"return {name}", 0.6
        for other_name in names:
            if other_name != name:
                yield f"{name} = {other_name}", 0.5
                yield f"{name}.append({other_name})", 0.5
                yield f"{name} += {other_name}", 0.4
                yield f"{name}.add({other_name})", 0.3
        yield f"{name} = []", 0.2
        yield f"{name} = 0", 0.3


def other_exception(target: Target, node: ast.AST) -> Changes:
    """Another exception caught."""
    assert isinstance(node, ast.ExceptHandler)
    if isinstance(node.type, ast.Name):
        for name in _EXCEPTIONS:
            if name != node.type.id:
                yield instead(target, node.type, name)
    elif isinstance(node.type, ast.Tuple):
        for name in _EXCEPTIONS[:-1]:
            inside = target.written(node.type).strip("()").rstrip(", ")
            yield instead(target, node.type, f"({inside}, {name})")


def yielded(target: Target, node: ast.AST) -> Changes:
    """Each element yielded in place of the whole, the whole in place of each."""
    assert isinstance(node, (ast.Yield, ast.YieldFrom))
    if node.value is not None:
        start, end = target.text.span(node)[0], target.text.span(node.value)[0]
        keyword = "yield from " if isinstance(node, ast.Yield) else "yield "
        yield Change(start, end, keyword)


def simultaneous(target: Target, node: ast.AST) -> Changes:
    """An assignment and the next one at once: `a = b` and `b = c` to `a, b = b, c`."""
    assert isinstance(node, ast.stmt)
    block = target.block(node)
    at = block.index(node)
    other = block[at + 1] if at + 1 < len(block) else None
    if not (isinstance(node, ast.Assign) and isinstance(other, ast.Assign)):
        return
    if len(node.targets) == len(other.targets) == 1 and _whole(target, [node, other]):
        left = ", ".join(target.written(each.targets[0]) for each in (node, other))
        right = ", ".join(target.tight(each.value, 1) for each in (node, other))
        start, end = target.text.span(node)[0], target.text.span(other)[1]
        yield Change(start, end, f"{left} = {right}")


# Whole lines


def _whole(target: Target, statements: list[ast.stmt]) -> bool:
    """Whether each statement has its lines for itself and can be moved to another indent."""
    return all(
        target.text.whole_lines(*target.text.span(each)) is not None
        and not any(_spans_lines(part) for part in ast.walk(each))
        for each in statements
    )


def _spans_lines(node: ast.AST) -> bool:
    is_string = isinstance(node, (ast.Constant, ast.JoinedStr))
    return is_string and getattr(node, "end_lineno", 0) != getattr(node, "lineno", 0)


def _lines(target: Target, statement: ast.stmt) -> tuple[int, int]:
    lines = target.text.whole_lines(*target.text.span(statement))
    assert lines is not None
    return lines


def _at_indent(target: Target, statement: ast.stmt, indent: str) -> str:
    """The statement's lines with another indent."""
    start, end = _lines(target, statement)
    own = target.text.indent(target.text.span(statement)[0])
    lines = target.text.between(start, end).splitlines(keepends=True)
    shifted = [indent + line[len(own) :] if line.startswith(own) else line for line in lines]
    return _ended("".join(shifted))


def _ended(lines: str) -> str:
    return lines if lines.endswith(("\n", "\r")) else lines + "\n"
