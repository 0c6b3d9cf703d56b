"""Names that come from other modules of the workspace."""

import sys
from pathlib import Path

import pytest

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


def test_modules_are_neither_run_nor_read_without_need(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def remember(file: str) -> str:
        read.append(Path(file).name)
        return ""

    monkeypatch.setattr("trace_lsp.source.elsewhere.read_source", remember)
    text = "import mytools, running\nfrom opto.trace import bundle\n" + USE.format("bundle")
    text += "running.g(trainable=True)\nx = running.h(y, trainable=True)\n"
    find_trainables(text, str(workspace / "app.py"))
    assert read == []
    find_trainables(text + USE.format("mytools.x") * 2, str(workspace / "app.py"))
    assert read == ["mytools.py"]
    assert not {"mytools", "running"} & set(sys.modules)


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
