"""Programs made up by hypothesis, with everything in them that could shift a position."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from hypothesis import strategies as st

IMPORTS = "import opto\n"
ODD = "aé😀\t\x0c\u2028\x85 '\"#\\{}"

_words = st.text(ODD, max_size=6)
_blanks = st.sampled_from(["", "", "", " ", "  \t"])


@st.composite
def _comment(draw: st.DrawFn) -> str:
    return "# " + draw(_words)


@st.composite
def _string(draw: st.DrawFn) -> str:
    """A string of one or several lines, some of them at the left margin."""
    word = st.text("aé😀\u2028 ", max_size=5)
    lines = draw(st.lists(word, min_size=1, max_size=4))
    quote = draw(st.sampled_from(['"""', "'''"]))
    prefix = draw(st.sampled_from(["", "f", "r"]))
    return prefix + quote + "\n".join(lines) + "." + quote


def _indented(block: str, blanks: str) -> str:
    """The block under a clause. Inside of strings nothing is added."""
    tree = ast.parse(block)
    inside = {
        line
        for each in ast.walk(tree)
        if isinstance(each, (ast.Constant, ast.JoinedStr)) and isinstance(each, ast.expr)
        for line in range(each.lineno + 1, (each.end_lineno or 0) + 1)
    }
    lines = block.split("\n")
    return "\n".join(
        line if number in inside or not line else blanks + line
        for number, line in enumerate(lines, 1)
    )


@st.composite
def _statement(draw: st.DrawFn, unit: str, depth: int) -> str:
    kinds = ["pass", "call", "string", "list", "comment", "blank", "continued"]
    kind = draw(st.sampled_from(kinds + ["if", "def"] * (depth < 2)))
    name = draw(st.sampled_from(["x", "y", "é"]))
    end = draw(_blanks)
    if kind == "call":
        return f"{name} = {name}({draw(st.integers(0, 3))}){end}"
    if kind == "string":
        return f"{name} = {draw(_string())}{end}"
    if kind == "list":
        return f"{name} = [  {draw(_comment())}\n {draw(_blanks)}1,\n]{end}"
    if kind == "comment":
        return f"{draw(_comment())}\npass"
    if kind == "blank":
        return f"pass\n{end}\npass"
    if kind == "continued":
        return f"{name} = \\\n  1"
    if kind in ("if", "def"):
        head = "if x:" if kind == "if" else "def g():"
        return head + "\n" + _indented(draw(_block(unit, depth + 1)), unit)
    return f"pass{end}"


@st.composite
def _block(draw: st.DrawFn, unit: str, depth: int = 0) -> str:
    statements = draw(st.lists(_statement(unit, depth), min_size=1, max_size=4))
    return "\n".join(statements)


@st.composite
def functions(draw: st.DrawFn, unit: str) -> str:
    """A function at the left margin."""
    head = draw(st.sampled_from(["def f(x):", "async def f(x):", "def f(\n    x,  # é\n):"]))
    if draw(st.integers(0, 5)) == 0:
        return f"{head} return {draw(st.integers(0, 3))}"
    return head + "\n" + _indented(draw(_block(unit)), unit)


@dataclass(frozen=True)
class Program:
    """A text with one trainable function, which is between `before` and `after`."""

    before: str
    function: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.function + self.after


@st.composite
def programs(draw: st.DrawFn, unit: str) -> Program:
    """A program with one trainable function in a module, a class or a function, and odd
    characters and line ends around it."""
    depth = draw(st.integers(0, 2))
    heads = [draw(st.sampled_from(["class A:", "def é():", "if 1:  # 😀"])) for _ in range(depth)]
    margin = unit * depth
    before = draw(st.sampled_from(["", "\ufeff", "\x0c", "# \u2028\x0c😀\n", "s = '''\n\x85'''\n"]))
    before += IMPORTS
    before += "".join(f"{unit * level}{head}\n" for level, head in enumerate(heads))
    before += f"{margin}# {draw(_words)}\n{margin}@opto.trace.bundle(trainable=True)\n{margin}"
    function = _indented(draw(functions(unit)), margin)[len(margin) :]
    after = draw(
        st.sampled_from(["", "\n", "  \n\n", f"\n{margin}# end", f"\n\n{margin}z = '''\n'''\n"])
    )
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return Program(*(part.replace("\n", end) for part in (before, function, after)))
