"""Edits one by one: what each kind makes, and what the text around it keeps."""

from __future__ import annotations

import pytest

from trace_lsp.optimizers.search.edits import Edit, edits_of, fingerprint
from trace_lsp.optimizers.search.kinds import KINDS
from trace_lsp.optimizers.search.target import Target


def edited(body: str, head: str = "def f(a, b, items):") -> dict[str, list[str]]:
    """The bodies that edits make of a body, by kind."""
    target = Target(f"{head}\n{body}", "f")
    made: dict[str, list[str]] = {}
    for edit in edits_of(target):
        made.setdefault(edit.kind, []).append(edit.applied(target).partition("\n")[2])
    return made


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("other variable", "return a", "return b"),
        ("other target", "a = b", "items = b"),
        ("other attribute", "a.x += a.y", "a.x += a.x"),
        ("variable for an expression", "return a + b", "return items"),
        ("variable for a constant", "return a + 1", "return a + b"),
        ("copied", "items = a", "items = a.copy()"),
        ("joined", "return [a]", "return items + [a]"),
        ("variables exchanged", "return a[b] - b", "return b[a] - a"),
        ("other constant", "return a[-1]", "return a[0]"),
        ("other constant", "return False", "return True"),
        ("one more or less", "return a", "return a - 1"),
        ("operation with a variable", "return a", "return max(a, b)"),
        ("operation with a number", "return a", "return a * 2"),
        ("minus sign", "return a", "return -a"),
        ("part of an expression", "return len(a)", "return a"),
        ("subscript and index", "return a[0] + b[1]", "return b[1] + b[1]"),
        ("slice taken", "return items", "return items[1:]"),
        ("element for its index", "return items[a] + a", "return items[a] + items[a]"),
        ("slice bounds", "return items[a:]", "return items[a + 1:]"),
        ("comparison", "return a < b", "return a <= b"),
        ("operator", "return a // b", "return a / b"),
        ("operands swapped", "return a - b", "return b - a"),
        ("parentheses", "return a + b / 2", "return (a + b) / 2"),
        ("and for or", "return a and b", "return a or b"),
        ("condition dropped", "return a and b and items", "return a and items"),
        ("condition negated", "return a if b else 0", "return a if not b else 0"),
        ("truth", "return a if b else 0", "return a if b is not None else 0"),
        ("extra condition", "return 1 if a else 0", "return 1 if a and b else 0"),
        ("branches swapped", "return a if b else 0", "return 0 if b else a"),
        ("condition for a constant", "return True", "return a == b"),
        ("both sides", "return a > b", "return len(a) > len(b)"),
        ("filter", "return [x for x in a if x]", "return [x for x in a]"),
        ("elements swapped", "return a, b", "return b, a"),
        ("sibling", "return min(a)", "return max(a)"),
        ("sibling", "items.append(a)", "items.extend(a)"),
        ("arguments swapped", "return f(a, b, 1)", "return f(b, a, 1)"),
        ("argument dropped", "return f(a, b)", "return f(a)"),
        ("argument added", "return max(a, key=len)", "return max(a, b, key=len)"),
        ("wrapped", "return a", "return [a]"),
        ("method called", "return a", "return a.lower()"),
        ("called", "return a.pop", "return a.pop()"),
        ("range", "return range(a)", "return range(1, a + 1)"),
        ("assignment", "a += b", "a -= b"),
        ("returned", "return a + 1", "return None"),
        ("return missing", "f(a, b, items)", "return f(a, b, items)"),
        ("exception", "try:\n        a\n    except KeyError:\n        b",
         "try:\n        a\n    except IndexError:\n        b"),
        ("yield", "yield a", "yield from a"),
        ("assigned at once", "a = b\n    b = a", "a, b = b, a"),
        ("statement deleted", "a = 1\n    return a", "return a"),
        ("statements exchanged", "a = 1\n    b = a\n", "b = a\n    a = 1\n"),
        ("condition of a block dropped", "if a:\n        b = 1\n    return b",
         "b = 1\n    return b"),
        ("if, elif, while", "if a:\n        b = 1\n", "while a:\n        b = 1\n"),
        ("break or continue", "while a:\n        break", "while a:\n        continue"),
        ("statement moved", "for a in items:\n        b = 1\n        return a",
         "for a in items:\n        b = 1\n    return a\n"),
        ("statement added", "while a:\n        b = 1\n", "while a:\n        b = 1\n        a += 1\n"),
        ("guard", "return a / b", "if b == 0:\n        return 0\n    return a / b"),
    ],
)  # fmt: skip
def test_each_kind_makes_its_edit(kind: str, before: str, after: str) -> None:
    assert f"    {after}" in edited(f"    {before}")[kind]


