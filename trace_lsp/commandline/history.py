"""`history`: what was tried, compared, taken up again and undone."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import closing

from rich.text import Text

from trace_lsp.commandline.options import print_json
from trace_lsp.commandline.terminal import output
from trace_lsp.session.history import History, history_of
from trace_lsp.session.history_compare import compare
from trace_lsp.session.history_edits import edits_to_redo, edits_to_undo, must_change
from trace_lsp.session.history_types import Decision, Entry
from trace_lsp.source.files import read_source, write_source
from trace_lsp.source.text import TextEdit, apply_edits
from trace_lsp.views.history import comparison_text, entry_text, history_table
from trace_lsp.views.history_json import comparison_json, entry_json, summary_json


def history(options: argparse.Namespace) -> int:
    """Does what the options' action says with the history of this folder."""
    with closing(History(history_of(os.getcwd(), os.environ))) as kept:
        return _ACTIONS[options.action](options, kept)


def _list(options: argparse.Namespace, kept: History) -> int:
    file = None if options.file is None else os.path.abspath(options.file)
    found = kept.entries(file, options.limit)
    if options.json:
        print_json({"ok": True, "kind": "shown", "entries": [summary_json(each) for each in found]})
    elif found:
        _print_rows(history_table(found, plain=True))
    else:
        sys.stdout.write("Nothing was tried here yet: `trace-lsp optimize FILE` does.\n")
    return 0


def _print_rows(table: str) -> None:
    """Rows stay rows on a terminal that they are too long for."""
    console = output()
    if console.is_terminal:
        console.print(Text(table), no_wrap=True, overflow="ellipsis")
    else:
        sys.stdout.write(f"{table}\n")


def _show(options: argparse.Namespace, kept: History) -> int:
    entry = kept.entry(options.id)
    if options.json:
        print_json({"ok": True, "kind": "shown", "entry": entry_json(entry)})
    else:
        sys.stdout.write(entry_text(entry, plain=True) + "\n")
    return 0


def _compare(options: argparse.Namespace, kept: History) -> int:
    found = compare(kept.entry(options.id), kept.entry(options.other))
    if options.json:
        print_json({"ok": True, "kind": "shown", "comparison": comparison_json(found)})
    else:
        sys.stdout.write(comparison_text(found, plain=True) + "\n")
    return 0


def _apply(options: argparse.Namespace, kept: History) -> int:
    return _write(options, kept, edits_to_redo, "applied")


def _undo(options: argparse.Namespace, kept: History) -> int:
    return _write(options, kept, edits_to_undo, "undone")


def _write(
    options: argparse.Namespace,
    kept: History,
    edits_of: Callable[[Entry, str], list[TextEdit]],
    decision: Decision,
) -> int:
    entry = kept.entry(options.id)
    must_change(entry)
    text = read_source(entry.file)
    write_source(entry.file, apply_edits(text, edits_of(entry, text)))
    kept.decide(entry.id, decision)
    message = f"{', '.join(entry.after)} in {entry.file}: {decision}."
    return _said(options, decision, message)


def _reject(options: argparse.Namespace, kept: History) -> int:
    entry = kept.entry(options.id)
    kept.decide(entry.id, "rejected")
    return _said(options, "rejected", f"{entry.id} is noted as refused.")


def _said(options: argparse.Namespace, kind: str, message: str) -> int:
    if options.json:
        print_json({"ok": True, "kind": kind, "message": message})
    else:
        sys.stdout.write(f"{message}\n")
    return 0


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, History], int]] = {
    "list": _list,
    "show": _show,
    "compare": _compare,
    "apply": _apply,
    "undo": _undo,
    "reject": _reject,
}
