"""Whatever a program calls a model, as a chat model."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Optional, TypeVar, cast

from trace_lsp.models.chat import NO_OPTIONS, ChatModel, Message, OnText, Reply
from trace_lsp.models.response import reply_of
from trace_lsp.models.waiting import at_once, wait_for

T = TypeVar("T")


def as_chat_model(model: object) -> ChatModel:
    """The model as a `ChatModel`: one already, or a callable with opto's calling convention.

    Such a callable takes ``messages=[{"role": …, "content": …}]``, `max_tokens`,
    `response_format` and the likes of `temperature`, or those of them that its signature names, and returns a string or a
    completion (`response.reply_of`). Raises TypeError for what is neither.
    """
    if hasattr(model, "ask"):
        return cast(ChatModel, model)
    if callable(model):
        return CalledModel(model)
    raise TypeError(
        "A model is an LLM(), a function of messages, or an object with `ask`; "
        f"this is {model!r:.80}."
    )


class CalledModel:
    """Asks by calling. The call is made in the thread, and the context, of who asks."""

    def __init__(self, called: Callable[..., object]) -> None:
        self._called = called

    @property
    def name(self) -> str:
        found = getattr(self._called, "model_name", None)
        return str(found or getattr(self._called, "__name__", type(self._called).__name__))

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        json_object: bool = False,
        schema: Optional[Mapping[str, Any]] = None,
        options: Mapping[str, Any] = NO_OPTIONS,
        on_text: Optional[OnText] = None,
    ) -> Reply:
        """What the callable answers. What it raises comes through as it is.

        A schema is asked for as a JSON object, which is all that such callables know.
        """
        given: dict[str, Any] = {
            "messages": [{"role": each.role, "content": each.text} for each in messages],
            "max_tokens": max_tokens,
            **options,
        }
        if json_object or schema is not None:
            given["response_format"] = {"type": "json_object"}
        reply = reply_of(self._answer(given))
        if on_text is not None and reply.text:
            on_text(reply.text)
        return reply

    def _answer(self, options: dict[str, Any]) -> object:
        positional, named = _accepted(self._called, options)
        try:
            return self._called(*positional, **named)
        except Exception as error:
            # There are endpoints that know no response_format; they say so by its name.
            if "response_format" not in named or "response_format" not in str(error):
                raise
            del named["response_format"]
            return self._called(*positional, **named)


def _accepted(
    called: Callable[..., object], options: dict[str, Any]
) -> tuple[list[object], dict[str, Any]]:
    """What of the options the callable's signature takes; the messages by position if need be."""
    import inspect  # slow to import

    try:
        # A DummyLLM takes anything, and hands it to its function.
        found = inspect.signature(getattr(called, "callable", called)).parameters
    except (TypeError, ValueError):  # some callables written in C have none
        return [], dict(options)
    if any(each.kind is each.VAR_KEYWORD for each in found.values()):
        return [], dict(options)
    named = {
        name: value
        for name, value in options.items()
        if name in found and found[name].kind is not inspect.Parameter.POSITIONAL_ONLY
    }
    return [] if "messages" in named else [options["messages"]], named


def result_of(work: Coroutine[Any, Any, T], model: ChatModel) -> T:
    """The result of a coroutine that waits for the model and for nothing else."""
    return at_once(work) if isinstance(model, CalledModel) else wait_for(work)
