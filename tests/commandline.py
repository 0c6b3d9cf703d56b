"""The command line, as a shell starts it: a process of its own."""

from __future__ import annotations

import codecs
import json
import os
import re
import struct
import subprocess
import sys
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runs.processes import DEADLINE, MARK, none_left


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def start(folder: Path, *arguments: str, **environment: str) -> tuple[subprocess.Popen[str], str]:
    """`trace-lsp` with these arguments, in the folder; and the mark of what it starts."""
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-m", "trace_lsp", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", **environment, MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
    )
    return process, mark


def trace_lsp(folder: Path, *arguments: str, **environment: str) -> Done:
    """What came of it. Fails if a process is left."""
    process, mark = start(folder, *arguments, **environment)
    out, err = process.communicate(timeout=2 * DEADLINE)
    none_left(mark)
    assert f"{os.sep}trace_lsp{os.sep}" not in err, err  # no frame of ours is shown
    return Done(process.returncode, out, err)


class Screen:
    """A terminal of so many columns that `trace-lsp` runs on; `text` is all that it was sent."""

    def __init__(self, folder: Path, columns: int, *arguments: str, **environment: str) -> None:
        import fcntl
        import pty
        import termios

        self.text = ""
        self._mark = uuid.uuid4().hex
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        inherited = {key: os.environ[key] for key in os.environ if key not in _COLOURS}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trace_lsp", *arguments],
            cwd=folder,
            env={**inherited, "TERM": "xterm-256color", **environment, MARK: self._mark},
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def ended(self) -> int:
        """The exit code, at the end. Fails if a process is left."""
        code = self._process.wait(2 * DEADLINE)
        self._reader.join(DEADLINE)
        os.close(self._ours)
        none_left(self._mark)
        return code

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")()
        while piece := self._piece():
            self.text += decoder.decode(piece).replace("\r\n", "\n")

    def _piece(self) -> bytes:
        try:
            return os.read(self._ours, 4096)
        except OSError:  # as Linux says that nobody has the other end any more
            return b""

    @property
    def lines(self) -> list[str]:
        """What is left to be read: what was written over is gone, and colours are."""
        lines = [""]
        for piece in re.split(r"(\n|\r|\x1b\[1A|\x1b\[[0-9;?]*[A-Za-z])", self.text):
            if piece == "\n":
                lines.append("")
            elif piece in ("\r", "\x1b[2K"):
                lines[-1] = ""  # whoever goes back to the beginning writes all of the line
            elif piece == "\x1b[1A":
                lines.pop()
            elif not piece.startswith("\x1b"):
                lines[-1] += piece
        return lines


_COLOURS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")


def on_terminal(folder: Path, columns: int, *arguments: str, **environment: str) -> Screen:
    """`trace-lsp` on a terminal of that many columns, at its end; it ended well."""
    screen = Screen(folder, columns, *arguments, **environment)
    assert screen.ended() == 0, screen.text
    return screen


def program(command: str, *arguments: str) -> list[str]:
    """A command that runs a program, with the Python that runs the tests."""
    return [command, "--python", sys.executable, *arguments]
