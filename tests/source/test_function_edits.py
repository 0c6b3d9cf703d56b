"""A function's new value as edits: before, the new value, after."""

import ast

import pytest

from trace_lsp.errors import NotParsable, StaleText
from trace_lsp.source.edits import edits_for
from trace_lsp.source.text import TextEdit, apply_edits, offset_of, split_lines
from trace_lsp.source.trainables import find_trainable, find_trainables

IMPORTS = "from opto.trace import bundle\n"


def edited(before: str, value: str, name: str = "f") -> tuple[str, list[TextEdit]]:
    """The text after the edits, which have touched nothing outside of the function."""
    trainable = find_trainable(find_trainables(before, "app.py"), name)
    edits = edits_for(trainable, value, before)
    after = apply_edits(before, edits)
    lines = split_lines(before)
    assert after.startswith(before[: offset_of(lines, trainable.range.start)])
    assert after.endswith(before[offset_of(lines, trainable.range.end) :])
    ast.parse(after.removeprefix("\ufeff"))
    return after, edits


def replaced(before: str, edits: list[TextEdit]) -> list[str]:
    """What the edits take away."""
    lines = split_lines(before)
    return [
        before[offset_of(lines, edit.range.start) : offset_of(lines, edit.range.end)]
        for edit in edits
    ]


METHOD = (
    IMPORTS
    + """\
class Agent:
    # above
    @bundle(trainable=True)
    # beneath the decorator
    def f(self, x):
        '''What it does.

        More of it.
        '''
        y = x   \n\
\t
        # a comment
        return y  # the end
        # after the end

    z = 1
"""
)
METHOD_TEXT = """\
def f(self, x):
    '''What it does.

    More of it.
    '''
    y = x   \n\

    # a comment
    return y  # the end"""


CHANGES = [
    ("one line", [("y = x   ", "y = x + 1")], ["        y = x   "], ["        y = x + 1"]),
    ("two places", [("self, x", "self, x=1"), ("return y", "return x")],
     ["def f(self, x):", "        return y  # the end"],
     ["def f(self, x=1):", "        return x  # the end"]),
    ("lines added", [("    # a comment", "    if y:\n        y = 2\n\n    # a comment")],
     [""], ["        if y:\n            y = 2\n\n"]),
    ("a line added at the end", [("  # the end", "  # the end\n    del y")], [""], ["\n        del y"]),
    ("a line removed", [("    # a comment\n", "")], ["        # a comment\n"], [""]),
    ("the last line removed", [("\n\n    # a comment\n    return y  # the end", "")],
     ["\n\t\n        # a comment\n        return y  # the end"], [""]),
    ("the docstring", [("More of it.", "More\n      of it.")],
     ["        More of it."], ["        More\n          of it."]),
    ("blanks at the end of a line", [("y = x   ", "y = x")], [], []),
    ("blanks on a blank line", [("y = x   \n\n", "y = x\n      \n")], [], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "old", "new"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES]
)
def test_only_what_changed_is_replaced(
    changes: list[tuple[str, str]], old: list[str], new: list[str]
) -> None:
    value = METHOD_TEXT
    for before, after in changes:
        assert value.count(before) == 1
        value = value.replace(before, after)
    after, edits = edited(METHOD, value)
    assert replaced(METHOD, edits) == old
    assert [edit.new_text for edit in edits] == new


def test_the_own_text_changes_nothing() -> None:
    found = find_trainable(find_trainables(METHOD, "app.py"), "f")
    assert found.text == METHOD_TEXT
    assert edits_for(found, METHOD_TEXT, METHOD) == []


def test_a_wholly_new_function_stands_in_the_old_ones_place() -> None:
    after, edits = edited(METHOD, "async def f(*args):\n    for a in args:\n        yield a\n")
    assert (
        "    async def f(*args):\n        for a in args:\n            yield a\n        # after"
        in after
    )
    assert len(edits) <= 2


AROUND = [
    "\n\n  \ndef f(x):\n    return 2\n\n",
    "@bundle(trainable=True)\ndef f(x):\n    return 2",
    "# made shorter\n@trace.bundle(description='d',\n    trainable=True)\n@other\ndef f(x):\n    return 2\n# done",
    "    def f(x):\n        return 2",
    "\tdef f(x):\r\n\t    return 2\r\n",
    "\ufeffdef f(x):\n    return 2",
    "def f(x):\n    return 2;",
]


@pytest.mark.parametrize("value", AROUND)
def test_what_is_around_the_new_function_is_dropped(value: str) -> None:
    before = f"{IMPORTS}@bundle(trainable=True)\ndef f(x):\n    return 1\n"
    after, _ = edited(before, value)
    assert after.replace(";", "") == before.replace("1", "2")


