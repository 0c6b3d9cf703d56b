"""What is done to new values before parameters take them."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.trace.projections import BlackCodeFormatter, DocstringProjection, Projection

NOT_CODE = [
    5,
    None,
    ["def f(): pass"],
    "",
    "default",
    "Use the default tone: be kind.",
    "def f(:",
    "x\0",
]


def docstring_of(text: str) -> list[str]:
    return shown(ast.get_docstring(ast.parse(text).body[0], clean=False))


def shown(docstring: str) -> list[str]:
    """The lines of a docstring as a reader sees them."""
    lines = [line.rstrip() for line in inspect.cleandoc(docstring).split("\n")]
    return "\n".join(lines).strip("\n").split("\n")


def test_a_projection_needs_its_own_project() -> None:
    class Incomplete(Projection):
        pass

    with pytest.raises(NotImplementedError, match=r"Incomplete has no method project\(x\)"):
        Incomplete().project(1)


def test_a_docstring_is_put_in_place_of_another() -> None:
    text = '\ndef f(x):\n    """Old.\n\n    More.\n    """  # kept\n    return x\n    '
    assert DocstringProjection("New.").project(text) == (
        '\ndef f(x):\n    """New."""  # kept\n    return x\n    '
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(x):\n    return x", 'def f(x):\n    """New."""\n    return x'),
        ("def f(x):\n    print(x)", 'def f(x):\n    """New."""\n    print(x)'),
        ("def f(x):\n    x = '\\d'", 'def f(x):\n    """New."""\n    x = \'\\d\''),
        ("def f(x): return x", 'def f(x): """New."""; return x'),
        ("def f(x): 'Old.'", 'def f(x): """New."""'),
        ("async def f(x):\n\treturn x", 'async def f(x):\n\t"""New."""\n\treturn x'),
        (
            "@d\ndef f(x):\n    @e\n    def g(): ...\n    return g",
            '@d\ndef f(x):\n    """New."""\n    @e\n    def g(): ...\n    return g',
        ),
        ("import os\n\nclass A:\n    x = 1", 'import os\n\nclass A:\n    """New."""\n    x = 1'),
        (
            "class A:\n    'Old.'\ndef f():\n    b'no docstring'",
            'class A:\n    \'Old.\'\ndef f():\n    """New."""\n    b\'no docstring\'',
        ),
        ("def ü(x='€'):\n    return x", 'def ü(x=\'€\'):\n    """New."""\n    return x'),
    ],
)
def test_a_docstring_is_put_where_it_belongs(text: str, expected: str) -> None:
    assert DocstringProjection("New.").project(text) == expected


def test_the_lines_of_a_docstring_are_indented_as_the_body_is() -> None:
    given = "First.\n\nArgs:\n    x: A number.\n"
    text = DocstringProjection(given).project("class A:\n    def f(self): ...\n")
    assert text == (
        'class A:\n    """First.\n\n    Args:\n        x: A number.\n    """\n    def f(self): ...\n'
    )
    again = DocstringProjection(ast.get_docstring(ast.parse(text).body[0], clean=False) or "")
    assert again.project(text) == text


@given(st.text(alphabet="\"\\'\n ab€", max_size=30))
def test_any_docstring_comes_back(docstring: str) -> None:
    projection = DocstringProjection(docstring)
    for text in ("def f(x):\n  'Old.'\n  return x\n", "def f(x): return x\n"):
        new = projection.project(text)
        assert docstring_of(new) == shown(docstring)
        assert ast.unparse(ast.parse(new)).endswith("return x")
        assert docstring_of(projection.project(new)) == shown(docstring)


@pytest.mark.parametrize("value", [*NOT_CODE, "x = 1"])
@pytest.mark.parametrize("projection", [DocstringProjection("New."), BlackCodeFormatter()])
def test_what_is_not_code_stays_as_it_is(projection: Projection, value: Any) -> None:
    assert projection.project(value) is value


def test_code_is_formatted() -> None:
    pytest.importorskip("black")
    text = "\ndef f( x ):\n                return {  'a':x }\n\n\n    "
    assert BlackCodeFormatter().project(text) == 'def f(x):\n    return {"a": x}\n'


def test_without_black_code_stays_as_it_is_and_a_warning_says_so_once() -> None:
    program = """
import sys
sys.modules["black"] = None  # as if it were not installed
from trace_lsp.trace.projections import BlackCodeFormatter
text = "def f( x ): return x"
assert all(BlackCodeFormatter().project(text) is text for _ in range(3))
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the package `black` is not installed") == 1


def test_code_that_does_not_parse_is_no_error() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert BlackCodeFormatter().project("def f(:\n") == "def f(:\n"


def test_a_formatter_that_fails_leaves_code_as_it_is_and_says_so() -> None:
    program = """
import sys, types, warnings
sys.modules["black"] = black = types.ModuleType("black")
black.Mode = object
def format_str(text, mode):
    raise ValueError("cannot format this")
black.format_str = format_str
from trace_lsp.trace.projections import BlackCodeFormatter
text = "def f( x ): return x"
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    assert BlackCodeFormatter().project(text) is text
assert [str(each.message) for each in said] == ["Black left code as it is: cannot format this"]
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
