"""Several trainables at once, and trainables that a run makes often, differently, or never uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from session.looping import Bench, f, suggests
from trace_lsp.errors import NothingRecorded, ReplyRefused
from trace_lsp.session.goal import Goal
from trace_lsp.session.proposal import Proposal
from trace_lsp.source.text import apply_edits

SEVERAL = """\
from opto import trace

x = trace.node(3, trainable=True, name="x")

@trace.bundle(trainable=True)
def f(x):
    return x

class Shop:
    @trace.bundle(trainable=True)
    def price(self, cost):
        return cost * 2

f(x).eq(5)
Shop().price(f(x)).eq(15)
Shop().price(2).eq(6)
"""
PRICE = "def price(self, cost):\n    return cost * 3"


def values(proposal: Proposal) -> dict[str, str]:
    return {each.trainable.name: each.value for each in proposal.changes}


def test_all_of_them_in_one_step(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SEVERAL, suggests(x0=5, __code1=PRICE))
    proposal = bench.optimize()
    assert proposal.names == ("x", "f", "Shop.price")
    # Of what is not changed, nothing is said.
    assert values(proposal) == {"x": "5", "Shop.price": PRICE}
    assert dict(proposal.steps[0].trials[0].values) == values(proposal)
    assert proposal.verdict is not None
    assert proposal.verdict.passes
    edited = apply_edits(proposal.text, proposal.edits)
    assert edited == SEVERAL.replace("node(3", "node(5").replace("cost * 2", "cost * 3")
    entry = bench.entry
    assert dict(entry.kinds) == {"x": "value", "f": "function", "Shop.price": "function"}
    assert dict(entry.before)["x"] == "3"
    assert dict(entry.after) == values(proposal)
    assert entry.diff == proposal.diff


def test_one_after_the_other(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path, SEVERAL, suggests(__code1=PRICE), suggests(x0=9), suggests(__code0=f("x + 2"))
    )
    proposal = bench.optimize(steps=3)
    assert [each.accepted for each in bench.heard.ended] == [True, False, True]
    # What the first step changed is in the second's problem, and kept by the third.
    assert "cost * 3" in bench.heard.prompts[1]
    assert values(proposal) == {"Shop.price": PRICE, "f": f("x + 2")}
    tried = [dict(each.trials[0].values) for each in proposal.steps]
    assert tried[1] == {"Shop.price": PRICE, "x": "9"}
    assert "Try 2:\n(int) x0=9\n" in bench.heard.prompts[2]


def test_a_later_step_may_change_the_same(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path, SEVERAL, suggests(__code1=PRICE), suggests(x0=5, __code1=PRICE + " + 0")
    )
    assert values(bench.optimize(steps=2)) == {"Shop.price": PRICE + " + 0", "x": "5"}


def test_only_what_is_wanted_may_change(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SEVERAL, suggests(x0=5), suggests(x0=5))
    with pytest.raises(ReplyRefused, match="It names `x0`; there is __code1"):
        bench.optimize("Shop.price")


def test_only_what_depends_on_what_is_wanted_judges(tmp_path: Path) -> None:
    text = SEVERAL.replace("Shop().price(f(x)).eq(15)\n", "")
    bench = Bench(tmp_path, text, suggests(__code1=PRICE))
    proposal = bench.optimize("Shop.price", steps=5)
    assert proposal.verdict is not None
    # The check of `f(x)` fails as before, and nothing here could change that.
    assert (proposal.verdict.checks, proposal.verdict.passes) == ((1, 1), True)
    assert "depends on what may change" in proposal.ended


NEW_CHECK = """\
from opto import trace

@trace.bundle(trainable=True)
def f(x):
    return x

@trace.bundle(trainable=True)
def g(x):
    return x

g(1).eq(1)
if f(1).eq(2):
    g(2).eq(9)
"""


def test_a_check_that_is_come_to_later_counts_for_all_that_is_wanted(tmp_path: Path) -> None:
    second = suggests(__code1="def g(x):\n    return 9 if x == 2 else x")
    bench = Bench(tmp_path, NEW_CHECK, suggests(__code0=f("x + 1")), second)
    proposal = bench.optimize(steps=4)
    first = proposal.steps[0].trials[0]
    assert (first.accepted, first.reason) == (True, "2 of 3 checks hold; 1 did before.")
    assert proposal.verdict is not None
    assert (proposal.verdict.checks, len(proposal.steps)) == ((3, 3), 2)


# Made several times


MADE_TWICE = """\
from opto import trace

def made():
    return trace.node(3, trainable=True, name="x")

(made() + 1).eq(6)
(made() + 2).eq(7)
"""


def test_what_is_made_twice_is_one_text(tmp_path: Path) -> None:
    bench = Bench(tmp_path, MADE_TWICE, suggests(x0=5, x1=5))
    proposal = bench.optimize()
    assert values(proposal) == {"made.x": "5"}
    assert proposal.verdict is not None
    assert proposal.verdict.passes


@pytest.mark.parametrize("reply", [suggests(x0=5), suggests(x0=5, x1=6)])
def test_two_values_for_one_text_are_refused(tmp_path: Path, reply: object) -> None:
    bench = Bench(tmp_path, MADE_TWICE, reply, suggests(x0=5, x1=5))
    proposal = bench.optimize(steps=2)
    assert [each.understood for each in proposal.steps] == ["severalValues", "suggestion"]
    assert "The run made `made.x` 2 times." in proposal.steps[0].outcome
    assert proposal.steps[0].trials == ()
    assert "refused" in bench.heard.words


FACTORY = """\
from opto import trace

def grown(by):
    @trace.bundle(trainable=True)
    def grow(x):
        return x
    return grow(by)

grown(1).eq(2)
grown(2).eq(3)
"""


def test_a_function_that_is_made_twice(tmp_path: Path) -> None:
    source = "def grow(x):\n    return x + 1"
    bench = Bench(tmp_path, FACTORY, suggests(__code0=source, __code1=source))
    proposal = bench.optimize()
    assert [each.value for each in proposal.changes] == [source]
    assert proposal.verdict is not None
    assert proposal.verdict.passes
    assert "+        return x + 1" in proposal.diff


# Never used


UNUSED = SEVERAL.replace("Shop().price", "(lambda x: x + 0 * f(x))")


def test_what_the_run_never_used_is_named(tmp_path: Path) -> None:
    bench = Bench(tmp_path, UNUSED)
    with pytest.raises(NothingRecorded, match=r"The run never used `Shop\.price`"):
        bench.optimize()
    assert "Shop.price" in bench.entry.ended


STOPS_USING = """\
from opto import trace

@trace.bundle(trainable=True)
def f(x):
    return x

@trace.bundle(trainable=True)
def g(x):
    return x

loss = 5.0
if f(1).data == 1:
    loss = g(3.0).data
"""


def test_what_a_better_run_uses_no_more_ends_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, STOPS_USING, suggests(__code0=f("2")))
    proposal = bench.optimize(steps=3, goal=Goal("loss", True))
    assert values(proposal) == {"f": f("2")}
    assert "never used `g`" in proposal.ended
