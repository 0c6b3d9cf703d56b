"""What a person reads when an endpoint fails, and that it never holds the key."""

from __future__ import annotations

import logging
import traceback
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Optional

import pytest

from trace_lsp import errors
from trace_lsp.models.chat import Message
from trace_lsp.models.endpoint import LONGEST_WORDS, Endpoint, endpoint_from
from trace_lsp.models.failures import retry_after
from trace_lsp.models.openai_compatible import OpenAICompatible
from trace_lsp.models.question import Question

from .endpoint import Answers, Behaviour, ChatEndpoint, Drops, Hangs, Streams, chunk, says

QUESTION = [Message("user", "Hello?")]
KEY = "sk-a-secret-key"
ECHO = {"error": {"message": f"Incorrect API key provided: {KEY}.", "code": "bad"}}


async def failure_of(behaviour: Behaviour, timeout: float = 30.0) -> errors.ModelError:
    async with ChatEndpoint(behaviour) as endpoint:
        model = OpenAICompatible("m", endpoint.url, KEY, timeout=timeout, max_retries=0)
        with pytest.raises(errors.ModelError) as raised:
            await model.ask(QUESTION, max_tokens=9)
        # The one part of a message that a test cannot know beforehand.
        assert endpoint.url in raised.value.message
        return raised.value


