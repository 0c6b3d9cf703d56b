"""What a program does to the world around it is noted; a candidate may do that, and nothing else."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import pytest

from runs.running import traced
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Trace
from trace_lsp.runs.wire import UNCHANGED, Action, Did


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that is not a temporary one, which a test may be run in."""
    temporary = [os.path.realpath(each) for each in (tempfile.gettempdir(), "/tmp", "/var/tmp")]
    for place in (Path.cwd(), Path.home(), Path("/opt"), Path("/srv"), Path("/")):
        real = os.path.realpath(place)
        if os.access(real, os.W_OK) and not any(
            os.path.commonpath([real, each]) == each for each in temporary
        ):
            folder = Path(tempfile.mkdtemp(prefix=".watched-", dir=real))
            break
    else:
        pytest.skip("there is no folder to write to but temporary ones")
    yield folder
    shutil.rmtree(folder)


def done(trace: Trace) -> list[Action]:
    return [(each.verb, each.what) for each in trace.actions]


@pytest.mark.parametrize(
    ("text", "verb", "what"),
    [
        ("open('a.txt', 'w')", "write", "a.txt"),
        ("open('a.txt', 'a').close()\nopen('a.txt', 'r+')", "write", "a.txt"),
        ("import os\nos.open('a.txt', os.O_CREAT | os.O_WRONLY)", "write", "a.txt"),
        ("from pathlib import Path\nPath('a.txt').write_text('')", "write", "a.txt"),
        ("import os\nos.mkdir('a')", "write", "a"),
        ("import os\nos.symlink('b', 'a')", "write", "a"),
        ("open('log-20261128-4711.txt', 'w')", "write", "log-#-#.txt"),
        ("import sqlite3\nsqlite3.connect('a.db')", "write", "a.db"),
        ("import subprocess\nsubprocess.run(['true'])", "start", "true"),
        ("import os\nos.system('true')", "run", "true"),
        (
            "import socket\nsocket.socket().connect_ex(('127.0.0.1', 9))",
            "connect to",
            "127.0.0.1:9",
        ),
        ("import socket\nsocket.getaddrinfo('localhost', 80)", "look up", "localhost"),
    ],
)
def test_what_is_noted(home: Path, text: str, verb: str, what: str) -> None:
    trace = traced(home, text)
    assert trace.outcome.kind == "finished", trace.output
    wanted = str(home / what) if verb == "write" else what
    assert done(trace) == [(verb, wanted)]
    assert not trace.actions[0].stopped


@pytest.mark.parametrize(
    "text",
    [
        "open('/dev/null', 'w')",
        "import tempfile\nwith tempfile.NamedTemporaryFile('w') as file:\n    file.write('x')",
        "import tempfile, os\nos.remove(tempfile.mkstemp()[1])",
        "print(open(__file__).read())",
        "import sqlite3\nsqlite3.connect(':memory:')",
        "import os\nos.kill(os.getpid(), 0)",
    ],
)
def test_what_is_nobodys_business(home: Path, text: str) -> None:
    (home / "program.py").write_text(text)
    assert done(traced(home, text)) == []


def tried(trace: Trace, text: str, allowed: Optional[list[Action]] = None) -> Trace:
    """A run of another text, which may do what that of the trace did."""

    async def no_step(request: Any) -> Any:
        return UNCHANGED

    return asyncio.run(
        run(
            trace.configuration,
            text,
            on_event=lambda event: None,
            answer_step=no_step,
            allowed=done(trace) if allowed is None else allowed,
        )
    )


