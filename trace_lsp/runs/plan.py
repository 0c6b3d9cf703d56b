"""A run as it was found written down, with all that it names resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Optional

from trace_lsp.runs.configuration import Launch, Limits, ProgramLaunch, RunConfiguration
from trace_lsp.runs.interpreter import Interpreter


@dataclass(frozen=True)
class RunPlan:
    """All of a run but what the settings say: fields are as in RunConfiguration.

    `program` is the file that runs: the module's, the function's, that of the first test; "" for a
    module that no file of the project's is. `python` is the interpreter that it asks for, as `interpreter_at` takes it, "" for the
    workspace's; `seconds` its own limit, None for the settings'; `notes` a sentence for each thing
    in it that makes no difference here.
    """

    program: str
    directory: str
    launch: Launch = field(default_factory=ProgramLaunch)
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, Optional[str]] = field(default_factory=dict)
    python: str = ""
    options: tuple[str, ...] = ()
    seconds: Optional[float] = None
    objective: str = ""
    stdin: str = ""
    notes: tuple[str, ...] = ()

    def configuration(self, interpreter: Interpreter, limits: Limits) -> RunConfiguration:
        """The run as it is started, by that interpreter and within these limits."""
        if self.seconds is not None:
            limits = replace(limits, seconds=self.seconds)
        return RunConfiguration(
            program=self.program,
            interpreter=interpreter,
            directory=self.directory,
            arguments=self.arguments,
            environment=self.environment,
            options=self.options,
            launch=self.launch,
            limits=limits,
            objective=self.objective,
            stdin=self.stdin,
        )
