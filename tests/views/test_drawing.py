from __future__ import annotations

import sys
from xml.etree import ElementTree

import pytest

from trace_lsp.views.collapse import collapse
from trace_lsp.views.dot import dot
from trace_lsp.views.drawing import svg

from .recorded import hostile, sorting


def test_without_pygraphviz_there_is_no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert svg("digraph { a }") is None


@pytest.fixture
def drawn() -> str:
    pytest.importorskip("pygraphviz")
    text = svg(dot(collapse(sorting().records)), "Graph of <sort>", "5 & more nodes")
    assert text is not None
    return text


def test_it_is_one_element_ready_for_a_page(drawn: str) -> None:
    assert drawn.startswith("<svg ")
    assert "<!DOCTYPE" not in drawn
    assert "<?xml" not in drawn
    assert ":" not in {
        name for each in ElementTree.fromstring(drawn).iter() for name in each.attrib
    }


def test_it_has_a_role_a_title_and_a_description(drawn: str) -> None:
    root = ElementTree.fromstring(drawn)
    title, description = list(root)[:2]
    assert root.get("role") == "img"
    assert title.tag.endswith("title")
    assert title.text == "Graph of <sort>"
    assert description.tag.endswith("desc")
    assert description.text == "5 & more nodes"


def test_its_colours_are_the_page_s(drawn: str) -> None:
    elements = list(ElementTree.fromstring(drawn).iter())
    colours = {each.get(name) for each in elements for name in ("fill", "stroke")}
    assert colours == {None, "none", "currentColor"}


def test_style_sheets_find_every_kind_and_its_body(drawn: str) -> None:
    root = ElementTree.fromstring(drawn)
    kinds = {each.get("class") for each in root.iter() if each.get("data-node")}
    assert kinds == {"node parameter", "node leaf", "node failure output", "node call output"}
    for group in (each for each in root.iter() if each.get("data-node")):
        assert sum(each.get("class") == "body" for each in group.iter()) == 1


def test_it_carries_no_ids_that_two_drawings_on_a_page_would_share(drawn: str) -> None:
    assert all("id" not in each.attrib for each in ElementTree.fromstring(drawn).iter())


def test_hostile_values_make_no_elements_of_their_own() -> None:
    pytest.importorskip("pygraphviz")
    text = svg(dot(collapse(hostile().records)), "<script>", "]]>")
    assert text is not None
    tags = {each.tag.rpartition("}")[2] for each in ElementTree.fromstring(text).iter()}
    assert tags <= {"svg", "g", "title", "desc", "polygon", "path", "polyline", "text", "ellipse"}
    names = {name for each in ElementTree.fromstring(text).iter() for name in each.attrib}
    assert not [name for name in names if name.startswith(("on", "href", "style"))]


def test_what_is_not_dot_is_refused() -> None:
    pytest.importorskip("pygraphviz")
    with pytest.raises(ValueError, match=r"."):
        svg("digraph {")
