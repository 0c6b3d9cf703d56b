"""What a history holds: everything that was asked, answered and tried to make something better.

All of it is text and numbers, and may be kept or shown as it is. Texts may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Optional

Decision = Literal["open", "applied", "rejected", "replaced", "undone"]
"""What became of an entry."""

Judged = Literal["better", "same", "worse", "unknown", ""]
"""How a trial did; "" for what was not tried."""

Kind = Literal["function", "value"]


@dataclass(frozen=True)
class Trial:
    """One candidate: a text for each trainable, as it would stand in the file, and how it did.

    `step` is the number of the step that it came from, `candidate` its number there. `values` maps
    a trainable's name to a function's source or a literal. `reason` is a sentence that says why it
    was judged so. `objective` is the number that was to become better, None if there is none.
    """

    step: int
    candidate: int
    values: Mapping[str, str] = field(default_factory=dict)
    judgement: Judged = ""
    reason: str = ""
    objective: Optional[float] = None
    accepted: bool = False


@dataclass(frozen=True)
class Step:
    """One question to an optimizer: what was sent, what came back, what was made of it.

    `problem` is the whole text that was sent, `reply` what came back, as received. `understood` is
    ``suggestion``, ``no change``, or the stable name of why the reply was refused. Tokens and cost
    are None where they are not known. `outcome` is a sentence.
    """

    number: int
    optimizer: str
    model: str = ""
    problem: str = ""
    reply: str = ""
    understood: str = ""
    reasoning: str = ""
    tokens_sent: Optional[int] = None
    tokens_received: Optional[int] = None
    cost: Optional[float] = None
    seconds: float = 0.0
    outcome: str = ""
    trials: tuple[Trial, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One optimization from its feedback to the decision about it.

    `id` is 12 hexadecimal digits, `time` the UTC time in seconds since 1970 at which it began,
    `file` an absolute path. `names` are the trainables that might change, `kinds` says of each what
    it is. `before` and `after` map names to texts; `after` is empty if no change was wanted or none
    found. `goal` is what was asked for, such as ``minimize loss``, "" if nothing was. `ended` is a
    sentence that says why the optimization ended, "" while it goes on.
    """

    id: str
    time: float
    file: str
    names: tuple[str, ...] = ()
    feedback: str = ""
    goal: str = ""
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    diff: str = ""
    judgement: Judged = ""
    reason: str = ""
    ended: str = ""
    steps: tuple[Step, ...] = ()
    decision: Decision = "open"


@dataclass(frozen=True)
class Summary:
    """An entry as a row of a list: what is short of it, and its steps in numbers.

    `changed` is True if a change was found. `models` are those that answered, each once. `steps`
    and `trials` are counts; tokens and cost are those of all steps, None if not one is known.
    `objective` is that of the last trial that was accepted.
    """

    id: str
    time: float
    file: str
    names: tuple[str, ...] = ()
    feedback: str = ""
    goal: str = ""
    changed: bool = False
    judgement: Judged = ""
    reason: str = ""
    ended: str = ""
    decision: Decision = "open"
    models: tuple[str, ...] = ()
    steps: int = 0
    trials: int = 0
    tokens_sent: Optional[int] = None
    tokens_received: Optional[int] = None
    cost: Optional[float] = None
    objective: Optional[float] = None


@dataclass(frozen=True)
class Pair:
    """A trainable's text in one entry and in the other, None where it is no part of the entry."""

    name: str
    first: Optional[str]
    second: Optional[str]

    @property
    def differs(self) -> bool:
        return self.first != self.second


@dataclass(frozen=True)
class EntryComparison:
    """Two entries side by side: the texts that each began with, and those that each came to."""

    first: Summary
    second: Summary
    began: tuple[Pair, ...]
    came_to: tuple[Pair, ...]
