"""The commands: each finishes without asking anyone anything, and answers one JSON object."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.uris import from_fs_path

from trace_lsp.errors import Cancelled, EditRefused, SourceError, TraceLspError
from trace_lsp.runs.record import Trace
from trace_lsp.server.app import Document, Progress, TraceServer
from trace_lsp.server.edits import workspace_edit
from trace_lsp.session.events import Listener, Phase, SearchTried, StepBegan, StepEvent
from trace_lsp.session.goal import Goal, goal_from
from trace_lsp.session.wanted import OptimizerName, Until, Wanted
from trace_lsp.source.trainables import Trainable, find_trainable
from trace_lsp.views import collapse, dot, mermaid, outline, report
from trace_lsp.views.results import proposal_json, ready_text, trace_json

Params = Mapping[str, Any]
Result = dict[str, Any]
Command = Callable[[TraceServer, Params], Awaitable[Result]]


class InvalidParams(TraceLspError):
    """A command was called with something else than it takes."""


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
        return _failed(error.kind, error.message)
    except TraceLspError as error:
        server.say(error.message)
        return _failed(error.kind, error.message)
    finally:
        server.refresh()


def _failed(kind: str, message: str) -> Result:
    return {"ok": False, "kind": kind, "message": message}


def _done(kind: str, message: str, **more: Any) -> Result:
    return {"ok": True, "kind": kind, "message": message, **more}


def _text(params: Params, key: str, default: str | None = None) -> str:
    value = params.get(key, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise InvalidParams(f"`{key}` should be a string, not {value!r:.100}.")
    return value


async def run(server: TraceServer, params: Params) -> Result:
    """Runs the document's program, and keeps its trace."""
    document = server.document(_text(params, "uri"))
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


def _chosen(server: TraceServer, document: Document, params: Params) -> Trainable:
    name = _text(params, "name", "") or None
    position = _position(params)
    ours = None if position is None else server.positions(document).position(position)
    return find_trainable(server.trainables(document), name=name, position=ours)


def _wanted(server: TraceServer, document: Document, params: Params) -> Wanted:
    names = params.get("names")
    if names is None:
        trainables: tuple[Trainable, ...] = (_chosen(server, document, params),)
    else:
        if not isinstance(names, list) or not names:
            raise InvalidParams(f"`names` should be a list of names, not {names!r:.100}.")
        known = server.trainables(document)
        trainables = tuple(find_trainable(known, name=str(each)) for each in names)
    return Wanted(
        document.file,
        document.text,
        trainables,
        _text(params, "feedback", ""),
        _goal(params),
        _optimizer(params),
        _count(params, "candidates", 1),
    )


def _goal(params: Params) -> Goal | None:
    text = _text(params, "goal", "")
    goal = goal_from(text)
    if text and goal is None:
        raise InvalidParams(f"`goal` is like `minimize loss`, not {text!r:.100}.")
    return goal


def _optimizer(params: Params) -> OptimizerName:
    name = _text(params, "optimizer", "")
    for known in get_args(OptimizerName):
        if name == known:
            return known  # type: ignore[no-any-return]
    named = ", ".join(filter(None, get_args(OptimizerName)))
    raise InvalidParams(f"`optimizer` is one of {named}, not {name!r:.100}.")


def _count(params: Params, key: str, default: int) -> int:
    value = params.get(key)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidParams(f"`{key}` should be a whole number from 1 on, not {value!r:.100}.")
    return value


def _position(params: Params) -> types.Position | None:
    given = params.get("position")
    if given is None:
        return None
    try:
        return types.Position(given["line"], given["character"])
    except (TypeError, KeyError, ValueError) as error:
        raise InvalidParams(f"`position` should be a position, not {given!r:.100}.") from error


