"""The engines at work: each in processes of its own, asked in turn."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")
SECONDS = 120.0
"""How long an answer may take."""

# Else trace-opt's libraries go looking for a price list on the network when they are imported.
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}


class Failed(Exception):
    """There is no answer, and why."""


class Worker:
    """A process that has one engine loaded. `greeting` is what it said of itself.

    Making one raises Failed if the engine cannot be imported, OSError if there is no such Python.
    """

    def __init__(self, python: str, engine: str) -> None:
        self._process = subprocess.Popen(
            [python, str(WORKER), engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **OFFLINE},
        )
        self._said: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self.greeting: dict[str, Any] = self._answer()
        except Failed:
            self.close()
            raise

    def ask(self, do: str, **arguments: Any) -> Any:
        """What the worker's function of that name returns; raises Failed."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise Failed(self._end()) from None
        said = self._answer()
        if "error" in said:
            raise Failed(said["error"])
        return said["answer"]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        late = threading.Timer(SECONDS, self._process.kill)
        late.start()
        try:
            line = self._process.stdout.readline()
        finally:
            late.cancel()
        if not line:
            raise Failed(self._end())
        return json.loads(line)

    def _listen(self) -> None:
        """Keeps what comes on stderr, so that the pipe never fills."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said = [*self._said[-20:], line.rstrip()]

    def _end(self) -> str:
        code = self._process.wait()
        self._listener.join()
        last = self._said[-1] if self._said and code > 0 else ""
        return f"the process ended with code {code} {last}".strip()


Engines = dict[str, str]
"""The interpreter of each engine, in the order in which their turns come."""


@contextlib.contextmanager
def new_worker(python: str, engine: str) -> Iterator[Worker]:
    """A worker that is gone at the end; raises Failed if the engine cannot be imported there."""
    worker = Worker(python, engine)
    try:
        yield worker
    finally:
        worker.close()


def asked_new(python: str, engine: str, do: str, **arguments: Any) -> Any:
    """The answer of a worker of its own, or ``{"error": why there is none}``."""
    try:
        with new_worker(python, engine) as worker:
            return worker.ask(do, **arguments)
    except Failed as failed:
        return {"error": str(failed)}


def asked(worker: Worker, do: str, **arguments: Any) -> Any:
    """The worker's answer, or ``{"error": why there is none}``."""
    try:
        return worker.ask(do, **arguments)
    except Failed as failed:
        return {"error": str(failed)}
