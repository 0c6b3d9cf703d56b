from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from session.histories import entry, step

from trace_lsp.session.history_compare import compare, summary_of
from trace_lsp.session.history_types import Entry, Trial
from trace_lsp.views.history import comparison_text, entry_text, history_table, when
from trace_lsp.views.history_json import comparison_json, entry_json, summary_json
from trace_lsp.views.values import visible
from trace_lsp.views.verdict import columns

from .markdown_reader import active, blocks, ends_outside, tokens
from .recorded import HOSTILE

UTC = timezone.utc
OTHER = entry(
    "ba9876543210",
    before={"f": "def f(x):\n    return 0", "g": "7"},
    after={"f": "def f(x):\n    return 3"},
    judgement="worse",
    decision="rejected",
    steps=(step(cost=None), step(2, model="other")),
)


def everywhere(text: str) -> Entry:
    """An entry with the text in every place that takes one."""
    trial = Trial(1, 1, {text: text}, "worse", text)
    made = step(
        optimizer=text,
        model=text,
        problem=text,
        reply=text,
        understood=text,
        reasoning=text,
        outcome=text,
        trials=(trial,),
    )
    return entry(
        file=text,
        names=(text,),
        feedback=text,
        goal=text,
        before={text: text},
        after={text: text + "!"},
        kinds={},
        diff=text,
        reason=text,
        ended=text,
        steps=(made,),
    )


def test_the_list_is_aligned_rows() -> None:
    running = entry("ffffffffffff", ended="", judgement="", after={}, steps=(), feedback="")
    unchanged = entry("eeeeeeeeeeee", after={}, judgement="", decision="applied")
    rows = [summary_of(each) for each in (running, OTHER, unchanged)]
    assert history_table(rows, plain=True, zone=UTC) == (
        "id            when              where         result     decision  steps  tokens"
        "  feedback\n"
        "ffffffffffff  2025-10-09 08:53  prices.py: f  under way  open      0\n"
        "ba9876543210  2025-10-09 08:53  prices.py: f  worse      rejected  2      3,028"
        "   It should be larger.\n"
        "eeeeeeeeeeee  2025-10-09 08:53  prices.py: f  no change  applied   1      1,514"
        "   It should be larger."
    )


def test_in_markdown_the_list_is_a_table() -> None:
    found = tokens(history_table([summary_of(entry()), summary_of(OTHER)], zone=UTC))
    assert sum(each.type == "tr_open" for each in found) == 3
    assert sum(each.type in ("th_open", "td_open") for each in found) == 3 * 8


@pytest.mark.parametrize("plain", [True, False])
def test_of_nothing_there_is_a_sentence(plain: bool) -> None:
    assert history_table([], plain) == "Nothing was optimized here yet."


def test_times_are_those_of_the_zone() -> None:
    assert when(0.0, UTC) == "1970-01-01 00:00"
    assert when(0.0, timezone(timedelta(hours=-5))) == "1969-12-31 19:00"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", when(1_760_000_000.0))
    for odd in (1e300, -1e15, float("nan"), float("inf")):
        assert when(odd, UTC) == "(unknown)"


def test_an_entry_shows_each_step_as_it_was_sent_and_received() -> None:
    problem = "A problem\n```\nwith a fence\n````\n# and more"
    made = entry(steps=(step(1, problem=problem), step(2, reply="{cut off", reasoning="")))
    text = entry_text(made, zone=UTC)
    found = blocks(text)
    assert [each for each in found if each[0] == ""] == [
        ("", "It should be larger."),
        ("", problem),
        ("", '{"reasoning": "Because."}'),
        ("", "The whole prompt."),
        ("", "{cut off"),
    ]
    assert ("diff", made.diff.rstrip("\n")) in found
    assert ("python", "def f(x):\n    return 2") in found
    headings = [
        inline.content
        for opening, inline in zip(tokens(text), tokens(text)[1:], strict=False)
        if opening.type == "heading_open"
    ]
    assert headings == [
        "f (0123456789ab)",
        "Step 1: OptoPrime",
        "Candidate 1 of step 1",
        "Step 2: OptoPrime",
        "Candidate 1 of step 2",
    ]


@pytest.mark.parametrize("plain", [True, False])
def test_an_entry_says_how_each_step_went(plain: bool) -> None:
    text = entry_text(entry(), plain, UTC).replace("\\", "")
    for line in (
        "- file: /home/ada/shop/prices.py",
        "- began: 2025-10-09 08:53",
        "- goal: maximize profit",
        "- result: better. The profit grew.",
        "- ended: The goal was reached.",
        "- decision: open",
        "- model: gpt-5",
        "- understood: suggestion",
        "- tokens: 1,204 sent, 310 received",
        "- cost: 0.0123",
        "- time: 2.5 s",
        "- outcome: A candidate did better.",
        "- objective: 0.5",
        "- accepted: yes",
    ):
        assert line in text.split("\n")


def test_what_is_not_known_is_not_shown() -> None:
    bare = step(model="", tokens_sent=None, tokens_received=3, cost=None, outcome="", trials=())
    text = entry_text(entry(goal="", reason="", ended="", steps=(bare,)), plain=True, zone=UTC)
    assert "- tokens: 3 received\n" in text
    assert "- result: better.\n" in text
    for name in ("goal", "ended", "model", "cost", "outcome", "objective"):
        assert f"- {name}:" not in text


