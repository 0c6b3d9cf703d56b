"""The models that a program calls itself: `opto.utils.llm`.

``LLM()(messages=[{"role": "user", "content": "…"}])`` is answered by the model that the traced
run has, so that neither a key nor a package is needed in the program's process; outside of a run,
by the endpoint that the environment names. What comes back is a `Response`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional

from trace_lsp.models.chat import ChatModel, Reply, without_vendor
from trace_lsp.models.notices import notice
from trace_lsp.models.request import ChatRequest, encode_request, reply_from, request_from
from trace_lsp.models.response import Choice, Response, ResponseMessage, reply_of, response_of
from trace_lsp.models.waiting import wait_for
from trace_lsp.trace.recorder import recorder

__all__ = [
    "LLM",
    "AbstractModel",
    "AutoGenLLM",
    "CustomLLM",
    "DummyLLM",
    "LiteLLM",
    "answer_of",
    "is_of_run",
]


class AbstractModel:
    """A model that is called. `factory` makes the callable, without arguments, and makes it again
    once it is older than `reset_freq` seconds (None: never).

    `model_name` is what it is called. `mm_beta` is taken, and makes no difference: a `Response`
    can be read in either way.
    """

    def __init__(
        self,
        factory: Callable[[], Callable[..., Any]],
        reset_freq: Optional[float] = None,
        mm_beta: bool = False,
        model_name: Optional[str] = None,
    ) -> None:
        self.factory = factory
        self.reset_freq = reset_freq
        self.mm_beta = mm_beta
        self.model_name = model_name
        self._renew()

    @property
    def model(self) -> Callable[..., Any]:
        """The callable. A subclass may give another."""
        return self._model

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the model answers."""
        is_old = self.reset_freq is not None and time.monotonic() - self._made > self.reset_freq
        if is_old:
            self._renew()
        return self.model(*args, **kwargs)

    def _renew(self) -> None:
        self._model = self.factory()
        self._made = time.monotonic()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_model"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._renew()


class DummyLLM(AbstractModel):
    """A model that is a function of the program's: it gets the call's arguments, and returns the
    text, or a whole response."""

    def __init__(
        self,
        callable: Callable[..., Any],
        reset_freq: Optional[float] = None,
        mm_beta: bool = False,
        model_name: Optional[str] = None,
    ) -> None:
        self.callable = callable
        super().__init__(self._factory, reset_freq, mm_beta, model_name)

    def _factory(self) -> Callable[..., Any]:
        return self._answer

    def _answer(self, *args: Any, **kwargs: Any) -> Any:
        answer = self.callable(*args, **kwargs)
        if hasattr(answer, "choices") or isinstance(answer, Mapping):
            return answer
        return Response([Choice(ResponseMessage(answer))], self.model_name or "")


class LLM(AbstractModel):
    """The model of the traced run, or else of the environment (see `models.choose`).

    `model` is its name outside of a run. In a run the run's model answers, whatever is named, and
    a warning says so if it is another. `default_params` go along with each call.
    `profile` can be ``default`` only. `backend` ``CustomLLM`` means the endpoint at
    ``TRACE_CUSTOMLLM_URL``; any other is asked as an OpenAI-compatible endpoint. `reset_freq`,
    `cache`, `mm_beta`, `max_retries` and `base_delay` are taken, and make no difference.
    """

    def __init__(
        self,
        model: Optional[str] = None,
        profile: Optional[str] = None,
        backend: Optional[str] = None,
        *,
        reset_freq: Optional[float] = None,
        cache: bool = True,
        mm_beta: bool = False,
        max_retries: Optional[int] = None,
        base_delay: Optional[float] = None,
        **default_params: Any,
    ) -> None:
        if profile not in (None, "default"):
            raise ValueError(f"There is no profile {profile!r}: name the model instead.")
        self.cache = cache
        self.default_params = default_params
        self._backend = backend
        super().__init__(self._factory, reset_freq, mm_beta, model)

    def create(self, **config: Any) -> Any:
        """The same as a call."""
        return self(**config)

    def _factory(self) -> Callable[..., Any]:
        self._chat_models: dict[str, ChatModel] = {}
        return self._answer

    def __getstate__(self) -> dict[str, Any]:
        # The models made so far hold the environment's key.
        return {**super().__getstate__(), "_chat_models": {}}

    def _answer(self, messages: object = None, **options: Any) -> Response:
        """The model's answer; `n` of them as the response's choices. Raises a ModelError."""
        options = {**self.default_params, **options}
        name = options.pop("model", None) or self.model_name or ""
        count = options.pop("n", None) or 1
        request = request_from(messages, options)
        return response_of([self._reply(request, name) for _ in range(count)])

    def _reply(self, request: ChatRequest, name: str) -> Reply:
        if recorder.host is None:
            return wait_for(request.put_to(self._chat_model(name)))
        answer = recorder.host.ask_model(encode_request(request))
        reply = reply_from(answer)
        asked = str(answer["asked"])
        if name and without_vendor(name) not in (asked, reply.model):
            notice(f"`{name}` is not asked in a traced run: its model, `{asked}`, answers.")
        return reply

    def _chat_model(self, name: str) -> ChatModel:
        if name not in self._chat_models:
            self._chat_models[name] = self._chosen(name)
        return self._chat_models[name]

    def _chosen(self, name: str) -> ChatModel:
        """The model outside of a run. Raises NoModel, saying what to set."""
        from trace_lsp.models.choose import ModelSettings, custom_model, model_from

        backend = self._backend or os.environ.get("TRACE_DEFAULT_LLM_BACKEND")
        if backend == "CustomLLM":
            return custom_model(name, os.environ)
        return model_from(ModelSettings(name=without_vendor(name)), os.environ)


