from __future__ import annotations

import json
from typing import Any, Optional

import pytest

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.chat import Reply, Tokens
from trace_lsp.optimizers.problem import Problem, Variable
from trace_lsp.optimizers.reply import read_reply
from trace_lsp.optimizers.suggestion import REFUSALS, Suggestion

SOURCE = 'def total(items, tax=0.1):\n    """Adds up."""\n    return sum(items)'


def problem(**values: Any) -> Problem:
    variables = [Variable("__code0", "code", SOURCE, "", 1)]
    for at, (name, value) in enumerate(values.items(), start=2):
        text = value if isinstance(value, str) else repr(value)
        variables.append(Variable(name, type(value).__name__, text, "", at))
    return Problem("", (), (), tuple(variables), (), (), (), (), "")


def read(text: str, finish: Any = "stop", **values: Any) -> Suggestion:
    return read_reply(Reply(text, finish), problem(**values))


def refused(text: str, finish: Any = "stop", **values: Any) -> ReplyRefused:
    with pytest.raises(ReplyRefused) as caught:
        read(text, finish, **values)
    error = caught.value
    assert error.raw == text
    assert error.message.startswith(REFUSALS[error.reason])
    assert error.kind == error.reason
    return error


def suggesting(**values: Any) -> str:
    return json.dumps({"reasoning": "because", "suggestion": values})


def test_a_suggestion() -> None:
    text = json.dumps({"reasoning": "R", "answer": "A", "suggestion": {"rate": 2}})
    reply = Reply(text, tokens=Tokens(1, 2), model="m")
    assert read_reply(reply, problem(rate=1)) == Suggestion(
        "R", "A", {"rate": 2}, Tokens(1, 2), text, "m"
    )


PLAIN = '{"reasoning": "r", "suggestion": {"rate": 2, "word": "b"}}'


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"\n  {PLAIN}\n",
        f"```json\n{PLAIN}\n```",
        f"```\n{PLAIN}\n```",
        f"Here it is:\n```json\n{PLAIN}\n```\nI hope it helps.",
        f"Here it is: ```json\n{PLAIN}```",
        f"```json\n{PLAIN}",
        f"The set {{x}} matters. {PLAIN}",
        f'A dict {{"a": 1}} matters. {PLAIN} It\'s {{sure}} to help.',
        f'An answer looks like {{"reasoning": "...", "suggestion": {{}}}}. Mine: {PLAIN}',
        PLAIN.replace('"b"}', '"b",}'),
        PLAIN.replace("}}", ",},}"),
        PLAIN.replace('"', "'"),
        PLAIN.replace('"b"', '"""b"""'),
        PLAIN.replace('"r"', '"one\ntwo\ttabs"'),
        PLAIN.replace('"rate": 2', '"rate:0": 2'),
        PLAIN.replace("2", '"2"'),
        PLAIN.replace("2", "2.0"),
        PLAIN.replace('"r"', '["r", 1]'),
        PLAIN.replace('"r"', "null"),
        PLAIN.replace('"r"', '"Say TERMINATE {never}."'),
    ],
)
def test_what_is_understood(text: str) -> None:
    name = "rate0" if "rate:0" in text else "rate"
    assert read(text, **{name: 1, "word": "a"}).values == {name: 2, "word": "b"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{reasoning: "r", "suggestion": {"rate": 2}}', {"rate": 2}),
        ('{"reasoning": "r" "suggestion": {"rate": 2}}', {"rate": 2}),
        ('{"suggestion": {"rate": two}}', None),
        ('{"suggestion": {"word": "one, "rate": 2, "b"}}', None),
        ('{"suggestion": {"rate": 2}, ... "word" and so on}', None),
    ],
)
def test_json_is_repaired_if_nothing_is_lost(text: str, values: Optional[dict[str, Any]]) -> None:
    pytest.importorskip("json_repair")
    if values is None:
        refused(text, rate=1, word="a")
    else:
        assert read(text, rate=1, word="a").values == values


