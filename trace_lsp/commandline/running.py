"""`run` and `graph`: a program as it is, traced."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from rich.syntax import Syntax

from trace_lsp.commandline.options import print_json, session_of
from trace_lsp.commandline.terminal import Passing, errors
from trace_lsp.runs.record import Trace
from trace_lsp.session.session import learned
from trace_lsp.source.files import read_source
from trace_lsp.views import collapse, dot, mermaid, outline
from trace_lsp.views.results import trace_json
from trace_lsp.views.values import counted, visible

TIMED_OUT = 124


def _traced(options: argparse.Namespace, is_quiet: bool) -> Trace:
    file = os.path.abspath(options.file)
    text = read_source(file)
    with session_of(options) as session:
        return asyncio.run(session.trace(file, text, Passing(is_quiet)))


def run(options: argparse.Namespace) -> int:
    """Runs the program; returns its exit code."""
    trace = _traced(options, options.json)
    changes = learned(trace)
    if options.json:
        values = [{"name": each.trainable.name, "value": each.value} for each in changes]
        print_json({**trace_json(trace), "learned": values})
        return _exit_code(trace)
    console = errors()
    console.print(_summary(trace), style="dim", markup=False, highlight=False)
    for change in changes:
        console.print(f"[bold]learned[/] {change.trainable.name}:", highlight=False)
        console.print(Syntax(change.value, "python", background_color="default"))
    return _exit_code(trace)


def _summary(trace: Trace) -> str:
    facts = trace_json(trace)
    failed = f", {facts['failed']} failed" if facts["failed"] else ""
    recorded = f"{counted(facts['nodes'], 'node')}, {counted(facts['calls'], 'call')}{failed}"
    message = visible(facts["message"].rstrip("."))
    return f"{message} · {recorded} · {facts['seconds']:.2f} s"


def _exit_code(trace: Trace) -> int:
    """The program's own code where it has one; 124 for a time-out, as `timeout` has it."""
    if trace.outcome.kind == "finished":
        return 0
    if trace.outcome.kind == "timedOut":
        return TIMED_OUT
    code = trace.outcome.code
    return code if code is not None and code > 0 else 1


def graph(options: argparse.Namespace) -> int:
    """Shows what the program computed; returns its exit code."""
    trace = _traced(options, is_quiet=True)
    nodes = list(trace.nodes.values())
    if options.format == "outline":
        text = outline.outline(nodes)
    else:
        view = collapse.collapse(nodes)
        text = mermaid.mermaid(view) if options.format == "mermaid" else dot.dot(view)
    if options.json:
        print_json({"ok": True, "kind": "shown", "format": options.format, "text": text})
    else:
        sys.stdout.write(text.rstrip("\n") + "\n")
    return _exit_code(trace)
