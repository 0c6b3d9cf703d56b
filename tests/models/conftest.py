"""Keeps the machine's own proxy, key and address out of the tests."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        machines = ("OPENAI_", "TRACE_", "DEFAULT_LITELLM_")
        if name.lower().endswith("_proxy") or name.startswith(machines):
            monkeypatch.delenv(name)
