"""What holds for every program and every new value."""

import ast
import itertools

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trace_lsp.source.edits import edits_for, reanchor
from trace_lsp.source.text import apply_edits, offset_of, slice_of, split_lines, text_hash
from trace_lsp.source.trainables import Trainable, find_trainables

from .programs import Program, functions, programs

UNITS = st.sampled_from(["    ", "\t", "  "])
SETTINGS = settings(max_examples=200, deadline=None)


def the_function(text: str) -> Trainable:
    (found,) = find_trainables(text, "app.py")
    return found


def dump(source: str) -> str:
    return ast.dump(ast.parse(source))


def unit_of(function: str) -> str:
    """What the body is indented by, "" if it is on the line of the ``def``."""
    (found,) = ast.parse(function).body
    assert isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef))
    first = function.split("\n")[found.body[0].lineno - 1]
    return first[: len(first) - len(first.lstrip(" \t"))] if found.body[0].lineno > 1 else ""


def has_strings(source: str) -> bool:
    """Whether there may be strings of several lines, into which indentation would go."""
    return "'''" in source or '"""' in source


def code_lines(source: str) -> list[str]:
    """The lines, without blanks at the ends of those that no string is part of."""
    strings = {
        line
        for each in ast.walk(ast.parse(source))
        if isinstance(each, (ast.Constant, ast.JoinedStr)) and isinstance(each, ast.expr)
        for line in range(each.lineno, (each.end_lineno or 0) + 1)
        if each.end_lineno != each.lineno
    }
    lines = source.split("\n")
    return [line if at in strings else line.rstrip() for at, line in enumerate(lines, 1)]


@SETTINGS
@given(UNITS.flatmap(programs))
def test_the_function_is_found_where_it_is(program: Program) -> None:
    found = the_function(program.text)
    lines = split_lines(program.text)
    assert offset_of(lines, found.range.start) == len(program.before)
    ended = slice_of(lines, found.range)
    # Blanks behind the last line belong to it; the program counts them to what is after.
    assert ended.rstrip(" ") == program.function.rstrip(" ")
    assert slice_of(lines, found.name_range) == "f"
    assert slice_of(lines, found.statement).startswith("@opto")
    assert found.name.split(".")[-1] == "f"


@SETTINGS
@given(UNITS.flatmap(programs))
def test_the_own_text_is_no_edit(program: Program) -> None:
    found = the_function(program.text)
    assert edits_for(found, found.text, program.text) == []


@st.composite
def changes(draw: st.DrawFn) -> tuple[Program, str]:
    """A program, and a new function for it: another one, or the old one with lines changed."""
    unit = draw(UNITS)
    program = draw(programs(unit))
    if draw(st.booleans()):
        return program, draw(functions(draw(UNITS)))
    lines = the_function(program.text).text.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(1, len(lines)))
        line = draw(st.sampled_from([*lines, "", f"{unit}pass", f"{unit}'''", "# é"]))
        lines[at : at + draw(st.integers(0, 2))] = [line]
    return program, "\n".join(lines)


def is_function(source: str) -> bool:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    ends = [each.end_lineno for each in body]
    return (
        ends == [source.count("\n") + 1]
        and isinstance(body[0], (ast.FunctionDef, ast.AsyncFunctionDef))
    )  # fmt: skip


@SETTINGS
@given(changes())
def test_after_the_edits_the_function_is_the_new_value(change: tuple[Program, str]) -> None:
    program, value = change
    assume(is_function(value))
    before = the_function(program.text)
    edits = edits_for(before, value, program.text)
    after = apply_edits(program.text, edits)

    # Everything outside is as it was, byte for byte.
    lines = split_lines(program.text)
    assert after.startswith(program.text[: offset_of(lines, before.range.start)])
    assert after.endswith(program.text[offset_of(lines, before.range.end) :])
    # The function is the new value.
    found = the_function(after)
    same_unit = unit_of(value) in (unit_of(before.text), "")
    if same_unit or not has_strings(value):
        assert dump(found.text) == dump(value)
    if same_unit:
        assert code_lines(found.text) == code_lines(value)
    # The edits are in order, do not touch each other, and each changes something.
    for edit in edits:
        assert slice_of(lines, edit.range) != edit.new_text
    for edit, following in itertools.pairwise(edits):
        assert edit.range.end <= following.range.start
    # Done is done, and the way back leads back.
    assert edits_for(found, value, after) == []
    back = apply_edits(after, edits_for(found, before.text, after))
    if same_unit or not has_strings(before.text):
        assert dump(the_function(back).text) == dump(before.text)


@SETTINGS
@given(changes())
def test_no_line_is_given_blanks_at_its_end(change: tuple[Program, str]) -> None:
    program, value = change
    assume(is_function(value) and not has_strings(value))
    edits = edits_for(the_function(program.text), value, program.text)
    blank = [
        line
        for edit in edits
        for line in split_lines(edit.new_text)[:-1]
        if not line.strip() and line.strip("\r\n")
    ]
    assert blank == []


@SETTINGS
@given(changes(), st.sampled_from(["# é\n", "\n\n", "y = '''\n'''\n"]))
def test_a_function_that_moved_is_edited_in_its_new_place(
    change: tuple[Program, str], above: str
) -> None:
    program, value = change
    assume(is_function(value) and not program.before.startswith("\ufeff"))
    before = the_function(program.text)
    moved = above + program.text
    found = reanchor(before, text_hash(program.text), moved)
    there = apply_edits(moved, edits_for(found, value, moved))
    here = apply_edits(program.text, edits_for(before, value, program.text))
    assert there == above + here


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.text("\"'\\\na ")
    | st.binary(),
    lambda each: st.lists(each) | st.tuples(each, each) | st.dictionaries(st.text(), each),
    max_leaves=5,
)
OLD = st.sampled_from(
    ["1", "'a'", '"a"', '"""a"""', "'''a\n'''", r"r'\a'", r'rb"\a"', "b'a'", '"a" \'b\'', "[1,\n2]",
     '"""\\\na"""', 'u"a"', "(1, 'é')", "'\u2028\t'", 'r"""a"""'],
)  # fmt: skip


@SETTINGS
@given(OLD, VALUES, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "\ufeff", "'😀';"]))
def test_a_literal_is_the_new_value(old: str, value: object, end: str, start: str) -> None:
    text = f"{start}import opto; é = opto.trace.node( {old} , trainable=True)  # 😀\n".replace(
        "\n", end
    )
    (before,) = find_trainables(text, "app.py")
    edits = edits_for(before, repr(value), text)
    after = apply_edits(text, edits)
    (found,) = find_trainables(after, "app.py")
    assert repr(ast.literal_eval(found.text)) == repr(value)
    lines = split_lines(text)
    assert after.startswith(text[: offset_of(lines, before.range.start)])
    assert after.endswith(text[offset_of(lines, before.range.end) :])
    assert edits_for(found, repr(value), after) == []
    if isinstance(value, str) and isinstance(ast.literal_eval(old), str):
        quote = old.lstrip("ru")[: 3 if '"""' in old or "'''" in old else 1]
        assert found.text.lstrip("ru").startswith(quote)


@SETTINGS
@given(st.text("abé😀\r\n\x0c\u2028"))
def test_lines_join_to_the_text(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    assert len(lines) == len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
