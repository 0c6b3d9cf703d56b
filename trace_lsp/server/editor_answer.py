"""What a client answers to `trace/ask`: read as a reply, or as one of this package's errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pygls.exceptions import JsonRpcException, JsonRpcMethodNotFound

from trace_lsp.errors import (
    KeyRefused,
    ModelError,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
    NoModel,
    RateLimited,
)
from trace_lsp.models.chat import Finish, Reply, Tokens, well_formed
from trace_lsp.models.endpoint import LONGEST_WORDS

_LONGEST_WAIT = 1e9
"""Seconds. A client that says more does not know."""

_OTHERS = "or set `model.provider` to another."

FAILURES: Mapping[str, tuple[type[ModelError], str, str]] = {
    "noModel": (NoModel, "is not there", f"Choose one in the editor, {_OTHERS}"),
    "keyRefused": (KeyRefused, "may not be asked", f"Allow it in the editor, {_OTHERS}"),
    "rateLimited": (RateLimited, "asks to slow down", "Ask again {when}."),
    "modelRejected": (ModelRejected, "refused the request", ""),
    "modelUnreachable": (ModelUnreachable, "could not be reached", "Ask again later."),
    "modelTimedOut": (ModelTimedOut, "did not answer in time", "Ask again."),
}
"""What a client's error may be, by its `data.kind`: the error, what happened, what to do."""


class NoAnswer(Exception):
    """What a client answered is no answer; says what is wrong with it."""


def translated(error: JsonRpcException, name: str) -> ModelError:
    """The `ModelError` that a client's error answer means; `name` is the model's."""
    data = error.data if isinstance(error.data, Mapping) else {}
    kind = data.get("kind")
    failure = FAILURES.get(kind) if isinstance(kind, str) else None
    if failure is None and isinstance(error, JsonRpcMethodNotFound):
        return NoModel(
            f"The editor offered its model {name}, but does not know `trace/ask`. "
            "Set `model.provider` to another."
        )
    wait = _seconds(data.get("retryAfter"))
    made, what, hint = failure or FAILURES["modelRejected"]
    hint = hint.format(when="later" if wait is None else f"in {wait:g} s")
    said = f"The editor's model {name} {what}: {_sentence(error.message)} {hint}"
    return made(said.rstrip(), wait)


def reply_from(result: object, pieces: Sequence[object], name: str) -> Reply:
    """The reply in a client's result; its text is made of the pieces if the result has none.

    Raises `NoAnswer`. `name` is the model's, if the result does not give another.
    """
    if not isinstance(result, Mapping):
        raise NoAnswer(f"it should be an object, not {result!r:.80}")
    text = _text(result, "text") or "".join(_piece(each) for each in pieces)
    finish = result.get("finish")
    for known in get_args(Finish):
        if finish == known:
            model = shown(_text(result, "model")) or name
            return Reply(well_formed(text), known, _tokens(result.get("tokens")), model)
    finishes = ", ".join(get_args(Finish))
    raise NoAnswer(f"`finish` should be one of {finishes}, not {finish!r:.80}")


def _text(result: Mapping[str, Any], key: str) -> str:
    value = result.get(key)
    if value is not None and not isinstance(value, str):
        raise NoAnswer(f"`{key}` should be a string, not {value!r:.80}")
    return value or ""


def _piece(piece: object) -> str:
    if not isinstance(piece, str):
        raise NoAnswer(f"the `text` of a `trace/said` should be a string, not {piece!r:.80}")
    return piece


def _tokens(counts: object) -> Tokens:
    if counts is None:
        return Tokens()
    if not isinstance(counts, Mapping):
        raise NoAnswer(f"`tokens` should be an object, not {counts!r:.80}")
    return Tokens(_count(counts, "sent"), _count(counts, "received"))


def _count(counts: Mapping[str, Any], key: str) -> int | None:
    count = counts.get(key)
    if count is None or (type(count) is int and count >= 0):
        return count
    raise NoAnswer(f"`tokens.{key}` should be a whole number from 0, not {count!r:.80}")


def _seconds(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < _LONGEST_WAIT else None  # type: ignore[operator, arg-type]


def shown(said: str, longest: int = 80) -> str:
    """What a client said, as one bounded line."""
    line = " ".join(well_formed(said).split())
    return line if len(line) <= longest else line[:longest] + "…"


def _sentence(said: str) -> str:
    words = shown(said, LONGEST_WORDS) or "it gave no reason"
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."
