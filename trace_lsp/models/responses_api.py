"""OpenAI's Responses API (API reference, "Create a model response"): what is sent, what arrives.

Nothing is kept at the endpoint: each question is whole, and says so with ``store``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Optional

from trace_lsp.models.arriving import Arriving, counted
from trace_lsp.models.chat import Finish
from trace_lsp.models.failures import failed
from trace_lsp.models.question import FORMAT_OF_TEXT, SCHEMA, Question

_NAMES = {"reasoning_effort": "reasoning.effort", "verbosity": "text.verbosity"}
"""Options of `chat.SAMPLING` that this protocol has in another place."""

_REASONS: Mapping[object, Finish] = {"max_output_tokens": "length", "content_filter": "filtered"}


@dataclass(frozen=True)
class ResponsesQuestion(Question):
    """A question in the words of the Responses API."""

    path = "/responses"

    def parameters(self, left_out: Collection[str], of_openai: bool) -> dict[str, object]:
        """What is sent, without the parameters in `left_out`. A name with a dot is a part of a
        parameter, as the endpoint itself names it."""
        optional: dict[str, object] = {
            **{_NAMES.get(name, name): value for name, value in self.options.items()},
            FORMAT_OF_TEXT: self._format(left_out),
            "store": False,
            "stream": True,
        }
        return {
            "model": self.model,
            "input": self._conversation(),
            "max_output_tokens": self.max_tokens,
            **{k: v for k, v in optional.items() if v is not None and k not in left_out},
        }

    def _format(self, left_out: Collection[str]) -> Optional[dict[str, object]]:
        if self.schema is not None and SCHEMA not in left_out:
            schema = dict(self.schema)
            return {"type": SCHEMA, "name": "answer", "schema": schema, "strict": False}
        return super()._format(left_out)


@dataclass
class ResponsesReply(Arriving):
    """Reads the events of a response's stream, or a whole response."""

    _unfinished: bool = True
    _reason: object = None

    def _is_known(self, part: Mapping[str, object]) -> bool:
        kind = str(part.get("type"))
        return part.get("object") == "response" or kind.startswith("response.") or kind == "error"

    def _take(self, part: Mapping[str, object]) -> None:
        kind, delta = part.get("type"), part.get("delta")
        response = part if part.get("object") == "response" else part.get("response")
        if kind == "error":
            raise failed(self.endpoint, part)
        if kind == "response.output_text.delta" and isinstance(delta, str):
            self._take_text(delta)
        if kind == "response.refusal.delta":
            self._take_refusal(delta)
        if isinstance(response, Mapping):
            self._take_response(response)

    def _take_response(self, response: Mapping[str, object]) -> None:
        """A response as far as it is: at first it says that it has begun, at last all of it."""
        status, usage = response.get("status"), response.get("usage")
        self._take_model(response.get("model"))
        if status == "failed":
            raise failed(self.endpoint, response.get("error"))
        if isinstance(usage, Mapping):
            self._tokens = counted(usage, "input_tokens", "output_tokens")
        if status in ("completed", "incomplete"):
            self._unfinished = False
            self._reason = _part(response.get("incomplete_details"), "reason")
            self._take_output(response)

    def _take_output(self, response: Mapping[str, object]) -> None:
        if self._pieces:
            return  # it came in pieces already
        for part in _content(response.get("output")):
            text = _part(part, "text")
            if _part(part, "type") == "output_text" and isinstance(text, str):
                self._take_text(text)
            self._take_refusal(_part(part, "refusal"))

    def _finish_as_said(self) -> Finish:
        return _REASONS.get(self._reason, "stop")


def _content(output: object) -> Iterator[object]:
    """The parts of the messages in a response's output; its reasoning is no part of a reply."""
    for item in output if isinstance(output, list) else ():
        content = _part(item, "content")
        if _part(item, "type") == "message" and isinstance(content, list):
            yield from content


def _part(whole: object, name: str) -> object:
    return whole.get(name) if isinstance(whole, Mapping) else None
