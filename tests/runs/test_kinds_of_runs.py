"""What a run can be of: a file, a module, one function, tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runs.running import PYTHONS, needs, traced
from trace_lsp.runs.configuration import FunctionLaunch, ModuleLaunch, TestLaunch
from trace_lsp.runs.record import Trace
from trace_lsp.runs.results import END, result_of
from trace_lsp.runs.wire import Checked


def package(folder: Path) -> None:
    inner = folder / "shop"
    inner.mkdir()
    (inner / "__init__.py").write_text("NAME = 'shop'\n")
    (inner / "tax.py").write_text("RATE = 2\n")
    (inner / "__main__.py").write_text("from . import NAME\nprint(NAME, __package__)\n")


MODULE = """\
import sys
from .tax import RATE
from opto import trace

print(__name__, __package__, __spec__.name, sys.argv[1:], sys.path[0] == __import__("os").getcwd())
print(trace.node(RATE) + 1)
"""


@pytest.mark.parametrize("version", PYTHONS)
def test_a_module(tmp_path: Path, version: str) -> None:
    package(tmp_path)
    path = needs(version)
    trace = traced(tmp_path, MODULE, path, launch=ModuleLaunch("shop.prices"), arguments=("-v",))
    assert trace.outcome.kind == "raised"
    assert "No module named 'shop.prices'" in trace.outcome.message
    (tmp_path / "shop" / "prices.py").write_text(MODULE)
    trace = traced(tmp_path, MODULE, path, launch=ModuleLaunch("shop.prices"), arguments=("-v",))
    assert trace.output.splitlines()[0] == "__main__ shop shop.prices ['-v'] True"
    plain = MODULE.replace("from opto import trace", "").replace("trace.node(RATE)", "RATE")
    (tmp_path / "shop" / "prices.py").write_text(plain)
    command = [path, "-m", "shop.prices", "-v"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[0] == trace.output.splitlines()[0]


def test_a_package(tmp_path: Path) -> None:
    package(tmp_path)
    text = (tmp_path / "shop" / "__main__.py").read_text()
    assert traced(tmp_path, text, launch=ModuleLaunch("shop")).output == "shop shop\n"


FUNCTION = """\
from opto import trace

@trace.bundle(trainable=True)
def area(width, height=2):
    return width * height

class Room:
    @staticmethod
    def volume(width, *, height):
        print("volume", width, height)

async def later(x):
    print("later", x)

if __name__ == "__main__":
    raise SystemExit("not this")
print(__name__)
SIDE = 3
"""


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("area", "SIDE, height=4", ""),
        ("Room.volume", "SIDE, height=[1]", "volume 3 [1]\n"),
        ("later", "5", "later 5\n"),
    ],
)
def test_a_function(tmp_path: Path, name: str, arguments: str, said: str) -> None:
    trace = traced(tmp_path, FUNCTION, launch=FunctionLaunch(name, arguments))
    assert (trace.outcome.kind, trace.output) == ("finished", f"program\n{said}")
    if name == "area":
        assert list(trace.nodes.values())[-1].value == "12"


@pytest.mark.parametrize(("name", "arguments"), [("nobody", ""), ("area", ""), ("area", "1,,")])
def test_a_function_that_cannot_be_called(tmp_path: Path, name: str, arguments: str) -> None:
    trace = traced(tmp_path, FUNCTION, launch=FunctionLaunch(name, arguments))
    assert trace.outcome.kind == "raised"
    assert trace.failure is not None
    assert trace.failure.type in ("NameError", "TypeError", "SyntaxError", "ExecutionError")


TESTS = """\
import pytest
from opto import trace

@trace.bundle(trainable=True)
def double(x):
    return x + 2

@pytest.fixture
def two():
    return 2

def test_two(two):
    assert double(two).data == 4

@pytest.mark.parametrize("x", [0, 2, 3])
def test_others(x):
    assert double(x).data == 2 * x, "doubled"

class TestMore:
    def test_one(self):
        assert double(1).data == 3

@pytest.mark.skip
def test_not_now():
    assert False
"""


def outcome_of(folder: Path, *names: str, text: str = TESTS) -> Trace:
    (folder / "program.py").write_text(text)
    return traced(folder, text, launch=TestLaunch(names))


def test_tests(tmp_path: Path) -> None:
    trace = outcome_of(tmp_path, "program.py")
    assert trace.checks == (
        Checked(12, True, "program.py::test_two"),
        Checked(15, False, "program.py::test_others[0]"),
        Checked(15, True, "program.py::test_others[2]"),
        Checked(15, False, "program.py::test_others[3]"),
        Checked(20, True, "program.py::TestMore::test_one"),
    )
    assert trace.outcome.kind == "raised"
    assert trace.outcome.message.startswith(
        "AssertionError at program.py:17: AssertionError: doubled"
    )
    assert trace.failure is not None
    assert "assert 2 == (2 * 0)" in trace.failure.traceback
    assert len([node for node in trace.nodes.values() if node.operator]) == 5
    assert result_of(trace).failing == 3  # and the end
    assert not result_of(trace).checks[END].holds
    assert not (tmp_path / ".pytest_cache").exists()


def test_one_test(tmp_path: Path) -> None:
    trace = outcome_of(tmp_path, "program.py::TestMore::test_one")
    assert (trace.outcome.kind, [each.name for each in trace.checks]) == (
        "finished",
        ["program.py::TestMore::test_one"],
    )


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("import nothing_of_that_name", "raised", "nothing_of_that_name"),
        ("def test_a(missing): pass", "raised", "missing"),
        ("import os\ndef test_a(): os._exit(3)", "crashed", "code 3"),
        ("x = 1", "exited", "code 5"),
    ],
)
def test_tests_that_do_not_come_to_run(tmp_path: Path, text: str, kind: str, words: str) -> None:
    trace = outcome_of(tmp_path, "program.py", text=text)
    assert trace.outcome.kind == kind
    assert words in trace.outcome.message


def test_an_interpreter_without_pytest(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    (tmp_path / "program.py").write_text(TESTS)
    path = os.path.join(bare, "bin", "python")
    trace = traced(tmp_path, TESTS, path, launch=TestLaunch(("program.py",)))
    assert trace.outcome.kind == "raised"
    assert "install pytest for" in trace.outcome.message


def test_a_failure_inside_a_traced_function_has_its_node(tmp_path: Path) -> None:
    text = TESTS.replace("return x + 2", "return x.nothing")
    trace = outcome_of(tmp_path, "program.py::test_two", text=text)
    assert trace.failure is not None
    assert trace.failure.node is not None
    assert trace.nodes[trace.failure.node].error
