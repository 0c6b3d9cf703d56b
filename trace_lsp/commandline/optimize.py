"""`optimize`: something better for what a program may change."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import Optional

from trace_lsp.commandline.options import print_json, session_of
from trace_lsp.commandline.progress import Marking, Showing
from trace_lsp.commandline.shown import hint, show_proposal
from trace_lsp.errors import Cancelled, NoneConfigured
from trace_lsp.models.budget import Spent, spent_on
from trace_lsp.optimizers.counting import tokens_of
from trace_lsp.session.events import Listener
from trace_lsp.session.goal import Goal
from trace_lsp.session.proposal import Proposal
from trace_lsp.session.session import Session
from trace_lsp.session.wanted import UNTIL_PASS, Until, Wanted
from trace_lsp.source.files import read_source, write_source
from trace_lsp.source.text import apply_edits
from trace_lsp.source.trainables import find_trainable, find_trainables
from trace_lsp.views.results import proposal_json, ready_text
from trace_lsp.views.values import counted


def optimize(options: argparse.Namespace) -> int:
    """Returns 0 if there is an edit that is not worse, or no change is wanted."""
    wanted = _wanted(options)
    with session_of(options) as session:
        if options.show_prompt:
            return _show_prompt(options, session, wanted)
        with Marking() if options.json or options.diff else Showing() as listener:
            try:
                proposal = _optimized(options, session, wanted, listener)
            except KeyboardInterrupt as error:
                raise Cancelled(_interrupted(listener.steps)) from error
        return _finish(options, session, proposal, is_kept=not listener.has_warned)


def _optimized(
    options: argparse.Namespace, session: Session, wanted: Wanted, listener: Listener
) -> Proposal:
    work = session.optimize(wanted, listener, _until(options), options.resume)
    return asyncio.run(work)


def _interrupted(steps: int) -> str:
    kept = f" `trace-lsp history` has what {counted(steps, 'step')} came to." if steps else ""
    return f"Interrupted. Nothing was changed.{kept}"


def _finish(
    options: argparse.Namespace, session: Session, proposal: Proposal, is_kept: bool
) -> int:
    """Writes the change if that is wanted, and tells what came out."""
    file = proposal.file
    kind = "ready" if proposal.changes else "noChange"
    message = ready_text(proposal)
    is_worse = proposal.verdict is not None and proposal.verdict.judgement == "worse"
    if options.write and proposal.changes and not is_worse:
        text = read_source(file)  # it may have been edited while the model was asked
        write_source(file, apply_edits(text, session.edits(proposal.id, text)))
        session.decide(proposal.id, "applied")
        kind, message = "written", f"{message} Written."
    spent = _spent(session)
    if options.json:
        told = {"spent": _spent_json(spent)} if spent else {}
        data = {**proposal_json(proposal), "file": file}
        result = {"ok": not is_worse, "kind": kind, "message": message, "proposal": data, **told}
        print_json(result)
    elif options.diff:
        sys.stdout.write(proposal.diff)
    else:
        is_loop = _until(options).steps > 1 and any(each.model for each in proposal.steps)
        show_proposal(proposal, message, is_loop)
        sys.stdout.flush()  # what comes next is on another stream
        _hints(proposal, spent, kind if is_kept and not is_worse else "")
    return 1 if is_worse else 0


def _hints(proposal: Proposal, spent: Optional[Spent], kind: str) -> None:
    """What it cost, and how to go on."""
    if spent and spent.calls:
        hint(_spent_text(spent))
    if kind == "ready":
        hint(f"To write it: trace-lsp history apply {proposal.id}")
    elif kind == "written":
        hint(f"To put back what was there: trace-lsp history undo {proposal.id}")


def _spent(session: Session) -> Optional[Spent]:
    """What the model that was asked has cost; None where none was, or nobody counts."""
    try:
        return spent_on(session.model())
    except NoneConfigured:
        return None


def _spent_json(spent: Spent) -> dict[str, object]:
    return {
        "calls": spent.calls,
        "sent": spent.sent,
        "received": spent.received,
        "cost": spent.cost,
        "isEstimate": spent.is_estimate,
    }


def _spent_text(spent: Spent) -> str:
    about = "about " if spent.is_estimate else ""
    cost = f", at a price of {spent.cost:.4g}" if spent.cost is not None else ""
    return f"Spent: {about}{spent.sent:,} tokens sent, {spent.received:,} received{cost}."


def _show_prompt(options: argparse.Namespace, session: Session, wanted: Wanted) -> int:
    with Marking() as listener:
        text = asyncio.run(session.prompt(wanted, listener))
    tokens = tokens_of(text)
    if options.json:
        print_json({"ok": True, "kind": "shown", "text": text, "tokens": tokens})
        return 0
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()
    hint(f"{len(text):,} characters, about {tokens:,} tokens. Nothing was sent.")
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
    return Until(options.steps or (UNTIL_PASS if options.until_pass else 1))


def _target(target: str) -> tuple[str, list[Optional[str]]]:
    """A file, and the names behind a colon, if any. (A drive letter's colon is not one.)"""
    if os.path.exists(target) or ":" not in target[2:]:
        return os.path.abspath(target), [None]
    file, _, names = target.rpartition(":")
    return os.path.abspath(file), [name.strip() for name in names.split(",")]
