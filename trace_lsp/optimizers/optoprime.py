"""OptoPrime: one question to a language model for each step. (Trace, section 4.)"""

from __future__ import annotations

import os
import threading
from collections.abc import Coroutine, Iterable
from typing import Any, Optional, TypeVar

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.chat import ChatModel, Message, OnText
from trace_lsp.optimizers.optimizer import Optimizer, StepAnswer, StepRequest
from trace_lsp.optimizers.problem import Problem, build_problem
from trace_lsp.optimizers.prompts import SYSTEM, USER
from trace_lsp.optimizers.reply import read_reply
from trace_lsp.optimizers.suggestion import Suggestion
from trace_lsp.trace.nodes import ParameterNode

MAX_TOKENS = 4096
T = TypeVar("T")


def messages_of(problem: Problem) -> tuple[Message, Message]:
    """What is sent to a model for a problem."""
    return Message("system", SYSTEM), Message("user", USER.format(problem=problem.text()))


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
    prompt = prompt_of(problem)
    try:
        suggestion = await suggest(problem, model, request.max_tokens)
    except ReplyRefused as refused:
        return StepAnswer({}, prompt, refused.raw, refused.message, refused.reason)
    values = {
        each.node: str(suggestion.values[each.name])
        if each.type == "code"
        else repr(suggestion.values[each.name])
        for each in problem.variables
        if each.name in suggestion.values
    }
    return StepAnswer(values, prompt, suggestion.raw)


class OptoPrime(Optimizer):
    """Asks a chat model once a step, showing it the graph between parameters and outputs.

    `llm` is a `ChatModel`; without one the model is the traced run's, or outside of one the
    environment's (``OPENAI_API_KEY``, ``OPENAI_BASE_URL``, ``OPENAI_MODEL``).
    """

    def __init__(
        self,
        parameters: Iterable[ParameterNode],
        llm: Optional[ChatModel] = None,
        *,
        objective: Optional[str] = None,
        ignore_extraction_error: bool = True,
        max_tokens: int = MAX_TOKENS,
    ) -> None:
        super().__init__(
            parameters,
            objective=objective,
            ignore_extraction_error=ignore_extraction_error,
            max_tokens=max_tokens,
        )
        self.llm = llm

    def solve(self, request: StepRequest) -> StepAnswer:
        return super().solve(request) if self.llm is None else self.solve_here(request)

    def solve_here(self, request: StepRequest) -> StepAnswer:
        return _wait_for(answer_step(request, self.llm or _model_of_environment()))


def _model_of_environment() -> ChatModel:
    from trace_lsp.models.choose import ModelSettings, model_from

    return model_from(ModelSettings(), os.environ)


def _wait_for(work: Coroutine[Any, Any, T]) -> T:
    """The result of the coroutine, on a thread of its own: the caller may be in a running loop."""
    import asyncio  # slow to import, and not needed in a traced run

    outcome: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001  carried over to the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name="trace-lsp-step")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return outcome[0]
