"""Replies in tags, whatever was asked for."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.chat import Reply
from trace_lsp.optimizers.problem import Problem, Variable
from trace_lsp.optimizers.reply import read_reply
from trace_lsp.optimizers.style import Style, Tags

SOURCE = "def total(items):\n    return sum(items)"
NOW: dict[str, Any] = {
    "rate": 1, "share": 0.5, "on": True, "word": "a", "items": [1], "table": {"a": 1},
    "pair": (1, 2), "some": {1}, "none": None,
}  # fmt: skip
PROBLEM = Problem(
    "", (), (),
    (
        Variable("__code0", "code", SOURCE, "", 1),
        *(
            Variable(name, type(value).__name__, value if name == "word" else repr(value), "", at)
            for at, (name, value) in enumerate(NOW.items(), start=2)
        ),
    ),
    (), (), (), (), "",
)  # fmt: skip
TAGGED = Style(tags=Tags(), tagged_answer=True)
SHORT = Style(
    tags=Tags("const", "var", "data", reasoning="reason", improved="var"), tagged_answer=True
)


def variable(name: str, value: str) -> str:
    return f"<variable>\n<name>{name}</name>\n<value>\n{value}\n</value>\n</variable>"


def read(text: str, style: Optional[Style] = TAGGED, finish: Any = "stop") -> dict[str, object]:
    return dict(read_reply(Reply(text, finish), PROBLEM, style).values)


def refused(text: str, style: Optional[Style] = TAGGED, finish: Any = "stop") -> str:
    with pytest.raises(ReplyRefused) as caught:
        read(text, style, finish)
    assert caught.value.raw == text
    return caught.value.reason


WHY = "<reasoning>\nIt is x < 3 & {that}.\n</reasoning>\n"
PLAIN = f"{WHY}{variable('rate', '2')}\n{variable('word', 'b')}"


@pytest.mark.parametrize("style", [TAGGED, Style()])
@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"\n {PLAIN}\n",
        f"```xml\n{PLAIN}\n```",
        PLAIN.replace("\n", ""),
        PLAIN.replace("<value>\n", "<value> \r\n").replace("\n</value>", "\r\n </value>"),
        PLAIN.replace("<variable>", '<variable type="int">'),
        PLAIN.replace("<name>rate", "<name> rate:0 "),
        f"{PLAIN}\nI hope this helps.",
        f"{WHY}{variable('rate', '2')}\n{variable('rate', '2')}\n{variable('word', 'b')}",
        PLAIN.replace("{that}", "TERMINATE, or <variable> in {}"),
        PLAIN.replace("\nb\n", "\n<![CDATA[b]]>\n"),
    ],
)
def test_what_is_understood(text: str, style: Style) -> None:
    name = "rate0" if "rate:0" in text else "rate"
    variables = tuple(
        Variable(name, each.type, each.value, "", 2) if each.name == "rate" else each
        for each in PROBLEM.variables
    )
    problem = Problem("", (), (), variables, (), (), (), (), "")
    found = read_reply(Reply(text), problem, style)
    assert found.values == {name: 2, "word": "b"}
    assert found.reasoning.startswith("It is x < 3 &")


def test_a_remark_before_tags_that_were_asked_for() -> None:
    assert read(f"Sure:\n{PLAIN}") == {"rate": 2, "word": "b"}


def test_json_where_tags_were_asked_for() -> None:
    assert read('{"reasoning": "r", "suggestion": {"rate": 2}}') == {"rate": 2}
    assert read("```json\n{'reasoning': 'r', 'suggestion': {'rate': 2,}}\n```") == {"rate": 2}


def test_tags_of_other_names() -> None:
    text = "<reason>r</reason><var><name>rate</name><data>2</data></var>"
    assert read(text, SHORT) == {"rate": 2}
    assert refused(PLAIN, SHORT) == "unreadableReply"


@pytest.mark.parametrize(
    "text", [WHY, "TERMINATE", variable("rate", "1"), variable("none", "None")]
)
def test_no_change(text: str) -> None:
    assert read(text) == {}


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [
        ("rate", "-3", -3),
        ("share", "1e-3", 0.001),
        ("on", "false", False),
        ("word", '"quoted"', '"quoted"'),
        ("word", "two\n\n  lines ", "two\n\n  lines "),
        ("word", "", ""),
        ("word", "a &lt; b", "a &lt; b"),
        ("items", "[1, 'b']", [1, "b"]),
        ("items", '[true, null, "c"]', [True, None, "c"]),
        ("table", '{"b": false}', {"b": False}),
        ("pair", "(3, 4)", (3, 4)),
        ("some", "{3}", {3}),
        ("none", "text", "text"),
    ],
)
def test_values_become_the_variables_type(name: str, said: str, value: Any) -> None:
    found = read(variable(name, said))[name]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "body",
    [
        "    return '<b>' + str(items) + '</b>' if 1 < 2 > 0 else ''",
        "    return '</value>'",
        '    """<variable> </variable> </reasoning>"""\n    return {"suggestion": 1}',
        "    return '&lt;'.join(items)  # &amp;",
    ],
)
def test_code_is_taken_as_it_is(body: str) -> None:
    source = f"def total(items):\n{body}"
    assert read(WHY + variable("__code0", source)) == {"__code0": source}
    assert read(WHY + variable("__code0", f"```python\n{source}\n```")) == {"__code0": source}


@pytest.mark.parametrize("escaped", ["1 &lt; len(items) &amp; 3", "'it' &gt; &quot;a&quot;"])
def test_code_that_was_escaped(escaped: str) -> None:
    plain = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    source = f"def total(items):\n    return {plain}".replace("&quot;", '"')
    assert read(variable("__code0", f"def total(items):\n    return {escaped}")) == {
        "__code0": source
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Nothing to say.", "unreadableReply"),
        (variable("other", "2"), "unknownVariable"),
        (variable("rate", "two"), "wrongType"),
        (variable("rate", ""), "wrongType"),
        (f"{variable('rate', '2')}{variable('rate', '3')}", "severalValues"),
        (f"{WHY}<variable>\n<name>rate</name>\n<value>\n2", "replyCutOff"),
        (f"{WHY}<variable>\n<name>rate</name>\n<value>\n2\n</value>\n</variab", "replyCutOff"),
        ("<reasoning>\nIt is", "replyCutOff"),
        (f"{WHY}<variable>\n<name>rate</name>\n2\n</variable>", "unreadableReply"),
        (f"{variable('rate', '2')}</variable>", "unreadableReply"),
        (variable("__code0", "def sum_up(items): return 1"), "nameChanged"),
        (variable("__code0", "def total(items): ret urn"), "doesNotCompile"),
    ],
)
def test_what_is_not_understood(text: str, reason: str) -> None:
    assert refused(text) == reason


def test_tags_that_the_endpoint_cut_off_are_no_suggestion() -> None:
    assert refused(PLAIN, finish="length") == "replyCutOff"
    assert refused(PLAIN, Style(), "length") == "replyCutOff"
    assert refused(PLAIN, finish="filtered") == "contentFiltered"


def test_a_variable_without_an_end_does_not_swallow_the_next() -> None:
    first = "<variable>\n<name>word</name>\n<value>\nb\n"
    assert refused(first + variable("rate", "2")) in ("replyCutOff", "unreadableReply")


# Whatever comes

TEXTS = st.text() | st.text("<>/abenoruvlism \n&;") | st.lists(
    st.sampled_from(["<variable>", "</variable>", "<name>", "</name>", "<value>", "</value>",
                     "<reasoning>", "</reasoning>", "rate", "word", "2", "\n", "{", '"']),
    max_size=14,
).map("".join)  # fmt: skip


def checked(text: str, finish: str = "stop") -> Optional[dict[str, object]]:
    try:
        found = read(text, finish=finish)
    except ReplyRefused:
        return None
    for name, value in found.items():
        assert name in ("__code0", "none") or type(value) is type(NOW[name])
    return found


@given(TEXTS, st.sampled_from(["stop", "length", "filtered"]))
def test_any_text(text: str, finish: str) -> None:
    checked(text, finish)


SAFE = st.text(st.characters(exclude_characters="<\r", exclude_categories=["Cs"]), min_size=2)


@st.composite
def replies(draw: Any) -> tuple[str, list[tuple[str, object]]]:
    word, rate = draw(SAFE.filter(lambda text: text == text.strip())), draw(st.integers(2))
    values = draw(st.permutations([("word", word), ("rate", rate)]))
    parts = [variable(name, str(value)) for name, value in values]
    return f"<reasoning>\n{draw(SAFE)}\n</reasoning>\n" + "\n".join(parts), values


@given(replies())
def test_a_valid_reply(made: tuple[str, list[tuple[str, object]]]) -> None:
    text, values = made
    assert checked(text) == dict(values)


@given(replies(), st.integers(0), st.sampled_from(["stop", "length"]))
def test_a_valid_reply_cut_anywhere(
    made: tuple[str, list[tuple[str, object]]], cut: int, finish: str
) -> None:
    text, values = made
    text = text[: cut % len(text)]
    found = checked(text, finish)
    # Whole variables may have come before the cut, which only the endpoint can tell.
    whole = dict(values[: text.count("</variable>")])
    assert found is None or (found == whole and finish == "stop")


@given(replies(), st.integers(0), st.text(max_size=3))
def test_a_reply_with_noise_in_it(
    made: tuple[str, list[tuple[str, object]]], at: int, noise: str
) -> None:
    text, _ = made
    at %= len(text)
    checked(text[:at] + noise + text[at:])
    checked(text[:at] + noise + text[at + len(noise) :])
