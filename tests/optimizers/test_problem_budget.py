"""Problems of large graphs: what is left out, what never is, and that the text says so."""

from __future__ import annotations

import asyncio
from typing import Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_lsp.errors import ProblemTooLarge
from trace_lsp.models.scripted import Scripted
from trace_lsp.optimizers import OPRO, OptoPrime
from trace_lsp.optimizers.counting import cut_to, fits, tokens_of
from trace_lsp.optimizers.memory import Scored, remembered
from trace_lsp.optimizers.optoprime import answer_step, messages_of
from trace_lsp.optimizers.patterns import Gap, Loop, folded, outlined
from trace_lsp.optimizers.problem import Problem, build_problem
from trace_lsp.optimizers.steps import Remembered, StepRequest
from trace_lsp.optimizers.style import Style
from trace_lsp.trace import GRAPH, node
from trace_lsp.trace.graph import NodeRecord, Operator, Output, TraceGraph

from .asked import Asked, suggesting

ADD = Operator("add", "Computes x + y.")
EQ = Operator("eq", "Computes x == y.")
EVAL = Operator("eval", "Calls __code.")


def checks(count: int, feedback: Optional[list[str]] = None, wrong: Any = ()) -> TraceGraph:
    """A trained function, called and checked again and again."""
    nodes = [NodeRecord(0, "__code0", "code", "def f(x):\n    return x", trainable=True)]
    for at in range(count):
        first = 3 * at + 1
        called = (("x", first), ("__code", 0))
        nodes += [
            NodeRecord(first, f"x{at}", "int", str(at)),
            NodeRecord(first + 1, f"eval{at}", "int", str(at), EVAL, called),
            NodeRecord(first + 2, f"eq{at}", "bool", str(at not in wrong), EQ, (("x", first + 1),)),
        ]
    said = feedback or ["wrong"] * count
    outputs = tuple(Output(3 * at + 3, text) for at, text in enumerate(said))
    return TraceGraph(tuple(nodes), outputs)


def chain(values: list[str], **more: Any) -> TraceGraph:
    """Calls of functions that are all different."""
    nodes = [NodeRecord(0, "w0", "str", "now", trainable=True)]
    for at, value in enumerate(values, start=1):
        operator = Operator(f"step{at}", f"Step {at}.")
        nodes.append(NodeRecord(at, f"out{at}", "str", value, operator, (("x", at - 1),), **more))
    return TraceGraph(tuple(nodes), (Output(len(values), "better"),))


def test_a_loop_is_its_first_its_last_and_its_failing_rounds() -> None:
    problem = build_problem(checks(1_000, wrong={500}), tokens=2_000)
    assert problem.code == (
        "eval0 = eval(x=x0, __code=__code0)",
        "eq0 = eq(x=eval0)",
        "… (the same 2 calls 499 times more, eval1 to eq499) …",
        "eval500 = eval(x=x500, __code=__code0)",
        "eq500 = eq(x=eval500)",
        "… (the same 2 calls 498 times more, eval501 to eq998) …",
        "eval999 = eval(x=x999, __code=__code0)",
        "eq999 = eq(x=eval999)",
    )
    more = "… (997 more are left out) …"
    assert problem.inputs == ("(int) x0=0", "(int) x500=500", "(int) x999=999", more)
    assert problem.others == ("(int) eval0=0", "(int) eval500=500", "(int) eval999=999", more)
    assert problem.outputs == ("(bool) eq0=True", "(bool) eq500=False", "(bool) eq999=True", more)
    assert problem.feedback == "wrong"


def test_of_many_failing_rounds_the_first_are_shown_and_the_others_counted() -> None:
    problem = build_problem(checks(1_000, wrong=range(0, 1_000, 10)), tokens=2_000)
    shown = [line for line in problem.code if line.startswith("eq")]
    assert [line.partition(" ")[0] for line in shown] == ["eq0", "eq10", "eq20", "eq30", "eq999"]
    assert problem.code[-3].endswith("eval31 to eq998; 96 of these failed) …")


