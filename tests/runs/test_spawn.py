"""Interpreters that end before they have read what they are to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from runs.running import traced


@pytest.mark.parametrize("lines", [1, 100_000])
@pytest.mark.parametrize("ends", ["exit 3", "kill -9 $$"])
def test_an_interpreter_that_ends_at_once_has_crashed(
    tmp_path: Path, ends: str, lines: int
) -> None:
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{ends}\n", "utf-8")
    path.chmod(0o755)
    # The larger text cannot all be in the pipe by the time it ends.
    trace = traced(tmp_path, "x = 1\n" * lines, str(path))
    assert trace.outcome.kind == "crashed", trace.outcome
    assert dict(trace.nodes) == {}
