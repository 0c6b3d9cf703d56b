"""Which model is asked: the settings first, then the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from trace_lsp.errors import NoModel
from trace_lsp.models.chat import ChatModel
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.scripted import Scripted

DEFAULT_MODEL = "gpt-4.1-mini"
"""Asked for where neither a name nor an address is given: then the address is OpenAI's."""

Provider = Literal["", "openai", "scripted", "none"]

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

    `replies` is the path of a file of scripted replies. There is no key: it comes from the
    environment only.
    """

    provider: Provider = ""
    name: str = ""
    base_url: str = ""
    replies: str = ""


def model_from(settings: ModelSettings, environment: Mapping[str, str]) -> ChatModel:
    """The model that the settings and the environment name. Nothing is sent yet.

    Raises `NoModel`, saying what to set, if they name none, and `ModelRejected` if the file of
    scripted replies cannot be used.
    """
    if settings.provider == "scripted":
        return _scripted(settings)
    if settings.provider == "none":
        raise NoModel("Models are turned off: `model.provider` is `none`. Remove it to use one.")
    if settings.provider in ("", "openai"):
        return _openai(settings, environment)
    raise NoModel(f"`model.provider` is openai, scripted or none, not {settings.provider!r:.80}.")


def _scripted(settings: ModelSettings) -> ChatModel:
    if not settings.replies:
        raise NoModel("A scripted model needs replies: set `model.replies` to a JSON file of them.")
    return Scripted.from_file(settings.replies, settings.name or "scripted")


def _openai(settings: ModelSettings, environment: Mapping[str, str]) -> ChatModel:
    key = environment.get("OPENAI_API_KEY", "").strip()
    base_url = settings.base_url.strip() or environment.get("OPENAI_BASE_URL", "").strip()
    name = settings.name.strip() or environment.get("OPENAI_MODEL", "").strip()
    if not key and not base_url:
        raise NoModel(f"No model is configured. {_HOW}")
    if base_url and not name:
        raise NoModel(
            f"{base_url} is to be asked, but for which model? Set OPENAI_MODEL, or `model.name`."
        )
    return OpenAICompatible(name or DEFAULT_MODEL, base_url=base_url or None, api_key=key or None)
