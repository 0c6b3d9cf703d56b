"""The command line: what the editor can do, in a terminal, with ``--json`` for scripts.

What a program prints goes where it would go without us; everything of ours goes to stderr, but
for what was asked for (a diff, a graph, JSON), which goes to stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, get_args

from rich.console import Console
from rich.syntax import Syntax

from trace_lsp import __version__
from trace_lsp.errors import Cancelled, TraceLspError
from trace_lsp.models.choose import ModelSettings
from trace_lsp.runs.configuration import Limits
from trace_lsp.runs.record import Trace
from trace_lsp.session.goal import Goal
from trace_lsp.session.proposal import Proposal
from trace_lsp.session.session import Session, learned
from trace_lsp.session.settings import Settings
from trace_lsp.session.wanted import OptimizerName, Until, Wanted
from trace_lsp.source.files import read_source, write_source
from trace_lsp.source.text import apply_edits
from trace_lsp.source.trainables import find_trainable, find_trainables
from trace_lsp.terminal import Terminal, errors, show_proposal

TIMED_OUT = 124
INTERRUPTED = 130
PIPE_CLOSED = 141
STEPS = 10
"""Steps that are taken at most until the program's checks hold, where nobody says."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments[:1] == ["--stdio"]:
        arguments[:1] = ["serve"]  # what editors' clients append by themselves
    arguments, programs = _split(arguments)
    options = _parser().parse_args(arguments, argparse.Namespace(arguments=programs))
    try:
        code: int = options.command(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _failed(options, Cancelled("Interrupted. Nothing was changed."), INTERRUPTED)
    except TraceLspError as error:
        return _failed(options, error)
    except BrokenPipeError:
        # Whoever read our output has left. What is still to be written must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return PIPE_CLOSED
    return code


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Ours, and behind ``--`` the program's."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _failed(options: argparse.Namespace, error: TraceLspError, code: int = 1) -> int:
    if getattr(options, "json", False):
        _print_json({"ok": False, "kind": error.kind, "message": error.message})
    else:
        errors().print(f"[bold red]{error.kind}[/]: ", end="")
        errors().print(error.message, markup=False, highlight=False)
    return code


def _print_json(data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


# Parsing


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\nSee `{self.prog} --help`.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="trace-lsp",
        description="Trace a Python program's run, give feedback, and try suggestions out.",
    )
    parser.add_argument("--version", action="version", version=f"trace-lsp {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    _add(commands, "serve", _serve, "speak LSP on stdin and stdout (also: --stdio)")
    run = _add(commands, "run", _run, "run a program, traced")
    _add_running(run)
    graph = _add(commands, "graph", _graph, "run a program and show what it computed")
    graph.add_argument("--format", choices=("outline", "mermaid", "dot"), default="outline")
    _add_running(graph)
    optimize = _add(commands, "optimize", _optimize, "suggest a better function or value")
    optimize.add_argument("target", metavar="FILE[:NAME[,NAME]]")
    optimize.add_argument("--all", action="store_true", help="everything trainable in the file")
    optimize.add_argument("--feedback", default="", help="what should be better, in a sentence")
    goal = optimize.add_mutually_exclusive_group()
    goal.add_argument("--minimize", default="", metavar="NAME", help="a number of the program's")
    goal.add_argument("--maximize", default="", metavar="NAME", help="the same, to be large")
    optimize.add_argument(
        "--until-pass", action="store_true", help="take steps until the program's checks hold"
    )
    optimize.add_argument("--steps", type=_count, metavar="N", help="take at most N steps")
    optimize.add_argument(
        "--candidates", type=_count, default=1, metavar="N", help="suggestions for each step"
    )
    optimize.add_argument(
        "--optimizer", choices=get_args(OptimizerName)[1:], default="", help="who suggests"
    )
    optimize.add_argument(
        "--show-prompt", action="store_true", help="print what would be sent, and send nothing"
    )
    out = optimize.add_mutually_exclusive_group()
    out.add_argument("--diff", action="store_true", help="print the diff and nothing else")
    out.add_argument("--write", action="store_true", help="write the change, unless it is worse")
    _add_options(optimize)
    demo = _add(commands, "demo", _demo, "see it all on a small program")
    demo.add_argument("--keep", metavar="FOLDER", help="copy the workspace there and leave it")
    doctor = _add(commands, "doctor", _doctor, "say what is found and what is missing")
    _add_options(doctor)
    return parser


def _add(commands: Any, name: str, command: Any, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    parser.set_defaults(command=command)
    return parser


def _add_running(parser: argparse.ArgumentParser) -> None:
    _add_options(parser)
    parser.add_argument("file", metavar="FILE")
    parser.usage = "%(prog)s FILE [options] [-- ARGUMENTS OF THE PROGRAM]"


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--timeout", type=_seconds, default=Limits.seconds, metavar="S")
    parser.add_argument("--python", default="", help="the interpreter that runs the program")
    parser.add_argument("--model", default="", help="the model's name (or OPENAI_MODEL)")
    parser.add_argument("--base-url", default="", help="its address (or OPENAI_BASE_URL)")
    parser.add_argument("--replies", default="", help="answer from a JSON file, not a model")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _session(options: argparse.Namespace) -> Session:
    model = ModelSettings(
        provider="scripted" if options.replies else "",
        name=options.model,
        base_url=options.base_url,
        replies=options.replies,
    )
    settings = Settings(
        python=options.python,
        arguments=tuple(options.arguments),
        limits=Limits(seconds=options.timeout),
        model=model,
    )
    return Session(os.getcwd(), settings, os.environ)


# Commands


def _serve(options: argparse.Namespace) -> int:
    from trace_lsp.server.stdio import serve

    return serve(os.environ.get("TRACE_LSP_LOG", "WARNING"))


def _traced(options: argparse.Namespace) -> Trace:
    file = os.path.abspath(options.file)
    text = read_source(file)
    listener = Terminal(options.json or options.command is _graph, phases=False)
    return asyncio.run(_session(options).trace(file, text, listener))


def _run(options: argparse.Namespace) -> int:
    from trace_lsp.views.results import trace_json

    trace = _traced(options)
    changes = learned(trace)
    if options.json:
        values = [{"name": each.trainable.name, "value": each.value} for each in changes]
        _print_json({**trace_json(trace), "learned": values})
        return _exit_code(trace)
    console = errors()
    console.print(f"[dim]{_summary(trace)}[/]")
    for change in changes:
        console.print(f"[bold]learned[/] {change.trainable.name}:")
        console.print(Syntax(change.value, "python", background_color="default"))
    return _exit_code(trace)


def _summary(trace: Trace) -> str:
    from trace_lsp.views.results import trace_json
    from trace_lsp.views.values import counted

    facts = trace_json(trace)
    failed = f", {facts['failed']} failed" if facts["failed"] else ""
    recorded = f"{counted(facts['nodes'], 'node')}, {counted(facts['calls'], 'call')}{failed}"
    return f"{facts['message']} {recorded}, {facts['seconds']:.2f} s"


def _exit_code(trace: Trace) -> int:
    """The program's own code where it has one; 124 for a time-out, as `timeout` has it."""
    if trace.outcome.kind == "finished":
        return 0
    if trace.outcome.kind == "timedOut":
        return TIMED_OUT
    code = trace.outcome.code
    return code if code is not None and code > 0 else 1


def _graph(options: argparse.Namespace) -> int:
    from trace_lsp.views import collapse, dot, mermaid, outline

    trace = _traced(options)
    nodes = list(trace.nodes.values())
    if options.format == "outline":
        text = outline.outline(nodes)
    else:
        view = collapse.collapse(nodes)
        text = mermaid.mermaid(view) if options.format == "mermaid" else dot.dot(view)
    if options.json:
        _print_json({"ok": True, "kind": "shown", "format": options.format, "text": text})
    else:
        sys.stdout.write(text.rstrip("\n") + "\n")
    return _exit_code(trace)


def _optimize(options: argparse.Namespace) -> int:
    wanted = _wanted(options)
    session = _session(options)
    listener = Terminal(options.json or options.diff, phases=not options.diff)
    if options.show_prompt:
        return _show_prompt(options, session, wanted)
    with listener:
        proposal = asyncio.run(session.optimize(wanted, listener, _until(options)))
    return _finish(options, session, proposal)


def _finish(options: argparse.Namespace, session: Session, proposal: Proposal) -> int:
    """Writes the change if that is wanted, and tells what came out."""
    from trace_lsp.views.results import proposal_json, ready_text

    file = proposal.file
    kind = "ready" if proposal.changes else "noChange"
    message = ready_text(proposal)
    is_worse = proposal.verdict is not None and proposal.verdict.judgement == "worse"
    if options.write and proposal.changes and not is_worse:
        text = read_source(file)  # it may have been edited while the model was asked
        write_source(file, apply_edits(text, session.edits(proposal.id, text)))
        kind, message = "written", f"{message} Written."
    if options.json:
        data = {**proposal_json(proposal), "file": file}
        _print_json({"ok": not is_worse, "kind": kind, "message": message, "proposal": data})
    elif options.diff:
        sys.stdout.write(proposal.diff)
    else:
        show_proposal(proposal, message)
    return 1 if is_worse else 0


def _show_prompt(options: argparse.Namespace, session: Session, wanted: Wanted) -> int:
    from trace_lsp.optimizers.counting import tokens_of

    text = asyncio.run(session.prompt(wanted, Terminal(json=True)))
    tokens = tokens_of(text)
    if options.json:
        _print_json({"ok": True, "kind": "shown", "text": text, "tokens": tokens})
        return 0
    sys.stdout.write(text.rstrip("\n") + "\n")
    said = f"{len(text):,} characters, about {tokens:,} tokens. Nothing was sent."
    errors().print(f"[dim]{said}[/]", highlight=False)
    return 0


def _wanted(options: argparse.Namespace) -> Wanted:
    file, names = _target(options.target)
    text = read_source(file)
    known = find_trainables(text, file)
    if options.all:
        trainables = tuple(known) or (find_trainable(known),)
    else:
        trainables = tuple(find_trainable(known, name=name) for name in names)
    goal = None
    if options.minimize or options.maximize:
        goal = Goal(options.minimize or options.maximize, bool(options.maximize))
    return Wanted(
        file, text, trainables, options.feedback, goal, options.optimizer, options.candidates
    )


def _until(options: argparse.Namespace) -> Until:
    steps = options.steps or (STEPS if options.until_pass else 1)
    return Until(steps)


def _target(target: str) -> tuple[str, list[str | None]]:
    """A file, and the names behind a colon, if any. (A drive letter's colon is not one.)"""
    if os.path.exists(target) or ":" not in target[2:]:
        return os.path.abspath(target), [None]
    file, _, names = target.rpartition(":")
    return os.path.abspath(file), [name.strip() for name in names.split(",")]


def _demo(options: argparse.Namespace) -> int:
    from trace_lsp.demo.tour import demo

    return demo(Path(options.keep) if options.keep else None)


def _doctor(options: argparse.Namespace) -> int:
    from trace_lsp.session.doctor import examine

    findings = asyncio.run(examine(_session(options)))
    is_ready = all(each.ok or each.is_optional for each in findings)
    if options.json:
        rows = [{"name": each.name, "ok": each.ok, "text": each.text} for each in findings]
        _print_json({"ok": is_ready, "findings": rows})
    else:
        console = Console(soft_wrap=True)
        for each in findings:
            mark = "[green]✓[/]" if each.ok else "[yellow]✗[/]"
            console.print(f"{mark} [bold]{each.name}[/]: ", end="")
            console.print(each.text, markup=False, highlight=False)
    return 0 if is_ready else 1
