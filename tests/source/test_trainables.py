"""What is found in a text: names, ranges, values, signatures."""

import gc
import warnings

import pytest

from trace_lsp.errors import NotParsable
from trace_lsp.source.text import slice_of, split_lines
from trace_lsp.source.trainables import Trainable, find_trainables

from .marked import marked

IMPORTS = "from opto.trace import bundle, node\n"


def found_in(text: str) -> list[Trainable]:
    return find_trainables(IMPORTS + text, "app.py")


def only(text: str) -> Trainable:
    (found,) = found_in(text)
    return found


NAMES = [
    ("@bundle(trainable=True)\ndef f(): pass", ["f"]),
    ("@bundle(trainable=True)\nasync def f(): pass", ["f"]),
    ("class A:\n    @bundle(trainable=True)\n    def f(self): pass", ["A.f"]),
    ("class A:\n  class B:\n    @bundle(trainable=True)\n    def f(self): pass", ["A.B.f"]),
    ("def outer():\n    @bundle(trainable=True)\n    def inner(): pass", ["outer.inner"]),
    ("async def a():\n  if 1:\n    @bundle(trainable=True)\n    def b(): pass", ["a.b"]),
    ("@bundle(trainable=True)\ndef f():\n    @bundle(trainable=True)\n    def g(): pass", ["f", "f.g"]),
    ("if 1:\n  @bundle(trainable=True)\n  def f(): pass\nelse:\n  @bundle(trainable=True)\n  def f(): pass",
     ["f", "f#2"]),
    ("@a\n@bundle(None, trainable=True)\n@b(1)\ndef f(): pass", ["f"]),
    ("prompt = node('x', trainable=True)", ["prompt"]),
    ("prompt: str = node('x', trainable=True)", ["prompt"]),
    ("a = b = node('x', trainable=True)", ["a"]),
    ("a, b = node(1, trainable=True), node(2, trainable=True)", ["a", "b"]),
    ("a, *b = node(1, trainable=True), node(2, trainable=True)", ["a", "value"]),
    ("(a := node(1, trainable=True))", ["a"]),
    ("class A:\n  p = node(1, trainable=True)\n  def __init__(self):\n    self.p = node(1, trainable=True)",
     ["A.p", "A.__init__.p"]),
    ("a.b.c = node(1, trainable=True)", ["c"]),
    ("f(x=node(1, trainable=True))", ["value"]),
    ("f(x=node(1, trainable=True, name='lr'))", ["lr"]),
    ("def g(): return node(1, 'lr', trainable=True)", ["g.lr"]),
    ("f(node(1, name=lr, trainable=True), node(2, trainable=True))", ["value", "value#2"]),
    ("{'a': node(1, trainable=True, name=''), 'b': node(2, trainable=True)}", ["value", "value#2"]),
    ("d['a'] = node(1, trainable=True)", ["value"]),
    ("x = node(1, trainable=True)\nx = node(2, trainable=True)\nx = node(3, trainable=True)",
     ["x", "x#2", "x#3"]),
    ("def f(x=node(1, trainable=True)): pass", ["value"]),
    ("class A(B, k=node(1, trainable=True)): pass", ["value"]),
    ("for i in node([1], trainable=True): pass", ["value"]),
    ("with node(1, trainable=True) as n: pass", ["value"]),
    ("match 1:\n  case 2 if node(1, trainable=True): pass", ["value"]),
    ("f = lambda: node(1, trainable=True)", ["value"]),
    ("try: pass\nexcept f(node(1, trainable=True)): pass", ["value"]),
    ("x = node(data=1, trainable=True)", ["x"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names"), NAMES)
def test_names(text: str, names: list[str]) -> None:
    assert [each.name for each in found_in(text)] == names


NOT_TRAINABLE = [
    "@bundle()\ndef trainable(): pass",
    "@bundle\ndef trainable(): pass",
    "@bundle(trainable=False)\ndef f(): pass",
    "@bundle(trainable=1)\ndef f(): pass",
    "@bundle(trainable=flag)\ndef f(): pass",
    "@bundle(**trainable)\ndef f(): pass",
    "@bundle(trainable=True)\nclass A: pass",
    "@other(bundle(trainable=True))\ndef f(): pass",
    "x = node(1)  # trainable=True",
    "x = node(1, trainable=False)",
    "x = node(y, trainable=True)",
    "x = node(f'{y}', trainable=True)",
    "x = node(..., trainable=True)",
    "x = node([y], trainable=True)",
    "x = node({[]: 1}, trainable=True)",
    "x = node(trainable=True)",
    "x = node(*a, trainable=True)",
    "x = node(1 + 2, trainable=True)",
    "f'{node(1, trainable=True)}'",
    "'node(1, trainable=True)'",
]


@pytest.mark.parametrize("text", NOT_TRAINABLE)
def test_what_is_not_trainable(text: str) -> None:
    assert found_in(text) == []


LITERALS = [
    "1", "-1.5", "+2", "1 - 2j", "True", "None", "'a'", 'rb"b"', '"a" "b"', '"""a\nb"""',
    "[1, (2, {3: {4}})]", "[]", "()", "{}", "(1,\n  2)", "[  # one\n 1]", "'😀\u2028\x0c'", "set()",
]  # fmt: skip


@pytest.mark.parametrize("literal", LITERALS)
@pytest.mark.parametrize(
    "form", ["x = node({0}, trainable=True)", "x = node(\n\t(({0})),\n\ttrainable=True)"]
)
def test_the_range_of_a_value_is_its_literal(literal: str, form: str) -> None:
    text = form.format(literal)
    found = only(text)
    lines = split_lines(IMPORTS + text)
    assert found.text == literal == slice_of(lines, found.range)
    assert found.name_range == found.range
    assert slice_of(lines, found.statement) == text.removeprefix("x = ")
    assert (found.signature, found.kind) == ("", "value")


FUNCTIONS = [
    "@bundle(trainable=True)\n«def f(x):\n    return x»\n",
    "@bundle(trainable=True)\n«def f(x): return x»",
    "@bundle(trainable=True)\n«async  def  f(x): return x;  »\ny = 1",
    "@bundle(trainable=True)\n«def f(x):\n    return x  # one, 😀»\n# two",
    "@bundle(trainable=True)\n«def f(x):\n    return x» \\\n\ny = 1",
    "class A:\n\t@bundle(trainable=True)\n\t«def f(x):\n\t\treturn '''\n'''»\n",
    "class A:\n    y = '😀'; z = 1\n    @bundle(trainable=True)\n    # c\n\n    «def f(x): pass»\n",
]


@pytest.mark.parametrize("text", FUNCTIONS)
def test_the_range_of_a_function_is_from_def_to_its_last_line(text: str) -> None:
    plain = IMPORTS + text.replace("«", "").replace("»", "")
    (found,) = find_trainables(plain, "app.py")
    assert marked(plain, found.range) == IMPORTS + text
    assert slice_of(split_lines(plain), found.name_range) == "f"
    assert found.statement.end == found.range.end


STATEMENTS = [
    "@bundle(trainable=True)\ndef f(): pass",
    "@ bundle(trainable=True)\ndef f(): pass",
    "@(bundle(trainable=True))\ndef f(): pass",
    "@(\n  # @\n  bundle\n)(\n  trainable=True\n)\n\ndef f(): pass",
    "@ \\\n  bundle(trainable=True)\ndef f(): pass",
    "@a\n# b\n@bundle(trainable=True)\n@c\nasync def f(): pass",
]


@pytest.mark.parametrize("text", STATEMENTS)
@pytest.mark.parametrize("before", ["", "\x0c", "x = 1\n\x0c", "class A:\n  "])
def test_the_statement_of_a_function_begins_at_its_first_decorator(before: str, text: str) -> None:
    text = text.replace("\n", "\n  ") if before.endswith("  ") else text
    (found,) = find_trainables(IMPORTS + before + text, "app.py")
    assert slice_of(split_lines(IMPORTS + before + text), found.statement) == text


SIGNATURES = [
    ("def f(): pass", "def f():"),
    ("def f(x: int=1, *, y: dict[str, int]={1: 2}) -> list[int] :\n  pass",
     "def f(x: int=1, *, y: dict[str, int]={1: 2}) -> list[int] :"),
    ("async def f(\n    x,  # a: b\n    y=':',\n):  # c: d\n    pass",
     "async def f(\n    x,  # a: b\n    y=':',\n):"),
    ("def f(x=lambda: 0): pass", "def f(x=lambda: 0):"),
    ("def f() -> lambda: 0: pass", "def f() -> lambda: 0:"),
    ("def f(x='''\n:'''): pass", "def f(x='''\n:'''):"),
    ("def f(\n  x): return {1: x[2:3]}", "def f(\n  x):"),
    ("def \\\n  f(x): pass", "def \\\n  f(x):"),
    ("def f(x):\n    @wraps(x)\n    def g(): pass", "def f(x):"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "signature"), SIGNATURES)
def test_the_signature_ends_with_the_colon(text: str, signature: str) -> None:
    assert only(f"@bundle(trainable=True)\n{text}").signature == signature
    indented = text.replace("\n", "\n    ")
    found = only(f"class A:\n    @bundle(trainable=True)\n    {indented}")
    assert found.signature == signature
    assert slice_of(split_lines(IMPORTS + f"class A:\n    @bundle(trainable=True)\n    {indented}"),
                    found.name_range) == "f"  # fmt: skip


DEDENTED = [
    ("    def f():\n        return 1", "def f():\n    return 1"),
    ("\tdef f():\n\t\treturn 1", "def f():\n\treturn 1"),
    ("    def f():\n\n      \n        return 1  ", "def f():\n\n  \n    return 1  "),
    (
        "    def f():\n        return '''\n  a\nb\n      c'''",
        "def f():\n    return '''\na\nb\n  c'''",
    ),
    ("    def f(\nx):\n  # c\n     return x", "def f(\nx):\n# c\n return x"),
]


@pytest.mark.parametrize(("function", "text"), DEDENTED)
def test_a_line_is_dedented_as_far_as_it_goes(function: str, text: str) -> None:
    blanks = function[: function.index("def")]
    assert only(f"class A:\n{blanks}@bundle(trainable=True)\n{function}\n").text == text


ENDS = ["\n", "\r\n", "\r"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize(
    "odd", ["", "\x0c", "# \x0c\x0b\x1c\x85\u2028😀 é\n", "s = '''\u2028\r\n\x0c'''\n"]
)
def test_nothing_shifts_a_position(end: str, start: str, odd: str) -> None:
    plain = (
        f"{IMPORTS}{odd}class A:\n\té = '😀'; p = node('é', trainable=True)\n"
        "\t@bundle(trainable=True)\n\tdef f(é):\n\t\treturn '😀'\n"
    )
    text = start + "".join(line.rstrip("\r\n") + end for line in split_lines(plain)[:-1])
    value, function = find_trainables(text, "app.py")
    lines = split_lines(text)
    assert slice_of(lines, value.range) == "'é'"
    assert slice_of(lines, value.statement) == "node('é', trainable=True)"
    assert slice_of(lines, function.name_range) == "f"
    assert slice_of(lines, function.range) == f"def f(é):{end}\t\treturn '😀'"
    assert function.text == "def f(é):\n\treturn '😀'"


def test_a_byte_order_mark_counts_as_a_character_of_the_first_line() -> None:
    text = "\ufefffrom opto.trace import node; é = node('é', trainable=True)"
    (found,) = find_trainables(text, "app.py")
    assert slice_of(split_lines(text), found.range) == "'é'"
    text = "\ufeff@opto.trace.bundle(trainable=True)\ndef f(): import opto"
    assert find_trainables(text, "app.py") == []


NOT_PARSABLE = [
    ("x = 1\ny = = 2", "app.py, line 2, is not valid Python: invalid syntax"),
    ("\ufeffx = 1\r\r\ny = (", "app.py, line 3, is not valid Python: '(' was never closed"),
    ("x = '\x0c\u2028'\n)", "app.py, line 2, is not valid Python: unmatched ')'"),
    ("a\nb\nx = '\ud800'", "app.py, line 3, is not valid Python: half of a surrogate pair"),
    ("a\nb\0", "app.py, line 2, is not valid Python: source code"),
    ("if 1:\n  a\n b", "app.py, line 3, is not valid Python: unindent"),
    ("(" * 5000, "app.py, line 1, is not valid Python: too many nested parentheses"),
    ("-" * 20_000 + "1", "app.py cannot be read as Python: it is nested too deeply"),
]


@pytest.mark.parametrize(("text", "message"), NOT_PARSABLE)
def test_what_cannot_be_parsed_says_where(text: str, message: str) -> None:
    with pytest.raises(NotParsable) as raised:
        find_trainables(f"{text}\n# trainable", "app.py")
    assert raised.value.message.startswith(message)


def test_a_text_without_the_word_is_not_parsed() -> None:
    assert find_trainables("def (", "app.py") == []


def test_warnings_about_the_text_are_held_back() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found_in("'\\d'\nx = node('\\d', trainable=True)")[0].text == "'\\d'"


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        found_in("x = node(1, trainable=True)")
        assert gc.isenabled() == enabled
        with pytest.raises(NotParsable):
            found_in("def (trainable")
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_trainables_come_in_the_order_of_their_positions() -> None:
    text = (
        "def g():\n    a = node(1, trainable=True)\n"
        "b = node(2, trainable=True)\n"
        "@bundle(trainable=True)\ndef f(x=node(3, trainable=True)):\n    c = node(4, trainable=True)\n"
    )
    found = found_in(text)
    assert [each.name for each in found] == ["g.a", "b", "f", "value", "f.c"]
    assert found == sorted(found, key=lambda each: each.range.start)
