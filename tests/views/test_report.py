from __future__ import annotations

import base64
import hashlib
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from trace_lsp.optimizers.suggestion import Suggestion
from trace_lsp.runs.record import Outcome, Update
from trace_lsp.session.history_types import Step, Trial
from trace_lsp.session.proposal import Proposal
from trace_lsp.trace.graph import Output
from trace_lsp.views.report import report
from trace_lsp.views.values import visible

from .recorded import (
    DIFF,
    HOSTILE,
    REASONING,
    chain,
    hostile,
    hostile_proposal,
    hostile_trace,
    loop,
    proposal,
    sorting,
    trace,
)

VOID = {"meta"}
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "script", "a", "header", "nav", "main"),
    *(
        "section",
        "h1",
        "h2",
        "h3",
        "p",
        "dl",
        "dt",
        "dd",
        "ul",
        "li",
        "strong",
        "em",
        "code",
        "pre",
    ),
    *("details", "summary", "div", "span", "ins", "del", "figure", "button", "table", "caption"),
    *(
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "svg",
        "g",
        "desc",
        "path",
        "polygon",
        "polyline",
        "text",
    ),
    "ellipse",
}


class Page(HTMLParser):
    """A page read as a browser would, that complains about what is not balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "svg" in self.open
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        where = self.open[-1] if self.open else ""
        (self.scripts if where == "script" else self.texts).append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def attributes(self, name: str) -> list[str | None]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    @property
    def text(self) -> str:
        return "".join(self.texts)


def page_of(text: str) -> Page:
    """The page, checked for all that holds for every report."""
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= ALLOWED
    names = {name for _, attributes in page.tags for name in attributes}
    assert not [name for name in names if name.startswith("on")]
    assert not names & {"src", "srcset", "style", "action", "formaction", "xlink:href", "data"}
    links = page.attributes("href")
    ids = page.attributes("id")
    assert all(link and link.startswith("#") and link[1:] in ids for link in links)
    assert len(ids) == len(set(ids))
    labelled = page.attributes("aria-labelledby")
    assert set(labelled) <= set(ids)
    check_policy(page)
    return page


def check_policy(page: Page) -> None:
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in page.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    (script,) = page.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        f"script-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    # A policy in the page counts only for what comes after it.
    tags = [tag for tag, _ in page.tags]
    assert tags[:4] == ["html", "head", "meta", "meta"]


@pytest.fixture(scope="module")
def text() -> str:
    sketch = sorting()
    return report(trace(sketch), sketch.records, [proposal()])


def test_it_is_one_page_that_loads_nothing(text: str) -> None:
    page_of(text)
    assert "url(" not in text
    assert "@import" not in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


def test_it_has_landmarks_headings_and_a_language(text: str) -> None:
    page = page_of(text)
    tags = [tag for tag, _ in page.tags]
    assert dict(page.tags)["html"] == {"lang": "en"}
    assert [tags.count(tag) for tag in ("h1", "main", "header", "nav")] == [1, 1, 1, 1]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert "<title>Trace of sort.py</title>" in text


def test_it_can_be_read_by_keyboard(text: str) -> None:
    page = page_of(text)
    for tag, attributes in page.tags:
        scrolls = tag == "pre" or attributes.get("class") in ("scroll", "drawing")
        if scrolls:
            assert attributes.get("tabindex") == "0"
            assert attributes.get("role") == "region"
            assert attributes.get("aria-label")


def test_it_minds_what_the_reader_prefers(text: str) -> None:
    assert "@media (prefers-color-scheme: dark)" in text
    assert "@media (prefers-reduced-motion: no-preference)" in text
    assert '<meta name="color-scheme" content="light dark">' in text


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_of_text_has_contrast(text: str) -> None:
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1, in both schemes."""
    schemes = re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+): (#\w{6})", scheme))
        grounds = {"page", "raised", "parameter", "call", "leaf", "failure", "added", "removed"}
        pairs = {("ink", ground) for ground in grounds}
        pairs |= {
            (ink, g) for ink in ("quiet", "accent", "good", "bad") for g in ("page", "raised")
        }
        for ink, ground in pairs:
            light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])))[::-1]
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_it_says_how_the_run_ended(text: str) -> None:
    found = page_of(text).text
    for part in (
        "Raised an exception",
        "strange_sort raised IndexError: list index out of range",
        "/home/ada/sorting/sort.py --cases 4",
        "Python 3.12, the workspace's .venv (/usr/bin/python3.12)",
        "0.21 s",
        "15 values, 1 failure",
        "# <--- (IndexError) list index out of range",
        "Traceback (most recent call last):",
        "case 3: wrong",
    ):
        assert part in found


def test_it_shows_a_proposal_from_feedback_to_cost(text: str) -> None:
    found = page_of(text).text
    wanted = [
        "should alternate smallest and largest",
        "2 more outputs are as expected",
        "+    rest = sorted(numbers)",
        "Taking alternately from the front",
        "#Instruction",
        "gpt-5-mini · 1,204 tokens sent, 310 received",
    ]
    places = [found.index(each) for each in wanted]
    assert places == sorted(places)
    assert "```" not in found
    assert "<em>strange</em>" in text
    assert "<code>numbers[0]</code>" in text


def reported(made: Proposal) -> str:
    sketch = sorting()
    return report(trace(sketch), sketch.records, [made])


