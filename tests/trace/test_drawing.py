from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import graphviz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_lsp.trace import GRAPH, ExecutionError, Node, bundle, node
from trace_lsp.trace.drawing import (
    Drawing,
    NodeVizStyleGuide,
    NodeVizStyleGuideColorful,
    draw,
    drawing,
)
from trace_lsp.trace.feedback import live_ancestors

pygraphviz = pytest.importorskip("pygraphviz")


def parsed(drawn: Any) -> Any:
    """The drawing as Graphviz itself reads it."""
    return pygraphviz.AGraph(string=str(drawn))


def edges(drawn: Any) -> set[tuple[str, str]]:
    return {(str(start), str(end)) for start, end in parsed(drawn).edges()}


def keys(drawn: Any) -> set[str]:
    return {str(each) for each in parsed(drawn).nodes()}


def attributes(drawn: Any, key: str) -> dict[str, str]:
    graph = parsed(drawn)
    attr = graph.get_node(key).attr
    return {name: attr[name] or "" for name in attr}


def labels(drawn: Any) -> list[str]:
    """The labels as Graphviz draws them, lines joined, in the order of the DOT text."""
    root = ElementTree.fromstring(parsed(drawn).draw(format="svg", prog="dot"))
    groups = [each for each in root.iter(f"{SVG}g") if each.get("class") == "node"]
    return ["\n".join(each.text or "" for each in group.iter(f"{SVG}text")) for group in groups]


SVG = "{http://www.w3.org/2000/svg}"


def spaced(text: str) -> str:
    """Graphviz draws runs of spaces as it likes."""
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture
def no_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphviz", None)


def test_a_drawing_has_the_nodes_and_the_edges_of_the_graph() -> None:
    a, b = node(1, name="a", trainable=True), node(2, name="b")
    node(3, name="elsewhere")
    drawn = drawing((a + b) * a)
    assert keys(drawn) == {"a0", "b0", "add0", "multiply0"}
    assert edges(drawn) == {
        ("a0", "add0"), ("b0", "add0"), ("add0", "multiply0"), ("a0", "multiply0"),
    }  # fmt: skip


def test_arrows_may_go_back() -> None:
    drawn = drawing(node(1, name="a") + node(2, name="b"), reverse_plot=True)
    assert edges(drawn) == {("add0", "a0"), ("add0", "b0")}


def test_one_node_is_drawn_alone() -> None:
    drawn = drawing(node(1, name="a"))
    assert (keys(drawn), edges(drawn)) == ({"a0"}, set())


def test_an_input_used_twice_has_one_arrow() -> None:
    a = node(1, name="a")
    assert [str(each) for each in parsed(drawing(a + a)).edges()].count("('a0', 'add0')") == 1


def test_copies_on_the_way_are_left_out() -> None:
    output = node(1, name="a").clone().clone() + 1
    assert keys(drawing(output)) == {"a0", "int0", "add0"}
    assert edges(drawing(output)) == {("a0", "add0"), ("int0", "add0")}
    whole = drawing(output, simple_visualization=False)
    assert edges(whole) == {
        ("a0", "clone0"), ("clone0", "clone1"), ("clone1", "add0"), ("int0", "add0"),
    }  # fmt: skip


def test_a_copy_that_is_the_output_stays() -> None:
    assert edges(drawing(node(1, name="a").clone().clone())) == {("a0", "clone1")}


def test_what_takes_two_values_is_no_copy() -> None:
    @bundle(description="[clone] Copies the first.")
    def pick(first: int, second: int) -> int:
        return first

    output = pick(node(1, name="a"), node(2, name="b")) + 1
    assert {"clone0", "b0"} < keys(drawing(output))


def test_what_is_used_inside_a_call_has_a_dashed_arrow() -> None:
    inside = node(5, name="inside", trainable=True)

    @bundle(traceable_code=True)
    def scaled(x: Any) -> Any:
        return x * inside

    graph = parsed(drawing(scaled(node(1, name="a"))))
    styles = {str(start): graph.get_edge(start, end).attr["style"] for start, end in graph.edges()}
    assert styles["inside0"] == "dashed"
    assert styles["a0"] != "dashed"
    copied = drawing(scaled(inside.clone()))
    assert '"inside0" -> "scaled1"\n' in str(copied)


