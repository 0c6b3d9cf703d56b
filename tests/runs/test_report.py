"""What is told of an exception that ends a program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runs.running import PYTHONS, needs, traced

CHAINS = {
    "one": "fail(1)",
    "handled": "try:\n    fail(1)\nexcept ValueError:\n    fail(2)",
    "caused": "try:\n    fail(1)\nexcept ValueError as error:\n    raise KeyError(2) from error",
    "hidden": "try:\n    fail(1)\nexcept ValueError:\n    raise KeyError(2) from None",
    "both": (
        "try:\n    fail(1)\nexcept ValueError as error:\n"
        "    try:\n        raise KeyError(2) from error\n    except KeyError:\n        fail(3)"
    ),
    "a cycle": (
        "a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\nraise a from b"
    ),
    "interrupted": "raise KeyboardInterrupt",
}


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("end", CHAINS.values(), ids=CHAINS)
def test_it_is_printed_as_without_us(tmp_path: Path, end: str, version: str) -> None:
    text = f"def fail(n):\n    raise ValueError(n)\n\n{end}\n"
    program, path = tmp_path / "program.py", needs(version)
    program.write_text(text, "utf-8")
    plain = subprocess.run([path, program], capture_output=True, text=True, check=False)
    trace = traced(tmp_path, text, path)
    assert trace.output == plain.stderr
    assert trace.failure is not None
    assert trace.failure.traceback == trace.output


LONG = """\
def fail(n):
    try:
        if n > 1:
            fail(n - 1)
        raise ValueError("first")
    except ValueError:
        raise ValueError(f"number {n}")

fail(400)
"""


def test_of_a_long_chain_the_ends_are_printed(tmp_path: Path) -> None:
    output = traced(tmp_path, LONG).output
    assert [line for line in output.splitlines() if line.startswith(("ValueError", "["))] == [
        "ValueError: first",
        *(f"ValueError: number {n}" for n in (1, 2, 3, 4)),
        "[391 more exceptions]",
        *(f"ValueError: number {n}" for n in (396, 397, 398, 399, 400)),
    ]


NESTED = """\
from opto.trace import bundle

@bundle()
def inner(x):
    return 1 / x

@bundle()
def middle(x):
    return inner(x)

@bundle()
def outer(x):
    return middle(x)

outer(0)
"""


def test_a_failure_stands_where_it_began(tmp_path: Path) -> None:
    failure = traced(tmp_path, NESTED).failure
    assert failure is not None
    assert failure.place is not None
    assert (failure.place.file, failure.place.line) == (str(tmp_path / "program.py"), 5)
    assert (failure.type, failure.message) == (
        "ExecutionError",
        "(ZeroDivisionError) division by zero",
    )
