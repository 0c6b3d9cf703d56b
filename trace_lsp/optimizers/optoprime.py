"""OptoPrime: one question to a language model for each step. (Trace, section 4.)"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Optional

from trace_lsp.errors import ProblemTooLarge
from trace_lsp.models.adapter import as_chat_model, result_of
from trace_lsp.models.chat import ChatModel, Message, OnText
from trace_lsp.models.llm import is_of_run
from trace_lsp.optimizers.asking import exchange
from trace_lsp.optimizers.budget import TOKENS
from trace_lsp.optimizers.counting import tokens_of
from trace_lsp.optimizers.example import example_answer, example_of
from trace_lsp.optimizers.memory import remembered
from trace_lsp.optimizers.optimizer import MAX_TOKENS, Optimizer, Verbose
from trace_lsp.optimizers.problem import Problem, build_problem
from trace_lsp.optimizers.prompts import example_prompt, system_prompt, user_prompt
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

_WORDS = 100
"""Tokens of what stands between the parts of a question, at most."""


def messages_of(
    problem: Problem, style: Optional[Style] = None, memory: Sequence[Remembered] = ()
) -> tuple[Message, Message]:
    """What is sent to a model for a problem, with as much of the memory as the budget has place
    for. Raises ProblemTooLarge if the problem alone is more than the budget."""
    style = style or Style()
    system = system_prompt(style)
    example = _example(problem.instruction, style)
    names = [each.name for each in problem.variables] if style.highlight else []
    text = problem.text(style)
    alone = user_prompt(text, style, (), example, names)
    room = style.tokens - tokens_of(system) - tokens_of(alone)
    if room < 0:
        raise _too_large(problem, style, style.tokens - room)
    user = user_prompt(text, style, memory, example, names, room)
    return Message("system", system), Message("user", user)


def _example(objective: str, style: Style) -> str:
    if not style.example:
        return ""
    shown = example_of(objective, style.tags).text(replace(style, context=""))
    return example_prompt(shown, example_answer(style))


def _too_large(problem: Problem, style: Style, tokens: int) -> ProblemTooLarge:
    """The error that says what takes the place: the largest sections, and the largest variable."""
    sizes = {title: tokens_of(text) for title, text in problem.sections().items()}
    largest = sorted(style.sections, key=lambda title: -sizes[title])[:2]
    said = ", ".join(f"{style.title(title)} {sizes[title]:,}" for title in largest)
    sizes_of_values = {each.name: tokens_of(each.value) for each in problem.variables}
    name = max(sizes_of_values, key=lambda name: sizes_of_values[name])
    return ProblemTooLarge(
        f"The question would be about {tokens:,} tokens, and {style.tokens:,} are its budget: "
        f"{said}; the largest variable is `{name}`, {sizes_of_values[name]:,}. Variables and "
        "feedback are never shortened: give less of them, or a larger budget."
    )


def prompt_of(problem: Problem, style: Optional[Style] = None) -> str:
    """What is sent to a model for a problem, as one text to read. Raises ProblemTooLarge."""
    return "\n\n".join(message.text for message in messages_of(problem, style))


async def suggest(
    problem: Problem,
    model: ChatModel,
    max_tokens: int = MAX_TOKENS,
    on_text: Optional[OnText] = None,
    style: Optional[Style] = None,
    memory: Sequence[Remembered] = (),
) -> Suggestion:
    """The model's suggestion for the problem, put to it in that style.

    Raises ProblemTooLarge, a ModelError, or ReplyRefused.
    """
    style = style or Style()
    messages = messages_of(problem, style, memory)
    return (await exchange(problem, messages, model, style, max_tokens, on_text)).result()


def problem_of(request: StepRequest) -> Problem:
    """The problem of a step, within the style's budget; a part of that is kept for the memory."""
    style = request.style
    around = tokens_of(system_prompt(style)) + tokens_of(_example(request.objective, style))
    memory = tokens_of(remembered(request.memory, style))
    room = style.tokens - around - min(memory, style.tokens // 3) - _WORDS
    return build_problem(
        request.graph, request.variables, request.objective, tokens=room, tags=style.tags
    )


async def answer_step(
    request: StepRequest, model: ChatModel, on_text: Optional[OnText] = None
) -> StepAnswer:
    """A step, answered by the model. Raises ProblemTooLarge or a ModelError.

    What was sent includes the replies that could not be used, where the model was asked again.
    """
    if request.style.by_edges:
        from trace_lsp.optimizers.textgrad import answer_by_edges  # it is made from this module

        return await answer_by_edges(request, model)
    problem = problem_of(request)
    messages = messages_of(problem, request.style, request.memory)
    found = await exchange(problem, messages, model, request.style, request.max_tokens, on_text)
    system, *rest = (message.text for message in found.sent)
    asked = StepAnswer(
        system_prompt=system,
        user_prompt="\n\n".join(rest),
        model=model.name,
        sent=found.tokens.sent,
        received=found.tokens.received,
        cost=found.tokens.cost,
    )
    if found.suggestion is None:
        assert found.refusal is not None
        refused = found.refusal
        return replace(asked, reply=refused.raw, refusal=refused.message, reason=refused.reason)
    suggestion = found.suggestion
    return replace(
        asked,
        values=_literals(problem, suggestion),
        reply=found.raw,
        reasoning=suggestion.reasoning,
        said=suggestion.answer,
        model=suggestion.model or model.name,
    )


def prompt_of_step(request: StepRequest) -> str:
    """What a step sends to a model, as one text to read; where it asks for each edge of the graph,
    the problem that it does so for. Raises ProblemTooLarge."""
    problem = problem_of(request)
    if request.style.by_edges:
        return str(problem)
    return "\n\n".join(each.text for each in messages_of(problem, request.style, request.memory))


def _literals(problem: Problem, suggestion: Suggestion) -> dict[int, str]:
    return {
        each.node: str(suggestion.values[each.name])
        if each.type == "code"
        else repr(suggestion.values[each.name])
        for each in problem.variables
        if each.name in suggestion.values
    }


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

    A question has at most `max_prompt_tokens` tokens, as `counting.tokens_of` estimates them: of a
    larger graph parts are left out, and it says so. A model whose reply cannot be used is told why
    and asked again, `repair_turns` times.
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
        max_prompt_tokens: int = TOKENS,
        repair_turns: int = 1,
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
        self.max_prompt_tokens = max_prompt_tokens
        self.repair_turns = repair_turns
        self._style(())

    def solve(self, request: StepRequest) -> StepAnswer:
        if self.llm is None or is_of_run(self.llm):
            return super().solve(request)
        return self.solve_here(request)

    def solve_here(self, request: StepRequest) -> StepAnswer:
        model = self._model()
        return result_of(answer_step(request, model), model)

    def _model(self) -> ChatModel:
        """The model that is asked from here."""
        return model_of_environment() if self.llm is None else as_chat_model(self.llm)

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
            tokens=self.max_prompt_tokens,
            repair_turns=self.repair_turns,
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
            "max_prompt_tokens",
            "repair_turns",
        )
        memory = [[list(each.variables), each.feedback] for each in self.memory]
        own = {name: getattr(self, name) for name in names}
        return {**super()._state(), **own, "memory": memory, "memory_size": self.memory.maxlen}

    def _restore(self, state: Mapping[str, Any]) -> None:
        rest = dict(state)
        memory = deque(decode_memory(rest.pop("memory")), maxlen=rest.pop("memory_size"))
        super()._restore({**rest, "memory": memory})


def model_of_environment() -> ChatModel:
    """The model that the environment names. Raises NoModel."""
    from trace_lsp.models.choose import ModelSettings, model_from

    return model_from(ModelSettings(), os.environ)