def test_of_some_nodes_only_the_edges_between_them_are_drawn() -> None:
    a = node(1, name="a")
    copied = a.clone()
    output = copied + 1
    assert edges(draw([copied, output])) == {("clone0", "add0")}
    assert keys(draw([copied, output])) == {"clone0", "add0"}


def test_nodes_of_one_name_are_told_apart() -> None:
    a = node(1, name="a")
    GRAPH.clear()
    again = node(2, name="a")
    drawn = drawing(a + again)
    later = f"a0@{again._serial}"
    assert edges(drawn) == {("a0", "add0"), (later, "add0")}
    assert attributes(drawn, later)["label"].startswith("a0")


def test_kinds_of_nodes_look_different() -> None:
    a, b = node(1, name="a", trainable=True), node(0, name="b")
    with pytest.raises(ExecutionError) as raised:
        a / b
    drawn = drawing(raised.value.exception_node)
    looks = {
        key: tuple(
            attributes(drawn, key).get(name, "")
            for name in ("shape", "fillcolor", "style", "color", "penwidth")
        )
        for key in keys(drawn)
    }
    assert looks == {
        "a0": ("box", "#FFE5E5", "filled,solid", "#FF7E79", "1.2"),
        "b0": ("ellipse", "#DEEBF6", "", "#5C9BD5", "1.2"),
        "exception_divide0": ("ellipse", "firebrick1", "", "black", "1.2"),
    }


def test_the_plain_guide_has_no_borders() -> None:
    a = node(1, name="a", trainable=True, description="what it is for")
    guide = NodeVizStyleGuide(style="mine", print_limit=50)
    assert guide.style == "mine"
    attrs = guide.get_attrs(a)
    assert attrs.pop("label").endswith("what it is for\n1")
    assert attrs == {"shape": "box", "fillcolor": "#DEEBF6", "style": "filled,solid"}
    assert guide.get_attrs(a + 1) == {
        "label": f"add0\n{(a + 1).description}\n2",
        "shape": "ellipse",
        "fillcolor": "",
        "style": "",
    }
    with pytest.raises(ExecutionError) as raised:
        a / 0
    assert guide.get_color(raised.value.exception_node) == "firebrick1"


def label(value: Any, limit: int = 100) -> str:
    """The last line of the label of a node with that value."""
    return NodeVizStyleGuideColorful(print_limit=limit).get_label(node(value)).split("\n")[-1]


def test_descriptions_and_values_are_cut() -> None:
    @bundle(description="[make] " + "d" * 200)
    def make() -> str:
        return "v" * 200

    made = make()
    lines = NodeVizStyleGuide(print_limit=20).get_label(made).split("\n")
    assert lines == ["make0", "[make] " + "d" * 13 + "...", "v" * 20 + "..."]
    assert label("x" * 100) == "x" * 100
    assert label("x" * 101) == "x" * 100 + "..."


class Unreadable:
    def __repr__(self) -> str:
        raise OSError("no")


class Guarded(dict[str, Any]):
    def __contains__(self, key: object) -> bool:
        raise OSError("no")


def test_values_that_cannot_be_read_hurt_nobody() -> None:
    assert label(Unreadable()) == "<Unreadable: its repr raised OSError>"
    assert label(Guarded(content="x")) == "x"
    assert len(label([[0] * 1000] * 1000)) == 103
    assert len(label("x" * 10_000_000)) == 103
    read: list[int] = []

    class Counted:
        def __repr__(self) -> str:
            read.append(1)
            return "x"

    many = node([Counted()] * 100_000, trainable=True)
    read.clear()
    NodeVizStyleGuide().get_label(many)
    assert len(read) < 20_000
    around: list[Any] = []
    around.append(around)
    assert label(around).startswith("[[[")


def test_a_message_is_its_content() -> None:
    assert label({"role": "user", "content": "hello"}) == "hello"
    assert label({"role": "user", "content": None}) == "None"
    assert label({"role": "user"}) == "{'role': 'user'}"


