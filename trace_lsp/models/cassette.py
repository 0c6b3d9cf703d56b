"""A file of questions and their replies: one exchange a line, as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace_lsp.errors import CassetteDamaged
from trace_lsp.models.chat import Reply, well_formed
from trace_lsp.models.hashing import hash_of, plain
from trace_lsp.models.request import (
    ChatRequest,
    decode_request,
    encode_reply,
    reply_from,
)

VERSION = 1
"""Of the lines. A line of another version is not read."""


@dataclass(frozen=True)
class Exchange:
    """One line: a question, its reply, and the name of the model that was asked."""

    request: ChatRequest
    reply: Reply
    asked: str


def append(path: Path, exchange: Exchange) -> None:
    """Adds the exchange to the file, which is made where there is none. Raises CassetteDamaged."""
    data = {
        "version": VERSION,
        "hash": hash_of(exchange.request),
        "asked": exchange.asked,
        "question": plain(exchange.request),
        "reply": encode_reply(exchange.reply),
    }
    line = well_formed(json.dumps(data, ensure_ascii=False)).encode() + b"\n"
    try:
        # One write at the file's end, wherever that is by then: others may record there, too.
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            written = os.write(file, line)
        finally:
            os.close(file)
    except OSError as error:
        raise _unusable(path, "written", error) from error
    if written < len(line):
        raise CassetteDamaged(
            f"The last line of {path} is cut off: the disk is full. {_again(path)}"
        )


def read(path: Path) -> list[Exchange]:
    """All exchanges of the file. Raises CassetteDamaged, naming the line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unusable(path, "read", error) from error
    *lines, rest = content.split(b"\n")
    exchanges = [_exchange(line, f"Line {at} of {path}", path) for at, line in enumerate(lines, 1)]
    if rest:
        raise CassetteDamaged(f"Line {len(lines) + 1} of {path} is cut off. {_again(path)}")
    return exchanges


def _exchange(line: bytes, where: str, path: Path) -> Exchange:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise CassetteDamaged(f"{where} is not JSON: {error}. {_again(path)}") from error
    version = data.get("version") if isinstance(data, Mapping) else None
    if version != VERSION:
        said = f"is of version {version!r:.20}; this program reads {VERSION}"
        raise CassetteDamaged(f"{where} {said}. {_again(path)}")
    return _decoded(data, where, path)


def _decoded(data: Mapping[str, Any], where: str, path: Path) -> Exchange:
    try:
        request, reply = decode_request(data["question"]), reply_from(data["reply"])
        is_whole = data["hash"] == hash_of(request)
        exchange = Exchange(request, reply, str(data["asked"]))
    except (KeyError, TypeError, ValueError) as error:
        said = f"is no question and reply: {error}"
        raise CassetteDamaged(f"{where} {said:.200}. {_again(path)}") from error
    if not is_whole:
        raise CassetteDamaged(f"The question in {where} was changed by hand. {_again(path)}")
    return exchange


def _unusable(path: Path, done: str, error: OSError) -> CassetteDamaged:
    reason = error.strerror or str(error)
    return CassetteDamaged(
        f"The recording {path} cannot be {done}: {reason}. Check `model.cassette`."
    )


def _again(path: Path) -> str:
    return f"Delete {path.name} to record again."