NO_FUNCTION = [
    ("", "must be one function and nothing else"),
    ("x = 1", "must be one function and nothing else"),
    ("import os\ndef f(x): pass", "must be one function and nothing else"),
    ("def f(x): pass\ndef g(x): pass", "must be one function and nothing else"),
    ("class f: pass", "must be one function and nothing else"),
    ("lambda x: x", "must be one function and nothing else"),
    ("\n\ndef f(x)\n  pass", ", line 3, is not valid Python: expected ':'"),
    ("def f(x): return '\0'", ", line 1, is not valid Python: source code"),
    ("```python\ndef f(x): pass\n```", ", line 1, is not valid Python: invalid syntax"),
]


@pytest.mark.parametrize(("value", "message"), NO_FUNCTION)
def test_what_is_not_one_function_is_refused(value: str, message: str) -> None:
    before = f"{IMPORTS}@bundle(trainable=True)\ndef f(x): pass\n"
    with pytest.raises(NotParsable) as raised:
        edited(before, value)
    assert raised.value.message.startswith("The new value of `f`")
    assert message in raised.value.message


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_new_lines_end_as_those_of_the_file(end: str) -> None:
    before = METHOD.replace("\n", end)
    after, edits = edited(before, METHOD_TEXT.replace("# a comment", "# one\n    # two"))
    assert after == METHOD.replace("# a comment", "# one\n        # two").replace("\n", end)
    assert len(edits) == 1


def test_lines_with_other_ends_keep_them() -> None:
    before = IMPORTS + "@bundle(trainable=True)\ndef f(x):\r\n    a = 1\n    b = 2\r    return a\n"
    after, _ = edited(before, "def f(x):\n    a = 1\n    b = 3\n    return a")
    assert after == before.replace("b = 2", "b = 3")


def test_a_text_may_end_with_the_function() -> None:
    before = IMPORTS + "@bundle(trainable=True)\ndef f(x): return 1"
    after, _ = edited(before, "def f(x):\n    return 1\n")
    assert after == IMPORTS + "@bundle(trainable=True)\ndef f(x):\n    return 1"
    before = before.replace("\n", "\r\n")
    assert edited(before, "def f(x):\n    return 1\n")[0].endswith("def f(x):\r\n    return 1")


INDENTED = [
    ("    ", "    ", "    "),
    ("\t", "\t", "\t"),
    ("\t", "\t", "    "),
    ("\t", "\t", "  "),
    ("  ", "  ", "    "),
    ("    ", "    ", "\t"),
    ("   ", "     ", "    "),
    ("", "\t", "    "),
]


@pytest.mark.parametrize(("margin", "unit", "written"), INDENTED)
def test_the_files_indentation_is_kept(margin: str, unit: str, written: str) -> None:
    lines = [
        "def f(x):",
        "<'''Doc.",
        "",
        "<More.",
        "<'''",
        "<if x:",
        "<<y = [1,",
        "<<     2]",
        "",
        "<<# comment",
        "<else:",
        "<<y = '''a",
        "string'''",
        "<return y",
    ]
    old = "\n".join(margin + line if line else "" for line in lines).replace("<", unit)
    block = "if 1:\n" if margin else ""
    before = f"{IMPORTS}{block}{margin}@bundle(trainable=True)\n{old}\n"
    value = "\n".join(lines).replace("<", written)
    assert edited(before, value)[1] == []
    changed = value.replace("# comment", f"# comment\n{written * 2}del x")
    after, edits = edited(before, changed)
    assert after == before.replace("# comment", f"# comment\n{margin}{unit * 2}del x")
    assert len(edits) == 1


def test_a_function_on_one_line_gets_a_body_in_the_manner_of_its_place() -> None:
    before = f"{IMPORTS}class A:\n\t@bundle(trainable=True)\n\tdef f(x): return 1\n"
    after, _ = edited(before, "def f(x):\n    return 2")
    assert after == before.replace("def f(x): return 1", "def f(x):\n\t\treturn 2")
    assert edited(after, "def f(x): return 1")[0] == before


STRINGS_IN_TABS = f"""{IMPORTS}@bundle(trainable=True)
def f(x):
\t'''Doc.

\tMore.'''
\treturn '''
\t\ta
\t\tb'''
"""


def test_of_strings_only_the_docstring_is_indented_like_the_file() -> None:
    found = find_trainable(find_trainables(STRINGS_IN_TABS, "app.py"), "f")
    value = found.text.expandtabs(4)
    assert edited(STRINGS_IN_TABS, value)[1] == []
    after, _ = edited(STRINGS_IN_TABS, value.replace("More", "Less").replace("b'''", "c'''"))
    expected = STRINGS_IN_TABS.replace("More", "Less").replace("\t\tb'''", "        c'''")
    assert after == expected


def test_a_line_of_code_is_not_a_line_of_a_string() -> None:
    before = f"{IMPORTS}@bundle(trainable=True)\ndef f(x):\n    y = 1  \n    return y\n"
    after, _ = edited(before, "def f(x):\n    '''\n    y = 1\n    '''\n    return y")
    assert "y = 1  \n" not in after


