"""Small edits of a function, each as the text it would make of the source.

An edit replaces one span and leaves all the rest, comments and layout included. None touches the
function's name or signature.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple, Optional

from trace_lsp.optimizers.search.kinds import KINDS, Kind
from trace_lsp.optimizers.search.target import Target


class Edit(NamedTuple):
    """One replacement. `start` and `end` are byte offsets into the source in UTF-8.

    `kind` names the edit, `node` the type of syntax node it was made for, which stands on the lines
    from `line` to `end_line`, the first being 1. `weight` is how likely it is as a fix, beside
    others; `newlines` counts those in the span.
    """

    kind: str
    start: int
    end: int
    text: str
    line: int
    end_line: int
    node: str
    weight: float
    newlines: int = 0

    @property
    def lines_more(self) -> int:
        """How many lines the source has more with the edit; negative if it has fewer."""
        return self.text.count("\n") - self.newlines

    def applied(self, target: Target) -> str:
        """The source with the edit in it."""
        return target.text.replaced(self.start, self.end, self.text)


def edits_of(target: Target) -> list[Edit]:
    """Every edit of the function, by text no two alike; not all of them need to compile."""
    found: dict[tuple[int, int, str], Edit] = {}
    for node in target.nodes:
        for kind in KINDS:
            if isinstance(node, kind.on):
                for edit in _edits(target, kind, node):
                    key = (edit.start, edit.end, edit.text)
                    known = found.get(key)
                    if known is None or known.weight < edit.weight:
                        found[key] = edit
    return list(found.values())


def _edits(target: Target, kind: Kind, node: ast.AST) -> Iterator[Edit]:
    changes = list(kind.make(target, node))
    if not changes:
        return
    line = target.text_line(node)
    end_line = _end_line(node, line)
    # Of many alternatives in one place each is the less likely.
    share = kind.weight * len(changes) ** -kind.dilution
    for change in changes:
        if target.text.between(change.start, change.end) != change.text:
            yield Edit(
                kind.name,
                change.start,
                change.end,
                change.text,
                line,
                end_line,
                type(node).__name__,
                share * change.factor,
                target.text.data.count(b"\n", change.start, change.end),
            )


def _end_line(node: ast.AST, line: int) -> int:
    """The last line of the node; of a statement with a body, that of its head."""
    body = getattr(node, "body", None)
    if isinstance(node, ast.stmt) and isinstance(body, list) and body:
        first: int = body[0].lineno
        return max(line, first - 1)
    last: int = getattr(node, "end_lineno", None) or line
    return last


def fingerprint(source: str) -> Optional[object]:
    """What two sources have in common that run alike: their bytecode. None if it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about style
            code = _compiled(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None
    return _essence(code)


def _compiled(source: str) -> CodeType:
    if "nonlocal" not in source:
        return compile(source, "<candidate>", "exec", dont_inherit=True)
    tree = ast.parse(source)
    declared = Counter(
        name for node in ast.walk(tree) if isinstance(node, ast.Nonlocal) for name in node.names
    )
    outer = ast.parse("def outer(): pass").body[0]
    assert isinstance(outer, ast.FunctionDef)
    given = "".join(f"{name} = " for name in declared) + "None"
    outer.body = [*ast.parse(given).body, *tree.body]
    tree.body = [outer]
    return compile(ast.fix_missing_locations(tree), "<candidate>", "exec", dont_inherit=True)


def _essence(code: CodeType) -> tuple[object, ...]:
    constants = tuple(
        _essence(each) if isinstance(each, CodeType) else (type(each).__name__, repr(each))
        for each in code.co_consts
    )
    exceptions = getattr(code, "co_exceptiontable", b"")
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return (code.co_code, exceptions, code.co_flags, constants, *names)
