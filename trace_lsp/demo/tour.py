"""The demo: one small program, from the first run to an applied suggestion, through a real server.

It does what an editor does, and shows what a person at that editor would see.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from trace_lsp.server.editor import Editor

FEEDBACK = "All our prices end in .99. Go up to the next one, never down."
_PROGRAM = "prices.py"
_ASK = "demo.askForFeedback"

Json = dict[str, Any]


def demo(keep: Path | None = None) -> int:
    """Shows the tour on a copy of the demo's workspace; returns 0 if it went all the way.

    The copy is made in `keep`, or in a temporary folder; it stays there to be looked at.
    """
    folder = keep or Path(tempfile.mkdtemp(prefix="trace-lsp-demo-"))
    with resources.as_file(resources.files("trace_lsp.demo") / "workspace") as workspace:
        shutil.copytree(workspace, folder, dirs_exist_ok=True)
    return asyncio.run(_Tour(folder.resolve()).walk())


class _Tour:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / _PROGRAM
        self._console = Console(highlight=False)
        self._editor = Editor(on_progress=self._progress)
        self._steps = 0
        self._uri = ""

    async def walk(self) -> int:
        has_model = bool(os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"))
        self._introduce(has_model)
        settings: Json = {} if has_model else {"model": self._scripted()}
        await self._editor.start(
            self._folder, {"settings": settings, "feedbackCommand": _ASK}, cwd=self._folder
        )
        try:
            return await self._show()
        finally:
            await self._editor.stop()

    def _scripted(self) -> Json:
        return {"provider": "scripted", "replies": str(self._folder / "replies.json")}

    async def _show(self) -> int:
        self._uri = self._editor.open(self._path)
        await self._show_file()
        ran = await self._run("Run the program, traced")
        if not ran["ok"]:
            return 1
        await self._show_graph()
        line = await self._show_hover()
        result = await self._ask_for_better(line)
        if result is None or not result["ok"]:
            return self._stop(result)
        if result["kind"] == "noChange":
            self._say(result["proposal"]["reasoning"])
            return 0
        self._show_proposal(result["proposal"])
        if not await self._apply(line):
            return 1
        again = await self._run("Run it again, with the suggestion in place")
        await self._report()
        return 0 if again["ok"] else 1

    # What is shown

    def _introduce(self, has_model: bool) -> None:
        answers = (
            f"Your model answers ({os.environ.get('OPENAI_MODEL') or 'the default one'})."
            if has_model
            else "No model is configured (OPENAI_API_KEY or OPENAI_BASE_URL), so a reply that "
            "comes with the demo answers. All the rest is real: the runs, the checks, the edit."
        )
        text = (
            f"A language server is started for a copy of a small workspace, {self._folder}, "
            f"and this is what an editor shows of it.\n{answers}"
        )
        self._console.print(Panel(text, title="trace-lsp demo", title_align="left"))

    def _heading(self, title: str) -> None:
        self._steps += 1
        self._console.print()
        self._console.rule(f"[bold]{self._steps}  {title}", align="left")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False)

    def _progress(self, message: str) -> None:
        self._console.print(f"[cyan]  ▸ {message}[/]")

    def _stop(self, result: Json | None) -> int:
        if result is not None:
            self._console.print(f"[bold red]{result['kind']}[/]: ", end="")
            self._say(result["message"])
        return 1

    async def _show_file(self) -> None:
        self._heading("The file, with its lenses")
        await self._print_file()

    async def _print_file(self) -> None:
        lenses = await self._editor.lenses(self._uri)
        above = {lens["range"]["start"]["line"]: lens["command"]["title"] for lens in lenses}
        text = self._editor.texts[self._uri]
        first = 1
        for line, title in above.items():
            self._print_lines(text, first, line)
            self._console.print(f"[italic dim]     {title}[/]")
            first = line + 1
        self._print_lines(text, first, len(text.splitlines()))

    def _print_lines(self, text: str, first: int, last: int) -> None:
        code = Syntax(
            text,
            "python",
            background_color="default",
            line_numbers=True,
            line_range=(first, last),
            word_wrap=True,
        )
        self._console.print(code)

    async def _run(self, title: str) -> Json:
        self._heading(title)
        result = await self._editor.command("trace-lsp.run", {"uri": self._uri})
        for line in result.get("output", "").splitlines():
            self._console.print(f"[dim]    {line}[/]")
        self._say(
            f"  {result['message']} {result.get('nodes', 0)} values were recorded, "
            f"{result.get('calls', 0)} of them by calls, in {result.get('seconds', 0):.2f} s."
        )
        return result

    async def _show_graph(self) -> None:
        self._heading("What was computed, as a tree of calls")
        result = await self._editor.command(
            "trace-lsp.showGraph", {"uri": self._uri, "format": "outline"}
        )
        self._say(result["text"].rstrip())

    async def _show_hover(self) -> int:
        """Returns the line of the trainable function's name."""
        self._heading("Hover over the function")
        lens = (await self._editor.lenses(self._uri))[0]
        self._console.print(f"[italic dim]{lens['command']['title']}[/]")
        start = lens["range"]["start"]
        hover = await self._editor.hover(self._uri, start["line"], start["character"])
        self._console.print(Panel(Text(hover), border_style="dim"))
        line: int = start["line"]
        return line

    async def _ask_for_better(self, line: int) -> Json | None:
        """Takes the code action and answers its question; returns what came of it."""
        self._heading("A code action, and a sentence of feedback")
        actions = await self._editor.actions(self._uri, line)
        for each in actions:
            self._console.print(f"  [yellow]●[/] {each['title']}")
        asking = [each["command"] for each in actions if _asks(each)]
        if not asking:
            return None
        self._console.print(f"\n  Feedback: [bold]{FEEDBACK}[/]\n")
        params: Json = {**asking[0]["arguments"][0], "feedback": FEEDBACK}
        return await self._editor.command("trace-lsp.optimize", params)

    def _show_proposal(self, proposal: Json) -> None:
        self._heading("The problem that was sent")
        self._console.print(Panel(Text(proposal["problem"]), border_style="dim"))
        self._heading("The reasoning")
        self._say(proposal["reasoning"])
        self._heading("The change it suggests")
        self._console.print(
            Syntax(proposal["diff"], "diff", background_color="default", word_wrap=True)
        )
        self._heading("Tried out before you see it: before and after")
        self._console.print(_verdict_table(proposal["verdict"]))
        verdict = proposal["verdict"]
        self._console.print(f"  [bold]{verdict['judgement']}[/]: {verdict['reason']}")

    async def _apply(self, line: int) -> bool:
        """Takes the suggestion's code action, as a person would."""
        self._heading("The edit, applied")
        actions = await self._editor.actions(self._uri, line)
        offered = [each for each in actions if each["title"].startswith("Apply")]
        self._console.print(f"  [yellow]●[/] {offered[0]['title']}\n")
        resolved = await self._editor.resolve(offered[0])
        if not self._editor.apply_edit(resolved["edit"]):
            return False
        await self._print_file()
        return True

    async def _report(self) -> None:
        result = await self._editor.command("trace-lsp.showReport", {"uri": self._uri})
        self._console.print()
        self._console.rule("[bold green]Done", align="left")
        self._say("The graph, the reasoning and the verdict, as a page that needs no network:")
        self._console.print(f"[bold]{result['path']}[/]", soft_wrap=True)


def _asks(action: Json) -> bool:
    return bool(action.get("command", {}).get("command") == _ASK)


def _verdict_table(verdict: Json) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("output", "before", "after"):
        table.add_column(heading, overflow="fold")
    for row in verdict["outputs"]:
        before, after = row["before"] or "(none)", row["after"] or "(none)"
        style = "bold" if before != after else "dim"
        table.add_row(Text(row["label"]), Text(before), Text(after), style=style)
    return table
