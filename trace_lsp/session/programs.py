"""The workspace's programs: run as they are, as they are written, and as candidates."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Optional

from trace_lsp.errors import TraceLspError
from trace_lsp.models.chat import ChatModel
from trace_lsp.models.choose import ModelSettings, model_from
from trace_lsp.models.request import answer, failure
from trace_lsp.optimizers.optoprime import answer_step
from trace_lsp.optimizers.steps import decode_step, encode_answer
from trace_lsp.runs.configuration import Override, RunConfiguration
from trace_lsp.runs.interpreter import find_interpreter
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Trace
from trace_lsp.runs.wire import UNCHANGED, Action, Event
from trace_lsp.session.calls import RunIndex
from trace_lsp.session.events import Listener
from trace_lsp.session.goal import Goal
from trace_lsp.session.proposal import Change
from trace_lsp.session.settings import Settings
from trace_lsp.source.edits import edits_for
from trace_lsp.source.indentation import placed_text
from trace_lsp.source.text import apply_edits, split_lines
from trace_lsp.source.trainables import find_trainable, find_trainables

ChooseModel = Callable[[ModelSettings, Mapping[str, str]], ChatModel]


class Programs:
    """Runs programs by the settings in force, and keeps the last run of each.

    `choose` makes the model that the settings and the environment name.
    """

    def __init__(
        self,
        workspace: str,
        settings: Settings,
        environment: Mapping[str, str],
        choose: ChooseModel = model_from,
    ) -> None:
        self.workspace = workspace
        self.settings = settings
        self._environment = environment
        self._choose = choose
        self._traces: dict[str, Trace] = {}
        self._trained: set[str] = set()
        self._indexes: dict[str, RunIndex] = {}
        self._model: tuple[ModelSettings, ChatModel] | None = None

    def trace_of(self, file: str) -> Trace | None:
        """The file's last run."""
        return self._traces.get(file)

    def index_of(self, file: str) -> RunIndex | None:
        """The file's last run, by the names of its trainables."""
        trace = self._traces.get(file)
        index = self._indexes.get(file)
        if trace is not None and (index is None or index.trace is not trace):
            index = self._indexes[file] = RunIndex(trace)
        return index

    def model(self) -> ChatModel:
        """The model that the settings, or else the environment, name; raises NoModel."""
        if self._model is None or self._model[0] != self.settings.model:
            # Kept, so that scripted replies go on where they were.
            model = self._choose(self.settings.model, self._environment)
            self._model = self.settings.model, model
        return self._model[1]

    async def run(self, file: str, text: str, listener: Listener) -> Trace:
        """Runs the program of that text as it is, its own training steps included, and keeps the
        trace. Raises InterpreterMissing."""
        configuration = await self._configuration(file, "")
        steps = 0

        async def answer_step(request: Mapping[str, Any]) -> dict[str, Any]:
            nonlocal steps
            steps += 1
            return await self._answer_step(request)

        trace = await self._run(configuration, text, listener.on_event, answer_step)
        self._keep(trace, is_trained=steps > 0)
        return trace

    async def run_untrained(
        self, file: str, text: str, goal: Optional[Goal], listener: Listener
    ) -> Trace:
        """The program as it is written: steps of its own are not taken. The last run where it is
        just that. Raises InterpreterMissing."""
        configuration = await self._configuration(file, goal.name if goal else "")
        trace = self._traces.get(file)
        if trace is None or not self._is_as_written(trace, configuration, text):
            trace = await self._run(configuration, text, listener.on_event)
            self._keep(trace, is_trained=False)
        return trace

    async def run_candidate(self, before: Trace, changes: Sequence[Change]) -> Trace:
        """The same program with the changes in place of its own values. What the program itself did
        to the world around it, a candidate may do, and nothing else."""
        overrides = [override_of(change, before.text) for change in changes]
        return await self._run(
            before.configuration,
            before.text,
            lambda event: None,
            overrides=overrides,
            allowed=[(each.verb, each.what) for each in before.actions],
        )

    async def _run(
        self,
        configuration: RunConfiguration,
        text: str,
        on_event: Callable[[Event], None],
        answer_step: Callable[[Mapping[str, Any]], Any] | None = None,
        overrides: Sequence[Override] = (),
        allowed: Sequence[Action] | None = None,
    ) -> Trace:
        """A run whose steps are answered so; without, none is taken."""
        return await run(
            configuration,
            text,
            on_event=on_event,
            answer_step=answer_step or _no_change,
            trains=answer_step is not None,
            answer_question=self._answer_question,
            overrides=overrides,
            allowed=allowed,
        )

    def _keep(self, trace: Trace, is_trained: bool) -> None:
        file = trace.configuration.program
        self._traces[file] = trace
        if is_trained:
            self._trained.add(file)
        else:
            self._trained.discard(file)

    async def _configuration(self, file: str, objective: str) -> RunConfiguration:
        interpreter = await asyncio.to_thread(
            find_interpreter, self.workspace, self.settings.python, self._environment
        )
        return RunConfiguration(
            program=file,
            interpreter=interpreter,
            directory=os.path.dirname(file),
            arguments=self.settings.arguments,
            limits=self.settings.limits,
            objective=objective,
        )

    def _is_as_written(self, trace: Trace, configuration: RunConfiguration, text: str) -> bool:
        """True for what running it untrained would come to as well."""
        wanted = configuration
        if not configuration.objective:  # a number that nobody asks for does no harm
            wanted = replace(configuration, objective=trace.configuration.objective)
        is_same = trace.text == text and trace.configuration == wanted
        is_trained = configuration.program in self._trained
        return is_same and not is_trained and trace.outcome.is_complete

    async def _answer_step(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A training program's step. An error of the model's is raised where the step was taken."""
        try:
            return encode_answer(await answer_step(decode_step(request), self.model()))
        except TraceLspError as error:
            return failure(error)

    async def _answer_question(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What the program asks a model, as part of what it does. Answered in every run."""
        try:
            return await answer(request, self.model())
        except TraceLspError as error:
            return failure(error)


async def _no_change(request: Mapping[str, Any]) -> dict[str, Any]:
    return UNCHANGED


def override_of(change: Change, text: str) -> Override:
    """The change as a candidate run takes it: a function as it will stand in the text."""
    trainable, value = change.trainable, change.value
    if trainable.kind == "function":
        edited = apply_edits(text, edits_for(trainable, value, text))
        trainables = find_trainables(edited, trainable.file)
        range = find_trainable(trainables, name=trainable.name).range
        value = placed_text(split_lines(edited), range)
    start, end = trainable.statement.start.line + 1, trainable.statement.end.line + 1
    return Override(trainable.file, start, end, value, trainable.kind == "function")
