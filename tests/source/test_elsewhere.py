"""Names that come from other modules of the workspace."""

import json
import os
import py_compile
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from trace_lsp.source import following
from trace_lsp.source.text import Position
from trace_lsp.source.trainables import find_trainables

USE = "\n@{0}(trainable=True)\ndef f(): pass\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A package, a module beside it, one in ``src``, and modules that must not be run."""
    files = {
        "pyproject.toml": "",
        "mytools.py": "from opto.trace import bundle\ntrain_me = bundle\nprint = 1",
        "package/__init__.py": "from .core import *\nfrom mytools import train_me as again\n",
        "package/core.py": "from trace_lsp import trace\nmine = trace.bundle\ndef plain(**k): ...\n",
        "package/inner/__init__.py": "",
        "package/inner/deep.py": "from ..core import mine as deeper\n",
        "src/library.py": "import opto.trace as t\nwrap = t.bundle\n",
        "round.py": "from about import name\nimport about\nother = about.other\n",
        "about.py": "from round import name\nimport round\nother = round.other.other\n",
        "broken.py": "def (",
        "binary.py": "\0\xff",
        "latin.py": "# -*- coding: latin-1 -*-\nfrom opto.trace import bundle as dekor\n# \xe9\n",
        "running.py": "raise SystemExit('this module was run')\n",
        "opto/mine.py": "bundle = 1\n",
        "opto/ours.py": "from .trace import bundle as passed\n",
        "kit.py": "from opto.trace import bundle\nclass Kit:\n    train = None or bundle\n",
        "wrapping.py": "from opto.trace import bundle\ndef made(**k): return bundle(**k)\n",
        "escapes.py": "x = '\\d' == 1 or 1 / 0\nfrom mytools import train_me as escaped\n",
        "around.py": "from app import begun as passed_on\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))
    return tmp_path


@pytest.mark.parametrize(
    ("file", "before", "name", "found"),
    [
        ("app.py", "from mytools import train_me", "train_me", True),
        ("app.py", "from mytools import train_me as t; op = t", "op", True),
        ("app.py", "import mytools", "mytools.train_me", True),
        ("app.py", "from mytools import *", "train_me", True),
        ("app.py", "from mytools import *", "missing", False),
        ("app.py", "from mytools import missing", "missing", False),
        ("app.py", "import package", "package.again", True),
        ("app.py", "import package", "package.mine", True),
        ("app.py", "import package.core", "package.core.mine", True),
        ("app.py", "from package import core", "core.mine", True),
        ("app.py", "from package.core import plain", "plain", False),
        ("app.py", "from package.inner.deep import deeper", "deeper", True),
        ("app.py", "from library import wrap", "wrap", True),
        ("package/use.py", "from .core import mine", "mine", True),
        ("package/use.py", "from . import core", "core.mine", True),
        ("package/use.py", "from . import mine", "mine", True),
        ("package/use.py", "from mytools import train_me", "train_me", True),
        ("package/inner/use.py", "from ..core import mine", "mine", True),
        ("package/inner/use.py", "from ...... import mine", "mine", False),
        ("app.py", "from latin import dekor", "dekor", True),
        ("app.py", "from opto.ours import passed", "passed", True),
        ("app.py", "from kit import Kit", "Kit.train", True),
        ("app.py", "from wrapping import made", "made", False),
        ("app.py", "from escapes import escaped", "escaped", True),
        ("app.py", "\ufefffrom mytools import train_me", "train_me", True),
        ("app.py", "\ufeffimport mytools as m; é = '😀\u2028\x0c'\n\x0c", "m.train_me", True),
        ("app.py", 'from mytools import train_me\r\ns = """\r"""', "train_me", True),
        ("app.py", "from round import name", "name", False),
        ("app.py", "from round import other", "other", False),
        ("app.py", "from broken import name", "name", False),
        ("app.py", "from binary import name", "name", False),
        ("app.py", "from running import name", "name", False),
        ("app.py", "from opto.mine import bundle", "bundle", False),
        ("app.py", "import tensorflow as tf", "tf.bundle", False),
    ],
)
def test_a_name_is_followed_through_modules(
    workspace: Path, file: str, before: str, name: str, found: bool
) -> None:
    trainables = find_trainables(before + USE.format(name), str(workspace / file))
    assert [each.name for each in trainables] == (["f"] if found else [])


def test_values_are_found_as_well(workspace: Path) -> None:
    (workspace / "made.py").write_text("from opto.trace import node as value\n")
    text = "import made\nx = made.value(1, trainable=True)\ny = made.value(2)\n"
    assert [each.name for each in find_trainables(text, str(workspace / "app.py"))] == ["x"]


def test_the_text_counts_and_not_the_file(workspace: Path) -> None:
    (workspace / "app.py").write_text("begun = 1\n")
    text = "from mytools import train_me as begun\nimport around" + USE.format("around.passed_on")
    assert [each.name for each in find_trainables(text, str(workspace / "app.py"))] == ["f"]


def test_what_is_edited_is_read_again(workspace: Path) -> None:
    text = "from changing import x" + USE.format("x")
    for module, found in (("x = 1", False), ("from opto.trace import bundle as x", True)):
        (workspace / "changing.py").write_text(module)
        os.utime(workspace / "changing.py", (1, 1))
        assert bool(find_trainables(text, str(workspace / "app.py"))) is found


def test_jedi_is_asked_as_little_as_possible(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Position] = []
    monkeypatch.setattr(following, "names_at", lambda position, *_: asked.append(position) or [])
    text = "import mytools, running\nfrom opto.trace import bundle\n" + USE.format("bundle")
    text += "running.g(trainable=True)\nx = running.h(y, trainable=True)\n"
    find_trainables(text, str(workspace / "app.py"))
    assert asked == []
    find_trainables(text + USE.format("mytools.x") * 2, str(workspace / "app.py"))
    assert asked == [Position(8, 10)]


def test_where_jedi_breaks_nothing_is_found(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise AttributeError

    monkeypatch.setattr("jedi.Script.infer", broken)
    text = "from mytools import train_me" + USE.format("train_me")
    assert find_trainables(text, str(workspace / "app.py")) == []


# Tells what was run, loaded or started meanwhile, and whether jedi was needed. As in a server that
# was started with `python -m` in the workspace, which is then the first place to import from.
WATCHED = """
import json, os, sys
workspace, texts = json.load(sys.stdin)
from trace_lsp.source.trainables import find_trainables
os.chdir(workspace)
sys.path.insert(0, workspace)
path, seen = list(sys.path), []
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn")
def watch(event, arguments):
    if event in STARTS:
        seen.append(event)
    elif event == "import" and arguments[1] or event == "exec":
        file = arguments[1] if event == "import" else arguments[0].co_filename
        seen.extend([event] * str(file).startswith(workspace))
    elif event == "open" and str(arguments[0]).startswith(workspace):
        read.append(os.path.relpath(arguments[0], workspace))
        seen.extend(["another sys.path"] * (sys.path != path))
read = []
sys.addaudithook(watch)
needed = []
for text in texts:
    found = [each.name for each in find_trainables(text, os.path.join(workspace, "app.py"))]
    needed.append([found, "jedi" in sys.modules])
own = [name for name in sys.modules if name in ("compiled", "sourceless", "traps", "conftest")]
print(json.dumps([needed, seen, own, read]))
"""


@pytest.fixture
def trapped(tmp_path: Path) -> Path:
    """A workspace whose every file leaves a mark when it is run."""
    folder = tmp_path / "workspace"
    (folder / "traps").mkdir(parents=True)
    leaves_a_mark = f"open({str(tmp_path / 'mark')!r}, 'w')\n"
    names = (
        "sitecustomize",
        "usercustomize",
        "conftest",
        "setup",
        "traps/__init__",
        "gi",
        "source",
    )
    for name in names:
        (folder / f"{name}.py").write_text(leaves_a_mark)
    for name in ("sourceless", "traps/inner", "builtins", "_ast"):
        py_compile.compile(str(folder / "source.py"), str(folder / f"{name}.pyc"))
    for suffix in EXTENSION_SUFFIXES:
        for name in ("compiled", "traps/compiled"):
            (folder / f"{name}{suffix}").write_bytes(b"")
    return folder


def test_nothing_of_the_workspace_runs_and_jedi_is_loaded_only_when_needed(trapped: Path) -> None:
    modules = ["compiled", "sourceless", "traps.compiled", "traps.inner", "gi", "_ast", "conftest"]
    imports = f"import {', '.join(modules)}\n"
    stars = "".join(f"from {each} import *\n" for each in modules)
    tools = imports + "from opto.trace import bundle as train_me\n" + stars
    (trapped / "mytools.py").write_text(tools)
    ours = "from opto.trace import bundle" + USE.format("bundle")
    other = "import mytools as m\n" + imports
    other += "".join(USE.format(f"{each}.f") + USE.format(f"m.{each}.f") for each in modules)
    other += USE.format("m.nowhere") + USE.format("m.train_me").replace("def f", "def g")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WATCHED],
        input=json.dumps([str(trapped), [ours, "import mytools\n" + ours, other]]),
        capture_output=True,
        text=True,
        check=True,
    )
    needed, seen, own, read = json.loads(done.stdout)
    assert needed == [[["f"], False], [["f"], False], [["g"], True]]
    assert (seen, own, done.stderr) == ([], [], "")
    assert {"mytools.py", "conftest.py", "traps/__init__.py"} <= set(read)
    assert not (trapped.parent / "mark").exists()


def test_without_a_project_only_the_package_and_the_folder_around_it_are_looked_at(
    tmp_path: Path,
) -> None:
    (tmp_path / "far.py").write_text("from opto.trace import bundle as b")
    folder = tmp_path / "outer" / "package"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (tmp_path / "outer" / "near.py").write_text("from opto.trace import bundle as b")
    file = str(folder / "app.py")
    assert find_trainables("from near import b" + USE.format("b"), file) != []
    assert find_trainables("from far import b" + USE.format("b"), file) == []


def test_a_name_that_is_too_long_for_a_file_is_passed_by(workspace: Path) -> None:
    text = f"import {'a' * 300} as a" + USE.format("a.b")
    assert find_trainables(text, str(workspace / "app.py")) == []
