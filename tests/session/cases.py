"""Programs that end badly and replies that cannot be used, each with the outcome's name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    """A program, how a run of it is called, the exit code of `run`; what `optimize` says of it."""

    program: str
    run: str
    code: int
    optimize: str
    words: str


PROGRAMS = [
    Case("not_python.py", "notParsable", 1, "notParsable", "not_python.py"),
    Case("nothing_trainable.py", "finished", 0, "noTrainable", "bundle(trainable=True)"),
    Case("raises.py", "raised", 1, "ready", "at raises.py:9: (KeyError)"),
    Case("endless.py", "timedOut", 124, "timedOut", "did not end within 1 s"),
    Case("chatters.py", "outputLimit", 1, "outputLimit", "printed more than 10,000,000 bytes"),
    Case("exits.py", "exited", 3, "ready", "exited with code 3"),
    Case("dies.py", "crashed", 3, "crashed", "code 3 before the program was at its end"),
    Case("aborts.py", "crashed", 1, "crashed", "SIGABRT"),
]


def suggests(code: str, variable: str = "__code0") -> dict[str, Any]:
    """A reply that puts the code in the variable's place."""
    return {"reasoning": "Because.", "answer": "", "suggestion": {variable: code}}


WARMER = suggests("def should_heat(degrees):\n    return degrees < 20")
COLDER = suggests("def should_heat(degrees):\n    return degrees < 0")

REPLIES: dict[str, Any] = {
    "emptyReply": {"text": "  \n"},
    "replyCutOff": {"text": '{"reasoning": "It should be warmer', "finish": "length"},
    "unreadableReply": "The function looks good to me.",
    "unknownVariable": suggests("def should_heat(degrees):\n    return True", "__code7"),
    "nameChanged": suggests("def heat(degrees):\n    return True"),
    "signatureChanged": suggests("def should_heat(degrees, limit):\n    return True"),
    "doesNotCompile": suggests("def should_heat(degrees):\n    return degrees <"),
}


def script(folder: Path, *replies: Any) -> str:
    """A file of these replies; its path."""
    path = folder / "replies.json"
    path.write_text(json.dumps(replies), "utf-8")
    return str(path)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, to see later that none was touched."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
