"""A model whose answers are counted, and held against a budget before it is asked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Optional

from trace_lsp.errors import BudgetSpent, NoModel
from trace_lsp.models.budget import Budget, Prices, Spent
from trace_lsp.models.chat import ChatModel, OnText, Reply, Tokens
from trace_lsp.models.counting import tokens_of, tokens_of_question
from trace_lsp.models.request import ChatRequest
from trace_lsp.models.wrapper import Wrapper


@dataclass(frozen=True)
class Use:
    """Tokens of one question, or of several: promised or used."""

    sent: int = 0
    received: int = 0
    is_estimate: bool = False

    @property
    def tokens(self) -> int:
        return self.sent + self.received


@dataclass
class _Heard:
    """Hands on the pieces of a reply, and keeps them: a reply that is cut off costs as well."""

    on_text: Optional[OnText]
    pieces: list[str] = field(default_factory=list)

    def __call__(self, piece: str) -> None:
        self.pieces.append(piece)
        if self.on_text is not None:
            self.on_text(piece)

    def use(self, most: Use) -> Use:
        """What a reply that ended here cost: nothing, if none of it came."""
        received = tokens_of("".join(self.pieces))
        return replace(most, received=received) if self.pieces else Use()


class Metered(Wrapper):
    """Counts what each question costs, and asks none that may cost more than is left.

    A question may cost the tokens that it sends, estimated, and `max_tokens` received. So much is
    held for it until its answer is there; then the endpoint's own count stands, or an estimate
    where it gives none. What a failed or a cancelled question has received counts, if it is
    anything; the rest is given back. As the tokens sent are an estimate, the last question may go
    a little over the budget. One object may be asked from several threads.

    Raises `NoModel` for a budget of money without prices.
    """

    def __init__(
        self, model: ChatModel, budget: Optional[Budget] = None, prices: Optional[Prices] = None
    ) -> None:
        super().__init__(model)
        self.budget = budget or Budget()
        self.prices = prices
        if self.budget.money is not None and prices is None:
            raise NoModel(
                "A budget of money needs prices: set `model.price.sent` and `model.price.received` "
                "to what a million tokens cost, or `model.budget.tokens` instead."
            )
        self._lock = threading.Lock()
        self._spent = Spent(cost=None if prices is None else 0.0)
        self._held: list[Use] = []

    @property
    def spent(self) -> Spent:
        """What was spent so far. What is held for questions under way is not in it."""
        return self._spent

    async def _answer(self, request: ChatRequest, on_text: Optional[OnText]) -> Reply:
        schema = request.schema if self.takes_schema else None
        most = Use(tokens_of_question(request.messages, schema), request.max_tokens, True)
        self._hold(most)
        heard = _Heard(on_text)
        used: Optional[Use] = None
        try:
            reply = await request.put_to(self.model, heard)
            used = _used(reply, most)
        finally:
            self._settle(most, used or heard.use(most))
        return replace(reply, tokens=self._with_cost(reply.tokens))

    def _hold(self, most: Use) -> None:
        with self._lock:
            refusal = self._refusal(most)
            if refusal:
                raise BudgetSpent(refusal)
            self._held.append(most)

    def _settle(self, most: Use, used: Use) -> None:
        with self._lock:
            self._held.remove(most)
            if used.tokens:
                self._spent = self._with(used)

    def _with(self, used: Use) -> Spent:
        spent = self._spent
        sent, received = spent.sent + used.sent, spent.received + used.received
        is_estimate = spent.is_estimate or used.is_estimate
        return Spent(spent.calls + 1, sent, received, self._cost(sent, received), is_estimate)

    def _cost(self, sent: int, received: int) -> Optional[float]:
        return None if self.prices is None else self.prices.cost(sent, received)

    def _with_cost(self, tokens: Tokens) -> Tokens:
        if tokens.sent is None or tokens.received is None:
            return tokens
        return replace(tokens, cost=self._cost(tokens.sent, tokens.received))

    def _refusal(self, most: Use) -> str:
        """Why the question may not be asked, "" if it may."""
        held = Use(sum(each.sent for each in self._held), sum(each.received for each in self._held))
        spent, tokens, money = self._spent, self.budget.tokens, self.budget.money
        may = f"{most.sent} tokens sent, estimated, and up to {most.received} received"
        if tokens is not None and spent.tokens + held.tokens + most.tokens > tokens:
            counts = [str(each.tokens) for each in (spent, held, most)]
            return _refusal(f"{tokens} tokens", counts, may, "tokens")
        if money is None or self.prices is None:
            return ""
        costs = [self.prices.cost(each.sent, each.received) for each in (spent, held, most)]
        if sum(costs) > money:
            return _refusal(f"{money:g}", [f"{each:.4g}" for each in costs], may, "money")
        return ""


def _refusal(budget: str, amounts: Sequence[str], may: str, unit: str) -> str:
    spent, held, most = amounts
    under_way = "" if held == "0" else f", {held} more may go to questions under way"
    return (
        f"The budget is {budget}. {spent} spent so far{under_way}, and this question may cost "
        f"{most} ({may}). It was not sent. Raise `model.budget.{unit}`, or ask for less."
    )


def _used(reply: Reply, most: Use) -> Use:
    """What the reply cost, as the endpoint says, or as it is estimated."""
    sent, received = reply.tokens.sent, reply.tokens.received
    return Use(
        most.sent if sent is None else sent,
        tokens_of(reply.text) if received is None else received,
        sent is None or received is None,
    )
