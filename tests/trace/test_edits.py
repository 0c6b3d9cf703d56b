"""Changes to text at the places that `ast` gives."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace.edits import Edits, first_line, in_three_quotes


def names(text: str) -> tuple[Edits, list[ast.Name]]:
    found = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Name)]
    return Edits(text), found


@pytest.mark.parametrize(
    "text",
    [
        "x = 'ü€😀'; y = 1\n",
        "x = 1\r\ny = '€'; x = 2\r\n",
        "x = 1\ry = 2",
        "x = '''a\n€'''; y = 1",
        "s = 'a\x0cb'; y = 1\n\x0cx = 2\n",
        "s = 'a\u2028b\x85c'; y = 1\nx = 2\n",
    ],
)
def test_the_segments_of_names_are_the_names(text: str) -> None:
    edits, found = names(text)
    assert found
    assert [edits.segment(each) for each in found] == [each.id for each in found]
    assert "".join(edits.lines) == text


def test_changes_are_made_together() -> None:
    edits, (first, second, third) = names("ä = bb + ccc\n")
    edits.replace(edits.start(third), edits.end(third), "d")
    edits.replace(edits.start(first), edits.end(first), "long")
    edits.replace(edits.start(second), edits.start(second), "-")
    edits.replace(edits.line_start(2), edits.line_start(2), "end\n")
    assert edits.applied() == "long = -bb + d\nend\n"
    assert edits.text == "ä = bb + ccc\n"


def test_changes_that_overlap_are_refused() -> None:
    edits = Edits("abcdef")
    edits.replace(0, 3, "")
    edits.replace(2, 4, "")
    with pytest.raises(ValueError, match="Two changes overlap at 'cd'"):
        edits.applied()


def test_a_decorated_definition_begins_at_its_decorators() -> None:
    statement = ast.parse("@a\n@b\ndef f(): ...\n").body[0]
    assert (first_line(statement), statement.lineno) == (1, 3)
    assert first_line(ast.parse("\nx = 1").body[0]) == 2


@given(st.text(alphabet="\"\\'\n\r\0ab €"))
def test_a_literal_in_three_quotes_means_the_text(text: str) -> None:
    assert ast.literal_eval(in_three_quotes(text)) == text
