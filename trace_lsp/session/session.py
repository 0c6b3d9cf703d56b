"""The session: trace, optimize, verify, apply. One for each server, or command line call.

It knows nothing of editors or terminals: what happens is told to a `Listener`, and what comes out
is data. Everything that runs or asks can be cancelled by cancelling its task.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from trace_lsp.errors import EditRefused, ReplyRefused, TraceLspError
from trace_lsp.models.chat import ChatModel
from trace_lsp.models.choose import ModelSettings, model_from
from trace_lsp.models.request import answer, failure
from trace_lsp.optimizers.optoprime import answer_step, prompt_of, suggest
from trace_lsp.optimizers.problem import Problem, build_problem
from trace_lsp.optimizers.reply import as_text
from trace_lsp.optimizers.steps import StepAnswer, decode_step, encode_answer
from trace_lsp.optimizers.suggestion import REFUSALS, Suggestion
from trace_lsp.runs.configuration import Override, RunConfiguration
from trace_lsp.runs.interpreter import find_interpreter
from trace_lsp.runs.process import run
from trace_lsp.runs.record import Trace
from trace_lsp.runs.wire import Event
from trace_lsp.session.calls import RunIndex, stands_in
from trace_lsp.session.oracle import oracle
from trace_lsp.session.proposal import Change, Proposal, Verdict
from trace_lsp.session.settings import Settings
from trace_lsp.session.verdict import compare
from trace_lsp.source.edits import edits_for, reanchor, unified_diff
from trace_lsp.source.indentation import placed_text
from trace_lsp.source.text import TextEdit, apply_edits, split_lines, text_hash
from trace_lsp.source.trainables import Trainable, find_trainable, find_trainables
from trace_lsp.trace.graph import TraceGraph

ChooseModel = Callable[[ModelSettings, Mapping[str, str]], ChatModel]
Decision = Literal["applied", "rejected", "replaced"]
Phase = Literal["tracing", "building the problem", "asking the model", "checking", "ready"]


class Listener(Protocol):
    """Hears what a session does while it does it."""

    def on_phase(self, phase: Phase) -> None: ...

    def on_event(self, event: Event) -> None:
        """The program, on a run of its own (not a candidate's), said something."""

    def on_problem(self, problem: Problem) -> None:
        """The problem is about to be sent."""

    def on_text(self, text: str) -> None:
        """A piece of the model's reply arrived."""


class Session:
    """What is known of a workspace's programs: the last run of each, and the open proposals."""

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
        self._proposals: dict[str, Proposal] = {}
        self._decided: dict[str, Decision] = {}
        self._expected: dict[str, str] = {}
        self._model: tuple[ModelSettings, ChatModel] | None = None

    # What is known

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

    def proposals_for(self, file: str) -> list[Proposal]:
        """The open proposals for a file: not applied, rejected or replaced yet; oldest first."""
        return [each for each in self.history(file) if each.id not in self._decided]

    def history(self, file: str) -> list[Proposal]:
        """Every proposal there was for a file, oldest first."""
        return [each for each in self._proposals.values() if each.file == file]

    def proposal(self, id: str) -> Proposal:
        """The open proposal of that id; raises EditRefused if there is none."""
        found = self._proposals.get(id)
        if found is None:
            raise EditRefused(f"There is no suggestion {id!r:.40}. Optimize for a new one.")
        if id in self._decided:
            raise EditRefused(
                f"That suggestion was {self._decided[id]} already. Optimize again for a new one."
            )
        return found

    def model(self) -> ChatModel:
        """The model that the settings, or else the environment, name; raises NoModel."""
        if self._model is None or self._model[0] != self.settings.model:
            # Kept, so that scripted replies go on where they were.
            model = self._choose(self.settings.model, self._environment)
            self._model = self.settings.model, model
        return self._model[1]

    # Running

    async def trace(self, file: str, text: str, listener: Listener) -> Trace:
        """Runs the program of that text as it is, its own training steps included, and keeps the
        trace. Raises InterpreterMissing."""
        listener.on_phase("tracing")
        configuration = await self._configuration(file)
        steps = 0

        async def answer_step(request: Mapping[str, Any]) -> dict[str, Any]:
            nonlocal steps
            steps += 1
            return await self._answer_step(request)

        trace = await run(
            configuration,
            text,
            on_event=listener.on_event,
            answer_step=answer_step,
            answer_question=self._answer_question,
        )
        self._keep(trace, is_trained=steps > 0)
        return trace

    def _keep(self, trace: Trace, is_trained: bool) -> None:
        file = trace.configuration.program
        self._traces[file] = trace
        if is_trained:
            self._trained.add(file)
        else:
            self._trained.discard(file)

    async def _configuration(self, file: str) -> RunConfiguration:
        interpreter = await asyncio.to_thread(
            find_interpreter, self.workspace, self.settings.python, self._environment
        )
        return RunConfiguration(
            program=file,
            interpreter=interpreter,
            directory=os.path.dirname(file),
            arguments=self.settings.arguments,
            limits=self.settings.limits,
        )

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

    # Optimizing

    async def prompt(
        self, file: str, text: str, trainable: Trainable, feedback: str, listener: Listener
    ) -> str:
        """What `optimize` would send to a model, whole. Sends nothing."""
        _, _, problem = await self._problem(file, text, trainable, feedback, listener)
        return prompt_of(problem)

    async def optimize(
        self, file: str, text: str, trainable: Trainable, feedback: str, listener: Listener
    ) -> Proposal:
        """A suggestion for the trainable, tried out, and kept as an open proposal.

        `feedback` is what a person said, "" to go by the code's comment, the program's own
        feedback or its failure. Raises a TraceLspError for every way in which there is none.
        """
        model = self.model()
        trace, graph, problem = await self._problem(file, text, trainable, feedback, listener)
        listener.on_problem(problem)
        listener.on_phase("asking the model")
        suggestion = await suggest(problem, model, on_text=listener.on_text)
        changes = self._changes(problem, suggestion, trainable)
        verdict = None
        if changes:
            listener.on_phase("checking")
            verdict = await self._try_out(trace, graph, changes)
        proposal = _proposal(file, text, trainable, feedback, problem, suggestion, changes, verdict)
        for older in self.proposals_for(file):
            if older.trainable.name == trainable.name:
                self._decided[older.id] = "replaced"
        if changes:
            self._proposals[proposal.id] = proposal
        listener.on_phase("ready")
        return proposal

    async def _problem(
        self, file: str, text: str, trainable: Trainable, feedback: str, listener: Listener
    ) -> tuple[Trace, TraceGraph, Problem]:
        listener.on_phase("tracing")
        configuration = await self._configuration(file)
        trace = self._traces.get(file)
        if trace is None or not self._is_as_written(trace, configuration, text):
            trace = await self._trace_untrained(configuration, text, listener)
        listener.on_phase("building the problem")
        graph, parameters = oracle(trace, trainable, feedback)
        return trace, graph, build_problem(graph, parameters)

    def _is_as_written(self, trace: Trace, configuration: RunConfiguration, text: str) -> bool:
        """True for what `_trace_untrained` would come to as well."""
        is_same = trace.text == text and trace.configuration == configuration
        is_trained = configuration.program in self._trained
        return is_same and not is_trained and trace.outcome.is_complete

    async def _trace_untrained(
        self, configuration: RunConfiguration, text: str, listener: Listener
    ) -> Trace:
        """The program as it is written: steps of its own are not taken."""
        trace = await run(
            configuration,
            text,
            on_event=listener.on_event,
            answer_step=_no_change,
            answer_question=self._answer_question,
        )
        self._keep(trace, is_trained=False)
        return trace

    @staticmethod
    def _changes(
        problem: Problem, suggestion: Suggestion, trainable: Trainable
    ) -> tuple[Change, ...]:
        """The text that takes the trainable's place, if any.

        What was made more than once has several variables, but one text: raises ReplyRefused if
        the reply means different things by them.
        """
        if not suggestion.values:
            return ()
        texts = {
            as_text(suggestion.values.get(variable.name, variable.value))
            for variable in problem.variables
        }
        if len(texts) > 1:
            reason = "severalValues"
            made = f" The run made `{trainable.name}` {len(problem.variables)} times."
            raise ReplyRefused(REFUSALS[reason] + made, reason, suggestion.raw)
        value = next(iter(suggestion.values.values()))
        text = as_text(value) if trainable.kind == "function" else repr(value)
        return (Change(trainable, text),)

    async def _try_out(
        self, before: Trace, graph: TraceGraph, changes: Sequence[Change]
    ) -> Verdict:
        """Runs the same program with the changes in place of its own values. No file is touched."""
        after = await run(
            before.configuration,
            before.text,
            on_event=lambda event: None,
            answer_step=_no_change,
            answer_question=self._answer_question,
            overrides=[_override(change, before.text) for change in changes],
        )
        return compare(before, after, graph)

    # Deciding

    def edits(self, id: str, text: str) -> list[TextEdit]:
        """The edits of a proposal for the text as it is now.

        If the text changed elsewhere, the edits move along; raises StaleText if what would be
        edited changed itself, EditRefused if the proposal is not open.
        """
        proposal = self.proposal(id)
        if text_hash(text) == text_hash(proposal.text):
            return list(proposal.edits)
        edits: list[TextEdit] = []
        for change in proposal.changes:
            moved = reanchor(change.trainable, text_hash(proposal.text), text)
            edits += edits_for(moved, change.value, text)
        self._expected[id] = apply_edits(text, edits)
        return edits

    def decide(self, id: str, decision: Decision) -> None:
        """Closes an open proposal; raises EditRefused if it is not open."""
        self._decided[self.proposal(id).id] = decision

    def notice(self, file: str, text: str) -> None:
        """The file's text is now this: a proposal whose edits are in it was applied."""
        for each in self.proposals_for(file):
            if text in (apply_edits(each.text, each.edits), self._expected.get(each.id)):
                self._decided[each.id] = "applied"


async def _no_change(request: Mapping[str, Any]) -> dict[str, Any]:
    return encode_answer(StepAnswer())


def _override(change: Change, text: str) -> Override:
    """The change as a candidate run takes it: a function as it will stand in the text."""
    trainable, value = change.trainable, change.value
    if trainable.kind == "function":
        edited = apply_edits(text, edits_for(trainable, value, text))
        trainables = find_trainables(edited, trainable.file)
        range = find_trainable(trainables, name=trainable.name).range
        value = placed_text(split_lines(edited), range)
    start, end = trainable.statement.start.line + 1, trainable.statement.end.line + 1
    return Override(trainable.file, start, end, value, trainable.kind == "function")


def _proposal(
    file: str,
    text: str,
    trainable: Trainable,
    feedback: str,
    problem: Problem,
    suggestion: Suggestion,
    changes: tuple[Change, ...],
    verdict: Verdict | None,
) -> Proposal:
    edits = [edit for each in changes for edit in edits_for(each.trainable, each.value, text)]
    return Proposal(
        id=uuid.uuid4().hex[:12],
        file=file,
        trainable=trainable,
        feedback=feedback or problem.feedback,
        problem=problem,
        suggestion=suggestion,
        changes=changes,
        edits=tuple(edits),
        diff=unified_diff(text, edits, file),
        text=text,
        verdict=verdict,
    )


def learned(trace: Trace) -> list[Change]:
    """What a training program arrived at: the last value of each trainable that it changed."""
    if not trace.updates:
        return []
    last = {update.node: update.value for update in trace.updates}
    nodes = [trace.nodes[id] for id in last]
    return [
        Change(trainable, last[node.id])
        for trainable in find_trainables(trace.text, trace.configuration.program)
        for node in nodes
        if stands_in(node.place, trainable) and last[node.id] != node.value
    ]
