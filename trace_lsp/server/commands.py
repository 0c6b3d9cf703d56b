"""The commands: each finishes without asking anyone anything, and answers one JSON object."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from lsprotocol import types

from trace_lsp.errors import Cancelled, TraceLspError
from trace_lsp.runs.record import Trace
from trace_lsp.server.app import Document, Progress, TraceServer
from trace_lsp.server.edits import apply_edit
from trace_lsp.server.history import history, undo
from trace_lsp.server.parameters import (
    Command,
    InvalidParams,
    Params,
    Result,
    count_in,
    done,
    failed,
    text_in,
    wanted_in,
)
from trace_lsp.session.events import Listener, Phase, SearchTried, StepBegan, StepEvent
from trace_lsp.session.wanted import Until
from trace_lsp.views import collapse, dot, mermaid, outline, report
from trace_lsp.views.results import proposal_json, ready_text, trace_json

_TOLD_EVERY = 20
"""Candidates of a search between two reports of how many there were."""


class _Listener(Listener):
    """A session's phases as progress, with the step where there are several."""

    def __init__(self, server: TraceServer, progress: Progress) -> None:
        self._server = server
        self._progress = progress
        self._step = ""

    def on_phase(self, phase: Phase) -> None:
        self._progress.report(f"{self._step}{phase}")

    def on_warning(self, message: str) -> None:
        self._server.say(message)

    def on_step(self, event: StepEvent) -> None:
        if isinstance(event, StepBegan) and event.most > 1:
            self._step = f"step {event.number} of {event.most}: "
        elif isinstance(event, SearchTried) and event.tried % _TOLD_EVERY == 0:
            self._progress.report(f"searching ({event.tried} candidates tried)")


async def execute(server: TraceServer, name: str, params: object) -> Result:
    """The command's result. Whatever goes wrong is a result too, and is shown to the person."""
    try:
        if not isinstance(params, Mapping):
            raise InvalidParams(f"{name} takes one object, not {params!r:.100}.")
        return await COMMANDS[name](server, params)
    except Cancelled as error:
        return failed(error.kind, error.message)
    except TraceLspError as error:
        server.say(error.message)
        return failed(error.kind, error.message)
    finally:
        server.refresh()


async def run(server: TraceServer, params: Params) -> Result:
    """Runs the document's program, and keeps its trace."""
    document = server.document(text_in(params, "uri"))
    trace = await _traced(server, document)
    outcome = trace.outcome
    if not outcome.is_complete:
        server.say(outcome.message)
    return trace_json(trace)


async def _traced(server: TraceServer, document: Document) -> Trace:
    async def work(progress: Progress) -> Trace:
        listener = _Listener(server, progress)
        return await server.session.trace(document.file, document.text, listener)

    title = f"Trace: running {os.path.basename(document.file)}"
    trace: Trace = await server.job(document.uri, title, work)
    return trace


async def optimize(server: TraceServer, params: Params) -> Result:
    """A suggestion, tried out; with `steps` the best of several. It changes nothing until it is
    applied."""
    document = server.document(text_in(params, "uri"))
    wanted = wanted_in(server, document, params)
    until = Until(count_in(params, "steps", 1))

    async def work(progress: Progress) -> Result:
        proposal = await server.session.optimize(wanted, _Listener(server, progress), until)
        positions = server.positions(document)
        edits = [_json(positions.edit(edit)) for edit in proposal.edits]
        at = {"uri": document.uri, "version": document.version}
        data = {**proposal_json(proposal), **at, "edits": edits}
        kind = "ready" if proposal.changes else "noChange"
        return done(kind, ready_text(proposal), proposal=data)

    title = f"Trace: optimizing {', '.join(wanted.names)}"
    result: Result = await server.job(document.uri, title, work)
    return result


def _json(edit: types.TextEdit) -> Result:
    start, end = edit.range.start, edit.range.end
    return {
        "range": {
            "start": {"line": start.line, "character": start.character},
            "end": {"line": end.line, "character": end.character},
        },
        "newText": edit.new_text,
    }


