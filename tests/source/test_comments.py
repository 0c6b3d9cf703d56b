"""Feedback in ``# trace:`` comments: which trainable it belongs to, and what is none."""

import pytest

from trace_lsp.source.trainables import find_trainables

IMPORTS = "from opto.trace import bundle, node\n"
FUNCTION = "@bundle(trainable=True)\ndef f(x):\n    return x\n"
VALUE = "v = node(1, trainable=True)"


def comments(text: str) -> dict[str, str]:
    return {each.name: each.comment for each in find_trainables(IMPORTS + text, "app.py")}


FEEDBACK = [
    (f"# trace: shorter\n{FUNCTION}", "shorter"),
    (f"#trace:shorter  \n{FUNCTION}", "shorter"),
    (f"## trace: shorter\n# an aside\n{FUNCTION}", "shorter"),
    (f"# an aside\n# trace: shorter\n{FUNCTION}", "shorter"),
    (f"# trace: shorter\n# trace: faster\n{FUNCTION}", "shorter\nfaster"),
    (f"# trace: shorter,\n#        and faster\n#\tand nicer\n# an aside\n{FUNCTION}", "shorter,\nand faster\nand nicer"),
    (f"# trace:\n#   shorter\n{FUNCTION}", "shorter"),
    (f"# trace: é 😀 \u2028\x0c trace: x\n{FUNCTION}", "é 😀 \u2028\x0c trace: x"),
    ("@bundle(trainable=True)\n# trace: shorter\ndef f(x): pass", "shorter"),
    ("# trace: a\n@bundle(trainable=True)  # trace: b\ndef f(  # trace: c\n    x): pass  # trace: d",
     "a\nb\nc\nd"),
    ("@bundle(trainable=True)\ndef f(x):\n    # trace: shorter\n    return x", "shorter"),
    ("@bundle(trainable=True)\ndef f(x):\n    y = x  # trace: shorter\n    #          or not\n    return y",
     "shorter\nor not"),
    ("@bundle(trainable=True)\ndef f(x):\n    if x:\n        y = 1\n    else:\n        # trace: no\n        y = 2\n    return y",
     "no"),
    ("@bundle(trainable=True)\ndef f(x):\n    return x\n\n    # trace: at the end\n", "at the end"),
    ("@bundle(trainable=True)\ndef f(x):\n    return x\n  # trace: at the end", "at the end"),
    (f"x = 1\n# trace: shorter\n\x0c{FUNCTION}", "shorter"),
    (f"\n\n  # trace: shorter\n{FUNCTION}", "shorter"),
    (f"'''\n'''; y = '''\n'''  # other\n# trace: shorter\n{FUNCTION}", "shorter"),
    (f"if 1:\n    pass\n# trace: shorter\n{FUNCTION}", "shorter"),
    (f"# trace: smaller\n{VALUE}", "smaller"),
    (f"{VALUE}  # trace: smaller", "smaller"),
    (f"# trace: a\n{VALUE}  # trace: b\n               #    and c", "a\nb\nand c"),
    ("v = node(  # trace: a\n    # trace: b\n    1,  # trace: c\n    trainable=True,\n)  # trace: d",
     "a\nb\nc\nd"),
    ("# trace: a\nv = f(\n    # trace: b\n    node(1, trainable=True))", "a\nb"),
    ("if node(1, trainable=True):  # trace: a\n    pass", "a"),
    ("# trace: a\nif node(1, trainable=True):\n    pass", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "comment"), FEEDBACK)
def test_feedback(text: str, comment: str) -> None:
    assert list(comments(text).values()) == [comment]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize(("text", "comment"), FEEDBACK)
def test_feedback_with_other_line_ends(text: str, comment: str, end: str) -> None:
    assert list(comments(text.replace("\n", end)).values()) == [comment]


NO_FEEDBACK = [
    FUNCTION,
    f"# trace: for nobody\n\n{FUNCTION}",
    f"x = 1  # trace: for x\n{FUNCTION}",
    f"# trace\n# trace :\n# traces: no\n# Trace: no\n# a trace: no\n{FUNCTION}",
    f"# trace:\n#\n{FUNCTION}",
    f"'# trace: in a string'\n{FUNCTION}",
    f"x = '''\n'''; y = '''\n# trace: in a string'''\n{FUNCTION}",
    f"'''\n# trace: in a string'''\n{FUNCTION}",
    "@bundle(trainable=True)\ndef f(x):\n    return '''\n    # trace: in a string\n    ''' + '# trace: x'",
    "v = node('''\n# trace: in a string\n''', trainable=True)",
    f"{FUNCTION}# trace: for what follows\nx = 1",
    f"{FUNCTION}\n# trace: for nobody",
    f"# trace: for x\nx = 1\n{VALUE}",
    f"{VALUE}\n# trace: for nobody",
    "if node(1, trainable=True):\n    # trace: for pass\n    pass",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_FEEDBACK)
def test_no_feedback(text: str) -> None:
    assert list(comments(text).values()) == [""]


def test_feedback_goes_to_the_innermost() -> None:
    text = """\
# trace: outer
@bundle(trainable=True)
def outer(x):
    # trace: value
    a = node(1, trainable=True)
    b = 1  # trace: outer as well
    # trace: inner
    @bundle(trainable=True)
    def inner():
        return 1
        # trace: end of inner
    # trace: end of outer
    return inner
"""
    assert comments(text) == {
        "outer": "outer\nouter as well\nend of outer",
        "outer.a": "value",
        "outer.inner": "inner\nend of inner",
    }


def test_calls_of_one_statement_share_what_is_said_of_the_statement() -> None:
    text = """\
# trace: both
p = {
    # trace: rate
    "rate": node(0.1, name="rate", trainable=True),
    "prompt": node("", name="prompt", trainable=True),  # trace: prompt
}
"""
    assert comments(text) == {"rate": "both\nrate", "prompt": "both\nprompt"}
    text = "f(node(1, trainable=True), node(2, trainable=True))  # trace: both"
    assert comments(text) == {"value": "both", "value#2": "both"}
