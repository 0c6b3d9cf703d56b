"""A search for better numbers that comes to an end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Optional

from trace_lsp.optimizers.search.numbers import NumberSearch
from trace_lsp.optimizers.search.ranges import Dimension

ROUNDING = 1e-9
"""What differs by no more, in parts of the numbers compared, is the same."""


def is_less(loss: float, than: float, first: float, by: float = ROUNDING) -> bool:
    """Whether it is less by more than that part of the other, and by more than rounding is beside
    the `first` loss: near 0 every step is a large part of what is left."""
    if not math.isfinite(than):
        return loss < than
    scale = abs(first) if math.isfinite(first) else 0.0
    return loss < than - max(by * abs(than), ROUNDING * scale)


class Tuning:
    """NumberSearch from values with a known loss, less being better, infinite where they failed.

    It is over when `idle` answers in a row have bettered the best by no more than `trifle`, a part
    of what it was.
    """

    def __init__(
        self,
        dimensions: Mapping[str, Dimension],
        values: Mapping[str, Any],
        loss: float,
        seed: int = 0,
        idle: int = 150,
        trifle: float = ROUNDING,
    ) -> None:
        self.start = dict(values)
        self._search = NumberSearch(dimensions, seed)
        self._search.tell(values, loss)
        self.start_loss = self._mark = loss
        self._idle = idle
        self._trifle = trifle
        self._since = 0
        self._waiting = 0

    def ask(self) -> Optional[dict[str, Any]]:
        """Values to try; None if there are none, or none before others are told."""
        found = self._search.ask()
        self._waiting += len(found)
        return found[0] if found else None

    def tell(self, values: Mapping[str, Any], loss: float) -> None:
        """How good values are that were asked for."""
        self._waiting -= 1
        self._search.tell(values, loss)
        self._since += 1
        if is_less(loss, self._mark, self.start_loss, self._trifle):
            self._mark, self._since = loss, 0

    def best(self) -> tuple[dict[str, Any], float]:
        """The best values so far, and their loss: the first ones if all failed."""
        return self._search.best() or (self.start, math.inf)

    @property
    def is_stalled(self) -> bool:
        """Whether the last answers were no better."""
        return self._since >= self._idle

    @property
    def is_exhausted(self) -> bool:
        """Whether everything was tried."""
        return self._search.is_done and not self._waiting

    @property
    def is_over(self) -> bool:
        """Whether there is no point in going on."""
        return self.is_stalled or self.is_exhausted
