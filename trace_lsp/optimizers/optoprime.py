"""OptoPrime: one question to a language model for each step. (Trace, section 4.)"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Optional

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.adapter import as_chat_model, result_of
from trace_lsp.models.chat import ChatModel, Message, OnText
from trace_lsp.models.llm import is_of_run
from trace_lsp.optimizers.example import example_answer, example_of
from trace_lsp.optimizers.optimizer import MAX_TOKENS, Optimizer, Verbose
from trace_lsp.optimizers.problem import Problem, build_problem
from trace_lsp.optimizers.prompts import example_prompt, system_prompt, user_prompt
from trace_lsp.optimizers.reply import read_reply
from trace_lsp.optimizers.steps import Remembered, StepAnswer, StepRequest, decode_memory
from trace_lsp.optimizers.style import (
    KEYS,
    SECTIONS,
    Style,
    keys_from,
    masked_from,
    titles_from,
)
from trace_lsp.optimizers.suggestion import Suggestion
from trace_lsp.trace.propagators import AbstractPropagator


def messages_of(
    problem: Problem, style: Optional[Style] = None, memory: Sequence[Remembered] = ()
) -> tuple[Message, Message]:
    """What is sent to a model for a problem."""
    style = style or Style()
    example = ""
    if style.example:
        shown = example_of(problem.instruction).text(style)
        example = example_prompt(shown, example_answer(style))
    names = [each.name for each in problem.variables] if style.highlight else []
    user = user_prompt(problem.text(style), style, memory, example, names)
    return Message("system", system_prompt(style)), Message("user", user)


def prompt_of(problem: Problem) -> str:
    """What is sent to a model for a problem, as one text to read."""
    return "\n\n".join(message.text for message in messages_of(problem))


async def suggest(
    problem: Problem,
    model: ChatModel,
    max_tokens: int = MAX_TOKENS,
    on_text: Optional[OnText] = None,
) -> Suggestion:
    """The model's suggestion for the problem. Raises a ModelError or ReplyRefused."""
    reply = await model.ask(
        messages_of(problem), max_tokens=max_tokens, json_object=True, on_text=on_text
    )
    return read_reply(reply, problem)


async def answer_step(request: StepRequest, model: ChatModel) -> StepAnswer:
    """A program's own step, answered by the model. Raises a ModelError."""
    problem = build_problem(request.graph, request.variables, request.objective)
    messages = messages_of(problem, request.style, request.memory)
    system, user = (message.text for message in messages)
    reply = await model.ask(
        messages, max_tokens=request.max_tokens, json_object=request.style.json_object
    )
    try:
        suggestion = read_reply(reply, problem, request.style)
    except ReplyRefused as refused:
        return StepAnswer({}, system, user, refused.raw, refused.message, refused.reason)
    values = {
        each.node: str(suggestion.values[each.name])
        if each.type == "code"
        else repr(suggestion.values[each.name])
        for each in problem.variables
        if each.name in suggestion.values
    }
    return StepAnswer(values, system, user, suggestion.raw)


class OptoPrime(Optimizer):
    """Asks a chat model once a step, showing it the graph between parameters and outputs.

    `llm` is an `LLM`, a `ChatModel`, or a function with opto's calling convention. Without one, or
    with an `LLM` in a traced run, the run's model answers; outside of one the environment's
    (``OPENAI_API_KEY``, ``OPENAI_BASE_URL``, ``OPENAI_MODEL``).

    `include_example` puts an example first. The last `memory_size` steps' variables and feedback
    are shown as well (None: of all steps). `max_tokens` is the longest reply. `prompt_symbols`
    renames sections, `json_keys` the parts of the answer (``"answer": None`` leaves it out).
    `use_json_object_format` asks the endpoint to enforce JSON. `highlight_variables` names the
    variables at the end. The rest as in `Optimizer`.
    """

    default_prompt_symbols: Mapping[str, str] = MappingProxyType(
        {section.lower(): f"#{section}" for section in SECTIONS}
    )
    default_json_keys: Mapping[str, Optional[str]] = MappingProxyType({key: key for key in KEYS})
    sections: tuple[str, ...] = SECTIONS

    def __init__(
        self,
        parameters: Any,
        llm: Any = None,
        *,
        propagator: Optional[AbstractPropagator] = None,
        objective: Optional[str] = None,
        ignore_extraction_error: bool = True,
        include_example: bool = False,
        memory_size: Optional[int] = 0,
        max_tokens: int = MAX_TOKENS,
        log: bool = True,
        prompt_symbols: Optional[Mapping[str, str]] = None,
        json_keys: Optional[Mapping[str, Optional[str]]] = None,
        use_json_object_format: bool = True,
        highlight_variables: bool = False,
        verbose: Verbose = False,
        **unknown: Any,
    ) -> None:
        super().__init__(
            parameters,
            propagator=propagator,
            objective=objective,
            ignore_extraction_error=ignore_extraction_error,
            max_tokens=max_tokens,
            log=log,
            verbose=verbose,
            **unknown,
        )
        if llm is not None:
            as_chat_model(llm)
        self.llm = llm
        self.include_example = include_example
        self.memory: deque[Remembered] = deque(maxlen=memory_size)
        self.prompt_symbols = {**self.default_prompt_symbols, **(prompt_symbols or {})}
        self.json_keys = {**self.default_json_keys, **keys_from(json_keys or {})}
        self.use_json_object_format = use_json_object_format
        self.highlight_variables = highlight_variables
        self._style(())

    def solve(self, request: StepRequest) -> StepAnswer:
        if self.llm is None or is_of_run(self.llm):
            return super().solve(request)
        return self.solve_here(request)

    def solve_here(self, request: StepRequest) -> StepAnswer:
        model = _model_of_environment() if self.llm is None else as_chat_model(self.llm)
        return result_of(answer_step(request, model), model)

    def _style(self, mask: Iterable[str]) -> Style:
        usual = self.default_prompt_symbols
        titles = titles_from(
            {name: title for name, title in self.prompt_symbols.items() if title != usual.get(name)}
        )
        return Style(
            self.sections,
            masked_from(mask, titles),
            titles,
            keys_from(self.json_keys),
            self.include_example,
            self.highlight_variables,
            self.use_json_object_format,
        )

    def _memory(self) -> tuple[Remembered, ...]:
        return tuple(self.memory)

    def _record(self, problem: Problem, request: StepRequest, answer: StepAnswer) -> None:
        super()._record(problem, request, answer)
        if not answer.refusal:
            self.memory.append(Remembered(problem.lines(), problem.feedback))

    def _state(self) -> dict[str, Any]:
        names = (
            "include_example",
            "prompt_symbols",
            "json_keys",
            "use_json_object_format",
            "highlight_variables",
        )
        memory = [[list(each.variables), each.feedback] for each in self.memory]
        own = {name: getattr(self, name) for name in names}
        return {**super()._state(), **own, "memory": memory, "memory_size": self.memory.maxlen}

    def _restore(self, state: Mapping[str, Any]) -> None:
        rest = dict(state)
        memory = deque(decode_memory(rest.pop("memory")), maxlen=rest.pop("memory_size"))
        super()._restore({**rest, "memory": memory})


def _model_of_environment() -> ChatModel:
    from trace_lsp.models.choose import ModelSettings, model_from

    return model_from(ModelSettings(), os.environ)
