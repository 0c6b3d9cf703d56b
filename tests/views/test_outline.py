from __future__ import annotations

import pytest

from trace_lsp.trace.graph import Output
from trace_lsp.views.outline import outline

from .recorded import HOSTILE, Sketch, chain, hostile, loop, sorting


def test_an_outline_is_readable() -> None:
    sketch = Sketch()
    scale = sketch.leaf("scale", "0.5", 3, "float", trainable=True)
    item = sketch.leaf("item", "8", 5)
    product = sketch.call("multiply", "4.0", 6, "float", x=scale, y=item)
    sketch.call("greet", "hello", 7, "str", function="Shop.greet", amount=product, again=scale)
    assert outline(sketch.records) == (
        "greet0 = 'hello'  ← Shop.greet(amount=multiply0, again=scale0)  sort.py:7\n"
        "  ◆ trainable: scale0 = 0.5  sort.py:3\n"
        "  multiply0 = 4.0  ← multiply(x=scale0, y=item0)  sort.py:6\n"
        "    ◆ trainable: scale0 = 0.5  (see line 2)\n"
        "    item0 = 8  sort.py:5\n"
    )


def test_failures_come_first_and_are_named() -> None:
    first = outline(sorting().records).splitlines()[0]
    assert first.startswith("✗ failed: exception_eval0 = (IndexError) list index out of range")
    assert "← strange_sort(numbers=numbers3, __code=__code0)" in first


def test_feedback_stands_beneath_its_output() -> None:
    nodes = loop(2).records
    lines = outline(nodes, [Output(nodes[-1].id, "too\nlow")]).splitlines()
    assert lines[0].startswith("add1 = 1")
    assert lines[1] == "  feedback: too ↵ low"


def test_every_node_is_shown_once_in_full() -> None:
    nodes = loop(30).records
    lines = outline(nodes, lines=1_000).splitlines()
    for node in nodes:
        shown = [line for line in lines if f" {node.name} = " in f" {line}"]
        assert sum("(see line" not in line for line in shown) == 1
    for line in lines:
        if "(see line " in line:
            name = line.split(" = ")[0].split()[-1]
            number = int(line.rsplit("(see line ", 1)[1].rstrip(")"))
            assert f"{name} = " in lines[number - 1]


@pytest.mark.parametrize("limit", [2, 3, 10, 499])
def test_the_number_of_lines_is_bounded(limit: int) -> None:
    text = outline(loop(1_000).records, lines=limit)
    lines = text.splitlines()
    assert len(lines) <= limit + 1
    left_out = int(lines[-1].split()[1].replace(",", ""))
    shown = sum("see line" not in line for line in lines[:-1])
    assert left_out == 3_002 - shown
    assert lines[-1] == f"… {left_out:,} of 3,002 nodes are not shown."


def test_each_output_has_its_share_of_the_lines() -> None:
    sketch = chain(300)
    other = sketch.leaf("other", "7", 900)
    sketch.call("last", "8", 901, x=other)
    lines = outline(sketch.records, lines=50).splitlines()
    assert any(line.startswith("last0 = 8") for line in lines)
    assert len(lines) <= 50


def test_lines_stay_short_however_deep_the_graph_is() -> None:
    lines = outline(chain(100_000).records, lines=5_000).splitlines()
    assert len(lines) == 5_000
    assert max(map(len, lines)) < 120
    assert lines[40].lstrip().startswith("(level 40) add")


def test_values_are_shortened_to_the_width() -> None:
    sketch = Sketch()
    sketch.leaf("x", "y" * 1_000, 1, "list")
    assert f"x0 = {'y' * 29}…  sort.py:1\n" == outline(sketch.records, width=30)


def test_inputs_outside_the_part_are_named_by_nothing() -> None:
    nodes = chain(3).records
    assert outline(nodes[1:]).splitlines()[-1] == "  add0 = 2  ← add(x=…)  sort.py:2"


def test_nothing_recorded() -> None:
    assert outline([]) == "Nothing was recorded.\n"


def test_hostile_texts_stay_on_their_line() -> None:
    text = outline(hostile().records, lines=10_000)
    assert set(text) & set("\x1b\x00\x07\r\u202e\u2066\ud800") == set()
    # Each line is a node, so there are as many as there are inputs to follow.
    assert len(text.splitlines()) == 2 * len(HOSTILE) + 1
