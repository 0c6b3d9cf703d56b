from __future__ import annotations

from dataclasses import replace

import pytest

from trace_lsp.runs.record import Outcome
from trace_lsp.trace.graph import NodeRecord
from trace_lsp.views.markdown import (
    Link,
    call_line,
    cost_text,
    hover,
    proposal_text,
    reasoning_text,
)
from trace_lsp.views.values import visible

from .markdown_reader import active, blocks, ends_outside
from .recorded import (
    BETTER,
    DIFF,
    FILE,
    HOSTILE,
    Sketch,
    hostile_proposal,
    hostile_trace,
    proposal,
    sorting,
    trace,
)

FINISHED = Outcome("finished", "It ran to its end.")


def calls_of(sketch: Sketch, function: str = "strange_sort") -> list[NodeRecord]:
    return [each for each in sketch.records if each.operator and each.operator.function == function]


def sorting_hover(plain: bool = False) -> str:
    sketch = sorting()
    links = [Link("Graph [1]", "command:trace-lsp.showGraph?%5B%22a b>%22%5D")]
    return hover(calls_of(sketch), sketch.nodes, proposal(), trace(sketch).outcome, plain, links)


def test_what_is_most_wanted_comes_first() -> None:
    text = sorting_hover()
    wanted = [
        "**strange\\_sort** · 4 calls, 1 failed",
        "strange_sort([]) → ✗ (IndexError) list index out of range",
        "strange_sort([1, 2, 3, 4]) → [1, 2, 3, 4]",
        "From `numbers3`",
        "Last run: strange\\_sort raised IndexError",
        "# <--- (IndexError) list index out of range",
        "**Feedback** should alternate smallest and largest",
        "**Suggestion ready** · better: 2 more outputs",
        "The instruction asks for",
        "[Graph \\[1\\]]",
    ]
    places = [text.index(each) for each in wanted]
    assert places == sorted(places)


def test_parents_link_to_their_source() -> None:
    assert active(sorting_hover()) == [
        f"file://{FILE}#L20",
        f"file://{FILE}#L6",
        "command:trace-lsp.showGraph?%5B%22a%20b%3E%22%5D",
    ]


def test_plain_text_has_no_markup() -> None:
    text = sorting_hover(plain=True)
    assert "strange_sort · 4 calls, 1 failed" in text
    assert "From numbers3 (sort.py:20), __code0 (sort.py:6)" in text
    assert "Suggestion ready · better: 2 more" in text
    assert "file://" not in text
    assert "\\_" not in text
    assert "command:" not in text


def test_at_most_five_calls_are_shown_failing_ones_first() -> None:
    sketch = Sketch()
    x = sketch.leaf("x", "1", 1)
    for number in range(9):
        error = "f()  # <---" if number in (2, 4) else ""
        sketch.call("f", f"r{number}", 2, "list", "f", error, x=x)
    shown = blocks(hover(calls_of(sketch, "f"), sketch.nodes, None, FINISHED))[0][1]
    assert shown.splitlines() == [
        "f(1) → ✗ r4",
        "f(1) → ✗ r2",
        "f(1) → r8",
        "f(1) → r7",
        "f(1) → r6",
    ]
    assert "… 4 more calls" in hover(calls_of(sketch, "f"), sketch.nodes, None, FINISHED)


def test_a_value_shows_what_it_was() -> None:
    sketch = Sketch()
    prompt = sketch.leaf("prompt", "Be kind.", 3, "str", trainable=True)
    assert hover([prompt], sketch.nodes, None, FINISHED, plain=True) == "prompt0 = 'Be kind.'"


def test_without_calls_it_says_so() -> None:
    assert hover([], {}, None, FINISHED) == "Not called in the last run."
    cut_off = Outcome("timedOut", "It took longer than 60 s.")
    assert hover([], {}, None, cut_off, plain=True) == (
        "Not called in the last run.\n\nLast run: It took longer than 60 s."
    )


def test_a_suggestion_of_no_change_is_no_suggestion() -> None:
    none = replace(proposal(), edits=(), verdict=None)
    assert "**No change suggested**" in hover([], {}, none, FINISHED)


def test_reasoning_is_a_dozen_lines_in_a_hover_and_whole_in_a_proposal() -> None:
    long = replace(proposal().suggestion, reasoning="\n".join(f"line {i}" for i in range(30)))
    text = hover([], {}, replace(proposal(), suggestion=long), FINISHED)
    assert "line 11\n\n… 18 more lines" in text
    assert "line 29" in proposal_text(replace(proposal(), suggestion=long))


def test_feedback_of_several_lines_is_a_block() -> None:
    console = replace(proposal(), feedback="  File x\n    y = 1\n# <---")
    assert ("", "File x\n    y = 1\n# <---") in blocks(proposal_text(console))


def test_a_proposal_shows_everything_it_means() -> None:
    text = proposal_text(proposal())
    assert ("diff", DIFF.rstrip("\n")) in blocks(text)
    assert "| `strange_sort([])` | `(none)` | `[]` | **changed** |" in text
    assert text.endswith("gpt-5-mini · 1,204 tokens sent, 310 received")
    assert active(text) == []
    assert DIFF.rstrip("\n") in proposal_text(proposal(), plain=True)


def test_arguments_stand_beside_the_result() -> None:
    sketch = Sketch()
    name = sketch.leaf("name", "Ada", 1, "str")
    code = sketch.leaf("__code", BETTER, 1, "code", trainable=True)
    call = sketch.call("eval", "hello Ada", 2, "str", "greet", name=name, __code=code)
    assert call_line(call, sketch.nodes) == "greet('Ada') → 'hello Ada'"
    assert call_line(call, {}) == "greet() → 'hello Ada'"


def test_unknown_costs_are_left_out() -> None:
    suggestion = proposal().suggestion
    assert cost_text(replace(suggestion, tokens=replace(suggestion.tokens, sent=None))) == (
        "gpt-5-mini · 310 received"
    )
    assert cost_text(replace(suggestion, model="", tokens=type(suggestion.tokens)())) == ""


def test_no_reasoning_is_no_text() -> None:
    assert reasoning_text(" \n") == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_in_their_places(text: str) -> None:
    run = hostile_trace(text)
    calls = [node for node in run.nodes.values() if node.operator]
    hovered = hover(calls, run.nodes, hostile_proposal(text), run.outcome)
    proposed = proposal_text(hostile_proposal(text))
    for shown in (hovered, proposed):
        assert active(shown) == []
        assert ends_outside(shown)
        shown.encode("utf-8")
    assert blocks(hovered)[0][0] == "python"
    assert ("diff", visible(f"+{text}\n-{text}")) in blocks(proposed)
