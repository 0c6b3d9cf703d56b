"""The example that `include_example` puts before a problem."""

from __future__ import annotations

import json

from trace_lsp.optimizers.problem import Problem, Variable
from trace_lsp.optimizers.style import KEYS, Style


def example_of(objective: str) -> Problem:
    """A small problem whose solution can be worked out."""
    return Problem(
        instruction=objective,
        code=("area0 = multiply(x=width0, y=height0)", "free0 = subtract(x=area0, y=margin0)"),
        documentation=("[multiply] Computes x * y.", "[subtract] Computes x - y."),
        variables=(Variable("width0", "int", "3", "at most 10", 0),),
        constraints=("(int) width0: at most 10",),
        inputs=("(int) height0=4", "(int) margin0=2"),
        others=("(int) area0=12",),
        outputs=("(int) free0=10",),
        feedback="It is 10, and 18 is needed.",
    )


def example_answer(style: Style) -> str:
    """Its answer."""
    reasoning = "free0 is width0 * 4 - 2. For 18, width0 has to be 5, which is at most 10."
    if not style.has_graph:
        reasoning = "3 gave too little, so width0 should be larger, but at most 10."
    answer = {
        "reasoning": reasoning,
        "answer": "",
        "suggestion": {"width0": 5},
    }
    named = [(style.key(part), answer[part]) for part in KEYS]
    return json.dumps({key: value for key, value in named if key is not None}, indent=2)
