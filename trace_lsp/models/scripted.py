"""A model that answers from a list: for demonstrations, tests and replays."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional, Union, cast

from trace_lsp.errors import ModelRejected, ScriptEnded
from trace_lsp.models.chat import NO_OPTIONS, Finish, Message, OnText, Reply
from trace_lsp.models.speech import speak

Item = Union[str, Mapping[str, object]]

_FINISHES = ("stop", "length", "filtered")


class Scripted:
    """Gives its replies in order, one for each `ask`, whatever is asked.

    An item is the reply's text; or ``{"text": …, "finish": …}``; or any other object, which is
    then itself the reply, as JSON. Tokens are unknown. A reply counts as given once it was
    asked for, even if the asking is cancelled. Raises `ModelRejected` if an item is none of these.
    """

    def __init__(self, replies: Sequence[Item], name: str = "scripted") -> None:
        self._name = name
        self._replies = [_reply(item, at, name) for at, item in enumerate(replies, start=1)]
        self._given = 0

    @classmethod
    def from_file(cls, path: Union[str, Path], name: str = "scripted") -> Scripted:
        """The model that a JSON file of replies describes.

        Raises `ModelRejected`, naming the file and the reason, if there is no such list in it.
        """
        try:
            return cls(_items(Path(path)), name)
        except OSError as error:
            reason = error.strerror or str(error)
        except (ValueError, ModelRejected) as error:
            reason = str(error)
        raise ModelRejected(f"The scripted replies in {path} cannot be used: {reason}")

    @property
    def name(self) -> str:
        return self._name

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
        """The next reply. Raises `ScriptEnded` when all were given."""
        if self._given == len(self._replies):
            raise ScriptEnded(_ended(self._name, self._given))
        reply = self._replies[self._given]
        self._given += 1
        await speak(reply.text, on_text)
        return reply


def _items(path: Path) -> list[Item]:
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, list):
        raise ModelRejected("it should hold a JSON list of replies.")
    return found


def _reply(item: object, at: int, model: str) -> Reply:
    if isinstance(item, str):
        return Reply(item, model=model)
    if not isinstance(item, Mapping):
        raise ModelRejected(f"reply {at} should be a string or an object, not {item!r:.80}.")
    if "text" not in item:
        return Reply(json.dumps(dict(item), ensure_ascii=False, indent=2), model=model)
    return _described_reply(item, at, model)


def _described_reply(item: Mapping[str, object], at: int, model: str) -> Reply:
    text, finish = item["text"], item.get("finish", "stop")
    unknown = ", ".join(sorted(set(item) - {"text", "finish"}))
    if unknown:
        raise ModelRejected(f"reply {at} has more than `text` and `finish`: {unknown}.")
    if not isinstance(text, str):
        raise ModelRejected(f"the `text` of reply {at} should be a string, not {text!r:.80}.")
    if finish not in _FINISHES:
        allowed = ", ".join(_FINISHES)
        raise ModelRejected(f"the `finish` of reply {at} is one of {allowed}, not {finish!r:.80}.")
    return Reply(text, finish=cast(Finish, finish), model=model)


def _ended(name: str, count: int) -> str:
    replies = "1 reply" if count == 1 else f"{count} replies"
    return f"{name} has no reply left: its script has {replies}. Add some, or ask less often."