def test_lines_that_are_often_the_same_are_told_apart() -> None:
    body = [f"    {'x += 1' if line % 2 else 'x -= 1'}" for line in range(400)]
    value = "\n".join(["def f(x):", *body])
    before = f"{IMPORTS}@bundle(trainable=True)\n{value}\n"
    changed = "\n".join(["def f(x):", *body[:200], "    x *= 2", *body[201:]])
    after, edits = edited(before, changed)
    assert replaced(before, edits) == ["    x -= 1"]
    assert after == f"{IMPORTS}@bundle(trainable=True)\n{changed}\n"


def test_the_first_line_may_come_and_go() -> None:
    plain = f"{IMPORTS}class A:\n    @bundle(trainable=True)\n    def f(x):\n        return 1\n"
    split = plain.replace("def f", "async \\\n    def f")
    after, edits = edited(split, "def f(x):\n    return 1")
    assert (after, len(edits)) == (plain, 1)
    after, edits = edited(plain, "async \\\ndef f(x):\n    return 1")
    assert (after, len(edits)) == (split, 1)


MIXED = [
    "if 1:\n\t@bundle(trainable=True)\n\tdef f(x):\n         a = 1\n         return a\n",
    "if 1:\n\t@bundle(trainable=True)\n\tdef f(x):\n\t a = 1\n\t return a\n",
    "if 1:\n\n  @bundle(trainable=True)\n  def f(x):\n  \ta = 1\n  \treturn a\n",
]


@pytest.mark.parametrize("text", MIXED)
def test_mixed_tabs_and_spaces_are_never_made_worse(text: str) -> None:
    before = IMPORTS + text
    found = find_trainable(find_trainables(before, "app.py"), "f")
    assert edits_for(found, found.text, before) == []
    value = "def f(x):\n    a = 1\n    b = 2\n    return a"
    after, _ = edited(before, value)
    again = find_trainable(find_trainables(after, "app.py"), "f")
    assert ast.dump(ast.parse(again.text)) == ast.dump(ast.parse(value))


FLUSH = (
    IMPORTS
    + """\
class Agent:
    @bundle(trainable=True)
    def f(self, x):
        a = f'''Be kind.
Be short.

  Indented.
{x}'''
        return a
"""
)


def test_strings_at_the_left_margin_stay_there() -> None:
    value = find_trainable(find_trainables(FLUSH, "app.py"), "f").text
    assert "\nBe short.\n\nIndented.\n{x}'''\n" in value
    after, _ = edited(FLUSH, value.replace("return a", "return b"))
    assert after == FLUSH.replace("return a", "return b")
    after, _ = edited(FLUSH, value.replace("short.", "brief.\nBe true."))
    assert after == FLUSH.replace("short.", "brief.\nBe true.")
    after, _ = edited(FLUSH, value.replace("Indented.", "Indented.\n\nLast."))
    assert after == FLUSH.replace("Indented.", "Indented.\n\nLast.")
    after, _ = edited(FLUSH, value.replace("Indented.", "    Deeper."))
    assert find_trainable(find_trainables(after, "app.py"), "f").text.count("\n    Deeper.") == 1


def test_strings_that_are_indented_stay_so() -> None:
    before = FLUSH.replace("\nBe", "\n        Be").replace("\n{x}", "\n        {x}")
    before = before.replace("  Indented", "          Indented")
    value = find_trainable(find_trainables(before, "app.py"), "f").text
    after, _ = edited(before, value.replace("short.", "brief.\n    Be true."))
    assert after == before.replace("short.", "brief.\n        Be true.")


def test_blanks_that_a_string_holds_are_part_of_the_value() -> None:
    before = IMPORTS + "@bundle(trainable=True)\ndef f(x):\n    return '''a  \n\n  \n'''\n"
    value = "def f(x):\n    return '''a\n  \n\n'''"
    after, _ = edited(before, value)
    assert after == IMPORTS + "@bundle(trainable=True)\n" + value + "\n"


def test_a_form_feed_before_the_def_is_not_repeated() -> None:
    before = (
        IMPORTS + "class A:\n    @bundle(trainable=True)\n\x0c    def f(x):\n        return 1\n"
    )
    after, _ = edited(before, "def f(x):\n    y = 1\n    return y")
    assert after == before.replace("return 1", "y = 1\n        return y")


def test_an_edit_at_the_wrong_place_is_refused() -> None:
    trainable = find_trainable(find_trainables(METHOD, "app.py"), "f")
    for text in (f"# one more line\n{METHOD}", METHOD.replace("y = x", "y = 3"), "", IMPORTS):
        with pytest.raises(StaleText, match=r"`Agent\.f` is no longer at line 6 of app\.py\."):
            edits_for(trainable, METHOD_TEXT, text)
