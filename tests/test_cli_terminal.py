"""What a terminal shows, and a pipe does not; and what is left by Ctrl-C in the middle."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from pathlib import Path

import pytest
from commandline import Screen, on_terminal, program, start, trace_lsp
from models.endpoint import ChatEndpoint, Hangs, Streams, says, soon
from runs.processes import DEADLINE, until
from session.cases import WARMER, contents, script, suggests

from trace_lsp.views.verdict import columns

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

SIZE = suggests('def size(number):\n    return "small" if number < 3 else "large"')
_BAR = "━"


@pytest.mark.parametrize("width", [80, 120])
def test_a_search_on_a_terminal(folder: Path, width: int) -> None:
    screen = on_terminal(folder, width, *program("optimize", "thermostat.py", "--no-model"))
    assert _BAR in screen.text
    assert "candidates tried" in screen.text
    # The moving line is gone at the end; and what is a table is as wide as it may be.
    assert screen.lines[0] == "│ 3 of 4 right"
    assert _BAR not in "".join(screen.lines)
    table = screen.lines[screen.lines.index("--- a/thermostat.py") - 8 :][:7]
    assert any(line.startswith("output ") for line in table)
    assert all(columns(line) <= width for line in table)


async def test_a_loop_on_a_terminal(folder: Path) -> None:
    first = says(json.dumps(SIZE))
    async with ChatEndpoint(first, Streams(first.events, "hang")) as endpoint:
        address = ("--base-url", endpoint.url, "--model", "a-model", "--steps", "2")
        screen = Screen(folder, 100, *program("optimize", "sizes.py", *address))
        asking = re.compile(r"step 2 of 2: asking a-model, about [\d,]+ tokens")
        await asyncio.to_thread(until, lambda: asking.search(screen.text))
        endpoint.release.set()
        assert await asyncio.to_thread(screen.ended) == 0
    assert "✓ step 1: 2 of 3 checks hold; 1 did before." in screen.lines
    # The second answer was cut off. What the first step came to counts, and it is said why no more.
    assert any(line.startswith("1 step taken. The connection to ") for line in screen.lines)


@pytest.mark.parametrize("how", [(), ("--json",), ("--diff",)], ids=str)
def test_none_of_that_in_a_pipe(folder: Path, how: tuple[str, ...]) -> None:
    done = trace_lsp(folder, *program("optimize", "thermostat.py", "--no-model", *how))
    assert done.code == 0
    for text in (done.out, done.err):
        assert "\x1b" not in text
        assert "\r" not in text
        assert _BAR not in text
    phases = {"tracing…", "searching…", "checking…", "ready"}
    assert phases & set(done.err.splitlines()) == (set() if how else phases)


@pytest.mark.parametrize("terminal", ["dumb", "xterm"])
def test_a_terminal_that_cannot_move_its_cursor(folder: Path, terminal: str) -> None:
    asked = program("optimize", "thermostat.py", "--no-model")
    text = on_terminal(folder, 80, *asked, TERM=terminal).text
    assert (_BAR in text) == (terminal != "dumb")
    assert ("searching…" in text) == (terminal == "dumb")


def test_what_the_program_prints_is_marked_and_bounded(folder: Path) -> None:
    (folder / "loud.py").write_text(
        (folder / "raises.py").read_text()
        + "import sys\n"
        + "print('\\x1b[2Jgone', '[red]', 'x' * 500)\n"
        + "print('line\\n' * 100)\n"
    )
    text = (folder / "loud.py").read_text().replace('print(left("pear").data)\n', "")
    (folder / "loud.py").write_text(text + "assert left('apple').data == 4\n")
    reply = suggests('def left(name):\n    """How many are left."""\n    return STOCK[name] + 1')
    asked = program("optimize", "loud.py", "--replies", script(folder.parent, reply))
    screen = on_terminal(folder, 80, *asked)
    assert "\x1b[2J" not in screen.text
    lines = screen.lines
    theirs = [line for line in lines if line.startswith("│ ")]
    assert "│ 3" in theirs
    assert any("[red]" in line and line.endswith("…") for line in theirs)
    assert "│ AssertionError" in theirs
    assert any(re.fullmatch(r"│ … \d+ more lines", line) for line in theirs)
    assert len(theirs) < 40
    assert "Traceback (most recent call last):" not in lines


def test_the_history_fits_on_a_terminal(folder: Path) -> None:
    replies = ("--replies", script(folder.parent, WARMER))
    feedback = ("--feedback", "As warm as it can be without opening a window again.")
    trace_lsp(folder, *program("optimize", "thermostat.py", *feedback, *replies))
    heading, row, _ = on_terminal(folder, 70, "history").lines
    assert columns(heading) <= 70
    assert columns(row) == 70
    assert row.endswith("…")


def test_a_message_is_not_read_as_markup(folder: Path) -> None:
    (folder / "says.py").write_text("raise ValueError('[/] [bold]no[/bold]')\n")
    done = trace_lsp(folder, *program("run", "says.py"))
    assert done.code == 1
    assert "ValueError at says.py:1: [/] [bold]no[/bold] · 0 nodes, 0 calls · " in done.err


@pytest.mark.parametrize("how", [(), ("--json",)], ids=str)
async def test_interrupted_in_the_middle_of_a_loop(
    folder: Path, tmp_path: Path, how: tuple[str, ...]
) -> None:
    before, state = contents(folder), str(tmp_path / "state")
    async with ChatEndpoint(says(json.dumps(SIZE)), Hangs()) as endpoint:
        address = ("--base-url", endpoint.url, "--model", "m", "--until-pass", "--write", *how)
        asked = program("optimize", "sizes.py", *address)
        process, _ = start(folder, *asked, TRACE_LSP_STATE=state)
        while len(endpoint.requests) < 2:
            endpoint.arrived.clear()
            await soon(endpoint.arrived)
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.to_thread(process.communicate, timeout=DEADLINE)
    assert process.returncode == 130
    said = json.loads(out)["message"] if how else err.splitlines()[-1].removeprefix("cancelled: ")
    assert said == "Interrupted. Nothing was changed. `trace-lsp history` has what 1 step came to."
    assert "Traceback" not in err
    assert contents(folder) == before

    def kept(*arguments: str) -> object:
        work = ("history", *arguments, "--json")
        return trace_lsp(folder, *work, TRACE_LSP_STATE=state).json

    (entry,) = (await asyncio.to_thread(kept))["entries"]  # type: ignore[index]
    assert (entry["steps"], entry["decision"], entry["changed"]) == (1, "open", True)
    assert entry["ended"] == "It was cancelled."
    # What it had come to by then can be written.
    await asyncio.to_thread(kept, "apply", entry["id"])
    assert 'return "small" if number < 3 else "large"' in (folder / "sizes.py").read_text()
