"""What a person can set, in an editor or on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from trace_lsp.models.choose import ModelSettings, Provider
from trace_lsp.models.endpoint import Api
from trace_lsp.models.limited import AT_ONCE
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
        model=_model(given.within("model")),
    )
    return settings, problems


def _model(model: _Reader) -> ModelSettings:
    budget, price = model.within("budget"), model.within("price")
    return ModelSettings(
        provider=model.one_of("provider", get_args(Provider), ""),
        name=model.value("name", str, ""),
        base_url=model.value("baseUrl", str, ""),
        replies=model.value("replies", str, ""),
        api=model.one_of("api", get_args(Api), "chat"),
        cassette=model.value("cassette", str, ""),
        cache=model.value("cache", str, ""),
        concurrent=model.number("concurrent", int, AT_ONCE, least=1),
        budget_tokens=budget.number("tokens", int, None),
        budget_money=budget.number("money", (int, float), None),
        price_sent=price.number("sent", (int, float), None),
        price_received=price.number("received", (int, float), None),
    )


_KINDS: Mapping[Any, str] = {
    str: "a string",
    int: "a whole number",
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

    def within(self, key: str) -> _Reader:
        """What is in the object of that name; nothing, if there is none."""
        return _Reader(self.value(key, Mapping, {}), f"{self._path}.{key}", self._problems)

    def number(self, key: str, kind: Any, default: Any, least: int = 0) -> Any:
        """A number that is at least so large."""
        value = self.value(key, kind, default)
        # Not `value < least`: JSON may hold a NaN.
        if value is None or value >= least:
            return value
        self._problems.append(f"{self._path}.{key} is at least {least}, not {value!r}.")
        return default

    def one_of(self, key: str, known: Sequence[str], default: str) -> Any:
        """One of the known words."""
        value = self.value(key, str, default)
        if value in known:
            return value
        named = ", ".join(repr(each) for each in known if each)
        self._problems.append(f"{self._path}.{key} is one of {named}, not {value!r}.")
        return default
