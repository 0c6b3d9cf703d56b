"""What went wrong at an endpoint, in this package's errors. Nothing of `openai` gets past here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, Optional

from trace_lsp.errors import (
    ContextTooLong,
    KeyRefused,
    ModelError,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
    RateLimited,
)
from trace_lsp.models.endpoint import Endpoint

if TYPE_CHECKING:
    import openai

_STATUSES = {
    "invalid_api_key": 401,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "server_error": 500,
}
"""What the codes of errors mean that come with no status of their own, as in a stream."""

_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|context (length|window|size)"
    r"|maximum model length|prompt is too long|input token count",
    re.IGNORECASE,
)
"""How endpoints say that a question is longer than their model can read."""

_CHECK_ADDRESS = (
    "Check that the server is running and can be reached from here, and that its address "
    "(OPENAI_BASE_URL, or `model.baseUrl`) is right."
)

_TRY_CHAT = "Few endpoints but OpenAI's know it: if this one does not, set `model.api` to chat."


def translated(
    error: openai.OpenAIError, endpoint: Endpoint, timeout: float, received: Optional[int]
) -> ModelError:
    """The `ModelError` that says what `error` means.

    `timeout` is in seconds; `received` counts the reply's characters, None before it began.
    """
    import openai

    if isinstance(error, openai.APITimeoutError):
        return _timed_out(endpoint, timeout, received)
    if isinstance(error, openai.APIConnectionError):
        if received is not None:
            return broke_off(endpoint, received)
        return _unreachable(error, endpoint)
    if isinstance(error, openai.APIError):
        body = error.body or error.message
        return failed(endpoint, body, _status(error), _retry_after(error))
    return ModelRejected(f"{endpoint.shown} could not be asked: {endpoint.words(str(error))}")


def broke_off(endpoint: Endpoint, received: int) -> ModelUnreachable:
    """The error for a reply that ends in the middle."""
    return ModelUnreachable(
        f"The connection to {endpoint.shown} broke off after {received} characters of the reply. "
        "Ask again."
    )


def _timed_out(endpoint: Endpoint, timeout: float, received: Optional[int]) -> ModelTimedOut:
    after = "" if received is None else f" after {received} characters of the reply"
    return ModelTimedOut(
        f"{endpoint.shown} said nothing for {timeout:g} s{after}. "
        "Check that the server is well, or ask a faster model."
    )


def not_the_protocol(endpoint: Endpoint, said: object) -> ModelRejected:
    """The error for an answer that is none of the protocol's, with the beginning of it."""
    hint = "An address usually ends in /v1; check OPENAI_BASE_URL."
    protocol = "chat-completions"
    if endpoint.api == "responses":
        protocol, hint = "responses", f"{hint} {_TRY_CHAT}"
    return ModelRejected(
        f"{endpoint.shown} does not speak the {protocol} protocol. It sent: "
        f"{endpoint.words(said)}. {hint}"
    )


def cannot_connect(endpoint: Endpoint, reason: Exception) -> ModelUnreachable:
    """The error for a connection that this machine's own settings do not allow to be made."""
    return ModelUnreachable(
        f"No connection to {endpoint.shown} can be made from here: {endpoint.words(str(reason))}. "
        "Check the proxy and certificate settings (HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE)."
    )


def _unreachable(error: openai.APIConnectionError, endpoint: Endpoint) -> ModelUnreachable:
    # The library's own message is "Connection error."; the transport's says which.
    reason = endpoint.words(str(error.__cause__ or error))
    return ModelUnreachable(f"No answer from {endpoint.shown}: {reason}. {_CHECK_ADDRESS}")


def failed(
    endpoint: Endpoint, body: object, status: int = 0, wait: Optional[float] = None
) -> ModelError:
    """The error for what the endpoint said in place of an answer, in its own words.

    `status` is the HTTP status, 0 if there is none; then the body's code counts. `wait` is how
    many seconds to wait, if the endpoint says so.
    """
    status = status or _number_in(body)
    means = status or _STATUSES.get(_code_in(body), 0)
    who, said = endpoint.shown, _said(endpoint, body, status)
    if means in (401, 403):
        return KeyRefused(f"{who} refused the key{said} Check OPENAI_API_KEY.")
    if means == 429:
        when = "later" if wait is None else f"in {wait:g} s"
        return RateLimited(f"{who} asks to slow down{said} Ask again {when}.", wait)
    if means == 408:
        return ModelTimedOut(f"{who} gave up waiting{said} Ask again.", wait)
    if means == 404:
        return ModelRejected(f"{who} has no such model or page{said}{_not_found(endpoint)}")
    return _refused(endpoint, body, said, means, wait)


def _refused(
    endpoint: Endpoint, body: object, said: str, means: int, wait: Optional[float]
) -> ModelError:
    if _TOO_LONG.search(json.dumps(body, default=str)):
        hint = "Send less of the program, or ask a model that reads more."
        return ContextTooLong(
            f"The question is longer than the model of {endpoint.shown} can read{said} {hint}"
        )
    if means >= 500:
        return ModelUnreachable(f"{endpoint.shown} failed{said} Ask again later.", wait)
    return ModelRejected(f"{endpoint.shown} refused the request{said}")


def _not_found(endpoint: Endpoint) -> str:
    hint = " Check the model's name (OPENAI_MODEL) and the address (OPENAI_BASE_URL)."
    return f"{hint} {_TRY_CHAT}" if endpoint.api == "responses" else hint


def _said(endpoint: Endpoint, body: object, status: int) -> str:
    number = f" ({status})" if status else ""
    words = endpoint.words(body)
    return f"{number}: {words}" + ("" if words.endswith((".", "!", "?", "…")) else ".")


def _code_in(body: object) -> str:
    """The code of an error's body, "" if it has none."""
    if isinstance(body, Mapping) and isinstance(body.get("error"), Mapping):
        return _code_in(body["error"])
    return str(body.get("code") or "") if isinstance(body, Mapping) else ""


def _number_in(body: object) -> int:
    """The HTTP status that some endpoints give as the code of an error in a stream; else 0."""
    code = _code_in(body)
    return int(code) if code.isdecimal() and len(code) == 3 else 0


def _status(error: openai.APIError) -> int:
    import openai

    return error.status_code if isinstance(error, openai.APIStatusError) else 0


def _retry_after(error: openai.APIError) -> Optional[float]:
    import openai

    return retry_after(error.response.headers) if isinstance(error, openai.APIStatusError) else None


def retry_after(headers: Mapping[str, str], now: Optional[float] = None) -> Optional[float]:
    """Seconds to wait, from a response's headers; None if they do not say so.

    ``Retry-After`` is a number of seconds or a date (RFC 9110, section 10.2.3); OpenAI also
    sends ``retry-after-ms``. `now` is in seconds since the epoch.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    said = headers.get("retry-after")
    seconds = _number(said)
    return seconds if seconds is not None else _until(said, time() if now is None else now)


def _number(said: Optional[str]) -> Optional[float]:
    try:
        number = float(said or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _until(said: Optional[str], now: float) -> Optional[float]:
    try:
        return max(0.0, parsedate_to_datetime(said or "").timestamp() - now)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
