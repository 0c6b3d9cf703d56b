"""TextGrad: criticism carried back along the edges of the graph by a model.

(M. Yuksekgonul et al., "TextGrad: Automatic Differentiation via Text", 2024.)
"""

from __future__ import annotations

import re
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import replace
from typing import Any, Optional

from trace_lsp.errors import NothingRecorded
from trace_lsp.models.adapter import CalledModel, as_chat_model, result_of
from trace_lsp.models.chat import ChatModel, Message, OnText, Reply, Tokens, sum_of
from trace_lsp.models.llm import LLM, is_of_run
from trace_lsp.optimizers.new_values import as_text, converted
from trace_lsp.optimizers.optimizer import Optimizer
from trace_lsp.optimizers.optoprime import model_of_environment
from trace_lsp.optimizers.problem import Variable
from trace_lsp.optimizers.steps import StepAnswer, StepRequest
from trace_lsp.optimizers.style import Style
from trace_lsp.optimizers.suggestion import REFUSALS, Refused
from trace_lsp.trace.graph import NodeRecord, TraceGraph

_CRITIC = """\
A program computed an output from inputs by one call. You are shown the call, and criticism of its \
output. Say what should be different about one of its inputs, so that the output gets better in the \
way that the criticism asks for. Be short and exact, and suggest no new value."""
_EDITOR = """\
You are shown a value in a program, what it must keep, and criticism of it. Write a better value of \
the same type between <IMPROVED_VARIABLE> and </IMPROVED_VARIABLE>: the value as it is, with nothing \
around it; of code the whole function, with the same name and parameters. If it should stay as it \
is, write the same value."""
_IMPROVED = re.compile(r"<IMPROVED_VARIABLE>[ \t]*\n?(.*?)\n?[ \t]*</IMPROVED_VARIABLE>", re.DOTALL)
_PASSED_ON = ("clone", "identity")
"""Operators whose input is criticised for what its output is."""


class TextGrad(Optimizer):
    """Carries criticism back from node to node by asking a model, and then asks for better values.

    A step is a question for each edge between the parameters and the outputs, and one for each
    parameter. Those that do not wait for each other are asked side by side, and equal ones once.
    A function of the program's as `llm` is called in the program's own thread, one after the other.

    `llm` is as in `OptoPrime`; the other arguments are those of `Optimizer`.
    """

    def __init__(self, parameters: Any, llm: Any = None, *, log: bool = False, **more: Any) -> None:
        super().__init__(parameters, log=log, **more)
        if llm is not None:
            as_chat_model(llm)
        self.llm = llm

    def solve(self, request: StepRequest) -> StepAnswer:
        if self.llm is None or is_of_run(self.llm):
            return super().solve(request)
        return self.solve_here(request)

    def solve_here(self, request: StepRequest) -> StepAnswer:
        if self.llm is None:
            model = model_of_environment()
        else:
            is_ours = isinstance(self.llm, LLM)
            model = _Aside(self.llm) if is_ours else as_chat_model(self.llm)
        return result_of(answer_by_edges(request, model), model)

    def _style(self, mask: Iterable[str]) -> Style:
        return replace(super()._style(mask), by_edges=True)


async def answer_by_edges(request: StepRequest, model: ChatModel) -> StepAnswer:
    """A step, answered with a question for each edge. Raises NothingRecorded if no feedback
    reaches a variable, or a ModelError."""
    return await _Step(request, model).answer()


class _Aside:
    """An `LLM` that is called from other threads, so that several questions can be put at a time."""

    def __init__(self, llm: LLM) -> None:
        self._called = CalledModel(llm)

    @property
    def name(self) -> str:
        return self._called.name

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        json_object: bool = False,
        on_text: Optional[OnText] = None,
        **more: Any,
    ) -> Reply:
        import asyncio

        def called() -> Reply:
            return result_of(self._called.ask(messages, max_tokens=max_tokens), self._called)

        return await asyncio.to_thread(called)


