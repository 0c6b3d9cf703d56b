from __future__ import annotations

import re

import pytest

from trace_lsp.views.collapse import ViewEdge, ViewGraph, ViewNode, collapse
from trace_lsp.views.labels import label_lines
from trace_lsp.views.mermaid import mermaid

from .recorded import HOSTILE, hostile, loop, sorting

_LINE = re.compile(
    r'flowchart TB|n\d+(?:\[\[|\(\[|\(|\{\{|\[)"[^"]*"(?:\]\]|\]\)|\)|\}\}|\])'
    r'|more\["[^"]*"\]|(?:n\d+|more) -->(?:\|"[^"]*"\|)? (?:n\d+|more)'
    r"|classDef \w+ [\w:#;, -]+|class (?:n\d+|more) \w+"
)


def decoded(label: str) -> str:
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label).replace("\u2060", "")


def check(view: ViewGraph) -> None:
    lines = mermaid(view).rstrip("\n").split("\n")
    assert all(_LINE.fullmatch(line.strip()) for line in lines)
    labels = dict(re.findall(r'^\s*(n\d+|more)[\[({]+"([^"]*)"', "\n".join(lines), re.MULTILINE))
    for node in view.nodes:
        assert [decoded(line) for line in labels[node.key].split("<br>")] == label_lines(node)


@pytest.mark.parametrize("sketch", [sorting(), loop(5), hostile()])
def test_every_line_is_what_it_should_be(sketch: object) -> None:
    check(collapse(sketch.records))  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [*HOSTILE, "1. a list", "- a list", "`code`", "a\\nb"])
def test_hostile_labels_hold_no_markup(text: str) -> None:
    node = ViewNode("n0", "leaf", text, type="list", first=text, last=text, values=((text, 1),))
    view = ViewGraph((node,), (ViewEdge("n0", "n0", (text,), 3),), 1)
    check(view)
    (label,) = re.findall(r'n0\(\["([^"]*)"\]\)', mermaid(view))
    assert not set(label.replace("<br>", "")) & set('"<>&`*_[](){}|\\%$!/=@~^')
    assert not re.search(r"(^|<br>)(-|\d+\.\s)", label)
    # Mermaid breaks a line at a written-out one.
    assert "#92;n" not in label


def test_kinds_differ_in_shape() -> None:
    text = mermaid(collapse(sorting().records))
    assert 'n0[["◆ ' in text
    assert 'n1(["numbers0' in text
    assert 'n2{{"✗ strange#95;sort × 4<br>' in text
    assert 'n4("eq × 3' in text
    assert 'n0 -->|"× 4"| n2' in text
    assert "class n2 failure" in text


def test_what_was_left_out_is_drawn() -> None:
    text = mermaid(collapse(hostile().records, limit=5))
    assert 'more["… ' in text
    assert "class more more" in text
