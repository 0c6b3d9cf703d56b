"""Whatever a model sends: a suggestion of the right types, or ReplyRefused."""

from __future__ import annotations

import ast
import json
import warnings
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.chat import Reply
from trace_lsp.optimizers.problem import Problem, Variable
from trace_lsp.optimizers.reply import read_reply

SOURCE = "def total(items):\n    return sum(items)"
NOW: dict[str, Any] = {
    "rate": 1,
    "share": 0.5,
    "on": True,
    "word": "a",
    "items": [1],
    "table": {"a": 1},
    "pair": (1, 2),
    "some": {1},
}
VARIABLES = (
    Variable("__code0", "code", SOURCE, "", 1),
    *(
        Variable(name, type(value).__name__, value if name == "word" else repr(value), "", at)
        for at, (name, value) in enumerate(NOW.items(), start=2)
    ),
)
PROBLEM = Problem("", (), (), VARIABLES, (), (), (), (), "")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FINISHES = st.sampled_from(["stop", "length", "filtered"])
CODES = st.sampled_from(
    [
        "def total(items):\n    found = {}\n    return {'a': [found]}",
        'def total(items):\n    """Say "{x}" or \'{y}\'."""\n    return {"n": len(items)}',
        "def total(items):\n    return '\\\\' + \"it's\"  # } ] }",
    ]
)


def read(text: str, finish: Any = "stop") -> Any:
    """The new values, None if the reply was refused."""
    try:
        values = read_reply(Reply(text, finish), PROBLEM).values
    except ReplyRefused:
        return None
    for name, value in values.items():
        if name == "__code0":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                warnings.simplefilter("ignore", DeprecationWarning)
                (function,) = ast.parse(value).body
            assert function.name == "total"
        else:
            assert type(value) is type(NOW[name])
            assert ast.literal_eval(repr(value)) == value
    return values


@given(st.text(), FINISHES)
def test_any_text(text: str, finish: str) -> None:
    read(text, finish)


@given(st.text("{}[]\":,'\\ \n`reasoning suggestion rate 12"), FINISHES)
def test_any_text_that_looks_like_json(text: str, finish: str) -> None:
    read(text, finish)


@given(JSON | st.fixed_dictionaries({"reasoning": JSON, "answer": JSON, "suggestion": JSON}))
def test_any_json(value: Any) -> None:
    read(json.dumps(value))


@given(st.dictionaries(st.sampled_from([*NOW, "__code0", "rate:0"]), JSON | CODES, max_size=4))
def test_any_values(values: dict[str, Any]) -> None:
    read(json.dumps({"reasoning": "r", "suggestion": values}))


@st.composite
def replies(draw: Any) -> tuple[str, dict[str, Any]]:
    values = {
        "rate": draw(st.integers(2)),
        "word": draw(st.text(min_size=2) | CODES),
        "table": {draw(st.text()): draw(st.text())},
        "__code0": draw(CODES),
    }
    answer = {"reasoning": draw(st.text() | CODES), "answer": "", "suggestion": values}
    indent = draw(st.sampled_from([None, 2]))
    return json.dumps(answer, indent=indent, ensure_ascii=draw(st.booleans())), values


def same(found: dict[str, Any], values: dict[str, Any]) -> bool:
    changed = {name: value for name, value in values.items() if value != NOW.get(name, SOURCE)}
    return found == changed


@given(replies())
def test_a_valid_reply(made: tuple[str, dict[str, Any]]) -> None:
    text, values = made
    assert same(read(text), values)


@given(replies(), st.integers(0), FINISHES)
@example(('{"reasoning": "r", "suggestion": {"word": "ab {}"}}', {"word": "ab {}"}), 46, "stop")
def test_a_valid_reply_cut_anywhere(
    made: tuple[str, dict[str, Any]], cut: int, finish: str
) -> None:
    text, _ = made
    assert read(text[: cut % len(text)], finish) is None


@given(replies(), st.integers(0))
def test_a_fenced_reply_cut_anywhere(made: tuple[str, dict[str, Any]], cut: int) -> None:
    text, values = made
    start = "Sure, here is {x}:\n```json\n"
    whole = f"{start}{text}\n```\nDone."
    found = read(whole[: cut % len(whole)])
    assert found is None or (cut % len(whole) >= len(start + text) and same(found, values))


@given(
    replies(),
    st.sampled_from(["", "Sure!\n", "With {x} in mind: ", "```json\n", "I'd say `this`:\n```\n"]),
    st.sampled_from(["", "\n```", "\n```\nThat's {it}.", "\n\n", " }"]),
)
def test_a_reply_with_noise_around_it(
    made: tuple[str, dict[str, Any]], before: str, after: str
) -> None:
    text, values = made
    assert same(read(before + text + after), values)


@given(replies(), st.integers(0), st.text(max_size=3))
def test_a_reply_with_noise_in_it(made: tuple[str, dict[str, Any]], at: int, noise: str) -> None:
    text, _ = made
    at %= len(text)
    read(text[:at] + noise + text[at:])
    read(text[:at] + noise + text[at + len(noise) :])
