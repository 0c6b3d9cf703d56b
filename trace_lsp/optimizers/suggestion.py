"""What an optimizer answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trace_lsp.models.chat import Tokens

REFUSALS = {
    "emptyReply": "The model sent nothing.",
    "replyCutOff": "The reply stops in the middle, at the model's token limit.",
    "contentFiltered": "The endpoint filtered the reply.",
    "unreadableReply": "The reply is not in the format that was asked for.",
    "unknownVariable": "The reply changes something that may not be changed.",
    "wrongType": "A suggested value has the wrong type.",
    "constraintBroken": "A suggested value breaks a constraint.",
    "doesNotCompile": "The suggested code is not valid Python.",
    "nameChanged": "The suggested code does not define the function it replaces.",
    "severalValues": "The reply gives one piece of the text several values.",
    "signatureChanged": "The suggested code changes the function's signature.",
}
"""Why a reply can be refused, by the reason's stable name."""


class Refused(Exception):
    """What is wrong with a reply: one of `REFUSALS`, and a sentence about the case, or ""."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class RefusedReply:
    """A reply that could not be used: why, in a sentence, and as it came."""

    reason: str
    message: str
    raw: str


@dataclass(frozen=True)
class Suggestion:
    """The optimizer's reasoning, and a new value for each variable it would change.

    `values` maps a problem's variable names to values: source text for code, else a Python
    value of the variable's type. Empty means that no change is wanted. `raw` is the reply as
    it came; `model` the name of what answered. `refused` are the replies before it that could not
    be used; `tokens` are those of all of them.
    """

    reasoning: str
    answer: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    tokens: Tokens = field(default_factory=Tokens)
    raw: str = ""
    model: str = ""
    refused: tuple[RefusedReply, ...] = ()