STATUSES = [
    (400, errors.ModelRejected, "refused the request (400): Incorrect"),
    (401, errors.KeyRefused, "refused the key (401): Incorrect"),
    (402, errors.ModelRejected, "refused the request (402): Incorrect"),
    (403, errors.KeyRefused, "Check OPENAI_API_KEY"),
    (404, errors.ModelRejected, "has no such model or page (404): Incorrect"),
    (408, errors.ModelTimedOut, "gave up waiting (408): Incorrect"),
    (422, errors.ModelRejected, "refused the request (422): Incorrect"),
    (429, errors.RateLimited, "asks to slow down (429): Incorrect"),
    (500, errors.ModelUnreachable, "failed (500): Incorrect"),
    (503, errors.ModelUnreachable, "Ask again later"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("status", "kind", "words"), STATUSES)
async def test_each_status(status: int, kind: type[errors.ModelError], words: str) -> None:
    failure = await failure_of(Answers(status, ECHO))
    assert type(failure) is kind
    assert words in failure.message


@pytest.mark.asyncio
async def test_a_rate_limit_says_for_how_long() -> None:
    failure = await failure_of(Answers(429, ECHO, {"Retry-After": "20"}))
    assert isinstance(failure, errors.RateLimited)
    assert failure.retry_after == 20.0
    assert "Ask again in 20 s." in failure.message


# Each as an endpoint words it.
TOO_LONG = [
    (
        400,
        {
            "message": "This model's maximum context length is 8192 tokens. However, your messages "
            "resulted in 9001 tokens. Please reduce the length of the messages.",
            "code": "context_length_exceeded",
            "param": "messages",
        },
    ),
    (
        400,
        {
            "message": "'max_tokens' or 'max_completion_tokens' is too large: 9. This model's "
            "maximum context length is 4096 tokens and your request has 4090 input tokens.",
            "code": 400,
        },
    ),
    (400, {"message": "The decoder prompt is longer than the maximum model length of 4096."}),
    (
        500,
        {
            "code": 500,
            "message": "the request exceeds the available context size.",
            "type": "exceed_context_size_error",
        },
    ),
    (400, {"message": "Requested tokens (2285) exceed context window of 2048"}),
    (400, {"message": "prompt is too long: 210000 tokens > 200000 maximum"}),
    (400, {"message": "The input token count (9) exceeds the maximum number of tokens allowed"}),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("status", "error"), TOO_LONG)
async def test_a_question_that_is_too_long_is_told_apart(
    status: int, error: dict[str, object]
) -> None:
    for behaviour in (Answers(status, {"error": error}), Streams((chunk("H"), {"error": error}))):
        failure = await failure_of(behaviour)
        assert type(failure) is errors.ContextTooLong
        assert "Send less of the program, or ask a model that reads more." in failure.message


BROKEN = [
    pytest.param(
        Streams((chunk("Hel"), chunk("lo")), "cut"),
        errors.ModelUnreachable,
        "broke off after 5 characters",
        id="cut",
    ),
    pytest.param(
        Streams((chunk("Hel"), chunk("lo")), "closed"),
        errors.ModelUnreachable,
        "broke off after 5 characters",
        id="closed without finish_reason",
    ),
    pytest.param(
        Streams((chunk(None),), "cut"),
        errors.ModelUnreachable,
        "broke off after 0 characters",
        id="cut before the first word",
    ),
    pytest.param(
        Streams((), "closed"),
        errors.ModelUnreachable,
        "broke off after 0 characters",
        id="closed before the first chunk",
    ),
    pytest.param(Drops(), errors.ModelUnreachable, "No answer from", id="dropped"),
    pytest.param(
        Streams(("{",), "cut", "application/json"),
        errors.ModelUnreachable,
        "No answer from",
        id="cut inside a body",
    ),
    pytest.param(
        Streams((chunk("Hel"), {"error": {"message": "Overloaded", "code": 502}})),
        errors.ModelUnreachable,
        "failed (502): Overloaded. Ask again later.",
        id="server error in the stream",
    ),
    pytest.param(
        Streams((chunk("Hel"), {"error": {"message": "Too long", "code": "context"}})),
        errors.ModelRejected,
        "refused the request: Too long.",
        id="error in the stream",
    ),
    pytest.param(
        Streams((chunk("Hel"), {"error": {"message": "Slow", "code": "rate_limit_exceeded"}})),
        errors.RateLimited,
        "asks to slow down: Slow. Ask again later.",
        id="rate limit in the stream",
    ),
    pytest.param(
        Answers(200, {"error": {"message": "Slow", "code": 429}}),
        errors.RateLimited,
        "asks to slow down (429): Slow.",
        id="rate limit with status 200",
    ),
    pytest.param(
        Answers(200, {"error": {"message": "No such model"}}),
        errors.ModelRejected,
        "refused the request: No such model.",
        id="error with status 200",
    ),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("behaviour", "kind", "words"), BROKEN)
async def test_broken_answers(
    behaviour: Behaviour, kind: type[errors.ModelError], words: str
) -> None:
    failure = await failure_of(behaviour)
    assert type(failure) is kind
    assert words in failure.message


RUBBISH = [
    pytest.param(Answers(200, "<html>Sign in</html>", {}, "text/html"), "<html>Sign", id="html"),
    pytest.param(Answers(200, "{no"), "It sent: {no", id="bad json"),
    pytest.param(Answers(200, b"\xff\xfe"), "It sent: \ufffd", id="no text"),
    pytest.param(Answers(200, "[1]"), "It sent: [1]", id="json of another kind"),
    pytest.param(Answers(200, {"ok": 1}), 'It sent: {"ok": 1}', id="another object"),
    pytest.param(Streams(("data: {no\n\n",)), "It sent: {no", id="bad event"),
    pytest.param(Streams(("data: [1]\n\n",)), "It sent: [1]", id="event of another kind"),
    pytest.param(Streams(({"ok": 1},)), 'It sent: {"ok": 1}', id="another event"),
    pytest.param(Streams(({"choices": "x"},)), 'It sent: {"choices": "x"}', id="bad choices"),
    pytest.param(Streams(({"choices": ["x"]},)), "It sent: x", id="bad choice"),
    pytest.param(Streams(("Welcome!\n",)), "bytes of text/event-stream", id="no event"),
    pytest.param(Answers(200, "Hi", {}, "text/plain"), "2 bytes of text/plain", id="plain"),
    pytest.param(Answers(200, b"data: \xff\n\n", {}, "text/event-stream"), "UTF-8", id="bytes"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("behaviour", "words"), RUBBISH)
async def test_rubbish_is_shown(behaviour: Behaviour, words: str) -> None:
    failure = await failure_of(behaviour)
    assert type(failure) is errors.ModelRejected
    assert "does not speak the chat-completions protocol" in failure.message
    assert words in failure.message


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Hangs(), "said nothing for 0.5 s. "),
        (Streams((chunk("Hello"),), "hang"), "said nothing for 0.5 s after 5 characters"),
        (Streams((), "hang", "application/json"), "said nothing for 0.5 s. "),
    ],
    ids=["before the answer", "in the stream", "in a body"],
)
async def test_silence_ends(behaviour: Behaviour, words: str) -> None:
    failure = await failure_of(behaviour, timeout=0.5)
    assert type(failure) is errors.ModelTimedOut
    assert words in failure.message


