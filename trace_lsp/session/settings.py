"""What a person can set, in an editor or on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from trace_lsp.models.choose import ModelSettings, Provider
from trace_lsp.runs.configuration import Limits


@dataclass(frozen=True)
class Settings:
    """`python` is the interpreter that runs programs, "" to find one; `arguments` the program's."""

    python: str = ""
    arguments: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    model: ModelSettings = field(default_factory=ModelSettings)


def settings_from(data: object) -> tuple[Settings, list[str]]:
    """The settings of an editor's JSON (`traceLsp.*`), and a sentence for each that is wrong.

    A wrong value counts as not set. Null counts as not set, too; unknown keys are left alone.
    """
    problems: list[str] = []
    if not isinstance(data, Mapping):
        problems.append(f"traceLsp should be an object, not {data!r:.100}.")
        data = {}
    given = _Reader(data, "traceLsp", problems)
    model = _Reader(given.value("model", Mapping, {}), "traceLsp.model", problems)
    limits = Limits()
    timeout = given.value("timeout", (int, float), limits.seconds)
    if not timeout > 0:
        problems.append(f"traceLsp.timeout is a number of seconds above 0, not {timeout!r}.")
        timeout = limits.seconds
    arguments = given.value("arguments", list, [])
    if not all(isinstance(each, str) for each in arguments):
        problems.append(f"traceLsp.arguments is a list of strings, not {arguments!r}.")
        arguments = []
    settings = Settings(
        python=given.value("python", str, ""),
        arguments=tuple(arguments),
        limits=replace(limits, seconds=float(timeout)),
        model=ModelSettings(
            provider=_provider(model.value("provider", str, ""), problems),
            name=model.value("name", str, ""),
            base_url=model.value("baseUrl", str, ""),
            replies=model.value("replies", str, ""),
        ),
    )
    return settings, problems


def _provider(value: str, problems: list[str]) -> Provider:
    for known in get_args(Provider):
        if value == known:
            return known  # type: ignore[no-any-return]
    named = ", ".join(repr(each) for each in get_args(Provider) if each)
    problems.append(f"traceLsp.model.provider is one of {named}, not {value!r}.")
    return ""


_KINDS: Mapping[Any, str] = {
    str: "a string",
    list: "a list",
    Mapping: "an object",
    (int, float): "a number",
}


class _Reader:
    """Takes typed values out of JSON and notes what does not fit."""

    def __init__(self, data: Mapping[str, Any], path: str, problems: list[str]) -> None:
        self._data = data
        self._path = path
        self._problems = problems

    def value(self, key: str, kind: Any, default: Any) -> Any:
        value = self._data.get(key)
        if value is None:
            return default
        if isinstance(value, kind) and not isinstance(value, bool):
            return value
        self._problems.append(f"{self._path}.{key} should be {_KINDS[kind]}, not {value!r}.")
        return default