@pytest.mark.parametrize("text", ["TERMINATE", " `TERMINATE`.\n", "{}", '{"suggestion": {}}'])
def test_no_change(text: str) -> None:
    if text == "{}":
        assert refused(text).reason == "unreadableReply"
    else:
        assert read(text).values == {}


def test_only_an_answer() -> None:
    found = read('{"reasoning": "r", "answer": 42}')
    assert (found.answer, found.values) == ("42", {})
    assert read('{"answer": "x", "suggestion": null}').values == {}
    assert read('{"answer": "x", "suggestion": ""}').values == {}


def test_what_stays_as_it_is_is_no_change() -> None:
    text = suggesting(rate=1, word="a", __code0=SOURCE)
    assert read(text, rate=1, word="a").values == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "emptyReply"),
        (" \n", "emptyReply"),
        ("I cannot help with that.", "unreadableReply"),
        ("[1, 2]", "unreadableReply"),
        ("5", "unreadableReply"),
        ('{"rate": 2}', "unreadableReply"),
        ('{"suggestion": [1]}', "unreadableReply"),
        ('{"suggestion": "TERMINATE"}', "unreadableReply"),
        ('{"reasoning": "r", "suggestion": {"other": 2}}', "unknownVariable"),
        ('{"reasoning": "r", "suggestion": {"rate": 2', "replyCutOff"),
        ('{"reasoning": "r", "suggestion": {"rate": 2}', "replyCutOff"),
        ('{"reasoning": "r', "replyCutOff"),
        ("{'reasoning': 'r", "replyCutOff"),
        ('{"reasoning": "She said "yes" to "suggestion": {"rate": 2}}', "replyCutOff"),
        ("[" * 100_000, "unreadableReply"),
        ('{"reasoning": ' + "[" * 100_000 + "]" * 100_000 + "}", "unreadableReply"),
    ],
)
def test_what_is_not_understood(text: str, reason: str) -> None:
    assert refused(text, rate=1).reason == reason


def test_how_a_reply_ended() -> None:
    assert refused(PLAIN[:-5], "length", rate=1, word="a").reason == "replyCutOff"
    assert refused("", "length").reason == "replyCutOff"
    assert refused(PLAIN, "filtered", rate=1, word="a").reason == "contentFiltered"
    assert read(PLAIN, "length", rate=1, word="a").values == {"rate": 2, "word": "b"}


def test_an_unknown_variable_is_named_with_the_known_ones() -> None:
    error = refused(suggesting(rate=2, other=1), rate=1)
    assert "It names `other`; there is __code0, rate." in error.message


def test_a_name_with_a_colon() -> None:
    assert read(suggesting(**{"p:0": 2}), p0=1).values == {"p0": 2}
    assert read(suggesting(**{"p1:0": 2}), p10=1, p1_0=1).values == {"p1_0": 2}


