"""Where the tests in a text are: found as pytest and unittest find them, but without an import."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trace_lsp.source.parsed import FUNCTIONS, parse

_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py")


@dataclass(frozen=True)
class FoundTest:
    """A test, or a class of tests: its name within the file, as pytest has it (``TestCart::test_add``),
    and the line, from 1, of its ``def`` or ``class``."""

    name: str
    line: int


def is_test_file(file: str) -> bool:
    """True for the files that pytest looks into, if nobody told it otherwise."""
    return _TEST_FILE.fullmatch(os.path.basename(file)) is not None


def find_tests(text: str, file: str) -> list[FoundTest]:
    """The tests of a text in its order, a class before those that are in it.

    A parametrised test is one. A class without a test of its own, as one that inherits them, is
    there as well. Raises NotParsable.
    """
    return list(_tests_in(parse(text, file).body, ""))


def _tests_in(body: Sequence[ast.stmt], prefix: str) -> Iterator[FoundTest]:
    for node in body:
        if isinstance(node, FUNCTIONS) and node.name.startswith("test"):
            yield FoundTest(prefix + node.name, node.lineno)
        elif isinstance(node, ast.ClassDef) and _holds_tests(node):
            yield FoundTest(prefix + node.name, node.lineno)
            yield from _tests_in(node.body, f"{prefix}{node.name}::")


def _holds_tests(node: ast.ClassDef) -> bool:
    """True for what pytest collects: a test case of unittest's, or a class named so that needs no
    arguments."""
    if any(ast.unparse(base).endswith("TestCase") for base in node.bases):
        return True
    makes_itself = any(
        isinstance(each, FUNCTIONS) and each.name == "__init__" for each in node.body
    )
    return node.name.startswith("Test") and not makes_itself
