"""What it costs to put a graph as a problem, and how long the problem gets.

Run it with ``python tests/benchmarks/problem.py``. Times are CPU time, the median of several
rounds; the graphs are data already. A problem has a budget of tokens, so that its length is the
same for a large graph and for a huge one.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Iterator

from trace_lsp.optimizers.budget import PROBLEM_TOKENS
from trace_lsp.optimizers.counting import tokens_of
from trace_lsp.optimizers.problem import build_problem
from trace_lsp.trace.graph import NodeRecord, Operator, Output, TraceGraph

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 5

_EVAL = Operator("eval", "eval(__code, *args) calls the function whose source is __code.")
_EQ = Operator("eq", "Computes x == y.")
_ADD = Operator("add", "Computes x + y.")
_OTHERS = tuple(Operator(f"step_{at}", f"Step {at} of the program.") for at in range(40))
_CODE = "def sort(numbers):\n    return sorted(numbers)"


def main() -> None:
    """Prints a line for each kind of graph and size."""
    print(f"{'graph':28}{'nodes':>9}{'ms':>10}{'µs/node':>10}{'tokens':>9}{'characters':>12}")
    for name, graph in graphs():
        seconds = statistics.median(_seconds(graph) for _ in range(ROUNDS))
        text = build_problem(graph).text()
        count = len(graph.nodes)
        print(
            f"{name:28}{count:>9,}{seconds * 1e3:>10.1f}{seconds * 1e6 / count:>10.2f}"
            f"{tokens_of(text):>9,}{len(text):>12,}"
        )
    print(f"The budget is {PROBLEM_TOKENS:,} tokens.")


def graphs() -> Iterator[tuple[str, TraceGraph]]:
    """What is measured, by name."""
    for size in SIZES:
        yield "a loop of calls and checks", loop(size)
    for size in SIZES:
        yield "calls in no order", disorder(size)
    yield "1,000 parameters", parameters(1_000)


def loop(size: int) -> TraceGraph:
    """A function called again and again, each result checked; one check in 500 fails."""
    nodes = [NodeRecord(0, "__code0", "code", _CODE, trainable=True)]
    for at in range(size // 4):
        first = 4 * at + 1
        verdict = str(at % 500 != 250)
        nodes += [
            NodeRecord(first, f"numbers{at}", "list", f"[{at}, 2, 1]"),
            NodeRecord(first + 1, f"list{at}", "list", f"[1, 2, {at}]"),
            NodeRecord(
                first + 2, f"eval{at}", "list", f"[1, 2, {at}]", _EVAL,
                (("numbers", first), ("__code", 0)),
            ),
            NodeRecord(
                first + 3, f"eq{at}", "bool", verdict, _EQ, (("x", first + 2), ("y", first + 1))
            ),
        ]  # fmt: skip
    outputs = tuple(Output(each.id, "wrong") for each in nodes if each.operator is _EQ)
    return TraceGraph(tuple(nodes), outputs)


def disorder(size: int) -> TraceGraph:
    """Calls of many functions with long values, in an order that never repeats."""
    chance = random.Random(5)
    nodes = [NodeRecord(0, "x0", "str", "a" * 400, trainable=True)]
    for id in range(1, size):
        operator = chance.choice(_OTHERS)
        inputs = (("x", id - 1), ("y", chance.randrange(id)))
        value = f"{id} " * chance.randrange(1, 400)
        nodes.append(NodeRecord(id, f"{operator.name}_{id}", "str", value, operator, inputs))
    return TraceGraph(tuple(nodes), (Output(size - 1, "shorter"),))


def parameters(count: int) -> TraceGraph:
    """Parameters, and their sum."""
    nodes = [
        NodeRecord(at, f"weight{at}", "float", f"0.{at}", trainable=True) for at in range(count)
    ]
    total = 0
    for at in range(1, count):
        inputs = (("x", total), ("y", at))
        total = count + at - 1
        nodes.append(NodeRecord(total, f"add{at - 1}", "float", f"{at}.5", _ADD, inputs))
    return TraceGraph(tuple(nodes), (Output(total, "should be larger"),))


def _seconds(graph: TraceGraph) -> float:
    gc.collect()
    start = time.process_time()
    build_problem(graph).text()
    return time.process_time() - start


if __name__ == "__main__":
    main()