async def apply(server: TraceServer, params: Params) -> Result:
    """Asks the editor to apply a proposal's edits."""
    proposal = server.session.proposal(text_in(params, "proposal"))
    document = server.document(server.uri_of(proposal.file))
    edits = server.session.edits(proposal.id, document.text)
    label = f"Trace: suggestion for {', '.join(proposal.names)}"
    await apply_edit(server, document, edits, label)
    # The change that the edit made may have come first, and have been noticed.
    if proposal in server.session.proposals_for(proposal.file):
        server.session.decide(proposal.id, "applied")
    return done("applied", f"The suggestion for {', '.join(proposal.names)} was applied.")


async def reject(server: TraceServer, params: Params) -> Result:
    """Drops a proposal, and remembers that it was refused."""
    server.session.decide(text_in(params, "proposal"), "rejected")
    return done("rejected", "The suggestion was rejected.")


def _run_of(server: TraceServer, uri: str) -> Trace:
    document = server.document(uri)
    trace = server.session.trace_of(document.file)
    if trace is None:
        name = os.path.basename(document.file)
        raise NoRun(f"{name} was not run yet. Run it first (Trace: Run).")
    return trace


class NoRun(TraceLspError):
    """There is nothing to show: the program was not run."""


async def show_graph(server: TraceServer, params: Params) -> Result:
    """The last run's graph as text."""
    trace = _run_of(server, text_in(params, "uri"))
    nodes = list(trace.nodes.values())
    format = text_in(params, "format", "outline")
    if format == "outline":
        text = outline.outline(nodes)
    elif format == "mermaid":
        text = mermaid.mermaid(collapse.collapse(nodes))
    elif format == "dot":
        text = dot.dot(collapse.collapse(nodes))
    else:
        raise InvalidParams(f"`format` is outline, mermaid or dot, not {format!r:.100}.")
    return done("shown", f"{len(nodes)} nodes.", text=text)


async def show_report(server: TraceServer, params: Params) -> Result:
    """Writes the last run's report and opens it, where the client can."""
    trace = _run_of(server, text_in(params, "uri"))
    file = trace.configuration.program
    proposals = server.session.proposals_of(file)
    path = Path(tempfile.mkdtemp(prefix="trace-lsp-"), f"{Path(file).stem}.html")

    def write() -> None:
        html = report.report(trace, list(trace.nodes.values()), proposals)
        path.write_text(html, encoding="utf-8")

    # A large run takes seconds to draw; other requests are answered meanwhile.
    async with server.drawing:
        await asyncio.to_thread(write)
    if server.client.shows_documents:
        shown = types.ShowDocumentParams(path.as_uri(), external=True)
        with contextlib.suppress(Exception):  # the path is in the result, whatever it says
            await server.window_show_document_async(shown)
    return done("shown", f"The report is at {path}.", path=str(path))


async def show_problem(server: TraceServer, params: Params) -> Result:
    """What would be sent to a model, whole. Sends nothing."""
    document = server.document(text_in(params, "uri"))
    wanted = wanted_in(server, document, params)

    async def work(progress: Progress) -> str:
        return await server.session.prompt(wanted, _Listener(server, progress))

    title = f"Trace: problem of {', '.join(wanted.names)}"
    text = await server.job(document.uri, title, work)
    return done("shown", f"{len(text)} characters.", text=text)


async def cancel(server: TraceServer, params: Params) -> Result:
    """Ends the jobs of a document, or all."""
    uri = text_in(params, "uri", "")
    jobs = [job for key, job in server.jobs.items() if not uri or key == uri]
    for job in jobs:
        job.cancel()
    if jobs:
        await asyncio.wait(jobs)
    return done("cancelled", "Cancelled." if jobs else "Nothing was under way.")


COMMANDS: Mapping[str, Command] = {
    "trace-lsp.run": run,
    "trace-lsp.optimize": optimize,
    "trace-lsp.apply": apply,
    "trace-lsp.reject": reject,
    "trace-lsp.showGraph": show_graph,
    "trace-lsp.showReport": show_report,
    "trace-lsp.showProblem": show_problem,
    "trace-lsp.history": history,
    "trace-lsp.undo": undo,
    "trace-lsp.cancel": cancel,
}


def request_of(command: str) -> str:
    """The custom request that is a command's twin."""
    return command.replace("trace-lsp.", "trace/")