def test_there_is_an_example_of_each_kind_here() -> None:
    marks = test_each_kind_makes_its_edit.pytestmark  # type: ignore[attr-defined]
    (examples,) = [mark.args[1] for mark in marks if mark.name == "parametrize"]
    assert {kind for kind, _, _ in examples} == {kind.name for kind in KINDS}


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("operator", "return a * b ** 2", "return (a + b) ** 2"),
        ("one more or less", "return a * b", "return (a + 1) * b"),
        ("one more or less", "return a.x", "return a.x + 1"),
        ("variable for an expression", "return(a + b)", "return(items)"),
        ("variable for an expression", "if-a:\n        pass", "if b:\n        pass"),
        ("variable for an expression", "return sum(x for x in a)", "return sum(b)"),
        ("part of an expression", "return (a + b) * 2", "return a + b"),
        ("condition negated", "return a or b", "return not (a or b)"),
        ("operation with a variable", "return -a", "return -(a - b)"),
        ("method called", "return a[0]", "return a[0].copy()"),
    ],
)
def test_parentheses_come_where_they_are_needed(kind: str, before: str, after: str) -> None:
    made = edited(f"    {before}")
    wanted = f"    {after}"
    if kind == "operator":
        assert "    return a + b ** 2" in made[kind]  # it binds as it was written
        assert "    return (a * b) ** 2" in made["parentheses"]
    else:
        assert wanted in made[kind]


def test_comments_layout_and_letters_of_many_bytes_stay() -> None:
    body = "    # größer als →\n    x = 'é→';  y = a<b   # ≤?\n\n    return  x,y\n"
    assert (
        "    # größer als →\n    x = 'é→';  y = a<=b   # ≤?\n\n    return  x,y\n"
        in (edited(body)["comparison"])
    )


def test_lines_may_end_as_on_windows() -> None:
    target = Target("def f(a, b):\r\n    c = 1\r\n    return a < c\r\n", "f")
    made = {edit.applied(target) for edit in edits_of(target)}
    assert "def f(a, b):\r\n    c = 1\r\n    return a <= c\r\n" in made
    assert "def f(a, b):\r\n    return a < c\r\n" in made


def test_defaults_annotations_docstring_and_text_with_fields_are_left_alone() -> None:
    head = 'def f(a: "b" = 1, b=2) -> 3:\n    """4"""'
    target = Target(f"{head}\n    c: 5 = a\n    return f'{{6}}'", "f")
    for edit in edits_of(target):
        made = edit.applied(target)
        assert made.startswith(head)
        assert "c: 5" in made or edit.kind == "statement deleted" or "c" not in made
        assert "{6}" in made or "f'" not in made


def test_an_edit_says_where_it_is_and_what_it_touched() -> None:
    target = Target("def f(a, b):\n    # ü\n    return a < b\n", "f")
    (edit,) = [
        each for each in edits_of(target) if each.kind == "comparison" and each.text.strip() == "<="
    ]
    assert (edit.node, edit.line, edit.end_line) == ("Compare", 3, 3)
    assert target.text.between(edit.start, edit.end) == " < "


def test_of_statements_with_a_body_only_the_head_is_meant() -> None:
    target = Target("def f(a):\n    while a:\n        a -= 1\n        a -= 2\n    return a\n", "f")
    deleted = {each.line: each for each in edits_of(target) if each.kind == "statement deleted"}
    assert (deleted[2].line, deleted[2].end_line) == (2, 2)


def test_only_variables_that_may_have_a_value_are_used() -> None:
    names = edited("    early = a\n    c = early\n    late = 1\n    return c")["other variable"]
    assert "    early = b\n    c = early\n    late = 1\n    return c" in names
    assert "    early = late\n    c = early\n    late = 1\n    return c" not in names
    inside = edited("    for x in items:\n        a = x\n        y = x\n    return [z for z in a]")
    assert (
        "    for x in items:\n        a = y\n        y = x\n    return [z for z in a]"
        in (inside["other variable"])
    )
    assert not any("return z" in made for made in inside["other variable"])


def test_a_method_and_an_inner_function_have_dotted_names() -> None:
    source = "class C:\n    def m(self, a):\n        return self.x < a\n\ndef m(b):\n    return b\n"
    made = {edit.applied(Target(source, "C.m")) for edit in edits_of(Target(source, "C.m"))}
    assert source.replace("self.x < a", "self.x <= a") in made
    assert all(each.endswith("def m(b):\n    return b\n") for each in made)


@pytest.mark.parametrize(
    ("source", "name", "error"),
    [
        ("def f(): pass", "g", ValueError),
        ("class f: pass", "f", ValueError),
        ("def f(:", "f", SyntaxError),
    ],
)
def test_what_is_no_function_is_refused(source: str, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Target(source, name)


def test_sources_that_run_alike_have_one_fingerprint() -> None:
    first = fingerprint("def f(a):\n    return a + 1\n")
    assert first is not None
    assert fingerprint("def f(a):\n\n    # why\n    return (a + 1)\n") == first
    for other in ("a + True", "a + 1.0", "a - 1", "1 + a"):
        assert fingerprint(f"def f(a):\n    return {other}\n") != first
    assert fingerprint("def f(a):\n    return a +\n") is None
    inner = "def f(a):\n    nonlocal n\n    n = {}\n"
    assert fingerprint(inner.format("a")) == fingerprint(inner.format("(a)")) is not None
    assert fingerprint(inner.format("a")) != fingerprint(inner.format("1"))


def test_how_many_lines_an_edit_adds() -> None:
    def more(edit: Edit) -> int:
        return edit.applied(target).count("\n") - target.source.count("\n")

    target = Target("def f(a):\n    if a:\n        a = 1\n        a = 2\n    return a\n", "f")
    edits = edits_of(target)
    assert {more(each) for each in edits} >= {-1, 0, 1, 2}
    assert all(more(each) == each.lines_more for each in edits)