def test_a_parameter_shows_what_it_is_now_and_others_what_they_were() -> None:
    a, items = node(1, trainable=True), [1]
    kept = node(items)
    a.update(2)
    items.append(2)
    guide = NodeVizStyleGuideColorful()
    assert guide.get_label(a).endswith("\n2")
    assert guide.get_label(kept).endswith("\n[1]")


def check_to_the_letter(value: Node, expected: str) -> None:
    text = str(drawing(value, print_limit=1_000))
    assert text.count("\n") == 4  # each statement in a line of its own
    (drawn,) = labels(text)
    assert spaced(drawn) == spaced(f"{value.py_name}\n{value.description or ''}\n{expected}")


@pytest.mark.parametrize(
    "text",
    ['say "x"', "back\\slash", "\\", '\\"', "<b>bold</b>", "<>", "a & b &amp; &lt;", "\\n \\N \\G",
     "two\nlines", "Windows\r\nlines", "{a|b}", "é 漢 🙂", "];}", "// # /*",
     'é charset="latin-1"', "ends in \\\nhere", "ends in charset="],
)  # fmt: skip
def test_texts_are_drawn_to_the_letter(text: str) -> None:
    check_to_the_letter(node(text, name="x"), text)


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet=st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=30))
def test_any_text_is_drawn_to_the_letter(text: str) -> None:
    check_to_the_letter(node(text, name="x"), text)


def test_what_cannot_be_seen_is_spelled_out() -> None:
    check_to_the_letter(node("a\x00b\x1b[31m\ud800\u202e", name="x"), r"a\x00b\x1b[31m\ud800\u202e")


@pytest.mark.parametrize("name", ['a "quoted" one', "back\\", "a:b", "<i>", "two\nlines", "-> b"])
def test_names_may_be_anything(name: str) -> None:
    a = node(1, name=name)
    drawn = drawing(a + node(2, name="other"))
    assert len(keys(drawn)) == 3
    assert len(edges(drawn)) == 2
    assert spaced(a.py_name) in {spaced(each.split("\n1")[0]) for each in labels(drawn)}


def test_a_long_chain_is_drawn() -> None:
    value = node(0)
    for _ in range(20_000):
        value = value.clone()
    assert edges(drawing(value)) == {("int0", f"clone{19_999}")}
    assert str(drawing(value, simple_visualization=False)).count("->") == 20_000


# What comes back


def test_with_graphviz_installed_it_is_a_digraph() -> None:
    assert isinstance(drawing(node(1)), graphviz.Digraph)


@pytest.mark.usefixtures("no_graphviz")
def test_without_it_the_same_text() -> None:
    drawn = drawing(node(1, name="a") + 2)
    assert isinstance(drawn, Drawing)
    assert drawn.source == str(drawn)
    assert edges(drawn) == {("a0", "add0"), ("int0", "add0")}


def test_both_write_the_same() -> None:
    output = node(1, name="a") + 2
    found = drawing(output)
    assert str(found) == Drawing(found.body).source


def test_it_is_written_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Drawing(['\t"é"\n'])
    path = drawn.save("graph.gv", str(tmp_path / "new" / "folder"))
    assert path == str(tmp_path / "new" / "folder" / "graph.gv")
    assert Path(path).read_text("utf-8") == drawn.source
    monkeypatch.chdir(tmp_path)
    assert drawn.save() == "Digraph.gv"
    assert (tmp_path / "Digraph.gv").exists()


def test_laying_it_out_says_what_is_missing() -> None:
    for refused in (Drawing([]).render, Drawing([]).view, Drawing([]).pipe):
        with pytest.raises(ModuleNotFoundError, match="pip install graphviz") as raised:
            refused("graph", format="png")
        assert raised.value.name == "graphviz"


def test_backward_gives_the_drawing() -> None:
    a = node(1, name="a", trainable=True)
    output = a.clone() + 1
    assert output.backward("x") is None
    assert edges(output.backward("x", visualize=True)) == {("a0", "add0"), ("int0", "add0")}
    drawn = output.backward(
        "x", visualize=True, simple_visualization=False, reverse_plot=True, print_limit=3
    )
    assert ("clone0", "a0") in edges(drawn)
    assert "[cl..." in attributes(drawn, "clone0")["label"]
    assert len(live_ancestors([output])) == len(keys(drawn))
