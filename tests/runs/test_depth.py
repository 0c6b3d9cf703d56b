"""How deep a traced program may call, and what comes of calling without end."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from runs.running import PYTHONS, needs, traced, untraced
from trace_lsp.runs.record import Trace

DEEPEST = """\
import functools, sys

deep = 0

def deepest(function, *args):
    global deep
    deep = 0
    try:
        function(1, *args)
    except Exception as error:
        assert "RecursionError" in repr(error) + str(error), error
    return deep

def plain(n):
    global deep
    deep = max(deep, n)
    plain(n + 1)

class Called:
    def __call__(self, n):
        global deep
        deep = max(deep, n)
        self(n + 1)
"""

BUNDLED = (
    DEEPEST
    + """
from opto.trace import bundle

def traced(n, again):
    global deep
    deep = max(deep, n)
    again(n + 1)

@bundle()
def function(n):
    traced(n, function)

@bundle(trainable=True)
def one(n):
    global deep
    deep = max(deep, n)
    other(n + 1)

@bundle(trainable=True)
def other(n):
    global deep
    deep = max(deep, n)
    one(n + 1)

class Shop:
    @bundle()
    def method(self, n):
        global deep
        deep = max(deep, n)
        self.method(n + 1)

    @bundle(trainable=True)
    def open(self, n):
        global deep
        deep = max(deep, n)
        shop.close(n + 1)

    @bundle(trainable=True)
    def close(self, n):
        global deep
        deep = max(deep, n)
        shop.open(n + 1)

shop = Shop()
"""
)


def printed(trace: Trace) -> Any:
    assert trace.outcome.kind == "finished", trace.output
    return ast.literal_eval(trace.output)


@pytest.mark.parametrize("version", PYTHONS)
def test_plain_calls_go_as_deep_as_without_us(tmp_path: Path, version: str) -> None:
    text = (
        DEEPEST
        + """
found = [deepest(plain), deepest(Called()), sys.getrecursionlimit()]
for limit in (3000, 300):
    sys.setrecursionlimit(limit)
    found += [deepest(plain), sys.getrecursionlimit()]
print(found)
"""
    )
    path = needs(version)
    expected = ast.literal_eval(untraced(tmp_path, text, path))
    found = printed(traced(tmp_path, text, path))
    # 3.12 counts calls by C apart, and one is ours.
    assert expected[1] - 1 <= found.pop(1) <= expected.pop(1)
    assert found == expected
    assert expected[0] > 900


def test_limits_that_cannot_be(tmp_path: Path) -> None:
    text = """\
import sys

for limit in (0, -1, "many", 2**31, 1):
    try:
        sys.setrecursionlimit(limit)
    except Exception as error:
        print(type(error), error if limit != 1 else "")
print(sys.getrecursionlimit())
sys.setrecursionlimit(2**31 - 1)
print(sys.getrecursionlimit())
"""
    assert traced(tmp_path, text).output == untraced(tmp_path, text)


ROOM = (
    DEEPEST
    + """
from trace_lsp.trace.recorder import recorder

def called(n, most):
    global deep
    deep = max(deep, n)
    if n < most:
        recorder.host.call(called, (n + 1, most), {})

found = [deepest(plain)]
found += [deepest(called, 10**6), deepest(plain)]
found += [deepest(called, found[1] - 20) for _ in range(50)]
found.append(deepest(plain))
print(found)
"""
)


@pytest.mark.parametrize("version", PYTHONS)
def test_calls_make_room_for_our_frames_and_no_more(tmp_path: Path, version: str) -> None:
    found = printed(traced(tmp_path, ROOM, needs(version)))
    plain, calls, again, *repeated, at_last = found
    assert plain <= calls < 4 * plain
    assert plain == again == at_last
    assert repeated == [calls - 20] * 50


def test_room_is_made_in_the_programs_own_measure(tmp_path: Path) -> None:
    text = "import sys\nsys.setrecursionlimit(400)\n" + ROOM
    _, calls, plain, *_ = printed(traced(tmp_path, text))
    assert 350 < plain < 400
    assert plain <= calls < 4 * plain


def test_a_limit_that_is_set_within_a_call(tmp_path: Path) -> None:
    text = (
        DEEPEST
        + """
from trace_lsp.trace.recorder import recorder

def twice(n):
    sys.setrecursionlimit(500)
    return deepest(plain), sys.getrecursionlimit()

print([*recorder.host.call(recorder.host.call, (twice, (1,), {}), {}), deepest(plain)])
"""
    )
    within, limit, after = printed(traced(tmp_path, text))
    assert (limit, 490 < after < 500) == (500, True)
    assert after - 10 < within < after + 60


def test_calls_on_other_threads_leave_the_limit_alone(tmp_path: Path) -> None:
    text = (
        DEEPEST
        + """
import threading
from trace_lsp.trace.recorder import recorder

def work():
    before = deepest(plain)
    found.extend([before, recorder.host.call(deepest, (plain,), {})])

found = []
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(found)
"""
    )
    before, within = printed(traced(tmp_path, text))
    assert within <= before


# The first versions of 3.12 let objects be called 500 deep, whatever the limit.
@pytest.mark.parametrize("version", [each for each in PYTHONS if each != "3.12"])
def test_bundled_functions_nest_as_deep_as_plain_ones(tmp_path: Path, version: str) -> None:
    text = (
        BUNDLED
        + """
print([deepest(each) for each in (plain, one, shop.method, shop.open, plain)])
"""
    )
    plain, *bundled, again = printed(traced(tmp_path, text, needs(version)))
    assert plain == again
    assert [each for each in bundled if not plain <= each < 2 * plain] == []


ENDLESS = {
    "plain": "plain(1)",
    "an object": "Called()(1)",
    "sorted": "def f(n):\n    return sorted([n], key=lambda each: f(n + 1))\nf(1)",
    "a partial": "def f(n):\n    return functools.partial(f, n + 1)()\nf(1)",
    "an attribute": (
        "class A:\n    def __getattr__(self, name):\n        return getattr(A(), name)\nA().x"
    ),
    "bundled": "function(1)",
    "trainable": "one(1)",
    "a method": "shop.method(1)",
    "a trainable method": "shop.open(1)",
    "bundled and sorted": (
        "@bundle()\ndef f(n):\n    return sorted([n], key=lambda each: f(n + 1))\nf(1)"
    ),
    "an operator": (
        "from opto.trace import node\nclass A:\n    def __add__(self, other):\n"
        "        return node(A()) + node(A())\nnode(A()) + node(A())"
    ),
    "not caught": "@bundle(catch_execution_error=False)\ndef f(n):\n    return f(n + 1)\nf(1)",
}


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("end", ENDLESS.values(), ids=ENDLESS)
def test_calling_without_end_is_an_error_like_any(tmp_path: Path, end: str, version: str) -> None:
    trace = traced(tmp_path, BUNDLED + end + "\n", needs(version))
    assert trace.outcome.kind == "raised"
    assert "RecursionError" in trace.outcome.message
    assert "maximum recursion depth exceeded" in trace.outcome.message
    assert trace.failure is not None
    assert trace.failure.place is not None
    assert trace.failure.place.file == str(tmp_path / "program.py")
    assert "RecursionError" in trace.output
    assert "/trace_lsp/" not in trace.output
    assert len(trace.output) < 2_000_000
    assert sum(len(each.error) for each in trace.nodes.values()) < 50_000_000
