"""What pygls's protocol leaves out: every request is answered, and errors go to the log.

Seen with pygls 2.1.1: parameters that do not fit their type, requests before `initialize` and
requests after `shutdown` are never answered, and a failing notification opens a message box. Whoever
waits for an answer of the client's that cannot be read waits for good.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

import attrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.protocol import LanguageServerProtocol

log = logging.getLogger(__name__)

CUSTOM = "trace/"
ASK = "trace/ask"
SAID = "trace/said"
_NOT_INITIALIZED = -32002
_INVALID_REQUEST = -32600


@attrs.define
class CustomRequest:
    """A request of our own, with its parameters as they came."""

    id: int | str
    method: str
    jsonrpc: str
    params: dict[str, Any]


@attrs.define
class CustomNotification:
    """A notification of our own, with its parameters as they came."""

    method: str
    jsonrpc: str
    params: Any = None


@attrs.define
class CustomAnswer:
    """A client's answer to a request of our own, as it came."""

    id: int | str
    jsonrpc: str
    result: Any = None


@attrs.define
class _Answered:
    """Stands for a message that was answered while it was read."""

    jsonrpc: str = "2.0"


class _Requests(dict[Any, Any]):
    """Requests under way. pygls's `shutdown` cancels them while it walks over them, and each that
    is cancelled leaves: it has to walk over a copy."""

    def items(self) -> Any:
        return list(super().items())


class TraceProtocol(LanguageServerProtocol):
    """pygls's protocol, with the answers it forgets."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._request_futures = _Requests()

    @property
    def is_shut_down(self) -> bool:
        """True once the client asked for it."""
        return bool(self._shutdown)

    @lru_cache  # noqa: B019  as the method it overrides; there is one protocol a process
    def get_message_type(self, method: str) -> type[Any] | None:
        if method == SAID:
            return CustomNotification
        if method.startswith(CUSTOM):
            return CustomRequest
        found: type[Any] | None = super().get_message_type(method)
        return found

    @lru_cache  # noqa: B019  as above
    def get_result_type(self, method: str) -> type[Any] | None:
        if method == ASK:
            return CustomAnswer
        found: type[Any] | None = super().get_result_type(method)
        return found

    def structure_message(self, data: dict[str, Any]) -> Any:
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" not in data:
                raise
            if "method" not in data:
                return _unreadable(data)
            self._send_response(data["id"], error=error.to_response_error())
            return _Answered()

    def handle_message(self, message: Any) -> None:
        if isinstance(message, _Answered):
            return
        method = getattr(message, "method", None)
        is_request = method is not None and hasattr(message, "id")
        if is_request and self._shutdown:
            self._refuse(message.id, _INVALID_REQUEST, "The server was shut down.")
        elif method == types.INITIALIZE and self._workspace is not None:
            # Another one would put an empty workspace in the place of the open documents.
            self._refuse(message.id, _INVALID_REQUEST, "`initialize` was sent already.")
        elif is_request and self._workspace is None and method != types.INITIALIZE:
            self._refuse(message.id, _NOT_INITIALIZED, "`initialize` comes first.")
        else:
            super().handle_message(message)

    def _refuse(self, id: int | str, code: int, message: str) -> None:
        self._send_response(id, error=types.ResponseError(code, message))


def _unreadable(answer: dict[str, Any]) -> types.ResponseErrorMessage:
    """An error in the place of an answer that cannot be read."""
    said = {key: answer[key] for key in ("result", "error") if key in answer}
    message = f"its answer cannot be read: {said!r:.200}"
    error = types.ResponseError(JsonRpcInternalError.CODE, message)
    return types.ResponseErrorMessage(answer["id"], error=error)