@pytest.mark.asyncio
async def test_nobody_at_the_address() -> None:
    async with ChatEndpoint() as endpoint:
        url = endpoint.url
    with pytest.raises(errors.ModelUnreachable) as raised:
        await OpenAICompatible("m", url, max_retries=0).ask(QUESTION, max_tokens=9)
    assert f"No answer from {url}: " in raised.value.message
    assert "Check that the server is running" in raised.value.message


@pytest.mark.asyncio
async def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")
    with pytest.raises(errors.ModelUnreachable, match="Check the proxy"):
        await OpenAICompatible("m", "http://localhost/v1").ask(QUESTION, max_tokens=9)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "behaviour",
    [
        *(Answers(status, ECHO) for status in (400, 401, 429, 500)),
        Answers(401, f"No {KEY}", {}, "text/plain"),
        Answers(200, f"<p>{KEY}</p>", {}, "text/html"),
        Answers(200, {"error": KEY}),
        Streams((f"data: {KEY}\n\n",)),
        Streams(({"error": {"message": KEY}},)),
        Drops(),
    ],
)
async def test_the_key_is_nowhere(behaviour: Behaviour, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    failure = await failure_of(behaviour)
    seen = [*traceback.format_exception(failure), repr(failure), *failure.args, caplog.text]
    assert KEY not in "".join(map(str, seen))
    assert caplog.records


def test_no_repr_holds_the_key() -> None:
    endpoint = endpoint_from("http://me:password@host:1/v1?token=t", KEY)
    model = OpenAICompatible("m", "http://host/v1", KEY)
    assert endpoint.shown == "http://host:1/v1"
    assert KEY not in repr(model) + repr(endpoint)


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["sk-a b", "sk-a\nb", "sk-ä", "“sk-a”"])
async def test_a_key_that_cannot_be_sent(key: str) -> None:
    async with ChatEndpoint(says("Hi")) as endpoint:
        with pytest.raises(errors.KeyRefused) as raised:
            await OpenAICompatible("m", endpoint.url, key).ask(QUESTION, max_tokens=9)
    assert key not in raised.value.message
    assert not endpoint.requests


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "address",
    [
        "localhost:11434/v1",
        "http://",
        "ftp://host/v1",
        "http://host:x/v1",
        "http://host:0/v1",
        "http://a b/v1",
        "http://a..b/v1",
        "http://[::1",
        "http://ho\x00st/",
    ],
)
async def test_what_is_no_address(address: str) -> None:
    with pytest.raises(errors.ModelUnreachable, match="http://localhost:11434/v1"):
        await OpenAICompatible("m", address).ask(QUESTION, max_tokens=9)


@pytest.mark.asyncio
async def test_openai_itself_needs_a_key() -> None:
    with pytest.raises(errors.NoModel, match="set OPENAI_API_KEY"):
        await OpenAICompatible("m").ask(QUESTION, max_tokens=9)


@pytest.mark.parametrize(
    ("base_url", "limit"),
    [
        (None, "max_completion_tokens"),
        ("https://api.openai.com/v1/", "max_completion_tokens"),
        ("http://localhost:11434/v1", "max_tokens"),
        ("https://api.openai.com.example.org/v1", "max_tokens"),
    ],
)
def test_the_limit_is_called_as_the_endpoint_calls_it(base_url: Optional[str], limit: str) -> None:
    endpoint = endpoint_from(base_url, KEY)
    assert limit in Question("m", QUESTION, 9, False).parameters((), endpoint.is_openai)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("plain", "plain"),
        ("two\n  lines", "two lines"),
        ({"message": "m"}, "m"),
        ({"error": {"message": "m"}}, "m"),
        ({"error": "e"}, "e"),
        ({"detail": [{"msg": "d"}]}, '[{"msg": "d"}]'),
        ({"code": 7}, '{"code": 7}'),
        (None, "it gave no reason"),
        ({"message": ""}, '{"message": ""}'),
        ("x" * 1000, "x" * LONGEST_WORDS + "…"),
        ("y" * (LONGEST_WORDS - 3) + KEY, "y" * (LONGEST_WORDS - 3) + "[ke…"),
    ],
)
def test_an_endpoints_words(said: object, words: str) -> None:
    assert Endpoint("http://host/v1", KEY).words(said) == words


NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": format_datetime(NOON, usegmt=True)}, 60.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: Optional[float]) -> None:
    assert retry_after(headers, now=NOON.timestamp() - 60) == seconds


def test_a_date_that_has_passed_means_now() -> None:
    headers = {"retry-after": format_datetime(NOON, usegmt=True)}
    assert retry_after(headers, now=NOON.timestamp() + 5) == 0.0