class _Step:
    """One step: what was said of each node so far, and what was asked."""

    def __init__(self, request: StepRequest, model: ChatModel) -> None:
        self._request = request
        self._graph = request.graph
        self._model = model
        self._replies: dict[tuple[str, str], str] = {}
        self._said: dict[int, list[str]] = {}
        self._tokens = Tokens(0, 0, 0.0)

    async def answer(self) -> StepAnswer:
        """The new values, or why there are none."""
        for output in self._graph.outputs:
            self._said.setdefault(output.node, []).append(output.feedback)
        between = _between(self._graph, set(self._request.variables))
        for wave in _waves(self._graph, between):
            await self._carry(wave, between)
        variables = [
            Variable(each.name, each.type, each.value, each.constraint, each.id)
            for each in self._graph.nodes
            if each.id in self._request.variables and each.id in self._said
        ]
        if not variables:
            raise NothingRecorded("The feedback reaches nothing that may be changed.")
        asked = [(_EDITOR, self._edit(each)) for each in variables]
        await self._ask(asked)
        replies = [self._replies[each] for each in asked]
        found = _read(variables, replies, "\n\n".join(user for _, user in asked))
        criticism = "\n".join(each for one in variables for each in self._said[one.node])
        return replace(
            found,
            reasoning=criticism,
            model=self._model.name,
            sent=self._tokens.sent,
            received=self._tokens.received,
            cost=self._tokens.cost,
        )

    async def _carry(self, wave: Sequence[NodeRecord], between: Iterable[int]) -> None:
        """Criticism of the wave's nodes, to what they were computed from."""
        edges = [
            (node, parent)
            for node in wave
            if node.id in self._said
            for parent in dict.fromkeys(node.parents)
            if parent in between
        ]
        asked = {
            (node.id, parent): (_CRITIC, self._criticism(node, parent))
            for node, parent in edges
            if node.operator is not None and node.operator.name not in _PASSED_ON
        }
        await self._ask(asked.values())
        for node, parent in edges:
            question = asked.get((node.id, parent))
            said = [self._replies[question]] if question else self._said[node.id]
            given = self._said.setdefault(parent, [])
            given += [each for each in said if each not in given]

    async def _ask(self, questions: Iterable[tuple[str, str]]) -> None:
        new = [each for each in dict.fromkeys(questions) if each not in self._replies]
        for question, reply in zip(new, await self._all([self._one(*each) for each in new])):
            self._replies[question] = reply.text.strip()
            self._tokens = sum_of(self._tokens, reply.tokens)

    async def _all(self, work: Sequence[Coroutine[Any, Any, Reply]]) -> list[Reply]:
        if isinstance(self._model, CalledModel):
            return [await each for each in work]
        import asyncio

        return list(await asyncio.gather(*work))

    def _one(self, system: str, user: str) -> Coroutine[Any, Any, Reply]:
        messages = (Message("system", system), Message("user", user))
        return self._model.ask(messages, max_tokens=self._request.max_tokens)

    def _criticism(self, node: NodeRecord, parent: int) -> str:
        assert node.operator is not None
        given = [
            f"{argument} = {self._graph.node(id).value}"
            + ("    (this is the input to talk about)" if id == parent else "")
            for argument, id in node.inputs
        ]
        return "\n\n".join(
            [
                f"The objective: {self._request.objective}",
                f"The call: {node.operator.name}({', '.join(name for name, _ in node.inputs)})",
                f"What it does: {node.operator.documentation}",
                "Its inputs:\n" + "\n".join(given),
                f"Its output:\n{node.value}",
                "Criticism of the output:\n" + "\n".join(self._said[node.id]),
            ]
        )

    def _edit(self, variable: Variable) -> str:
        keep = f"It must keep this: {variable.constraint}\n\n" if variable.constraint else ""
        return (
            f"The objective: {self._request.objective}\n\n"
            f"The value, of type {variable.type}:\n{variable.value}\n\n{keep}"
            "Criticism of it:\n" + "\n".join(self._said[variable.node])
        )


def _read(variables: Sequence[Variable], replies: Sequence[str], asked: str) -> StepAnswer:
    """The values in the replies; none at all if one of them cannot be used."""
    values: dict[int, str] = {}
    raw = "\n\n".join(replies)
    for variable, reply in zip(variables, replies):
        found = _IMPROVED.search(reply)
        try:
            if found is None:
                raise Refused("unreadableReply", f"It is that for `{variable.name}`.")
            new = converted(found[1], variable)
        except Refused as refused:
            said = f"{REFUSALS[refused.reason]} {refused.detail}".rstrip()
            return StepAnswer({}, _EDITOR, asked, raw, said, refused.reason)
        if as_text(new) != variable.value:
            values[variable.node] = str(new) if variable.type == "code" else repr(new)
    return StepAnswer(values, _EDITOR, asked, raw)


def _between(graph: TraceGraph, variables: set[int]) -> set[int]:
    """The variables and what was computed from them."""
    found: set[int] = set()
    for node in graph.nodes:
        if node.id in variables or not found.isdisjoint(node.parents):
            found.add(node.id)
    return found


def _waves(graph: TraceGraph, between: Iterable[int]) -> list[list[NodeRecord]]:
    """The nodes in between by their longest way to the end, so that each comes when all that was
    computed from it has come."""
    height: dict[int, int] = {}
    waves: list[list[NodeRecord]] = []
    for node in reversed(graph.nodes):
        if node.id not in between:
            continue
        own = height.setdefault(node.id, 0)
        for parent in node.parents:
            height[parent] = max(height.get(parent, 0), own + 1)
        while len(waves) <= own:
            waves.append([])
        waves[own].append(node)
    return waves
