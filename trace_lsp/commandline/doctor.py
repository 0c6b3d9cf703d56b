"""`doctor`: what is found, and what is missing."""

from __future__ import annotations

import argparse
import asyncio

from rich.text import Text

from trace_lsp.commandline.options import print_json, session_of
from trace_lsp.commandline.terminal import output
from trace_lsp.session.doctor import examine


def doctor(options: argparse.Namespace) -> int:
    """Returns 0 if all that must be there is."""
    with session_of(options) as session:
        findings = asyncio.run(examine(session))
    is_ready = all(each.ok or each.is_optional for each in findings)
    if options.json:
        rows = [{"name": each.name, "ok": each.ok, "text": each.text} for each in findings]
        print_json({"ok": is_ready, "findings": rows})
        return 0 if is_ready else 1
    console = output()
    for each in findings:
        mark = Text.from_markup("[green]✓[/]" if each.ok else "[yellow]✗[/]")
        console.print(mark, Text(f"{each.name}:", "bold"), Text(each.text))
    return 0 if is_ready else 1