def test_an_exception_ends_a_pattern_and_is_shown() -> None:
    graph = checks(1_000)
    nodes = list(graph.nodes)
    nodes[1502] = NodeRecord(
        1502, "exception_eval0", "str", "(KeyError) 'a'", EVAL.failed, nodes[1502].inputs, error="x"
    )
    problem = build_problem(TraceGraph(tuple(nodes), graph.outputs), tokens=2_000)
    assert "exception_eval0 = exception_eval(x=x500, __code=__code0)" in problem.code
    assert "… (the same 2 calls 498 times more" in problem.code[2]
    assert "(str) exception_eval0=(KeyError) 'a'" in problem.others
    assert len(problem.code) < 20


def test_what_fits_is_whole() -> None:
    problem = build_problem(checks(100))
    assert "…" not in problem.text()
    assert len(problem.code) == 200


def test_calls_of_two_functions_are_two_patterns() -> None:
    nodes = [
        NodeRecord(0, "__code0", "code", "def f(x):\n    return x", trainable=True),
        NodeRecord(1, "__code1", "code", "def g(x):\n    return x", trainable=True),
        NodeRecord(2, "x0", "int", "1"),
    ]
    for at in range(600):
        code = 0 if at < 300 else 1
        nodes.append(
            NodeRecord(3 + at, f"eval{at}", "int", "1", EVAL, (("x", 2 + at), ("__code", code)))
        )
    graph = TraceGraph(tuple(nodes), (Output(602, "more"),))
    code = build_problem(graph, tokens=1_000).code
    assert [line.partition(" ")[0] for line in code if line[0] != "…"] == [
        "eval0", "eval299", "eval300", "eval599",
    ]  # fmt: skip


def test_long_values_are_shortened_in_the_middle_and_variables_are_not() -> None:
    graph = chain([f"{at:03}" + "a" * 1_500 + "z" for at in range(40)])
    long = "w" * 4_000
    graph = TraceGraph((NodeRecord(0, "w0", "str", long, trainable=True), *graph.nodes[1:]),
                       graph.outputs)  # fmt: skip
    problem = build_problem(graph, tokens=5_000)
    assert problem.variables[0].value == long
    assert len(problem.code) == 40
    assert all("characters left out) …" in each and each.endswith("z") for each in problem.others)
    assert tokens_of(problem.text()) < 5_100


def test_calls_without_a_pattern_are_left_out_in_the_middle() -> None:
    problem = build_problem(chain([str(at) for at in range(2_000)]), tokens=3_000)
    assert problem.code[0] == "out1 = step1(x=w0)"
    assert problem.code[-1] == "out2000 = step2000(x=out1999)"
    (gap,) = [line for line in problem.code if line.startswith("…")]
    assert gap == f"… ({2_000 - len(problem.code) + 1:,} calls left out) …"
    assert len(problem.documentation) == len(problem.code) - 1
    assert tokens_of(problem.text()) < 3_100


def test_a_failing_call_without_a_pattern_stays() -> None:
    graph = chain([str(at) for at in range(2_000)])
    nodes = list(graph.nodes)
    nodes[700] = NodeRecord(
        700, "failed", "str", "no", nodes[700].operator, nodes[700].inputs, error="at line 3"
    )
    problem = build_problem(TraceGraph(tuple(nodes), graph.outputs), tokens=3_000)
    assert "failed = step700(x=out699)" in problem.code
    assert "(str) failed=no" in problem.others


def test_feedback_is_never_shortened() -> None:
    said = [f"output {at} should be {at * 7}" for at in range(300)]
    problem = build_problem(checks(300, said), tokens=500)
    for at, text in enumerate(said):
        assert f"{at + 1}. eq{at}: {text}" in problem.feedback.split("\n")
    assert len(problem.code) <= 7