async def optimize(server: TraceServer, params: Params) -> Result:
    """A suggestion, tried out; with `steps` the best of several. It changes nothing until it is
    applied."""
    document = server.document(_text(params, "uri"))
    wanted = _wanted(server, document, params)
    until = Until(_count(params, "steps", 1))

    async def work(progress: Progress) -> Result:
        proposal = await server.session.optimize(wanted, _Listener(server, progress), until)
        positions = server.positions(document)
        edits = [_json(positions.edit(edit)) for edit in proposal.edits]
        at = {"uri": document.uri, "version": document.version}
        data = {**proposal_json(proposal), **at, "edits": edits}
        kind = "ready" if proposal.changes else "noChange"
        return _done(kind, ready_text(proposal), proposal=data)

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
    proposal = server.session.proposal(_text(params, "proposal"))
    uri = from_fs_path(proposal.file)
    if uri is None:
        raise SourceError(f"{proposal.file} has no address.")
    document = server.document(uri)
    edits = server.session.edits(proposal.id, document.text)
    label = f"Trace: suggestion for {', '.join(proposal.names)}"
    edit = workspace_edit(server, document, edits)
    asked = types.ApplyWorkspaceEditParams(edit, label)
    try:
        answer = await server.workspace_apply_edit_async(asked)
    except JsonRpcException as error:
        raise EditRefused(f"The editor did not apply the suggestion: {error}") from error
    if not answer.applied:
        reason = f": {answer.failure_reason}" if answer.failure_reason else "."
        raise EditRefused(f"The editor did not apply the suggestion{reason}")
    # The change that the edit made may have come first, and have been noticed.
    if proposal in server.session.proposals_for(proposal.file):
        server.session.decide(proposal.id, "applied")
    return _done("applied", f"The suggestion for {', '.join(proposal.names)} was applied.")


async def reject(server: TraceServer, params: Params) -> Result:
    """Drops a proposal, and remembers that it was refused."""
    server.session.decide(_text(params, "proposal"), "rejected")
    return _done("rejected", "The suggestion was rejected.")


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
    trace = _run_of(server, _text(params, "uri"))
    nodes = list(trace.nodes.values())
    format = _text(params, "format", "outline")
    if format == "outline":
        text = outline.outline(nodes)
    elif format == "mermaid":
        text = mermaid.mermaid(collapse.collapse(nodes))
    elif format == "dot":
        text = dot.dot(collapse.collapse(nodes))
    else:
        raise InvalidParams(f"`format` is outline, mermaid or dot, not {format!r:.100}.")
    return _done("shown", f"{len(nodes)} nodes.", text=text)


async def show_report(server: TraceServer, params: Params) -> Result:
    """Writes the last run's report and opens it, where the client can."""
    trace = _run_of(server, _text(params, "uri"))
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
    return _done("shown", f"The report is at {path}.", path=str(path))


async def show_problem(server: TraceServer, params: Params) -> Result:
    """What would be sent to a model, whole. Sends nothing."""
    document = server.document(_text(params, "uri"))
    wanted = _wanted(server, document, params)

    async def work(progress: Progress) -> str:
        return await server.session.prompt(wanted, _Listener(server, progress))

    title = f"Trace: problem of {', '.join(wanted.names)}"
    text = await server.job(document.uri, title, work)
    return _done("shown", f"{len(text)} characters.", text=text)


async def cancel(server: TraceServer, params: Params) -> Result:
    """Ends the jobs of a document, or all."""
    uri = _text(params, "uri", "")
    jobs = [job for key, job in server.jobs.items() if not uri or key == uri]
    for job in jobs:
        job.cancel()
    if jobs:
        await asyncio.wait(jobs)
    return _done("cancelled", "Cancelled." if jobs else "Nothing was under way.")


COMMANDS: Mapping[str, Command] = {
    "trace-lsp.run": run,
    "trace-lsp.optimize": optimize,
    "trace-lsp.apply": apply,
    "trace-lsp.reject": reject,
    "trace-lsp.showGraph": show_graph,
    "trace-lsp.showReport": show_report,
    "trace-lsp.showProblem": show_problem,
    "trace-lsp.cancel": cancel,
}


def request_of(command: str) -> str:
    """The custom request that is a command's twin."""
    return command.replace("trace-lsp.", "trace/")
