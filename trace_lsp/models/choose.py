"""Which model is asked: the settings first, then the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Optional, get_args

from trace_lsp.errors import NoModel, NoneConfigured
from trace_lsp.models.budget import Budget, Prices
from trace_lsp.models.cached import Cached
from trace_lsp.models.chat import ChatModel, without_vendor
from trace_lsp.models.endpoint import Api
from trace_lsp.models.limited import AT_ONCE, Limited
from trace_lsp.models.metered import Metered
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.recorded import recorded
from trace_lsp.models.scripted import Scripted

DEFAULT_MODEL = "gpt-4.1-mini"
"""Asked for where neither a name nor an address is given: then the address is OpenAI's."""

Provider = Literal["", "openai", "scripted", "recorded", "editor", "none"]


@dataclass(frozen=True)
class _Names:
    """The environment variables that describe one endpoint. The first name set is the model's."""

    key: str
    base_url: str
    models: tuple[str, ...]

    def describe(self, environment: Mapping[str, str]) -> bool:
        return bool(_value(environment, self.key) or _value(environment, self.base_url))

    def model(self, environment: Mapping[str, str]) -> str:
        named = ((name, _value(environment, name)) for name in self.models)
        found = next(((name, value) for name, value in named if value), ("", ""))
        return without_vendor(found[1]) if "LITELLM" in found[0] else found[1]


_OPENAI = _Names(
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    ("OPENAI_MODEL", "TRACE_LITELLM_MODEL", "DEFAULT_LITELLM_MODEL"),
)
_CUSTOM = _Names("TRACE_CUSTOMLLM_API_KEY", "TRACE_CUSTOMLLM_URL", ("TRACE_CUSTOMLLM_MODEL",))
"""As programs that were written for `opto` are given an endpoint: used where there is no other."""

_LOCAL = (
    "OPENAI_BASE_URL=http://localhost:11434/v1 and OPENAI_MODEL to the model's name "
    "(this is Ollama's address; other local servers have their own)"
)
_HOW = (
    f"Set OPENAI_API_KEY (OPENAI_MODEL is optional, and {DEFAULT_MODEL} if not given); "
    f"or, for a local server, set {_LOCAL}."
)


@dataclass(frozen=True)
class ModelSettings:
    """The `model.*` settings. Empty means: not set, so ask the environment.

    `replies` is the path of a file of scripted replies, `cassette` that of a recording, `cache` a
    folder for replies; `concurrent` is how many questions are asked at a time. The budget is for
    the life of the model; prices are money for a million tokens, and None where not known. There is
    no key: it comes from the environment only.
    """

    provider: Provider = ""
    name: str = ""
    base_url: str = ""
    replies: str = ""
    api: Api = "chat"
    cassette: str = ""
    cache: str = ""
    concurrent: int = AT_ONCE
    budget_tokens: Optional[int] = None
    budget_money: Optional[float] = None
    price_sent: Optional[float] = None
    price_received: Optional[float] = None


def model_from(settings: ModelSettings, environment: Mapping[str, str]) -> ChatModel:
    """The model that the settings and the environment name. Nothing is sent yet.

    Raises `NoModel`, saying what to set, if they name none, `ModelRejected` if the file of
    scripted replies cannot be used, and `CassetteDamaged` if a recording cannot.
    """
    if settings.provider == "scripted":
        return _scripted(settings)
    if settings.provider == "recorded":
        return _recorded(settings, environment)
    if settings.provider == "none":
        raise NoneConfigured(
            "Models are turned off: `model.provider` is `none`. Remove it to use one."
        )
    if settings.provider in ("", "openai"):
        return _openai(settings, environment)
    if settings.provider == "editor":
        raise NoModel(
            "`model.provider` is `editor`, but there is no editor here that offers a model of its "
            "own. Set another provider, or remove it."
        )
    known = ", ".join(each for each in get_args(Provider) if each)
    raise NoModel(f"`model.provider` is one of {known}, not {settings.provider!r:.80}.")


def _scripted(settings: ModelSettings) -> ChatModel:
    if not settings.replies:
        raise NoModel("A scripted model needs replies: set `model.replies` to a JSON file of them.")
    return Scripted.from_file(settings.replies, settings.name or "scripted")


def _recorded(settings: ModelSettings, environment: Mapping[str, str]) -> ChatModel:
    if not settings.cassette:
        raise NoModel("A recorded model needs a recording: set `model.cassette` to a file's path.")
    file = Path(settings.cassette).expanduser()
    # A recording needs no endpoint, and no key, to answer.
    return recorded(file, None if file.exists() else _openai(settings, environment))


def custom_model(name: str, environment: Mapping[str, str]) -> ChatModel:
    """The model behind ``TRACE_CUSTOMLLM_URL``: of that name, or of the environment's.

    Raises `NoModel` if there is no address, or no name.
    """
    if not _value(environment, _CUSTOM.base_url):
        raise NoModel("A CustomLLM is asked at TRACE_CUSTOMLLM_URL, which is not set.")
    return _endpoint(ModelSettings(name=name), _CUSTOM, environment)


def _openai(settings: ModelSettings, environment: Mapping[str, str]) -> ChatModel:
    # A key goes to the address that it was set for, and to no other.
    is_custom = not settings.base_url.strip() and not _OPENAI.describe(environment)
    if is_custom and _value(environment, _CUSTOM.base_url):
        return _endpoint(settings, _CUSTOM, environment)
    return _endpoint(settings, _OPENAI, environment)


def _endpoint(settings: ModelSettings, names: _Names, environment: Mapping[str, str]) -> ChatModel:
    key = _value(environment, names.key)
    base_url = settings.base_url.strip() or _value(environment, names.base_url)
    name = settings.name.strip() or names.model(environment)
    if not key and not base_url:
        raise NoneConfigured(f"No model is configured. {_HOW}")
    if base_url and not name:
        raise NoModel(
            f"{base_url} is to be asked, but for which model? Set {names.models[0]}, "
            "or `model.name`."
        )
    if settings.api not in get_args(Api):
        raise NoModel(f"`model.api` is chat or responses, not {settings.api!r:.80}.")
    return _guarded(
        OpenAICompatible(name or DEFAULT_MODEL, base_url or None, key or None, api=settings.api),
        settings,
    )


def _guarded(endpoint: OpenAICompatible, settings: ModelSettings) -> ChatModel:
    """The endpoint with what the settings want around it.

    The cache is the outermost: what it answers is not sent, so it takes nothing from the budget,
    and waits for no other question.
    """
    if settings.concurrent < 1:
        raise NoModel(f"`model.concurrent` is at least 1, not {settings.concurrent}.")
    model: ChatModel = Metered(
        Limited(endpoint, settings.concurrent),
        Budget(settings.budget_tokens, settings.budget_money),
        _prices(settings),
    )
    return Cached(model, settings.cache, endpoint.address) if settings.cache else model


def _prices(settings: ModelSettings) -> Optional[Prices]:
    sent, received = settings.price_sent, settings.price_received
    if (sent is None) != (received is None):
        raise NoModel(
            "`model.price.sent` and `model.price.received` go together: set both (0 for what is "
            "free), or neither."
        )
    return None if sent is None or received is None else Prices(sent, received)


def _value(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "").strip()
