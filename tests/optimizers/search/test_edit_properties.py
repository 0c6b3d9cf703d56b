"""What is true of every edit of any function."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from hypothesis import HealthCheck, assume, given, settings

from optimizers.search.functions import FUNCTIONS
from trace_lsp.optimizers.search.edits import Edit, edits_of, fingerprint
from trace_lsp.optimizers.search.queue import EditQueue
from trace_lsp.optimizers.search.target import Target

SLOW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))

# These change which statements there are, or which of two belongs to the other.
OF_STATEMENTS = {
    "statement deleted", "condition of a block dropped", "statement moved", "statements exchanged",
    "statement added", "assigned at once", "return missing", "guard", "if, elif, while",
    "break or continue", "assignment", "returned", "filter",
}  # fmt: skip
# In these the operators beside one another may be grouped anew.
REGROUPED = {"and for or", "comparison"}


def parsed(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def target_of(source: str) -> Target:
    assume(fingerprint(source) is not None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Target(source, "f")


def function(source: str) -> Any:
    return next(each for each in parsed(source).body if hasattr(each, "args"))


def some(edits: list[Edit]) -> list[Edit]:
    """A few of each kind."""
    by_kind: dict[str, list[Edit]] = {}
    for edit in edits:
        by_kind.setdefault(edit.kind, []).append(edit)
    return [each for alike in by_kind.values() for each in alike[:: max(1, len(alike) // 3)]]


def head(source: str) -> str:
    found = function(source)
    docstring = ast.get_docstring(found, clean=False)
    parts = [found.args, *found.decorator_list, found.returns or ast.Pass()]
    return f"{found.name} {docstring!r} " + " ".join(map(ast.dump, parts))


@SLOW
@given(FUNCTIONS)
def test_name_signature_and_docstring_stay(source: str) -> None:
    target = target_of(source)
    for edit in some(edits_of(target)):
        made = edit.applied(target)
        if fingerprint(made) is not None:
            assert head(made) == head(source)


@SLOW
@given(FUNCTIONS)
def test_all_other_text_stays(source: str) -> None:
    target = target_of(source)
    first = function(source).body[0].lineno
    data = source.encode()
    for edit in edits_of(target):
        made = edit.applied(target).encode()
        assert made.startswith(data[: edit.start])
        assert made.endswith(data[edit.end :])
        assert made != data
        assert data[: edit.start].count(b"\n") >= first - 1
        assert edit.line <= edit.end_line <= source.count("\n") + 1
        assert edit.weight > 0


@SLOW
@given(FUNCTIONS)
def test_an_edit_of_an_expression_is_python_and_changes_that_expression_only(source: str) -> None:
    target = target_of(source)
    tree = parsed(source)
    of_expressions = [e for e in edits_of(target) if e.kind not in OF_STATEMENTS | REGROUPED]
    for edit in some(of_expressions):
        made = edit.applied(target)
        assert _differs_within(tree, parsed(made), edit, target), (edit, made)


def _differs_within(before: ast.AST, after: ast.AST, edit: Edit, target: Target) -> bool:
    """Whether the trees are the same but for one part, which the edited span touches."""
    while True:
        if type(before) is not type(after):
            return _touches(before, edit, target)
        pairs = list(zip(_children(before), _children(after)))
        different = [(old, new) for old, new in pairs if ast.dump(old) != ast.dump(new)]
        is_same_shape = len(_children(before)) == len(_children(after))
        if not is_same_shape or len(different) != 1 or _fields(before) != _fields(after):
            return _touches(before, edit, target)
        ((before, after),) = different


def _children(node: ast.AST) -> list[ast.AST]:
    return list(ast.iter_child_nodes(node))


def _fields(node: ast.AST) -> list[Any]:
    return [value for _, value in ast.iter_fields(node) if isinstance(value, (str, int))]


def _touches(node: ast.AST, edit: Edit, target: Target) -> bool:
    """Whether the edit is at the node; a mark like `+` has no place of its own."""
    if not hasattr(node, "lineno"):
        return True
    start, end = target.text.span(node)
    return start <= edit.end + 1 and edit.start - 1 <= end


@SLOW
@given(FUNCTIONS)
def test_the_queue_gives_only_python_and_nothing_twice(source: str) -> None:
    target = target_of(source)
    queue = EditQueue(target, {})
    seen = {fingerprint(source)}
    scores = []
    for _ in range(60):
        following = queue.take()
        if following is None:
            break
        mark = fingerprint(following.source)
        assert mark is not None
        assert mark not in seen
        seen.add(mark)
        scores.append(following.score)
    assert scores == sorted(scores, reverse=True)
