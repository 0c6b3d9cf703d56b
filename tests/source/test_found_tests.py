"""Tests found in a text, beside what pytest itself collects from it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from trace_lsp.errors import NotParsable
from trace_lsp.source.tests import find_tests, is_test_file

SHOP = Path(__file__).parents[1] / "workspaces" / "runs" / "shop"


def test_as_pytest_collects_them() -> None:
    file = SHOP / "tests" / "test_prices.py"
    text = file.read_text("utf-8")
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-c", "/dev/null", "--rootdir", str(SHOP), str(file)],
        env={"PYTHONPATH": str(SHOP), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    ids = [line for line in done.stdout.splitlines() if "::" in line and " " not in line]
    collected = list(dict.fromkeys(re.sub(r"\[.*", "", line.split("::", 1)[1]) for line in ids))
    found = find_tests(text, str(file))
    classes = {"TestSale", "TestSale::TestNested", "Old"}
    assert [each.name for each in found if each.name not in classes] == collected
    assert {each.name for each in found} == {*collected, *classes}
    lines = text.splitlines()
    for each in found:
        assert re.search(rf"(def|class) {each.name.split('::')[-1]}\b", lines[each.line - 1])


def test_a_text_that_is_not_python() -> None:
    with pytest.raises(NotParsable):
        find_tests("def test(:\n", "test_x.py")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("test_x.py", True), ("x_test.py", True), ("tests.py", False), ("test_x.txt", False)],
)
def test_which_files_hold_tests(name: str, is_one: bool) -> None:
    assert is_test_file(f"/a/test_b/{name}") == is_one
