"""What a command is called with, read and checked; and the results that all of them give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_args

from lsprotocol import types

from trace_lsp.errors import TraceLspError
from trace_lsp.server.app import Document, TraceServer
from trace_lsp.session.goal import Goal, goal_from
from trace_lsp.session.wanted import OptimizerName, Wanted
from trace_lsp.source.trainables import Trainable, find_trainable

Params = Mapping[str, Any]
Result = dict[str, Any]
Command = Callable[[TraceServer, Params], Awaitable[Result]]


class InvalidParams(TraceLspError):
    """A command was called with something else than it takes."""


def done(kind: str, message: str, **more: Any) -> Result:
    """The result of what went well."""
    return {"ok": True, "kind": kind, "message": message, **more}


def failed(kind: str, message: str) -> Result:
    """The result of what did not."""
    return {"ok": False, "kind": kind, "message": message}


# Each raises InvalidParams.


def text_in(params: Params, key: str, default: str | None = None) -> str:
    """The string of that name. Without a default there must be one."""
    value = params.get(key, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise InvalidParams(f"`{key}` should be a string, not {value!r:.100}.")
    return value


def count_in(params: Params, key: str, default: int) -> int:
    """The whole number of that name, 1 at least."""
    value = params.get(key)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidParams(f"`{key}` should be a whole number from 1 on, not {value!r:.100}.")
    return value


def wanted_in(server: TraceServer, document: Document, params: Params) -> Wanted:
    """What is to be optimized; raises SourceError for names that are not there."""
    return Wanted(
        document.file,
        document.text,
        _trainables(server, document, params),
        text_in(params, "feedback", ""),
        _goal(params),
        _optimizer(params),
        count_in(params, "candidates", 1),
    )


def _trainables(server: TraceServer, document: Document, params: Params) -> tuple[Trainable, ...]:
    known = server.trainables(document)
    names = params.get("names")
    if names is None:
        name = text_in(params, "name", "") or None
        position = _position(params)
        ours = None if position is None else server.positions(document).position(position)
        return (find_trainable(known, name=name, position=ours),)
    if not isinstance(names, list) or not names or not all(isinstance(each, str) for each in names):
        raise InvalidParams(f"`names` should be a list of names, not {names!r:.100}.")
    # Naming one twice is naming it.
    found = [find_trainable(known, name=each) for each in names]
    return tuple({each.name: each for each in found}.values())


def _position(params: Params) -> types.Position | None:
    given = params.get("position")
    if given is None:
        return None
    try:
        return types.Position(given["line"], given["character"])
    except (TypeError, KeyError, ValueError) as error:
        raise InvalidParams(f"`position` should be a position, not {given!r:.100}.") from error


def _goal(params: Params) -> Goal | None:
    text = text_in(params, "goal", "")
    goal = goal_from(text)
    if text and goal is None:
        raise InvalidParams(f"`goal` is like `minimize loss`, not {text!r:.100}.")
    return goal


def _optimizer(params: Params) -> OptimizerName:
    name = text_in(params, "optimizer", "")
    for known in get_args(OptimizerName):
        if name == known:
            return known  # type: ignore[no-any-return]
    named = ", ".join(filter(None, get_args(OptimizerName)))
    raise InvalidParams(f"`optimizer` is one of {named}, not {name!r:.100}.")
