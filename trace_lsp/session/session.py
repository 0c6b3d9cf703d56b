"""The session: trace, optimize, verify, apply. One for each server, or command line call.

It knows nothing of editors or terminals: what happens is told to a `Listener`, and what comes out
is data. Everything that runs or asks can be cancelled by cancelling its task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from trace_lsp.errors import EditRefused, NothingFound, TraceLspError, UnknownEntry
from trace_lsp.models.chat import ChatModel
from trace_lsp.models.choose import model_from
from trace_lsp.optimizers.optoprime import prompt_of_step
from trace_lsp.runs.record import Trace
from trace_lsp.session.answers import said_of
from trace_lsp.session.calls import RunIndex, stands_in
from trace_lsp.session.entries import Begun
from trace_lsp.session.events import Listener
from trace_lsp.session.history_types import Entry, Step, Summary
from trace_lsp.session.improvement import Improvement
from trace_lsp.session.journal import Journal
from trace_lsp.session.loop import Loop
from trace_lsp.session.optimizers import SEARCH, chosen_name, ignored_by, optimizer_of
from trace_lsp.session.oracle import oracle
from trace_lsp.session.programs import ChooseModel, Programs
from trace_lsp.session.proposal import Change, Proposal
from trace_lsp.session.search import search
from trace_lsp.session.settings import Settings
from trace_lsp.session.wanted import OptimizerName, Until, Wanted
from trace_lsp.source.edits import edits_for, reanchor
from trace_lsp.source.text import TextEdit, apply_edits, text_hash
from trace_lsp.source.trainables import find_trainables

Decision = Literal["applied", "rejected", "replaced", "undone"]

_CANCELLED = "It was cancelled."


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
        self._programs = Programs(workspace, settings, environment, choose)
        self._journal = Journal(workspace, environment)
        self._proposals: dict[str, Proposal] = {}
        self._decided: dict[str, Decision] = {}
        self._expected: dict[str, str] = {}

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._programs.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._programs.settings = settings

    # What is known

    def trace_of(self, file: str) -> Trace | None:
        """The file's last run."""
        return self._programs.trace_of(file)

    def index_of(self, file: str) -> RunIndex | None:
        """The file's last run, by the names of its trainables."""
        return self._programs.index_of(file)

    def model(self) -> ChatModel:
        """The model that the settings, or else the environment, name; raises NoModel."""
        return self._programs.model()

    def proposals_for(self, file: str) -> list[Proposal]:
        """The open proposals for a file: not applied, rejected or replaced yet; oldest first."""
        return [each for each in self.proposals_of(file) if each.id not in self._decided]

    def proposals_of(self, file: str) -> list[Proposal]:
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

    # Running

    async def trace(self, file: str, text: str, listener: Listener) -> Trace:
        """Runs the program of that text as it is, its own training steps included, and keeps the
        trace. Raises InterpreterMissing."""
        listener.on_phase("tracing")
        return await self._programs.run(file, text, listener)

    # Optimizing

    async def prompt(self, wanted: Wanted, listener: Listener) -> str:
        """What the first step would send to a model, whole. Sends nothing."""
        trace = await self._traced(wanted, listener)
        listener.on_phase("building the problem")
        graph, ids = oracle(trace, wanted.trainables, said_of(wanted, trace))
        name = "OptoPrime" if wanted.optimizer in ("", SEARCH) else wanted.optimizer
        optimizer = optimizer_of(name, wanted.candidates)
        variables = [id for each in ids.values() for id in each]
        return prompt_of_step(optimizer.requests(graph, variables)[0])

    async def optimize(
        self, wanted: Wanted, listener: Listener, until: Until | None = None, resumed: str = ""
    ) -> Proposal:
        """A suggestion for what is wanted, tried out, and kept as an open proposal.

        Without `until` it is that of one step. `resumed` is the id of an earlier optimization that
        this one goes on from, as the history has it. Raises a TraceLspError for every way in which
        there is none.
        """
        if resumed:
            wanted = replace(wanted, begun=await self._begun(resumed, wanted))
        begun = Begun(wanted)
        name = chosen_name(wanted, self._programs)
        for ignored in ignored_by(name, wanted):
            listener.on_warning(ignored)
        trace = await self._traced(wanted, listener)
        if name == SEARCH:
            found = await self._searched(begun, trace, listener)
        else:
            found = await self._looped(begun, trace, name, until or Until(), listener)
        self._journal.add(begun.entry(found.changes, found.verdict, found.steps, found.ended))
        trouble = await self._journal.trouble()
        if trouble:
            listener.on_warning(trouble)
        proposal = begun.proposal(found)
        if proposal.changes:
            self._keep(proposal)
        listener.on_phase("ready")
        return proposal

    async def _begun(self, id: str, wanted: Wanted) -> Entry:
        entry = await self._journal.entry(id)
        if not replace(wanted, begun=entry).known:
            was, now = ", ".join(entry.names), ", ".join(wanted.names)
            raise UnknownEntry(
                f"Entry `{entry.id}` is about {was} in {entry.file}; there is nothing in it of {now}. "
                "Name what it is about, or begin anew."
            )
        return entry

    async def _searched(self, begun: Begun, trace: Trace, listener: Listener) -> Improvement:
        steps: list[Step] = []
        try:
            return await search(self._programs, begun.wanted, trace, listener, on_step=steps.append)
        except NothingFound as error:
            self._journal.add(begun.entry((), None, steps, error.message))
            raise

    async def _looped(
        self, begun: Begun, trace: Trace, name: OptimizerName, until: Until, listener: Listener
    ) -> Improvement:
        """The loop, kept in the history after each step: it may be ended at any moment."""

        def keep(loop: Loop, ended: str = "") -> None:
            best = loop.best
            changes, verdict = (best.changes, best.verdict) if best else ((), None)
            self._journal.add(begun.entry(changes, verdict, loop.steps, ended))

        loop = Loop(self._programs, begun.wanted, until, listener, keep)
        try:
            return await loop.run(trace, name)
        except TraceLspError as error:
            keep(loop, error.message)
            raise
        except asyncio.CancelledError:
            if loop.steps:
                keep(loop, _CANCELLED)
            raise

    def _keep(self, proposal: Proposal) -> None:
        for older in self.proposals_for(proposal.file):
            if not set(older.names).isdisjoint(proposal.names):
                self._decide(older.id, "replaced")
        self._proposals[proposal.id] = proposal

    async def _traced(self, wanted: Wanted, listener: Listener) -> Trace:
        listener.on_phase("tracing")
        return await self._programs.run_untrained(wanted.file, wanted.text, wanted.aim, listener)

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
        self._decide(self.proposal(id).id, decision)

    def _decide(self, id: str, decision: Decision) -> None:
        self._decided[id] = decision
        self._journal.decide(id, decision)

    def notice(self, file: str, text: str) -> None:
        """The file's text is now this: a proposal whose edits are in it was applied."""
        for each in self.proposals_for(file):
            if text in (apply_edits(each.text, each.edits), self._expected.get(each.id)):
                self._decide(each.id, "applied")

    # What was tried

    async def entries(self, file: str | None, limit: int) -> list[Summary]:
        """The latest of the history, the newest first; of a file, or of all. Raises a HistoryError."""
        return await self._journal.entries(file, limit)

    async def entry(self, id: str) -> Entry:
        """The one of that id, or of one that begins so; raises UnknownEntry or a HistoryError."""
        return await self._journal.entry(id)

    def undone(self, id: str) -> None:
        """What was there before the entry of that id is there again."""
        self._decide(id, "undone")

    def close(self) -> None:
        """Finishes what is still to be written to the history."""
        self._journal.close()


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
