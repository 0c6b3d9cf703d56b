"""How a program is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Optional, Union

from trace_lsp.runs.interpreter import Interpreter
from trace_lsp.runs.wire import PROGRAM, LaunchRow, OverrideRow


@dataclass(frozen=True)
class Limits:
    """What a run may use. `seconds` is wall-clock time, `output` bytes on stdout and stderr."""

    seconds: float = 60.0
    output: int = 10_000_000


@dataclass(frozen=True)
class ProgramLaunch:
    """The file itself, as ``python program.py`` runs it."""


@dataclass(frozen=True)
class ModuleLaunch:
    """A module by its dotted name, as ``python -m name`` runs it."""

    name: str


@dataclass(frozen=True)
class TestLaunch:
    """Tests by pytest's names for them, which begin with a path from the working directory."""

    __test__: ClassVar[bool] = False  # else pytest takes the class itself for a test

    node_ids: tuple[str, ...]


@dataclass(frozen=True)
class FunctionLaunch:
    """One call of a function of the file: its qualified name, and its arguments as Python text."""

    name: str
    arguments_text: str = ""


@dataclass(frozen=True)
class NotebookLaunch:
    """The cells of a notebook from the first up to, and with, that index from 0."""

    cells_up_to: int


Launch = Union[ProgramLaunch, ModuleLaunch, TestLaunch, FunctionLaunch, NotebookLaunch]


def launch_row(launch: Launch) -> LaunchRow:
    """The launch as it goes over the wire."""
    if isinstance(launch, ModuleLaunch):
        return ("module", launch.name)
    if isinstance(launch, TestLaunch):
        return ("tests", *launch.node_ids)
    if isinstance(launch, FunctionLaunch):
        return ("function", launch.name, launch.arguments_text)
    if isinstance(launch, NotebookLaunch):
        return ("notebook", str(launch.cells_up_to))
    return PROGRAM


@dataclass(frozen=True)
class RunConfiguration:
    """How a program is started: by which interpreter, with which arguments, where, within what.

    `launch` says what is run of it; `options` are the interpreter's own. `program` is the path of
    the Python file that runs, or, with another launch, of the one at hand; `directory` the working
    directory; `environment` is added to the server's own, and None takes a variable away.
    `objective` names the number that the program is judged by, "" for none; `stdin` is what it can read, after which there is nothing. Nothing is checked here: a
    run says what could not be started.
    """

    program: str
    interpreter: Interpreter
    directory: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, Optional[str]] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    launch: Launch = field(default_factory=ProgramLaunch)
    limits: Limits = field(default_factory=Limits)
    objective: str = ""
    stdin: str = ""


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
