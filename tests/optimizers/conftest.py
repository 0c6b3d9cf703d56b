from __future__ import annotations

from collections.abc import Iterator

import pytest

from trace_lsp.trace import GRAPH
from trace_lsp.trace.recorder import recorder


@pytest.fixture(autouse=True)
def fresh_names() -> Iterator[None]:
    GRAPH.clear()
    yield
    recorder.host = None
