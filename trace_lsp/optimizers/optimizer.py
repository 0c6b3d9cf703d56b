"""What every optimizer in a user's program is: parameters, feedback, steps.

In a traced run each step is asked of the server, so that no key is ever in the user's process;
elsewhere the model is asked from here.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Optional, Union

from trace_lsp.errors import ReplyRefused
from trace_lsp.optimizers.prompts import OBJECTIVE
from trace_lsp.trace.codec import decode_graph, encode_graph
from trace_lsp.trace.graph import TraceGraph
from trace_lsp.trace.nodes import Node, ParameterNode, pending_feedback, propagate
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.records import trace_graph


@dataclass(frozen=True)
class StepRequest:
    """One step to be taken: the graph with its feedback, what may change, and what for."""

    graph: TraceGraph
    variables: tuple[int, ...]
    objective: str
    max_tokens: int


@dataclass(frozen=True)
class StepAnswer:
    """What came of a step.

    `values` maps node ids to new values: source text for code, else Python literals as text.
    `prompt` and `reply` are what was sent and received. `refusal` says why the reply cannot be
    used, "" if it can.
    """

    values: Mapping[int, str] = field(default_factory=dict)
    prompt: str = ""
    reply: str = ""
    refusal: str = ""
    reason: str = ""


class Optimizer:
    """Collects feedback on outputs and changes parameters by it.

    `objective` says what to do with the feedback. `log` holds the prompt and reply of each step.
    With `ignore_extraction_error` a reply that cannot be used is a warning, else ReplyRefused.
    """

    def __init__(
        self,
        parameters: Iterable[ParameterNode],
        *,
        objective: Optional[str] = None,
        ignore_extraction_error: bool = True,
        max_tokens: int = 4096,
    ) -> None:
        self.parameters = list(parameters)
        for each in self.parameters:
            if not isinstance(each, ParameterNode):
                raise TypeError(f"An optimizer takes trainable nodes; it was given {each!r}.")
        self.objective = objective or OBJECTIVE
        self.ignore_extraction_error = ignore_extraction_error
        self.max_tokens = max_tokens
        self.log: list[dict[str, str]] = []

    def zero_feedback(self) -> None:
        """Forgets the feedback given so far."""
        for parameter in self.parameters:
            parameter.zero_feedback()

    def backward(self, node: Node, feedback: Any = "") -> None:
        """Gives feedback on an output of the program."""
        propagate(node, feedback)
        if recorder.host is not None:
            recorder.host.on_backward(pending_feedback(self.parameters))

    def step(self, verbose: Union[bool, str] = False) -> dict[ParameterNode, Any]:
        """Asks for better values and puts them in place; returns what changed.

        `verbose` writes the prompt and the reply to stdout, ``"output"`` the reply alone.
        """
        suggested = self.propose(verbose)
        for parameter, value in suggested.items():
            parameter.update(value)
        return suggested

    def propose(self, verbose: Union[bool, str] = False) -> dict[ParameterNode, Any]:
        """Better values for some parameters, not yet in place. Raises a ModelError."""
        pending = pending_feedback(self.parameters)
        if not pending:
            _warn("No feedback was given on anything that the parameters led to.")
            return {}
        variables = tuple(parameter._serial for parameter in self.parameters)
        request = StepRequest(trace_graph(pending), variables, self.objective, self.max_tokens)
        answer = self.solve(request)
        self._tell(answer, verbose)
        if answer.refusal:
            _warn(answer.refusal)
        by_id = {parameter._serial: parameter for parameter in self.parameters}
        return {by_id[id]: _value(by_id[id], text) for id, text in answer.values.items()}

    def solve(self, request: StepRequest) -> StepAnswer:
        """The answer to one step: the host's in a traced run, else worked out here."""
        if recorder.host is None:
            return self.solve_here(request)
        return decode_answer(recorder.host.step(encode_step(request)))

    def solve_here(self, request: StepRequest) -> StepAnswer:
        """The answer to one step, with no server to ask. Each optimizer has its own."""
        raise TypeError(f"{type(self).__name__} does not say how it takes a step.")

    def _tell(self, answer: StepAnswer, verbose: Union[bool, str]) -> None:
        if answer.prompt:
            self.log.append({"prompt": answer.prompt, "response": answer.reply})
            if verbose and verbose != "output":
                sys.stdout.write(f"Prompt\n{answer.prompt}\n")
            if verbose:
                sys.stdout.write(f"LLM response:\n{answer.reply}\n")
        if answer.refusal and not self.ignore_extraction_error:
            raise ReplyRefused(answer.refusal, answer.reason, answer.reply)


def _warn(reason: str) -> None:
    # At the program's own line: that of its call of `step`.
    warnings.warn(f"The step changes nothing. {reason}", stacklevel=4)


def _value(parameter: ParameterNode, text: str) -> Any:
    return text if parameter.is_code else ast.literal_eval(text)


def encode_step(request: StepRequest) -> dict[str, Any]:
    """The request as JSON-ready data."""
    return {
        "graph": encode_graph(request.graph),
        "variables": list(request.variables),
        "objective": request.objective,
        "max_tokens": request.max_tokens,
    }


def decode_step(data: Mapping[str, Any]) -> StepRequest:
    """What `encode_step` made; raises ValueError for anything else."""
    try:
        return StepRequest(
            decode_graph(data["graph"]),
            tuple(int(each) for each in data["variables"]),
            str(data["objective"]),
            int(data["max_tokens"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a step: {error!r}") from error


def encode_answer(answer: StepAnswer) -> dict[str, Any]:
    """The answer as JSON-ready data."""
    return {**asdict(answer), "values": {str(id): text for id, text in answer.values.items()}}


def decode_answer(data: Mapping[str, Any]) -> StepAnswer:
    """What `encode_answer` made: JSON has only strings for keys."""
    return StepAnswer(**{**data, "values": {int(id): text for id, text in data["values"].items()}})
