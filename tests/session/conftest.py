from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from trace_lsp.session.history import History


@pytest.fixture
def opened() -> Iterator[Callable[..., History]]:
    """Makes histories as `History` does, and closes them when the test is over."""
    made: list[History] = []

    def open(path: str, **options: Any) -> History:
        made.append(History(path, **options))
        return made[-1]

    yield open
    for history in made:
        history.close()
