"""What is said of optimizers that can be made, and cannot take a step yet."""

from __future__ import annotations

from typing import Any, NoReturn

from trace_lsp.errors import TraceLspError


class CannotStep(TraceLspError, NotImplementedError):
    """Only the optimizer's arguments are there, not its step."""


class StepsLater:
    """An optimizer whose `step` and `propose` raise CannotStep."""

    def _step(self, *args: Any, **kwargs: Any) -> NoReturn:
        name = type(self).__name__
        raise CannotStep(f"{name} cannot take a step yet; use OptoPrime.")
