"""A step as data: what an optimizer asks for, and what came of it. Both cross the wire in a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from trace_lsp.optimizers.style import Style, decode_style, encode_style
from trace_lsp.trace.codec import decode_graph, encode_graph
from trace_lsp.trace.graph import TraceGraph


@dataclass(frozen=True)
class Remembered:
    """What an earlier step saw: the lines of its variables, and the feedback that they got."""

    variables: tuple[str, ...]
    feedback: str


@dataclass(frozen=True)
class StepRequest:
    """One step to be taken: the graph with its feedback, what may change, what for, and how it is
    put to the model. `memory` is of earlier steps, oldest first."""

    graph: TraceGraph
    variables: tuple[int, ...]
    objective: str
    max_tokens: int
    style: Style = field(default_factory=Style)
    memory: tuple[Remembered, ...] = ()


@dataclass(frozen=True)
class StepAnswer:
    """What came of a step.

    `values` maps node ids to new values: source text for code, else Python literals as text.
    The prompts and `reply` are what was sent and received; all are empty if nobody was asked.
    `refusal` says why the reply cannot be used, "" if it can. `reasoning` and `said` are the
    reply's own words, the latter its answer to a question of the objective. `model` is what
    answered; `sent` and `received` are tokens and `cost` is money, None where not known.
    """

    values: Mapping[int, str] = field(default_factory=dict)
    system_prompt: str = ""
    user_prompt: str = ""
    reply: str = ""
    refusal: str = ""
    reason: str = ""
    reasoning: str = ""
    said: str = ""
    model: str = ""
    sent: Optional[int] = None
    received: Optional[int] = None
    cost: Optional[float] = None

    @property
    def prompt(self) -> str:
        """What was sent, as one text to read."""
        return f"{self.system_prompt}\n\n{self.user_prompt}" if self.user_prompt else ""


def encode_step(request: StepRequest) -> dict[str, Any]:
    """The request as JSON-ready data."""
    return {
        "graph": encode_graph(request.graph),
        "variables": list(request.variables),
        "objective": request.objective,
        "max_tokens": request.max_tokens,
        "style": encode_style(request.style),
        "memory": [[list(each.variables), each.feedback] for each in request.memory],
    }


def decode_step(data: Mapping[str, Any]) -> StepRequest:
    """What `encode_step` made; raises ValueError for anything else."""
    try:
        return StepRequest(
            decode_graph(data["graph"]),
            tuple(int(each) for each in data["variables"]),
            str(data["objective"]),
            int(data["max_tokens"]),
            decode_style(data["style"]),
            decode_memory(data["memory"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a step: {error!r}") from error


def decode_memory(rows: Any) -> tuple[Remembered, ...]:
    """Pairs of lines and feedback; raises TypeError or ValueError for anything else."""
    return tuple(
        Remembered(tuple(str(line) for line in lines), str(feedback)) for lines, feedback in rows
    )


def encode_answer(answer: StepAnswer) -> dict[str, Any]:
    """The answer as JSON-ready data."""
    return {**asdict(answer), "values": {str(id): text for id, text in answer.values.items()}}


def decode_answer(data: Mapping[str, Any]) -> StepAnswer:
    """What `encode_answer` made: JSON has only strings for keys."""
    return StepAnswer(**{**data, "values": {int(id): text for id, text in data["values"].items()}})
