"""Entries for tests; and as a program, a process that writes to a history that others write to."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from dataclasses import replace
from typing import Any

from trace_lsp.session.history import History
from trace_lsp.session.history_types import Entry, Step, Trial

FILE = "/home/ada/shop/prices.py"


def step(number: int = 1, **changes: Any) -> Step:
    trial = Trial(number, 1, {"f": "def f(x):\n    return 2"}, "better", "It is.", 0.5, True)
    made = Step(
        number=number,
        optimizer="OptoPrime",
        model="gpt-5",
        problem="The whole prompt.",
        reply='{"reasoning": "Because."}',
        understood="suggestion",
        reasoning="Because.",
        tokens_sent=1204,
        tokens_received=310,
        cost=0.0123,
        seconds=2.5,
        outcome="A candidate did better.",
        trials=(trial,),
    )
    return replace(made, **changes)


def entry(id: str = "0123456789ab", time: float = 1_760_000_000.0, **changes: Any) -> Entry:
    made = Entry(
        id=id,
        time=time,
        file=FILE,
        names=("f",),
        feedback="It should be larger.",
        goal="maximize profit",
        before={"f": "def f(x):\n    return 1"},
        after={"f": "def f(x):\n    return 2"},
        kinds={"f": "function"},
        diff="--- a/prices.py\n+++ b/prices.py\n@@ -1,2 +1,2 @@\n def f(x):\n-    return 1\n+    return 2\n",
        judgement="better",
        reason="The profit grew.",
        ended="The goal was reached.",
        steps=(step(),),
    )
    return replace(made, **changes)


def grown(id: str, steps: int, size: int) -> Entry:
    """An entry as a loop saves it after so many steps, each with that much of text."""
    return entry(id, steps=tuple(step(each, problem=f"{each}" * size) for each in range(steps)))


def _write_beside_others(path: str, which: str) -> None:
    """Adds 30 entries in two steps each, and decides about all of them."""
    history = History(path, patience=60.0)
    sys.stdin.readline()  # so that all begin at the same time
    for number in range(30):
        id = f"{which}{number:011x}"
        for steps in (1, 2):
            history.add(grown(id, steps, 1000))
        history.decide(id, "rejected")


def _write_on_and_on(path: str) -> None:
    """Adds an entry after each of its steps and says so, until it is killed."""
    history = History(path)
    steps = 0
    while True:
        steps += 1
        history.add(grown("abcdefabcdef", steps, 20_000))
        sys.stdout.write(f"{steps}\n")
        sys.stdout.flush()


def _die_before_the_commit(path: str) -> None:
    """Adds an entry of many megabytes, and is killed when all of it is written but the end."""

    def die(statement: str) -> None:
        if statement == "COMMIT":
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "sqlite3.connect/handle" and isinstance(arguments[0], sqlite3.Connection):
            connections.append(arguments[0])

    connections: list[sqlite3.Connection] = []
    sys.addaudithook(watch)
    history = History(path)
    history.entries()
    connections[-1].set_trace_callback(die)
    history.add(grown("abcdefabcdef", 12, 1_000_000))


PROGRAMS = {
    "beside-others": _write_beside_others,
    "on-and-on": _write_on_and_on,
    "die": _die_before_the_commit,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
