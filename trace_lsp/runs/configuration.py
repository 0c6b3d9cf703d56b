"""How a program is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.wire import PROGRAM, Launch, OverrideRow


@dataclass(frozen=True)
class Limits:
    """What a run may use. `seconds` is wall-clock time, `output` bytes on stdout and stderr."""

    seconds: float = 60.0
    output: int = 10_000_000


@dataclass(frozen=True)
class RunConfiguration:
    """How a program is started: by which interpreter, with which arguments, where, within what.

    `program` is the path of a Python file; `directory` the working directory; `environment`
    is added to the server's own. `objective` names the number that the program is judged by, ""
    for none; `stdin` is what it can read, after which there is nothing. Nothing is checked here: a run says what could not be started.
    """

    program: str
    interpreter: Interpreter
    directory: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    objective: str = ""
    stdin: str = ""
    launch: Launch = PROGRAM


@dataclass(frozen=True)
class Override:
    """A new value for a trainable, used where the program creates it.

    The trainable is found by `file` and by lying between `line` and `end_line` (from 1, inclusive)
    of its definition: the ``def`` of a function, the ``node(…)`` call of a value. `value` is the
    source of a function as it would stand in the file (then `is_code`), or a Python literal.
    """

    file: str
    line: int
    end_line: int
    value: str
    is_code: bool

    @property
    def row(self) -> OverrideRow:
        """The override as it goes over the wire."""
        return (self.file, self.line, self.end_line, self.value, self.is_code)
