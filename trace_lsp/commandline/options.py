"""The options that commands share, and the session that they mean."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from trace_lsp.session.session import Session

SECONDS = 60.0

OPTIMIZERS = (
    "OptoPrime", "OptoPrimeV2", "OptoPrimeMulti", "OPRO", "OPROv2", "TextGrad", "search",
)  # fmt: skip


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and say where help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\nSee `{self.prog} --help`.\n")


def print_json(data: dict[str, Any]) -> None:
    """Writes one JSON object to stdout."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def add_running(parser: argparse.ArgumentParser) -> None:
    """The options of what runs one program as it is."""
    add_session(parser)
    parser.add_argument("file", metavar="FILE")
    parser.usage = "%(prog)s FILE [options] [-- ARGUMENTS OF THE PROGRAM]"


def add_json(parser: argparse.ArgumentParser, default: object = False) -> None:
    """The option for scripts."""
    parser.add_argument(
        "--json", action="store_true", default=default, help="print one JSON object"
    )


def add_session(parser: argparse.ArgumentParser) -> None:
    """The options of what runs programs and may ask a model."""
    add_json(parser)
    parser.add_argument(
        "--timeout", type=_seconds, default=SECONDS, metavar="S", help="a run may take so long (60)"
    )
    parser.add_argument("--python", default="", help="the interpreter that runs the program")
    model = parser.add_argument_group("the model")
    model.add_argument("--model", default="", help="the model's name (or OPENAI_MODEL)")
    model.add_argument("--base-url", default="", help="its address (or OPENAI_BASE_URL)")
    model.add_argument("--api", choices=("chat", "responses"), default="chat", help="its protocol")
    source = model.add_mutually_exclusive_group()
    source.add_argument(
        "--replies", default="", metavar="FILE", help="answer from a JSON file, not a model"
    )
    source.add_argument(
        "--cassette", default="", metavar="FILE", help="record what is asked, or answer from it"
    )
    source.add_argument("--no-model", action="store_true", help="ask none")
    model.add_argument("--cache", default="", metavar="FOLDER", help="keep replies there")
    model.add_argument(
        "--budget-tokens",
        type=count,
        metavar="N",
        help="send nothing that may cost more than is left of N tokens",
    )
    model.add_argument("--budget-money", type=_amount, metavar="X", help="the same in money")
    model.add_argument(
        "--price",
        nargs=2,
        type=_amount,
        metavar=("SENT", "RECEIVED"),
        help="what a million tokens cost",
    )


def add_optimizing(parser: argparse.ArgumentParser) -> None:
    """The options of `optimize`."""
    parser.add_argument("target", metavar="FILE[:NAME[,NAME]]")
    parser.add_argument("--all", action="store_true", help="everything trainable in the file")
    parser.add_argument("--feedback", default="", help="what should be better, in a sentence")
    goal = parser.add_mutually_exclusive_group()
    goal.add_argument(
        "--minimize",
        default="",
        metavar="NAME",
        help="make this number small: a global variable, or a node",
    )
    goal.add_argument("--maximize", default="", metavar="NAME", help="make it large")
    parser.add_argument(
        "--until-pass",
        action="store_true",
        help="take steps until the program's checks hold (10 at most)",
    )
    parser.add_argument("--steps", type=count, metavar="N", help="take at most N steps")
    parser.add_argument(
        "--resume", default="", metavar="ID", help="go on from an entry of the history"
    )
    parser.add_argument(
        "--optimizer",
        choices=OPTIMIZERS,
        default="",
        metavar="NAME",
        help=f"who suggests: {', '.join(OPTIMIZERS)}",
    )
    parser.add_argument(
        "--candidates", type=count, default=1, metavar="N", help="suggestions for each step"
    )
    out = parser.add_mutually_exclusive_group()
    out.add_argument(
        "--show-prompt", action="store_true", help="print what would be sent, and send nothing"
    )
    out.add_argument("--diff", action="store_true", help="print the diff and nothing else")
    out.add_argument("--write", action="store_true", help="write the change, unless it is worse")
    add_session(parser)


def add_history(parser: argparse.ArgumentParser) -> None:
    """What `history` does, and with which entries."""
    add_json(parser)
    parser.set_defaults(action="list", file=None, limit=20)
    actions = parser.add_subparsers(metavar="ACTION", parser_class=Parser)

    def add(name: str, help: str, *ids: str) -> argparse.ArgumentParser:
        action: argparse.ArgumentParser = actions.add_parser(name, help=help, description=help)
        action.set_defaults(action=name)
        for each in ids:
            action.add_argument(each, metavar="ID")
        add_json(action, default=argparse.SUPPRESS)  # it may stand before the action as well
        return action

    listed = add("list", "what was tried, the newest first")
    listed.add_argument("file", metavar="FILE", nargs="?", help="of this file only")
    listed.add_argument("--limit", type=count, default=20, metavar="N")
    add("show", "one of them, with each question, reply and candidate", "id")
    add("compare", "two of them, side by side", "id", "other")
    add("apply", "write what it came to", "id")
    add("undo", "write what was there before", "id")
    add("reject", "note that it is refused", "id")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of money")
    return amount


def count(text: str) -> int:
    """The text as a whole number above 0."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


@contextmanager
def session_of(options: argparse.Namespace) -> Iterator[Session]:
    """The session that the options mean."""
    from trace_lsp.models.choose import ModelSettings, Provider
    from trace_lsp.runs.configuration import Limits
    from trace_lsp.session.session import Session
    from trace_lsp.session.settings import Settings

    provider: Provider = "scripted" if options.replies else "recorded" if options.cassette else ""
    sent, received = options.price or (None, None)
    model = ModelSettings(
        provider="none" if options.no_model else provider,
        name=options.model,
        base_url=options.base_url,
        replies=options.replies,
        api=options.api,
        cassette=options.cassette,
        cache=options.cache,
        budget_tokens=options.budget_tokens,
        budget_money=options.budget_money,
        price_sent=sent,
        price_received=received,
    )
    settings = Settings(
        python=options.python,
        arguments=tuple(options.arguments),
        limits=Limits(seconds=options.timeout),
        model=model,
    )
    session = Session(os.getcwd(), settings, os.environ)
    try:
        yield session
    finally:
        session.close()
