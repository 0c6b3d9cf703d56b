"""What a program records arrives: whole, in order, and nobody else's."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from runs.processes import until
from runs.running import PYTHONS, needs, traced
from trace_lsp.runs.child.sender import BATCH, Sender
from trace_lsp.runs.lines import EventReader
from trace_lsp.runs.record import Trace
from trace_lsp.runs.wire import Ended, Event, FeedbackGiven, Imported, Recorded, Updated
from trace_lsp.trace import node
from trace_lsp.trace.verify import verify


def names(trace: Trace) -> list[str]:
    return [each.name for each in trace.nodes.values()]


def number(trace: Trace, name: str) -> int:
    """How many nodes of that name's base there are."""
    return sum(each.rstrip("0123456789") == name for each in names(trace))


ORDER = """\
from opto.trace import node, stop_tracing
from opto.optimizers import OptoPrime

x = node(1, name="x", trainable=True)
before = x + 1
before.backward("first")
x.update("it's")
after = x * 2
after.backward("second")
"""


def test_events_come_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    events: list[Event] = []
    trace = traced(tmp_path, ORDER, hear=events.append)
    assert trace.outcome.kind == "finished"
    told: list[object] = []
    for event in events:
        if isinstance(event, Recorded):
            told += [each.name for each in event.nodes]
        elif isinstance(event, FeedbackGiven):
            told.append(tuple(each.feedback for each in event.outputs))
        elif isinstance(event, Updated):
            told.append(event.value)
        else:
            told.append(type(event))
    assert told == [
        *("x0", "int0", "add0", ("first",), '"it\'s"', "int1", "multiply0"),
        *(("first", "second"), Imported, Ended),
    ]


@pytest.mark.parametrize("version", PYTHONS)
def test_under_each_python(tmp_path: Path, version: str) -> None:
    text = """\
from opto.trace import bundle, node

@bundle(trainable=True)
def grow(x):
    return [x, x + 1]

total = node(1)
for at in range(1000):
    total = total + grow(at)[1]
"""
    trace = traced(tmp_path, text, needs(version))
    assert trace.outcome.kind == "finished"
    verify(trace.nodes)
    assert (number(trace, "eval"), number(trace, "add")) == (1000, 1000)
    places = {each.place for each in trace.nodes.values() if each.name.startswith("eval")}
    assert {place.line for place in places if place is not None} == {9}
    columns = {place.column for place in places if place is not None}
    assert columns == ({0} if version in ("3.9", "3.10") else {20})


def test_what_was_made_before_a_step_is_there_whatever_comes_then(tmp_path: Path) -> None:
    text = """\
import os
from opto.trace import node
from opto.optimizers import OptoPrime

x = node(1, trainable=True)
y = x
for _ in range(600):
    y = y + 1
optimizer = OptoPrime([x])
optimizer.backward(y, "more")
optimizer.step()
os._exit(3)
"""
    trace = traced(tmp_path, text)
    assert trace.outcome.kind == "crashed"
    assert (number(trace, "add"), len(trace.feedback)) == (600, 1)


def test_a_node_is_sent_soon_though_no_more_come(tmp_path: Path) -> None:
    text = """\
import os, time
from opto.trace import node

for _ in range(2):
    node(1)
    while not os.path.exists("heard"):
        time.sleep(0.001)
    os.remove("heard")
"""

    def hear(event: Event) -> None:
        if isinstance(event, Recorded):
            tmp_path.joinpath("heard").touch()

    trace = traced(tmp_path, text, hear=hear, seconds=10)
    assert (trace.outcome.kind, names(trace)) == ("finished", ["int0", "int1"])


def test_nodes_that_are_made_at_exit(tmp_path: Path) -> None:
    text = """\
import atexit
from opto.trace import node
atexit.register(lambda: node("bye", "late"))
"""
    assert names(traced(tmp_path, text)) == ["late0"]


FORKS = """\
import os, sys
from opto.trace import node

x = node(1, name="mine", trainable=True)
pid = os.fork()
if not pid:
    for _ in range(2000):
        node(2, name="theirs") + x
    x.backward("theirs")
    x.update(5)
    {end}
os.waitpid(pid, 0)
node(3, name="mine")
"""


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(1)", "1 / 0", "pid = os.getpid()"])
def test_a_fork_of_the_program_says_nothing(tmp_path: Path, end: str) -> None:
    events: list[Event] = []
    # The last fork goes on to the program's own end.
    text = FORKS.format(end=end).replace("os.waitpid(pid, 0)", "pid and wait()")
    text = f"import os\ndef wait():\n    pid == os.getpid() or os.waitpid(pid, 0)\n{text}"
    trace = traced(tmp_path, text, hear=events.append)
    assert trace.outcome.kind == "finished"
    assert names(trace) == ["mine0", "mine1"]
    assert (trace.feedback, trace.updates, trace.failure) == ((), (), None)
    assert sum(isinstance(event, Ended) for event in events) == 1


INTERRUPTED = """\
import random, signal
from opto.trace import node

class Late(BaseException):
    pass

def late(*_):
    global handled
    handled = True
    {do}

signal.signal(signal.SIGALRM, late)
for _ in range(300):
    try:
        handled = False
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 2e-3))
        x = node("y" * 500, name="leaf")
        while not handled:
            x = x.upper()
    except Late:
        pass
node("the end", name="last")
"""


@pytest.mark.parametrize("do", ["raise Late", "node(1, name='handled').clone()"])
def test_signals_may_come_at_any_time(tmp_path: Path, do: str) -> None:
    trace = traced(tmp_path, INTERRUPTED.format(do=do))
    assert (trace.outcome.kind, trace.output) == ("finished", "")
    verify(trace.nodes)
    assert names(trace)[-1] == "last0"
    assert number(trace, "upper") > 300


def test_threads(tmp_path: Path) -> None:
    text = """\
import threading
from opto.trace import node

def work():
    x = node(0)
    for _ in range(3000):
        x = x + 1

threads = [threading.Thread(target=work) for _ in range(4)]
[each.start() for each in threads]
[each.join() for each in threads]
"""
    trace = traced(tmp_path, text)
    assert trace.outcome.kind == "finished"
    verify(trace.nodes)
    assert number(trace, "add") == 4 * 3000


def test_the_program_waits_for_a_reader_that_is_slower(tmp_path: Path) -> None:
    written: list[bytes] = []
    reading = threading.Event()

    def write(lines: bytes) -> None:
        reading.wait()
        written.append(lines)

    sender, made = Sender(write), []

    def work() -> None:
        for _ in range(300 * BATCH):
            made.append(None)
            sender.add(x)

    x = node(1)
    sender.open()
    program = threading.Thread(target=work)
    program.start()
    until(lambda: sender._ready.qsize() > 64, "a full queue")
    assert len(made) < 200 * BATCH
    reading.set()
    program.join()
    sender.finish()
    reader, lines = EventReader(), b"".join(written).splitlines()
    assert [at for at, line in enumerate(lines) if b'"sites":[[' in line] == [0]
    events = [reader.event(line) for line in lines]
    assert sum(len(event.nodes) for event in events if isinstance(event, Recorded)) == len(made)