@pytest.mark.parametrize(
    ("now", "said", "value"),
    [
        (1, 2, 2),
        (1, "2", 2),
        (1, 2.0, 2),
        (1.5, 2, 2.0),
        (1.5, "2e3", 2000.0),
        (True, False, False),
        (True, "False", False),
        (True, "false ", False),
        ("a", "def", "def"),
        ("a", "default", "default"),
        ("a", "Use the default tone: be kind.", "Use the default tone: be kind."),
        ("a", "```\ncode\n```", "```\ncode\n```"),
        ("a", "", ""),
        ([1], [2], [2]),
        ([1], "[1, 2]", [1, 2]),
        ((1,), [1, 2], (1, 2)),
        ((1,), "(1, 2)", (1, 2)),
        ({1}, [1, 2, 2], {1, 2}),
        ({"a": 1}, {"b": None}, {"b": None}),
        ({1: 1}, "{2: 2}", {2: 2}),
        (None, "v", "v"),
        (None, 5, 5),
    ],
)
def test_values_become_the_variables_type(now: Any, said: Any, value: Any) -> None:
    found = read(suggesting(x=said), x=now).values["x"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (1, "abc"),
        (1, None),
        (1, 2.5),
        (1, True),
        (1, [1]),
        (1, "1" * 10_000),
        (1, float("inf")),
        (1.5, float("nan")),
        (1.5, "inf"),
        (1.5, False),
        (True, 1),
        (True, "yes"),
        (True, None),
        ("a", 5),
        ("a", None),
        ("a", ["a"]),
        ([1], {"a": 1}),
        ([1], "1, 2"),
        ([1], "open('x')"),
        ([1], [float("nan")]),
        ([1], "[" * 5_000),
        ((1,), "1"),
        ({1}, [[1]]),
        ({"a": 1}, [1]),
        ({"a": 1}, "text"),
        (None, float("nan")),
        (b"a", "b"),
        (2j, 1),
    ],
)
def test_values_of_another_type_are_refused(now: Any, said: Any) -> None:
    error = refused(suggesting(x=said), x=now)
    assert error.reason == "wrongType"
    assert "`x` is of type" in error.message


def test_part_of_a_suggestion_is_never_taken() -> None:
    assert refused(suggesting(good=2, bad="x"), good=1, bad=1).reason == "wrongType"


def code(text: str) -> object:
    return read(suggesting(__code0=text)).values.get("__code0")


BETTER = "def total(items, tax=0.2):\n    return sum(items) * (1 + tax)"


@pytest.mark.parametrize(
    "text",
    [
        BETTER,
        BETTER + "\n\n",
        "\n" + BETTER,
        f"```python\n{BETTER}\n```",
        f"```\n{BETTER}\n```\n",
        f"# better\n{BETTER}",
        f"@bundle(trainable=True)\n{BETTER}",
        BETTER.replace("\n", "\r\n"),
        BETTER.replace("\n", "\r"),
        "# better\r" + BETTER.replace("\n", "\r"),
        BETTER.replace("    ", "\t"),
    ],
)
def test_code(text: str) -> None:
    assert code(text) == BETTER


@pytest.mark.parametrize(
    "body",
    [
        '    """As in\n    ```python\n    total([1])\n    ```\n    """\n    return 1',
        '    return "```"',
        "    return 'a\\tb'",
        "    return 'a\tb'",
        '    """\\d"""\n    return 1',
        "    nonlocal_name = 1\n    def inner():\n        nonlocal nonlocal_name\n    return inner",
    ],
)
def test_what_is_inside_of_code_stays(body: str) -> None:
    text = f"def total(items, tax=0.1):\n{body}"
    assert code(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def total(items, tax=0.1)\n    return 1", "doesNotCompile"),
        ("def total(items, tax=0.1):\n    return 'a", "doesNotCompile"),
        ("def total(items, tax=0.1):\nreturn 1", "doesNotCompile"),
        ("total = sum", "doesNotCompile"),
        ("", "doesNotCompile"),
        ("\0", "doesNotCompile"),
        ("\ud800", "doesNotCompile"),
        ("def total(items, tax=0.1): return " + "(" * 10_000, "doesNotCompile"),
        ("def total(items, tax=0.1): return " + "-" * 100_000 + "1", "doesNotCompile"),
        ("def sum_up(items, tax=0.1):\n    return 1", "nameChanged"),
        (f"limit = 3\n{BETTER}", "nameChanged"),
        (f"{BETTER}\ntotal([])", "nameChanged"),
        ("def total(items):\n    return 1", "signatureChanged"),
        ("def total(items, tax):\n    return 1", "signatureChanged"),
        ("async def total(items, tax=0.1):\n    return 1", "signatureChanged"),
        (5, "wrongType"),
        (None, "wrongType"),
        (["def"], "wrongType"),
    ],
)
def test_code_that_is_refused(text: Any, reason: str) -> None:
    assert refused(suggesting(__code0=text)).reason == reason
