"""What may be spent on models, what it is counted by, and what was spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from trace_lsp.models.chat import ChatModel

_MILLION = 1_000_000


@dataclass(frozen=True)
class Budget:
    """The most that may be spent, in tokens (sent and received together) and in money. None: no
    limit."""

    tokens: Optional[int] = None
    money: Optional[float] = None


@dataclass(frozen=True)
class Prices:
    """Money for a million tokens, in whatever currency the person counts in.

    No vendor's prices are known here: they change, and a list of them would soon be wrong.
    """

    sent: float
    received: float

    def cost(self, sent: int, received: int) -> float:
        """What so many tokens cost."""
        return (sent * self.sent + received * self.received) / _MILLION


@dataclass(frozen=True)
class Spent:
    """What a model's answers have cost so far: how many there were, and their tokens.

    `cost` is in money, None where no price is known. `is_estimate` is true where an endpoint did
    not say how many tokens there were, or an answer was cut off.
    """

    calls: int = 0
    sent: int = 0
    received: int = 0
    cost: Optional[float] = None
    is_estimate: bool = False

    @property
    def tokens(self) -> int:
        return self.sent + self.received


def spent_on(model: ChatModel) -> Optional[Spent]:
    """What the model's answers have cost so far; None for a model that costs nothing."""
    spent = getattr(model, "spent", None)
    return spent if isinstance(spent, Spent) else None