def test_equal_feedback_and_equal_lines_are_counted() -> None:
    said = ["right"] * 400 + ["wrong\n" + "- again\n" * 50 + "end"] + ["right"] * 599
    problem = build_problem(checks(1_000, said), tokens=2_000)
    assert problem.feedback.split("\n") == [
        "1. eq0: right",
        "… (and the same of 398 outputs in between) …",
        "400. eq399: right",
        "401. eq400: wrong",
        "   - again",
        "   … (the same line 48 times more) …",
        "   - again",
        "   end",
        "402. eq401: right",
        "… (and the same of 597 outputs in between) …",
        "1000. eq999: right",
    ]
    named = [line.partition("=")[0] for line in problem.outputs]
    assert named[:-1] == [f"(bool) eq{at}" for at in (0, 399, 400, 401, 999)]


@pytest.mark.parametrize("options", [{"max_prompt_tokens": 3_000}, {}])
def test_what_must_stay_and_is_too_large_is_an_error_that_says_what(options: Any) -> None:
    x = node("word " * 40_000, name="x", trainable=True)
    model = Asked(suggesting(x0="short"))
    optimizer = OptoPrime([x], model, **options)
    optimizer.backward(x.upper(), "shorter")
    with pytest.raises(ProblemTooLarge) as raised:
        optimizer.step()
    budget = options.get("max_prompt_tokens", 24_000)
    assert f"{budget:,} are its budget: #Variables 40,0" in raised.value.message
    assert "the largest variable is `x0`, 40,000" in raised.value.message
    assert model.prompts == []
    assert raised.value.kind == "problemTooLarge"
    larger = OptoPrime([x], model, max_prompt_tokens=100_000)
    larger.step()
    assert x.data == "short"


def test_a_question_of_a_step_is_within_its_budget() -> None:
    x = node(1, name="x", trainable=True)
    model = Asked(*[suggesting(x0=at) for at in range(2, 9)])
    optimizer = OptoPrime([x], model, memory_size=None, max_prompt_tokens=2_000)
    for at in range(6):
        optimizer.zero_feedback()
        total = x
        for other in range(300):
            total = total + other
        optimizer.backward(total, f"feedback {at}: " + f"detail {at} of it, " * 60)
        optimizer.step()
        assert tokens_of(model.system) + tokens_of(model.user) <= 2_000
    assert "more tries are left out) …" in model.user
    assert "feedback 4" in model.user
    assert "feedback 0" not in model.user


def test_a_problem_that_is_masked_or_has_no_graph_is_within_it_too() -> None:
    x = node(1, name="x", trainable=True)
    model = Asked(*[suggesting(x0=at) for at in range(2, 40)])
    optimizer = OPRO([x], model, max_prompt_tokens=1_000)
    for at in range(30):
        optimizer.zero_feedback()
        optimizer.backward(x + 1, f"feedback {at}, in a few words more")
        optimizer.step()
    assert tokens_of(model.system) + tokens_of(model.user) <= 1_000
    assert "feedback 28" in model.user


# Memory

TRIES = [Scored((f"(int) x0={at}",), f"said {at}", at / 2, at == 3) for at in range(50)]


def test_the_best_and_the_newest_are_remembered() -> None:
    text = remembered(TRIES, Style(), 200)
    assert (
        "Try 4:\n(int) x0=3\nWhat was said about it: said 3\nObjective: 1.5, the best so far"
        in text
    )
    assert text.endswith("Try 50:\n(int) x0=49\nWhat was said about it: said 49\nObjective: 24.5")
    assert text.index("Try 4:") < text.index("Try 49:")
    left_out = 50 - text.count("Try ")
    assert f"… ({left_out} more tries are left out) …" in text
    assert tokens_of(text) <= 200


def test_a_try_that_is_too_large_is_cut() -> None:
    memory = [Remembered(("(str) x0=" + "word " * 5_000,), "said")]
    text = remembered(memory, Style(), 200)
    assert "characters left out" in text
    assert text.endswith("said")
    assert tokens_of(text) <= 200
    assert remembered(memory, Style(), 10) == ""


