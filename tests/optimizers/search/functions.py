"""Functions by chance, for what must be true of every edit of any function."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "items", "größe"])
NUMBERS = st.sampled_from(["0", "1", "-1", "2.5", "10"])
TEXTS = st.sampled_from(["''", "'x'", "'ü → '", 'f"{a!r:>{b}} é"', "b'raw'", "'one' \\\n 'two'"])
BINARY = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "|", "&", "<<", "@"])
COMPARED = st.sampled_from(["<", "<=", "==", "!=", "is", "is not", "in", "not in", ">", ">="])


def _expressions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    boxed = inner.map(lambda each: f"({each})")
    either = inner | boxed
    return st.one_of(
        boxed,
        st.tuples(boxed, BINARY, boxed).map(" ".join),
        st.tuples(NAMES, BINARY, NUMBERS).map(" ".join),
        st.tuples(NAMES, BINARY, NAMES, BINARY, NUMBERS).map(" ".join),
        st.tuples(boxed, COMPARED, boxed).map(" ".join),
        st.tuples(NAMES, COMPARED, NUMBERS).map("".join).map(_spaced),
        st.tuples(boxed, st.sampled_from([" and ", "or", " and\n  "]), boxed).map("".join),
        boxed.map(lambda each: f"not{each}"),
        boxed.map(lambda each: f"-{each}"),
        st.tuples(boxed, boxed, boxed).map(lambda of: f"{of[0]}if{of[1]}else{of[2]}"),
        st.tuples(NAMES, either).map(lambda of: f"{of[0]}[{of[1]}]"),
        st.tuples(NAMES, boxed, boxed).map(lambda of: f"{of[0]}[{of[1]}:{of[2]}]"),
        st.tuples(either, either).map(lambda of: f"max({of[0]}, {of[1]}, key=len)"),
        either.map(lambda each: f"sum(x for x in ({each}) if x)"),
        either.map(lambda each: f"[x + 1 for x in ({each})]"),
        st.tuples(either, either).map(lambda of: f"[{of[0]}, {of[1]},]"),
        st.tuples(either, either).map(lambda of: f"{{{of[0]}: {of[1]}}}"),
        NAMES.map(lambda name: f"{name}.append({name}.copy())"),
        either.map(lambda each: f"(lambda y: y or ({each}))"),
        either.map(lambda each: f"({each}, )"),
    )


def _spaced(text: str) -> str:
    for word in ("is not", "not in", "is", "in"):
        if word in text:
            return text.replace(word, f" {word} ", 1)
    return text


EXPRESSIONS = st.recursive(NAMES | NUMBERS | TEXTS, _expressions, max_leaves=5)


def _indented(block: str) -> str:
    # Lines that go on inside an expression may stand anywhere.
    return "".join(f"    {line}\n" for line in block.splitlines())


def _statements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = st.lists(inner, min_size=1, max_size=3).map("".join).map(_indented)
    conditional = st.tuples(EXPRESSIONS.map(_on_one_line), block, block)
    return st.one_of(
        conditional.map(lambda of: f"if {of[0]}:  # ünd\n{of[1]}elif a:\n{of[2]}"),
        conditional.map(lambda of: f"if {of[0]}:\n{of[1]}else:\n{of[2]}"),
        conditional.map(lambda of: f"while {of[0]}:\n{of[1]}    break\n"),
        conditional.map(lambda of: f"for b in {of[0]}:\n{of[1]}    continue\n"),
        block.map(lambda of: f"try:\n{of}except ValueError:\n    pass\n"),
        block.map(lambda of: f"with a as c:\n{of}"),
        block.map(lambda of: f"def inner(a, k=1):\n{of}"),
    )


def _on_one_line(text: str) -> str:
    return text.replace("\\\n", " ").replace("\n", " ")


SIMPLE = st.one_of(
    EXPRESSIONS.map(lambda each: f"a = {_on_one_line(each)}\n"),
    EXPRESSIONS.map(lambda each: f"a, b = b, ({each})\n"),
    EXPRESSIONS.map(lambda each: f"b += {_on_one_line(each)}  # größer\n"),
    EXPRESSIONS.map(lambda each: f"return({each})\n"),
    EXPRESSIONS.map(lambda each: f"items[a] = {_on_one_line(each)}; a = 1\n"),
    st.just("return\n"),
    st.just("items.append(a)\n"),
    st.just("# only a comment: → é\npass\n"),
    EXPRESSIONS.map(lambda each: f"c: int = {_on_one_line(each)}\n"),
)
STATEMENTS = st.recursive(SIMPLE, _statements, max_leaves=5)
HEADS = st.sampled_from(
    [
        "def f(a, b=1, *, items=()):\n",
        "# über\n@staticmethod\ndef f(a: int, b, *items) -> 'größe':\n    '''Dök.'''\n",
        "async def f(a, b, items):\n    await a\n",
    ]
)
FUNCTIONS = st.tuples(HEADS, st.lists(STATEMENTS, min_size=1, max_size=4)).map(
    lambda of: of[0] + _indented("".join(of[1]))
)