class LiteLLM(LLM):
    """An `LLM` with the arguments in the order of the older interface. LiteLLM itself is not used:
    outside of a run an OpenAI-compatible endpoint is asked."""

    def __init__(
        self,
        model: Optional[str] = None,
        reset_freq: Optional[float] = None,
        cache: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(model, reset_freq=reset_freq, cache=cache, **more)


class CustomLLM(LLM):
    """An `LLM` that outside of a run is asked at ``TRACE_CUSTOMLLM_URL``, with
    ``TRACE_CUSTOMLLM_API_KEY``, for `model` or ``TRACE_CUSTOMLLM_MODEL``."""

    def __init__(
        self,
        model: Optional[str] = None,
        reset_freq: Optional[float] = None,
        cache: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(model, backend="CustomLLM", reset_freq=reset_freq, cache=cache, **more)


class AutoGenLLM(LLM):
    """An `LLM` that outside of a run asks the first of AutoGen's `config_list` that passes
    `filter_dict`; without a list, the environment's. AutoGen itself is not used."""

    def __init__(
        self,
        config_list: Optional[Sequence[Mapping[str, Any]]] = None,
        filter_dict: Optional[Mapping[str, Sequence[Any]]] = None,
        reset_freq: Optional[float] = None,
        **more: Any,
    ) -> None:
        self._config: Optional[Mapping[str, Any]] = None
        if config_list is not None:
            self._config = _first(config_list, filter_dict or {})
            more = {"model": self._config.get("model"), **more}
        super().__init__(reset_freq=reset_freq, **more)

    def _chosen(self, name: str) -> ChatModel:
        if self._config is None:
            return super()._chosen(name)
        from trace_lsp.models.openai_compatible import OpenAICompatible

        return OpenAICompatible(name, self._config.get("base_url"), self._config.get("api_key"))


def _first(
    configurations: Sequence[Mapping[str, Any]], wanted: Mapping[str, Sequence[Any]]
) -> Mapping[str, Any]:
    for each in configurations:
        if all(each.get(name) in values for name, values in wanted.items()):
            return each
    raise ValueError("No entry of the config_list passes the filter_dict.")


def answer_of(*prompts: Any, **options: Any) -> str:
    """The text that a model answers to a system prompt and then the user's; `options` are those of
    the call. A model may stand first; without one it is ``LLM()``. Raises a ModelError."""
    model: Any = LLM()
    if prompts and not isinstance(prompts[0], str):
        model, *rest = prompts
        prompts = tuple(rest)
    roles = ("system", *("user" for _ in prompts[1:]))
    messages = [{"role": role, "content": text} for role, text in zip(roles, prompts)]
    return reply_of(model(messages=messages, **options)).text


def is_of_run(model: object) -> bool:
    """True for an `LLM` in a traced run: the run's own model answers it."""
    ours = (LLM, LiteLLM, CustomLLM, AutoGenLLM)
    return recorder.host is not None and type(model) in ours
