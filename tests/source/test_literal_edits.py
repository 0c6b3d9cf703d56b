"""A literal's new value as an edit: the literal as written, the new value, what is then written."""

import ast

import pytest

from trace_lsp.errors import NotParsable, StaleText
from trace_lsp.source.edits import edits_for
from trace_lsp.source.text import apply_edits
from trace_lsp.source.trainables import find_trainables

BEFORE = "from opto.trace import node\nx = node("
AFTER = ", trainable=True)  # é\n"


def rewritten(old: str, new: str, after: str = AFTER) -> str:
    text = BEFORE + old + after
    (trainable,) = find_trainables(text, "app.py")
    result = apply_edits(text, edits_for(trainable, new, text))
    assert result.startswith(BEFORE)
    assert result.endswith(after)
    (again,) = find_trainables(result, "app.py")
    assert repr(ast.literal_eval(f"({again.text})")) == repr(ast.literal_eval(f"({new.strip()}\n)"))
    return result.removeprefix(BEFORE).removesuffix(after)


SAME = [
    ("1", "1"), ("0x10", "16"), ("1_000", "1000"), ("1e3", "1000.0"), (".1", "0.10"),
    ("'a'", '"a"'), ('"a" "b"', "'ab'"), (r"r'\d'", r"'\\d'"), ('"""a\nb"""', r"'a\nb'"),
    ("[1,\n 2]", "[1, 2]"), ("{'a': 1}", '{"a":1}'), ("u'a'", "'a'"),
    ("'\\x41'", "'A'"), ("-1", "- 1"), ("b'a'", 'b"a"'), ("None", " None # still\n"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SAME)
def test_the_same_value_is_no_edit(old: str, new: str) -> None:
    text = BEFORE + old + AFTER
    (trainable,) = find_trainables(text, "app.py")
    assert edits_for(trainable, new, text) == []


WRITTEN = [
    # values of any kind are written as they come
    ("1", "2", "2"),
    ("1", "1.0", "1.0"),
    ("1", "True", "True"),
    ("0.0", "-0.0", "-0.0"),
    ("1", "'one'", "'one'"),
    ('"one"', "1", "1"),
    ("'a'", "b'a'", "b'a'"),
    ("[1]", "[True]", "[True]"),
    ("[1]", " [1, 2]  # two\n", "[1, 2]"),
    ("[1]", "((2))", "2"),
    ("1", "(1,)", "(1,)"),
    ("1", "[\n  1,  # one\n]", "[\n  1,  # one\n]"),
    # strings keep their quotes
    ("'a'", "'b'", "'b'"),
    ('"a"', "'b'", '"b"'),
    ('"a"', "'say \"b\"'", r'"say \"b\""'),
    ("'a'", '"it\'s"', r"'it\'s'"),
    ('"a"', r"'b\n\tc\\\r\x00é\u2028😀'", r'"b\n\tc\\\r\x00é\u2028😀"'),
    ('"\u2028\t"', r"'b\u2028\t'", '"b\u2028\t"'),
    ('"a" "b"', "'c'", '"c"'),
    ('"a"\n"b"', "'c'", '"c"'),
    # and their prefix
    ('u"a"', "'b'", 'u"b"'),
    (r'r"\d"', r"'\\w'", r'r"\w"'),
    (r'R"\d"', r"'\\w'", r'R"\w"'),
    (r'r"\d"', r"'\\w\n'", r'"\\w\n"'),
    (r'r"\d"', r"'\\'", r'"\\"'),
    (r'r"\d"', "'\"'", r'"\""'),
    ('b"a"', "b'b\\xff\\x00\\\"'", r'b"b\xff\x00\""'),
    (r'rb"\d"', r"b'\\w'", r'rb"\w"'),
    (r'Rb"\d"', r"b'\xe9'", r'b"\xe9"'),
    ('b"a"', "'a'", "'a'"),
    # triple quotes hold line breaks
    ('"""a"""', "'b'", '"""b"""'),
    ('"""a"""', r"'b\nc'", '"""b\nc"""'),
    ("'''a\nb'''", r"'c\n\nd\n'", "'''c\n\nd\n'''"),
    ('"""a"""', "'say \"b\"'", r'"""say "b\""""'),
    ('"""a"""', '\'"""""\'', '"""""\\"\\"\\""""'),
    ('"""a"""', "'b\\\\\"'", r'"""b\\\""""'),
    ('"""a"""', r"'\\'", r'"""\\"""'),
    ('"""\\\na\n"""', r"'b\nc\n'", '"""\\\nb\nc\n"""'),
    ('"""\\\na\n"""', "'b'", '"""b"""'),
    (r'r"""\d"""', r"'\\w\n'", 'r"""\\w\n"""'),
    ('"""a"""', r"'b\r\nc'", '"""b\\r\nc"""'),
    ('"a"', r"'b\nc'", r'"b\nc"'),
    ('"\\\na"', r"'b\nc'", '"\\\nb\\nc"'),
    ('"\\\na"', "'b'", '"b"'),
]


@pytest.mark.parametrize(("old", "new", "written"), WRITTEN)
def test_the_new_value_is_written_as_the_old_one_was(old: str, new: str, written: str) -> None:
    assert rewritten(old, new) == written


def test_a_literal_in_brackets_stays_in_them() -> None:
    assert rewritten("(\n    'a'\n    'b'  # c\n", "'d'", ")" + AFTER) == "(\n    'd'  # c\n"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_breaks_are_those_of_the_file(end: str) -> None:
    text = (BEFORE + "'''a'''" + AFTER).replace("\n", end)
    (trainable,) = find_trainables(text, "app.py")
    result = apply_edits(text, edits_for(trainable, r"'b\nc'", text))
    assert result == (BEFORE + "'''b\nc'''" + AFTER).replace("\n", end)
    (again,) = find_trainables(result, "app.py")
    assert again.text == "'''b\nc'''"
    assert edits_for(again, r"'b\nc'", result) == []


NO_LITERAL = [
    "", "  # nothing", "f()", "x", "f'{1}'", "1 + 2", "lambda: 1", "1, 2", "*[1]", "a=1", "...", "[x]",
    "1), (2", "1)(2", "{[]: 1}", "inf", "x for x in y", "1; 2", "1\n2", "'a", "1)\nf(2", "**{}",
]  # fmt: skip


@pytest.mark.parametrize("value", NO_LITERAL)
def test_what_is_not_one_literal_is_refused(value: str) -> None:
    with pytest.raises(NotParsable) as raised:
        rewritten("1", value)
    assert raised.value.message.startswith("The new value of `x`")


def test_the_line_of_a_mistake_is_that_of_the_value() -> None:
    with pytest.raises(NotParsable, match="The new value of `x`, line 2, is not valid Python"):
        rewritten("1", "[\n1 1]")


def test_an_edit_at_the_wrong_place_is_refused() -> None:
    text = BEFORE + "1" + AFTER
    (trainable,) = find_trainables(text, "app.py")
    for other in ("# new\n" + text, text.replace("1", "2"), ""):
        with pytest.raises(StaleText, match=r"`x` is no longer at line 2 of app\.py\."):
            edits_for(trainable, "3", other)
