"""What every optimizer in a user's program is: parameters, feedback, steps.

In a traced run each step is asked of the server, so that no key is ever in the user's process;
elsewhere the model is asked from here.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Optional, Union

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.notices import notice
from trace_lsp.optimizers.problem import Problem, build_problem
from trace_lsp.optimizers.prompts import OBJECTIVE
from trace_lsp.optimizers.state import load_state, save_state
from trace_lsp.optimizers.steps import (
    Remembered,
    StepAnswer,
    StepRequest,
    decode_answer,
    encode_step,
)
from trace_lsp.optimizers.style import Style, masked_from
from trace_lsp.trace import graph, records
from trace_lsp.trace.feedback import pending_feedback, propagate
from trace_lsp.trace.nodes import Node, ParameterNode
from trace_lsp.trace.propagators import AbstractPropagator, GraphPropagator, TraceGraph, carry
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.values import text_of

MAX_TOKENS = 4096
Verbose = Union[bool, str]


class Optimizer:
    """Collects feedback on outputs and changes parameters by it.

    `parameters` are trainable nodes, or a module that has them. `propagator` carries feedback back,
    a GraphPropagator if it is None. `objective` says what to do with the feedback,
    `default_objective` if it is None. `log` (None if it is turned off) holds the `system_prompt`,
    `user_prompt` and `response` of each step, `summary_log` its `problem_instance` and, as
    `summary`, the graph. With `ignore_extraction_error` a reply that cannot be used is a warning,
    else ReplyRefused. `verbose` is what `step` does by default. A keyword that is not known is a
    warning.

    A subclass says how it takes a step: in `solve_here` as data, or in `_step` on the nodes.
    """

    default_objective = OBJECTIVE

    def __init__(
        self,
        parameters: Any,
        *,
        propagator: Optional[AbstractPropagator] = None,
        objective: Optional[str] = None,
        ignore_extraction_error: bool = True,
        max_tokens: int = MAX_TOKENS,
        log: bool = True,
        verbose: Verbose = False,
        **unknown: Any,
    ) -> None:
        self.parameters = parameters_of(parameters)
        self._propagator = propagator or self.default_propagator()
        if not isinstance(self._propagator, AbstractPropagator):
            raise TypeError(f"A propagator is a Propagator; this is {propagator!r:.80}.")
        self.objective = objective or self.default_objective
        self.ignore_extraction_error = ignore_extraction_error
        self.max_tokens = max_tokens
        self.verbose = verbose
        self.log: Optional[list[dict[str, str]]] = [] if log else None
        self.summary_log: Optional[list[dict[str, Any]]] = [] if log else None
        if unknown:
            names = ", ".join(f"`{name}`" for name in unknown)
            notice(f"{type(self).__name__} does not know {names}: no effect.")

    # Feedback

    @property
    def propagator(self) -> AbstractPropagator:
        """What carries feedback back."""
        return self._propagator

    def default_propagator(self) -> AbstractPropagator:
        """The propagator where none is given."""
        return GraphPropagator()

    @property
    def trace_graph(self) -> TraceGraph:
        """The live graph that feedback was given on: from the parameters to the outputs.

        Raises TypeError for a propagator that carries anything but graphs.
        """
        propagator = self._graph_propagator()
        given = pending_feedback(self.parameters)
        whole = sum((TraceGraph.of_output(*each) for each in given), TraceGraph())
        ways: list[Any] = self.parameters if given else []
        found = [whole.through(each) for each in ways]
        for each in self.parameters:
            carried = {child: _graphs(arrived) for child, arrived in each.feedback.items()}
            found.append(propagator.aggregate(carried))
        return sum(found, TraceGraph())

    def _graph_propagator(self) -> GraphPropagator:
        if not isinstance(self._propagator, GraphPropagator):
            raise TypeError(
                f"{type(self).__name__} reads feedback as graphs, and its propagator, of type "
                f"{type(self._propagator).__name__}, carries none: give it a GraphPropagator."
            )
        return self._propagator

    def _pending(self) -> list[tuple[Node, str]]:
        """The outputs with feedback, in the order it was given."""
        if self._propagator.is_plain or not isinstance(self._propagator, GraphPropagator):
            return pending_feedback(self.parameters)
        return [(output, text_of(feedback)) for output, feedback in self.trace_graph.outputs]

    def zero_feedback(self) -> None:
        """Forgets the feedback given so far."""
        for parameter in self.parameters:
            parameter.zero_feedback()

    def backward(self, node: Node, feedback: Any = "", **options: Any) -> Any:
        """Gives feedback on an output of the program. `options` are those of `Node.backward`."""
        if options:
            return node.backward(feedback, propagator=self._propagator, **options)
        if self._propagator.is_plain:
            propagate(node, feedback)
        else:
            carry(self._propagator, node, feedback)
        if recorder.host is not None:
            recorder.host.on_backward(self._pending())
        return None

    # Steps

    def step(self, bypassing: bool = False, *args: Any, **kwargs: Any) -> dict[ParameterNode, Any]:
        """Asks for better values and puts them in place; returns what changed.

        With `bypassing` they are returned only. The other arguments are those of `propose`.
        """
        suggested = self.propose(*args, **kwargs)
        self.project(suggested)
        if not bypassing:
            self.update(suggested)
        return suggested

    def propose(self, *args: Any, **kwargs: Any) -> dict[ParameterNode, Any]:
        """Better values for some parameters, not yet in place. Raises a ModelError.

        `verbose` writes the prompt and the reply to stdout, ``"output"`` the reply alone; None is
        the optimizer's own. `mask` names sections, like ``#Inputs``, that are shown empty.
        """
        return self._step(*args, **kwargs)

    def project(self, update_dict: dict[ParameterNode, Any]) -> None:
        """Makes of each value what its parameter's projections make of it, in their order."""
        for parameter, value in list(update_dict.items()):
            for projection in getattr(parameter, "projections", None) or ():
                value = projection.project(value)
            update_dict[parameter] = value

    def update(self, update_dict: Mapping[ParameterNode, Any]) -> None:
        """Gives the parameters these values."""
        for parameter, value in update_dict.items():
            if parameter.trainable:
                parameter.update(value)

    def _step(
        self, verbose: Optional[Verbose] = None, mask: Optional[Iterable[str]] = None
    ) -> dict[ParameterNode, Any]:
        self._graph_propagator()
        pending = self._pending()
        if not pending or not any(each.trainable for each in self.parameters):
            _warn("No feedback was given on anything that the parameters led to.")
            return {}
        request = self._request(records.trace_graph(pending), mask or ())
        answer = self.solve(request)
        if answer.user_prompt:
            variables = request.variables
            self._record(
                build_problem(request.graph, variables, request.objective), request, answer
            )
        self._tell(answer, self.verbose if verbose is None else verbose)
        if answer.refusal:
            _warn(answer.refusal)
        by_id = {parameter._serial: parameter for parameter in self.parameters}
        return {by_id[id]: _value(by_id[id], text) for id, text in answer.values.items()}

    def requests(self, graph: graph.TraceGraph, variables: Collection[int]) -> list[StepRequest]:
        """The step that this optimizer would take on a graph as data, whose variables have these
        node ids: one request, or several whose answers are alternatives."""
        return [replace(self._request(graph, ()), variables=tuple(variables))]

    def _request(self, graph: graph.TraceGraph, mask: Iterable[str]) -> StepRequest:
        style = self._style(mask)
        is_ours = self.objective == self.default_objective
        return StepRequest(
            graph,
            tuple(parameter._serial for parameter in self.parameters if parameter.trainable),
            style.worded(self.objective) if is_ours else self.objective,
            self.max_tokens,
            style,
            self._memory(),
        )

    def _style(self, mask: Iterable[str]) -> Style:
        return Style(masked=masked_from(mask, {}))

    def _memory(self) -> tuple[Remembered, ...]:
        return ()

    def solve(self, request: StepRequest) -> StepAnswer:
        """The answer to one step: the host's in a traced run, else worked out here."""
        if recorder.host is None:
            return self.solve_here(request)
        return decode_answer(recorder.host.step(encode_step(request)))

    def solve_here(self, request: StepRequest) -> StepAnswer:
        """The answer to one step, with no server to ask. Each optimizer has its own."""
        raise TypeError(f"{type(self).__name__} does not say how it takes a step.")

    def _record(self, problem: Problem, request: StepRequest, answer: StepAnswer) -> None:
        if self.log is None or self.summary_log is None:
            return
        self.log.append(
            {
                "system_prompt": answer.system_prompt,
                "user_prompt": answer.user_prompt,
                "response": answer.reply,
            }
        )
        self.summary_log.append({"problem_instance": problem, "summary": request.graph})

    def _tell(self, answer: StepAnswer, verbose: Verbose) -> None:
        if answer.prompt and verbose:
            if verbose != "output":
                sys.stdout.write(f"Prompt\n{answer.prompt}\n")
            sys.stdout.write(f"LLM response:\n{answer.reply}\n")
        if answer.refusal and not self.ignore_extraction_error:
            raise ReplyRefused(answer.refusal, answer.reason, answer.reply)

    # Keeping

    def save(self, path: str) -> None:
        """Writes the settings, the log and what is remembered to a JSON file; makes its folder.

        The parameters belong to the program, and the model may hold a key: neither is written.
        `summary_log` is not either.
        """
        save_state(path, type(self).__name__, self._state())

    def load(self, path: str) -> None:
        """Takes over what an optimizer of this kind saved; its own parameters and model stay.

        Raises ValueError, and changes nothing, if the file holds something else.
        """
        self._restore(load_state(path, type(self).__name__, set(self._state())))

    def _state(self) -> dict[str, Any]:
        names = ("objective", "ignore_extraction_error", "max_tokens", "verbose", "log")
        return {name: getattr(self, name) for name in names}

    def _restore(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Optimizer:
        """A copy with the same parameters and model: those are the program's."""
        twin = type(self).__new__(type(self))
        memo[id(self)] = twin
        for name, value in self.__dict__.items():
            is_programs = name in ("parameters", "llm")
            setattr(twin, name, value if is_programs else copy.deepcopy(value, memo))
        return twin


def parameters_of(given: Any) -> list[ParameterNode]:
    """The trainable nodes that are given, or that a module has. Raises TypeError for others."""
    if isinstance(given, Node):
        raise TypeError(f"An optimizer takes several nodes: write [node], not {given!r}.")
    own = getattr(given, "parameters", None)
    if callable(own) and not isinstance(given, type):
        given = own()
    try:
        found = list(given)
    except TypeError:
        raise TypeError(
            "An optimizer takes a list of trainable nodes, or a module that has `parameters`; "
            f"it was given {given!r:.80}."
        ) from None
    for each in found:
        if not isinstance(each, ParameterNode):
            raise TypeError(f"An optimizer takes trainable nodes; it was given {each!r:.200}.")
    return found


def _graphs(arrived: Iterable[Any]) -> list[TraceGraph]:
    """What a GraphPropagator carried; what came without one is text."""
    return [each for each in arrived if isinstance(each, TraceGraph)]


def _warn(reason: str) -> None:
    notice(f"The step changes nothing. {reason}")


def _value(parameter: ParameterNode, text: str) -> Any:
    return text if parameter.is_code else ast.literal_eval(text)