def test_it_lists_the_steps_of_a_loop() -> None:
    first = Trial(1, 0, {"f": "…"}, "worse", "Less.", accepted=False)
    second = Trial(2, 0, {"f": "…"}, "better", "More.", accepted=True)
    steps = (
        Step(1, "OptoPrime", "gpt-5", "…", outcome="<b>Less.</b>", trials=(first,)),
        Step(2, "OptoPrime", "gpt-5", "…", "", tokens_sent=1000, tokens_received=9,
             outcome="More.", trials=(first, second)),
        Step(3, "OptoPrime", "gpt-5", "…", outcome="No reply."),
    )  # fmt: skip
    made = replace(proposal(), steps=steps, ended="3 steps were to be taken.")
    page = page_of(reported(made))
    at = page.texts.index("Each step, with what it tried")
    assert page.texts[at + 1 :][:19] == [
        "Step", "What came of it", "Candidates", "Asked", "Tokens",
        "1", "<b>Less.</b>", "worse", "gpt-5",
        "2", "More.", "worse, better", "gpt-5", "1,009",
        "3", "No reply.", "none", "gpt-5",
        "3 steps were to be taken.",
    ]  # fmt: skip
    assert "Each step" not in page_of(reported(proposal())).text


def test_a_search_is_no_model() -> None:
    step = Step(1, "search", tokens_sent=0, tokens_received=0, outcome="9 candidates were tried.")
    suggestion = Suggestion("Found.", values={"f": "…"}, model="search")
    made = replace(proposal(), suggestion=suggestion, steps=(step,), ended="The search ended.")
    found = page_of(reported(made)).text
    assert "Found by a search; no model was asked." in found
    assert "The problem (nothing was sent)" in found
    assert "The problem as sent" not in found
    assert "tokens" not in found


def test_the_diff_is_whole_and_marked(text: str) -> None:
    (block,) = re.findall(r'<pre class="diff".*?</pre>', text, re.DOTALL)
    page = Page(f"<html>{block}</html>")
    assert page.text == DIFF
    tags = [tag for tag, _ in page.tags]
    assert (tags.count("ins"), tags.count("del")) == (5, 4)


def test_before_and_after_are_cells_of_a_row(text: str) -> None:
    (row,) = re.findall(r"<tr[^>]*><th[^>]*><code>strange_sort\(\[7, 1, 9\]\).*?</tr>", text)
    assert Page(row).texts == ["strange_sort([7, 1, 9])", "[1, 7, 9]", "[1, 9, 7]", "changed"]


def test_the_graph_is_drawn_and_told(text: str) -> None:
    pytest.importorskip("pygraphviz")
    page = page_of(text)
    assert [a for tag, a in page.tags if tag == "svg" and a.get("role") == "img"]
    assert "5 nodes for 15 recorded values" in page.text
    assert "eq0 = False  ← eq(x=eval0, y=expected0)  sort.py:21" in page.text
    assert "pip install" not in page.text


def test_without_pygraphviz_the_outline_stands_for_the_drawing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    sketch = sorting()
    page = page_of(report(trace(sketch), sketch.records))
    assert not [tag for tag, _ in page.tags if tag == "svg"]
    assert "eq0 = False  ← eq(x=eval0, y=expected0)" in page.text
    assert "pip install 'trace-lsp[draw]' adds a drawing" in page.text


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_becomes_markup(value: str) -> None:
    sketch = hostile()
    page = page_of(
        report(
            hostile_trace(value),
            sketch.records,
            [hostile_proposal(value), hostile_proposal(value)],
            [Output(sketch.records[-1].id, value)],
        )
    )
    assert visible(value).strip() in page.text
    assert len(page.scripts) == 1
    text = "".join(page.texts)
    assert not set(text) & set("\x00\x07\x1b\r\u202e\u2066\ufffe")


def test_attributes_hold_no_value_that_was_not_escaped() -> None:
    page = page_of(report(hostile_trace(HOSTILE[3]), hostile().records))
    allowed = re.compile(r"[\w\s.,:;%#'+=/()*-]*")
    for _, attributes in page.tags:
        for value in attributes.values():
            assert value is None or allowed.fullmatch(value)


def test_other_endings_have_their_words() -> None:
    run = replace(
        trace(loop(5)),
        outcome=Outcome("timedOut", "It took longer than 60 s."),
        failure=None,
        output="",
        updates=tuple(Update(0, str(i)) for i in range(130)),
    )
    text = page_of(report(run, [])).text
    assert "Ran out of time" in text
    assert "Nothing was recorded." in text
    assert "Console output" not in text
    assert "Failure" not in text
    assert "… 30 more updates" in text


def test_a_proposal_of_no_change_says_so() -> None:
    none = replace(proposal(), edits=(), diff="", verdict=None)
    text = page_of(report(trace(), [], [none, none])).text
    assert "None was wanted." in text
    assert "Tried out" not in text
    assert "Suggestion 2 for strange_sort" in text


def test_a_large_run_makes_a_page_of_bounded_size() -> None:
    sketch = chain(20_000)
    run = replace(trace(sketch), output="x" * 500_000)
    text = report(run, sketch.records, [proposal()])
    page = page_of(text)
    assert len(text) < 600_000
    assert "… 19,700 more values" in page.text
    assert "… 400,000 characters left out …" in page.text
    assert "nodes are not shown" in page.text


def test_reasoning_loses_no_words(text: str) -> None:
    (words,) = re.findall(r"<h3>Reasoning</h3>(.*?)<details>", text, re.DOTALL)
    signs = re.compile(r"```python|[`\s]|\*(?=strange)|(?<=strange)\*")
    assert signs.sub("", Page(words).text) == signs.sub("", REASONING)
