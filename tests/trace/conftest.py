"""Each test names its nodes from 0 on, may write a program to a file of its own, and makes graphs
that are as every graph is."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from trace_lsp.trace import GRAPH
from trace_lsp.trace.recorder import recorder

from .witness import Witness


@pytest.fixture(autouse=True)
def fresh_names() -> Iterator[None]:
    GRAPH.clear()
    recorder.host = Witness()
    yield
    recorder.host = None


@pytest.fixture
def unwitnessed() -> None:
    """For what looks at each level of calls: a witness of ours stands among the user's own."""
    recorder.host = None


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], ModuleType]:
    """Writes a program to ``program.py`` and runs it as a module."""

    def run(text: str) -> ModuleType:
        path = tmp_path / "program.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location("program", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return run