def test_what_the_program_does_a_candidate_may_do(home: Path) -> None:
    text = "open('a.txt', 'w')\nimport subprocess\nsubprocess.run(['true'])"
    trace = traced(home, text)
    (home / "a.txt").unlink()
    again = tried(trace, text)
    assert again.outcome.kind == "finished"
    assert again.actions == trace.actions
    assert (home / "a.txt").exists()


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("open('b.txt', 'w')", "write"),
        ("import os\nos.remove('kept.txt')", "write"),
        ("import os\nos.rename('kept.txt', 'b.txt')", "write"),
        ("import shutil\nshutil.rmtree('.')", "write"),
        ("import subprocess\nsubprocess.run(['touch', 'b.txt'])", "start"),
        ("import os\nos.system('touch b.txt')", "run"),
        ("import os\nos.execvp('touch', ['touch', 'b.txt'])", "start"),
        ("import os\nos.posix_spawnp('touch', ['touch', 'b.txt'], os.environ)", "start"),
        ("import socket\nsocket.create_connection(('127.0.0.1', 9))", "look up"),
    ],
)
def test_what_is_new_is_stopped_and_named(home: Path, text: str, verb: str) -> None:
    kept = home / "kept.txt"
    kept.write_text("x")
    trace = traced(home, "pass")
    for swallowed in (False, True):
        body = "\n ".join(text.splitlines())
        tried_text = f"try:\n {body}\nexcept Exception: pass" if swallowed else text
        found = tried(trace, tried_text)
        assert (found.outcome.kind == "finished") == swallowed, found.output
        stopped = [each for each in found.actions if each.stopped]
        assert stopped[0].verb == verb
        assert kept.read_text() == "x"
        assert not (home / "b.txt").exists()


def test_a_candidate_that_was_stopped_is_worse(home: Path) -> None:
    from session.test_oracle import asked, compare
    from session.test_oracle import traced as example

    before = example("f(1).eq(3)\n")
    stopped = Did("write", "/home/somebody/x", True)
    after = replace(example("f(1).eq(3)\n", "def f(x):\n    return x + 2"), actions=(stopped,))
    verdict = compare(before, after, asked(before, "Better."))
    assert verdict.judgement == "worse"
    assert "would write /home/somebody/x, which the program does not do" in verdict.reason


def test_the_engine_itself_does_nothing(home: Path) -> None:
    text = """\
from opto import trace
from opto.optimizers import OptoPrime

@trace.bundle(trainable=True)
def f(x):
    return x + 1

OptoPrime(f.parameters()).backward(f(1), "more")
assert f(2).data == 3
"""
    (home / "program.py").write_text(text)
    assert done(traced(home, text)) == []
    assert os.listdir(home) == ["program.py"]


def has_landlock() -> bool:
    import ctypes

    return sys.platform == "linux" and ctypes.CDLL(None).syscall(444, None, 0, 1) > 0


@pytest.mark.skipif(not has_landlock(), reason="the kernel has no Landlock")
@pytest.mark.parametrize(
    "text",
    [
        # What no audit hook sees: a library's own doings, and those of what is started.
        "import ctypes\nctypes.CDLL(None).creat(b'b.txt', 0o644)",
        "import ctypes\nctypes.CDLL(None).unlink(b'kept.txt')",
        "import ctypes\nctypes.CDLL(None).system(b'touch b.txt')",
        "import ctypes\nctypes.CDLL(None).rename(b'kept.txt', b'b.txt')",
        "import ctypes\nctypes.CDLL(None).truncate(b'kept.txt', 0)",
    ],
)
def test_what_no_hook_sees_is_stopped_by_the_kernel(home: Path, text: str) -> None:
    kept = home / "kept.txt"
    kept.write_text("x")
    found = tried(traced(home, "pass"), text)
    assert found.guard == ("audit hook", "Landlock")
    assert kept.read_text() == "x"
    assert not (home / "b.txt").exists()


@pytest.mark.skipif(not has_landlock(), reason="the kernel has no Landlock")
def test_what_the_program_starts_may_write_where_the_program_does(home: Path) -> None:
    text = "import subprocess\nopen('a.txt', 'w')\nsubprocess.run(['touch', 'b.txt'])"
    trace = traced(home, text)
    (home / "b.txt").unlink()
    assert tried(trace, text).outcome.kind == "finished"
    assert (home / "b.txt").exists()


def test_workers_go_on_working(home: Path) -> None:
    text = """\
import multiprocessing

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(abs, [-1]))
"""
    (home / "program.py").write_text(text)
    trace = traced(home, text)
    assert trace.output == "[1]\n"
    assert ("start", "worker processes") in done(trace)
    assert tried(trace, text).output == "[1]\n"


def test_nothing_guards_what_may_do_everything(home: Path) -> None:
    assert traced(home, "pass").guard == ()
