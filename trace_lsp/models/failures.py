"""What went wrong at an endpoint, in this package's errors. Nothing of `openai` gets past here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, Optional

from trace_lsp.errors import (
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

_CHECK_ADDRESS = (
    "Check that the server is running and can be reached from here, and that its address "
    "(OPENAI_BASE_URL, or `model.baseUrl`) is right."
)


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
        return _answered_with_error(error, endpoint)
    return ModelRejected(f"{endpoint.shown} could not be asked: {endpoint.words(str(error))}")


def broke_off(endpoint: Endpoint, received: int) -> ModelUnreachable:
    """The error for a reply that ends in the middle."""
    return ModelUnreachable(
        f"The connection to {endpoint.shown} broke off after {received} characters of the reply. "
        "Ask again."
    )


def refused(endpoint: Endpoint, said: object, status: int = 0) -> ModelRejected:
    """The error for a request that the endpoint will not serve, in its own words."""
    return ModelRejected(f"{endpoint.shown} refused the request{_said(endpoint, said, status)}")


def _timed_out(endpoint: Endpoint, timeout: float, received: Optional[int]) -> ModelTimedOut:
    after = "" if received is None else f" after {received} characters of the reply"
    return ModelTimedOut(
        f"{endpoint.shown} said nothing for {timeout:g} s{after}. "
        "Check that the server is well, or ask a faster model."
    )


def not_the_protocol(endpoint: Endpoint, said: object) -> ModelRejected:
    """The error for an answer that is no chat completion, with the beginning of it."""
    return ModelRejected(
        f"{endpoint.shown} does not speak the chat-completions protocol. It sent: "
        f"{endpoint.words(said)}. An address usually ends in /v1; check OPENAI_BASE_URL."
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


def _answered_with_error(error: openai.APIError, endpoint: Endpoint) -> ModelError:
    status, wait, body = _status(error), _retry_after(error), error.body or error.message
    who, said = endpoint.shown, _said(endpoint, body, status)
    if status in (401, 403):
        return KeyRefused(f"{who} refused the key{said} Check OPENAI_API_KEY.")
    if status == 429:
        when = "later" if wait is None else f"in {wait:g} s"
        return RateLimited(f"{who} asks to slow down{said} Ask again {when}.", wait)
    if status == 408:
        return ModelTimedOut(f"{who} gave up waiting{said} Ask again.", wait)
    if status >= 500:
        return ModelUnreachable(f"{who} failed{said} Ask again later.", wait)
    if status == 404:
        hint = " Check the model's name (OPENAI_MODEL) and the address (OPENAI_BASE_URL)."
        return ModelRejected(f"{who} has no such model or page{said}{hint}")
    return refused(endpoint, body, status)


def _said(endpoint: Endpoint, body: object, status: int) -> str:
    number = f" ({status})" if status else ""
    words = endpoint.words(body)
    return f"{number}: {words}" + ("" if words.endswith((".", "!", "?", "…")) else ".")


def _status(error: openai.APIError) -> int:
    """The HTTP status; within a stream, the number some endpoints give as `code`; else 0."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return error.status_code
    code = error.code or ""
    return int(code) if code.isdecimal() and len(code) == 3 else 0


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
