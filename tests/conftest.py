"""What every test starts from: no keys, no proxies, no virtual environment, no history of the
machine's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

WORKSPACES = Path(__file__).parent / "workspaces"

# Some of the programs there are tests themselves.
collect_ignore = ["workspaces"]


@pytest.fixture(autouse=True, scope="session")
def _bare_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACE_LSP_STATE", str(tmp_path_factory.mktemp("state")))
        for name in list(os.environ):
            machines = ("CONDA_", "OPENAI_", "PYTHON", "UV_PROJECT_", "VIRTUAL_")
            if name.lower().endswith("_proxy") or name.startswith(machines):
                patch.delenv(name)
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with copies of all the programs, which a test may change."""
    return Path(shutil.copytree(WORKSPACES, tmp_path / "workspace"))
