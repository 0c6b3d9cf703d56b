"""A model that is asked once, and from then on answers from a file."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Optional, Union

from trace_lsp.errors import CassetteDamaged, NoModel, NotRecorded
from trace_lsp.models.cassette import Exchange, append, read
from trace_lsp.models.chat import ChatModel, OnText, Reply
from trace_lsp.models.hashing import hash_of
from trace_lsp.models.nearest import difference
from trace_lsp.models.request import ChatRequest
from trace_lsp.models.speech import speak
from trace_lsp.models.wrapper import ByRequest, Wrapper


def recorded(path: Union[str, Path], model: Optional[ChatModel] = None) -> ChatModel:
    """The model that answers from the file; where there is no file yet, one that asks `model` and
    writes down what is asked and answered.

    Raises NoModel where there is neither a file nor a model, CassetteDamaged where the file cannot
    be used.
    """
    file = Path(path).expanduser()
    if file.exists():
        return Replaying(file)
    if model is None:
        raise NoModel(f"Nothing is recorded in {file} yet, and there is no model to ask.")
    return Recording(file, model)


class Recording(Wrapper):
    """Asks the model, and adds each exchange to the file, which comes with the first. What fails is
    not recorded. Raises CassetteDamaged where there can be no such file."""

    def __init__(self, path: Path, model: ChatModel) -> None:
        super().__init__(model)
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CassetteDamaged(f"Nothing can be recorded in {path}: {reason}.") from error

    async def _answer(self, request: ChatRequest, on_text: Optional[OnText]) -> Reply:
        reply = await request.put_to(self.model, on_text)
        append(self._path, Exchange(request, reply, self.name))
        return reply


class Replaying(ByRequest):
    """Answers as it was recorded, and asks nobody. A question that was asked several times gets its
    replies in their order, and then the last one again. Raises CassetteDamaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        exchanges = read(path)
        self._requests = [each.request for each in exchanges]
        self._asked = exchanges[0].asked if exchanges else "recorded"
        self._replies: dict[str, deque[Reply]] = {}
        for each in exchanges:
            self._replies.setdefault(hash_of(each.request), deque()).append(each.reply)

    @property
    def name(self) -> str:
        return self._asked

    @property
    def takes_schema(self) -> bool:
        """True if the model that was recorded took one: else the questions would be others."""
        return any(each.schema is not None for each in self._requests)

    async def _answer(self, request: ChatRequest, on_text: Optional[OnText]) -> Reply:
        replies = self._replies.get(hash_of(request))
        if replies is None:
            raise NotRecorded(
                f"{self._path} has no reply to this question: {difference(request, self._requests)}."
                f" Delete {self._path.name} to record again, with a model to ask."
            )
        reply = replies.popleft() if len(replies) > 1 else replies[0]
        await speak(reply.text, on_text)
        return reply
