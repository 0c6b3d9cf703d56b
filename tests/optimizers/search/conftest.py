from __future__ import annotations

from collections.abc import Iterator

import pytest

from optimizers.search.loop import CODE
from trace_lsp.trace.recorder import recorder


@pytest.fixture(autouse=True)
def as_written() -> Iterator[None]:
    written = [each.parameter.data for each in CODE]
    yield
    for each, text in zip(CODE, written):
        each.parameter.update(text)
        each.parameter.zero_feedback()
    assert not recorder.on_trial
