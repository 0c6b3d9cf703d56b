"""Putting a problem to a model, and once more where its reply cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional, TypeVar

from trace_lsp.errors import ModelError, ReplyRefused
from trace_lsp.models.chat import ChatModel, Message, OnText, Reply, Tokens
from trace_lsp.optimizers.counting import cut_to, tokens_of
from trace_lsp.optimizers.problem import Problem
from trace_lsp.optimizers.prompts import repair_prompt
from trace_lsp.optimizers.reply import read_reply
from trace_lsp.optimizers.schema import schema_of
from trace_lsp.optimizers.style import Style
from trace_lsp.optimizers.suggestion import RefusedReply, Suggestion

Amount = TypeVar("Amount", int, float)

_FINAL = ("contentFiltered",)
"""Refusals that asking again would not mend."""

_LEAST_OF_A_REPLY = 50
"""Tokens of a refused reply without which showing it again makes no sense."""


@dataclass(frozen=True)
class Exchange:
    """What was sent, the last question and the refused replies in it, and what came of it: a
    suggestion, or the refusal of the last reply."""

    sent: tuple[Message, ...]
    raw: str
    suggestion: Optional[Suggestion] = None
    refusal: Optional[ReplyRefused] = None

    def result(self) -> Suggestion:
        """The suggestion; raises ReplyRefused if there is none."""
        if self.suggestion is None:
            assert self.refusal is not None
            raise self.refusal
        return self.suggestion


async def exchange(
    problem: Problem,
    messages: Sequence[Message],
    model: ChatModel,
    style: Style,
    max_tokens: int,
    on_text: Optional[OnText] = None,
) -> Exchange:
    """The model's suggestion for the problem that the messages hold, or why there is none.

    A reply that cannot be used is shown to the model again with what is wrong, as often as the
    style has `repair_turns`, and as long as that is within its budget. Raises a ModelError where
    the first question gets no reply.
    """
    sent = tuple(messages)
    refused: list[RefusedReply] = []
    reply = await _ask(model, problem, sent, style, max_tokens, on_text)
    tokens = reply.tokens
    while True:
        try:
            found = read_reply(reply, problem, style)
        except ReplyRefused as refusal:
            again = _again(sent, refusal, style, len(refused))
            if again is None:
                return Exchange(sent, reply.text, refusal=_with_earlier(refusal, refused))
            refused.append(RefusedReply(refusal.reason, refusal.message, refusal.raw))
            try:
                reply = await _ask(model, problem, again, style, max_tokens, on_text)
            except ModelError as error:
                return Exchange(sent, reply.text, refusal=_unanswered(refusal, error))
            sent, tokens = again, _sum(tokens, reply.tokens)
        else:
            suggestion = replace(found, tokens=tokens, refused=tuple(refused))
            return Exchange(sent, reply.text, suggestion)


async def _ask(
    model: ChatModel,
    problem: Problem,
    messages: Sequence[Message],
    style: Style,
    max_tokens: int,
    on_text: Optional[OnText],
) -> Reply:
    more: dict[str, Any] = {"options": dict(style.sampling)} if style.sampling else {}
    if getattr(model, "takes_schema", False):
        more["schema"] = schema_of(problem, style)
    is_json = style.json_object and not style.tagged_answer
    return await model.ask(
        messages, max_tokens=max_tokens, json_object=is_json, on_text=on_text, **more
    )


def _again(
    sent: Sequence[Message], refusal: ReplyRefused, style: Style, times: int
) -> Optional[tuple[Message, ...]]:
    """The messages that ask once more, None if the style or its budget has no place for them."""
    if times >= style.repair_turns or refusal.reason in _FINAL:
        return None
    asked = Message("user", repair_prompt(refusal))
    room = style.tokens - sum(tokens_of(each.text) for each in (*sent, asked))
    if not refusal.raw:
        return (*sent, asked) if room >= 0 else None
    if room < _LEAST_OF_A_REPLY:
        return None
    return (*sent, Message("assistant", cut_to(refusal.raw, room)), asked)


def _with_earlier(refusal: ReplyRefused, earlier: Sequence[RefusedReply]) -> ReplyRefused:
    """The refusal, which has the one before it as its cause."""
    if earlier:
        last = earlier[-1]
        refusal.__cause__ = ReplyRefused(last.message, last.reason, last.raw)
    return refusal


def _unanswered(refusal: ReplyRefused, error: ModelError) -> ReplyRefused:
    """The refusal of the first reply, where the second question got none."""
    said = f"{refusal.message} Asked to mend it, the model gave no reply: {error.message}"
    unanswered = ReplyRefused(said, refusal.reason, refusal.raw)
    unanswered.__cause__ = error
    return unanswered


def _sum(one: Tokens, other: Tokens) -> Tokens:
    return Tokens(
        _added(one.sent, other.sent),
        _added(one.received, other.received),
        _added(one.cost, other.cost),
    )


def _added(one: Optional[Amount], other: Optional[Amount]) -> Optional[Amount]:
    return None if one is None or other is None else one + other
