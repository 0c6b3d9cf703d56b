"""A model that is asked each question once: whole replies are kept in a folder.

One file for each reply, named after its question. `diskcache` would do it, but has had no release
since 2023, and unpickles what it finds in its folder, so that whoever can write there can run code
(CVE-2025-69872). Here a file is JSON, and one that cannot be read counts as not there.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Optional, Union

from trace_lsp.errors import NoModel
from trace_lsp.models.chat import ChatModel, OnText, Reply, Tokens, well_formed
from trace_lsp.models.hashing import hash_of
from trace_lsp.models.notices import notice
from trace_lsp.models.request import ChatRequest, encode_reply, reply_from
from trace_lsp.models.speech import speak
from trace_lsp.models.wrapper import Wrapper

VERSION = 1
"""Of the files. One of another version counts as not there."""


class Cached(Wrapper):
    """Answers from the folder what was asked before, of the same model at the same address, with
    the same messages, limit, options and schema; asks the model everything else.

    A reply from the folder has cost no tokens, and says so. Only replies that came to their own
    end are kept, for ever: delete the folder to be rid of them. The endpoint's key is neither in
    a file nor in its name. Raises NoModel where the folder cannot be made.
    """

    def __init__(self, model: ChatModel, folder: Union[str, Path], address: str) -> None:
        super().__init__(model)
        self._folder = Path(folder).expanduser()
        self._address = address
        try:
            # What a person's programs say is nobody else's business.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise NoModel(
                f"No replies can be kept in {folder}: {reason}. Check `model.cache`."
            ) from error

    async def _answer(self, request: ChatRequest, on_text: Optional[OnText]) -> Reply:
        file = self._folder / f"{hash_of(request, address=self._address, model=self.name)}.json"
        found = _read(file)
        if found is not None:
            await speak(found.text, on_text)
            return found
        reply = await request.put_to(self.model, on_text)
        if reply.finish == "stop":
            _write(file, reply)
        return reply


def _read(file: Path) -> Optional[Reply]:
    """The reply in the file, which cost nothing this time; None if there is none to be had."""
    try:
        data = json.loads(file.read_bytes())
        if data["version"] == VERSION:
            return replace(reply_from(data["reply"]), tokens=Tokens(0, 0, 0.0))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None


def _write(file: Path, reply: Reply) -> None:
    """Writes the file all at once, so that nobody finds half of it. A reply that cannot be kept is
    a warning: it was paid for, and can be used."""
    data = {"version": VERSION, "reply": encode_reply(reply)}
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".new", delete=False) as new:
            new.write(well_formed(json.dumps(data, ensure_ascii=False)).encode())
        os.replace(new.name, file)
    except OSError as error:
        notice(f"A reply could not be kept in {file.parent}: {error.strerror or error}.")
