from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trace_lsp.views.prose import code_block, code_span, first_lines, literal, prose
from trace_lsp.views.values import visible

from .markdown_reader import active, blocks, ends_outside, tokens
from .recorded import HOSTILE, REASONING

PIECES = (
    *(
        "`",
        "``",
        "```",
        "~~~",
        "\n",
        "\n\n",
        " ",
        "    ",
        "- ",
        "1. ",
        "> ",
        "# ",
        "*",
        "**",
        "===",
    ),
    *("<b>", "<!--", "](http://x)", "[a", "![", "[r]: http://x", "\\", "&amp;", "x", "|"),
)
MARKUP = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@given(MARKUP)
@example("1. text\n   ```\n![x](http://x)\n")
@example("text\n    ```\n![x](http://x)\n    ```\n")
@example("```\n``` x\n<b>\n")
@example("> ```\n<b>")
@example("`a\nb` <b>")
@example("\\`<b>`")
def test_no_words_of_a_model_reach_out(text: str) -> None:
    assert active(prose(text)) == []
    assert ends_outside(prose(text))


@given(MARKUP)
def test_literal_text_is_text_only(text: str) -> None:
    shown = literal(text)
    kinds = {token.type for token in tokens(shown)}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"} | {
        "hardbreak",
        "softbreak",
    }


@given(MARKUP)
def test_a_code_block_holds_exactly_its_text(text: str) -> None:
    shown = code_block(text, "python")
    assert blocks(shown) == [("python", visible(text).rstrip("\n"))]
    assert ends_outside(shown)


@given(MARKUP.map(lambda text: text.replace("\n", " ")))
def test_a_code_span_holds_exactly_its_text(text: str) -> None:
    found = [token.content for token in tokens(f"a {code_span(text)} b") if token.type != "inline"]
    if text.strip():
        assert "".join(found) == f"a {text} b"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts(text: str) -> None:
    for shown in (prose(text), literal(text), code_block(text)):
        assert active(shown) == []
        assert ends_outside(shown)


def test_reasoning_keeps_its_shape() -> None:
    shown = prose(REASONING)
    kinds = [token.type for token in tokens(shown)]
    assert kinds.count("list_item_open") == 2
    assert "em_open" in kinds
    assert blocks(shown)[0][0] == "python"
    spans = [token.content for token in tokens(shown) if token.type == "code_inline"]
    assert spans == ["strange_sort", "[1, 2, 3, 4]", "numbers[0]", "IndexError"]


def test_headings_become_bold_and_fences_in_lists_come_to_the_margin() -> None:
    assert prose("## Why `x`") == "**Why `x`**"
    assert prose("- so:\n  ```py\n    a = 1\n  ```") == "- so:\n```py\na = 1\n```"


def test_an_open_block_is_closed() -> None:
    assert prose("```py\nx = 1") == "```py\nx = 1\n```"


def test_long_reasoning_is_cut_by_lines() -> None:
    assert prose("a\nb\nc\nd", 2) == "a\nb\n\n… 2 more lines"
    assert first_lines("a\nb\nc\n", 2) == "a\nb\n… 1 more line"
    assert first_lines("a\nb\nc\n") == "a\nb\nc"


def test_a_cut_inside_a_block_closes_it() -> None:
    shown = prose("```\n1\n2\n3\n```\nend", 3)
    assert blocks(shown) == [("", "1\n2")]
    assert ends_outside(shown)