def test_memory_takes_what_the_problem_leaves() -> None:
    problem = Problem("", (), (), (), (), (), (), (), "x " * 500)
    alone = messages_of(problem, Style(tokens=2_000))
    style = Style(tokens=sum(tokens_of(each.text) for each in alone) + 100)
    both = messages_of(problem, style, TRIES)
    assert "Try 50" in both[1].text
    assert sum(tokens_of(each.text) for each in both) <= style.tokens


def test_a_large_problem_leaves_place_for_the_memory() -> None:
    graph = chain([f"value {at} " * 10 for at in range(2_000)])
    memory = tuple(Remembered((f"(str) w0={at}",), f"said {at} " * 20) for at in range(30))
    request = StepRequest(graph, (0,), "Do.", 10, Style(tokens=4_000), memory)
    answer = asyncio.run(answer_step(request, Scripted(["TERMINATE"])))
    assert tokens_of(answer.user_prompt.partition("Earlier values")[2]) > 1_300
    assert tokens_of(answer.prompt) <= 4_000


# Patterns


def test_loops_of_loops() -> None:
    keys = "s" + ("a" + "b" * 9 + "c") * 6 + "e"
    (first, loop, last) = folded(keys)
    assert (first, last) == (0, 67)
    assert isinstance(loop, Loop)
    assert len(loop.rounds) == 6
    shown = list(outlined((first, loop, last), {38}))
    assert shown[:5] == [0, 1, 2, Gap(7, 1, 0, 3, 9), 10]
    assert Gap(2, 11, 0, 12, 33) in shown
    assert 38 not in shown[:9]


def test_loops_whose_inner_loops_differ_in_length() -> None:
    steps = folded("".join("a" + "b" * count + "c" for count in (5, 9, 7, 6, 8)))
    assert len(steps) == 1


@given(st.lists(st.sampled_from("abc"), max_size=60), st.sets(st.integers(0, 60)))
def test_every_call_is_shown_or_counted_once(keys: list[str], matters: set[int]) -> None:
    def positions(step: Any) -> list[int]:
        if isinstance(step, Loop):
            return [at for each in step.rounds for part in each for at in positions(part)]
        return [step]

    steps = folded(keys)
    assert [at for step in steps for at in positions(step)] == list(range(len(keys)))
    shown = list(outlined(steps, matters))
    at = 0
    for part in shown:
        if isinstance(part, Gap):
            assert part.first == at
            at = part.last + 1
        else:
            assert part == at
            at += 1
    assert at == len(keys)


# Counting


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a word", 2),
        ("internationalization", 3),
        ("eval0 = eval(x=x0, __code=__code0)", 19),
        ("1234567", 3),
        ("if x:\n        return 1", 6),
        ("日本語", 3),
    ],
)
def test_tokens(text: str, tokens: int) -> None:
    assert tokens_of(text) == tokens


@given(st.text(), st.integers(0, 50))
def test_a_text_is_cut_to_size(text: str, tokens: int) -> None:
    cut = cut_to(text, tokens)
    assert cut == text if tokens_of(text) <= tokens else "characters left out" in cut
    assert tokens_of(cut) <= max(tokens, 14)


def test_fits_reads_no_further_than_it_must() -> None:
    def lines() -> Any:
        yield "one two three"
        raise AssertionError("not needed")

    assert not fits(lines(), 3)
    assert fits(["one two three"], 4)


@given(st.integers(1, 200), st.integers(300, 4_000), st.booleans())
def test_any_graph_is_within_its_budget(count: int, tokens: int, is_loop: bool) -> None:
    GRAPH.clear()
    graph = checks(count) if is_loop else chain(["value " * 40] * count)
    text = build_problem(graph, tokens=tokens).text()
    assert tokens_of(text) <= tokens + 60
