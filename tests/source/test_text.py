import pytest

from trace_lsp.source.text import (
    Position,
    Range,
    TextEdit,
    advanced,
    apply_edits,
    line_end_at,
    offset_of,
    slice_of,
    split_lines,
    text_hash,
)

from .marked import position_in, range_in


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a\n", ""]),
        ("a\rb\r\nc\n\rd", ["a\r", "b\r\n", "c\n", "\r", "d"]),
        ("a\x0cb\x0bc\x1cd\x85e\u2028f\u2029g\n", ["a\x0cb\x0bc\x1cd\x85e\u2028f\u2029g\n", ""]),
        ("\ufeffa\r\n", ["\ufeffa\r\n", ""]),
    ],
)
def test_lines_end_where_the_protocol_ends_them(text: str, lines: list[str]) -> None:
    assert split_lines(text) == lines


@pytest.mark.parametrize("text", ["", "a", "a\nbc\r\n\rd😀e\u2028f", "\n\n"])
def test_each_offset_is_the_length_of_what_is_before_it(text: str) -> None:
    for offset in range(len(text) + 1):
        position = advanced(Position(0, 0), text[:offset])
        # Between the two halves of a line end is no position.
        expected = offset - 1 if text[offset - 1 : offset + 1] == "\r\n" else offset
        if expected == offset:
            assert offset_of(split_lines(text), position) == offset


def test_a_position_past_the_end_of_its_line_means_the_end_of_the_line() -> None:
    assert offset_of(["ab\r\n", "c"], Position(0, 9)) == 2
    assert offset_of(["ab\r\n", "c"], Position(9, 0)) == 5


@pytest.mark.parametrize(
    "text", ["«»", "a«b»c", "a«b\nc»d", "a\n«b\r\n😀\nc\r»d", "«a\n»", "\u2028«\x0c»"]
)
def test_a_slice_is_what_is_between_the_marks(text: str) -> None:
    plain, place = range_in(text)
    assert slice_of(split_lines(plain), place) == text[text.index("«") + 1 : text.index("»")]


def test_a_range_holds_its_end() -> None:
    text, position = position_in("ab‸c")
    assert position in Range(Position(0, 0), Position(0, 2))
    assert position not in Range(Position(0, 0), Position(0, 1))
    assert text == "abc"


def test_edits_are_applied_together() -> None:
    edits = [
        TextEdit(Range(Position(1, 0), Position(1, 1)), "C"),
        TextEdit(Range(Position(0, 1), Position(1, 0)), "-"),
        TextEdit(Range(Position(1, 1), Position(1, 1)), "!"),
    ]
    assert apply_edits("a\r\nc", edits) == "a-C!"


@pytest.mark.parametrize(
    ("text", "line", "end"),
    [
        ("a\r\nb\n", 0, "\r\n"),
        ("a\r\nb\n", 1, "\n"),
        ("a\rb", 1, "\r"),
        ("a", 0, "\n"),
        ("", 0, "\n"),
    ],
)
def test_the_line_end_at_a_line(text: str, line: int, end: str) -> None:
    assert line_end_at(split_lines(text), line) == end


def test_equal_texts_have_equal_hashes() -> None:
    assert text_hash("a") == text_hash("a") != text_hash("a\n")
    assert text_hash("\ud800") != text_hash("\ud801")
