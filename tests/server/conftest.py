"""A server for tests that need no one of their own: starting one takes longer than they do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from session.cases import script

from server.client import Client

WORKSPACES = Path(__file__).parent.parent / "workspaces"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("shared") / "workspace"
    shutil.copytree(WORKSPACES, folder)
    with Client(folder) as client:
        yield client


@pytest.fixture
def patient(shared: Client) -> Client:
    """A client of the module's server, with nothing heard yet and no settings but Python."""
    shared.configure({})
    shared.forget()
    return shared


class Asking(Protocol):
    """The same client, with these scripted replies, and these settings besides."""

    def __call__(self, *replies: Any, **settings: Any) -> Client: ...


@pytest.fixture
def asking(patient: Client, tmp_path: Path) -> Asking:
    def configured(*replies: Any, **settings: Any) -> Client:
        model = {"provider": "scripted", "replies": script(tmp_path, *replies)}
        patient.configure({"model": model, **settings})
        return patient

    return configured