def test_words_of_a_later_version_are_shown_as_they_are() -> None:
    later: Any = {"decision": "postponed", "judgement": "promising"}
    text = entry_text(replace(entry(), **later), plain=True)
    assert "- decision: postponed" in text
    assert "- result: promising. The profit grew." in text
    assert "promising" in history_table([summary_of(replace(entry(), **later))])


def test_two_entries_stand_beside_each_other() -> None:
    text = comparison_text(compare(entry(), OTHER), plain=True)
    table, *rest = text.split("\n\n")
    rows = [re.split("  +", line) for line in table.split("\n")]
    assert rows[0][-2:] == ["0123456789ab", "ba9876543210"]
    assert ["result", "better", "worse"] in rows
    assert ["decision", "open", "rejected"] in rows
    assert ["tokens", "1,204 sent, 310 received", "2,408 sent, 620 received"] in rows
    assert ["models", "gpt-5", "gpt-5, other"] in rows
    assert rest[0] == "They began with different texts of f, g."
    assert "-    return 1\n+    return 0" in rest[2]
    assert rest[3:5] == ["g at the beginning:", "Only the second has it."]
    assert rest[5] == "They came to different texts of f, g."
    assert "-    return 2\n+    return 3" in rest[7]


def test_entries_that_came_to_the_same_say_so() -> None:
    text = comparison_text(compare(entry(), entry("ba9876543210")), plain=True)
    assert text.endswith("Both began with the same texts.\n\nBoth came to the same texts.")
    other = entry("ba9876543210", before={"f": "1", "g": "1"}, after={"f": "2"})
    changed = replace(other, after={"f": "3"})
    assert "different texts of f. 1 other came out alike." in comparison_text(
        compare(other, changed)
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_in_their_places(text: str) -> None:
    made = everywhere(text)
    # The same words without any meaning: there are as many blocks and headings.
    harmless = everywhere("x" if text.strip() else text)
    other = replace(made, before={text: text + "?"}, after={})
    for shown, plain_words in (
        (entry_text(made, zone=UTC), entry_text(harmless, zone=UTC)),
        (history_table([summary_of(made)], zone=UTC), ""),
        (comparison_text(compare(made, other)), ""),
    ):
        assert active(shown) == []
        assert ends_outside(shown)
        json.dumps(shown, ensure_ascii=False).encode()
        if plain_words:
            kinds = [each.type for each in tokens(shown) if each.type.startswith("heading")]
            assert kinds == [t.type for t in tokens(plain_words) if t.type.startswith("heading")]
    if text.strip():
        assert visible(text).rstrip("\n") in [block for _, block in blocks(entry_text(made))]
    table = history_table([summary_of(made), summary_of(made)], plain=True, zone=UTC)
    assert len(table.split("\n")) == 3
    ends = {columns(line[: line.index("open")]) for line in table.split("\n")[1:]}
    assert len(ends) == 1


def test_as_json_an_entry_is_whole_and_exact() -> None:
    for text in HOSTILE:
        made = everywhere(text)
        data = json.loads(json.dumps(entry_json(made), allow_nan=False))
        assert (data["names"], data["before"], data["after"]) == ([text], {text: text}, made.after)
        (sent,) = data["steps"]
        assert (sent["problem"], sent["reply"]) == (text, text)
        assert (sent["tokensSent"], sent["tokensReceived"], sent["cost"]) == (1204, 310, 0.0123)
        assert sent["trials"][0]["values"] == {text: text}
    assert set(data) == {
        "id", "time", "file", "names", "feedback", "goal", "before", "after", "kinds", "diff",
        "judgement", "reason", "ended", "steps", "decision",
    }  # fmt: skip


def test_as_json_a_row_and_a_comparison() -> None:
    row = json.loads(json.dumps(summary_json(summary_of(OTHER)), allow_nan=False))
    assert (row["id"], row["steps"], row["trials"], row["changed"]) == (OTHER.id, 2, 2, True)
    assert row["models"] == ["gpt-5", "other"]
    data = json.loads(json.dumps(comparison_json(compare(entry(), OTHER)), allow_nan=False))
    assert (data["first"]["id"], data["second"]) == (entry().id, row)
    assert data["began"][1] == {"name": "g", "first": None, "second": "7", "differs": True}
    assert [pair["name"] for pair in data["cameTo"]] == ["f", "g"]


def test_numbers_that_json_does_not_know_are_null() -> None:
    endless = Trial(1, 1, objective=float("inf"), accepted=True)
    made = entry(steps=(step(trials=(endless,), cost=float("nan")),))
    data = json.loads(json.dumps(entry_json(made), allow_nan=False))
    assert (data["steps"][0]["trials"][0]["objective"], data["steps"][0]["cost"]) == (None, None)
    assert json.loads(json.dumps(summary_json(summary_of(made)), allow_nan=False))["cost"] is None
    assert "- objective: inf" in entry_text(made, plain=True)


def test_a_search_sent_nothing() -> None:
    searched = step(optimizer="search", model="", problem="", reply="", cost=None)
    searched = replace(searched, tokens_sent=0, tokens_received=0)
    made = entry(steps=(searched,))
    text = entry_text(made, plain=True, zone=UTC)
    assert "Step 1: search\n" in text
    assert "- model: none was asked\n" in text
    assert "tokens" not in text
    assert "Sent" not in text
    _, row = history_table([summary_of(made)], plain=True, zone=UTC).split("\n")
    assert re.split("  +", row)[-2:] == ["1", "It should be larger."]
    assert "tokens" not in comparison_text(compare(made, made), plain=True)
