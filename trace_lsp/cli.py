"""The command line: what the editor can do, in a terminal, with ``--json`` for scripts.

What `run`'s program prints goes where it would go without us; everything of ours, and what is
printed in `optimize`, goes to stderr, but for what was asked for (a suggestion, a graph, JSON),
which goes to stdout. A command's own module is loaded when it is called.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trace_lsp import __version__
from trace_lsp.commandline.options import (
    Parser,
    add_history,
    add_optimizing,
    add_running,
    add_session,
    print_json,
)
from trace_lsp.errors import Cancelled, TraceLspError

INTERRUPTED = 130
PIPE_CLOSED = 141


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
    except Cancelled as error:
        return _failed(options, error, INTERRUPTED)
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
        print_json({"ok": False, "kind": error.kind, "message": error.message})
        return code
    from rich.text import Text

    from trace_lsp.commandline.terminal import errors

    text = Text.assemble((error.kind, "bold red"), f": {error.message}")
    errors().print(text, highlight=False)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="trace-lsp",
        description="Trace a Python program's run, give feedback, and try suggestions out.",
    )
    parser.add_argument("--version", action="version", version=f"trace-lsp {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    _add(commands, "serve", _serve, "speak LSP on stdin and stdout (also: --stdio)")
    add_running(_add(commands, "run", _run, "run a program, traced"))
    graph = _add(commands, "graph", _graph, "run a program and show what it computed")
    graph.add_argument("--format", choices=("outline", "mermaid", "dot"), default="outline")
    add_running(graph)
    add_optimizing(_add(commands, "optimize", _optimize, "suggest a better function or value"))
    add_history(_add(commands, "history", _history, "what was tried: compare, apply, undo it"))
    demo = _add(commands, "demo", _demo, "see it all on a small program")
    demo.add_argument("--keep", metavar="FOLDER", help="copy the workspace there and leave it")
    add_session(_add(commands, "doctor", _doctor, "say what is found and what is missing"))
    return parser


def _add(commands: Any, name: str, command: Any, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    parser.set_defaults(command=command)
    return parser


# Commands


def _serve(options: argparse.Namespace) -> int:
    from trace_lsp.server.stdio import serve

    return serve(os.environ.get("TRACE_LSP_LOG", "WARNING"))


def _run(options: argparse.Namespace) -> int:
    from trace_lsp.commandline.running import run

    return run(options)


def _graph(options: argparse.Namespace) -> int:
    from trace_lsp.commandline.running import graph

    return graph(options)


def _optimize(options: argparse.Namespace) -> int:
    from trace_lsp.commandline.optimize import optimize

    return optimize(options)


def _history(options: argparse.Namespace) -> int:
    from trace_lsp.commandline.history import history

    return history(options)


def _demo(options: argparse.Namespace) -> int:
    from trace_lsp.demo.tour import demo

    return demo(Path(options.keep) if options.keep else None)


def _doctor(options: argparse.Namespace) -> int:
    from trace_lsp.commandline.doctor import doctor

    return doctor(options)
