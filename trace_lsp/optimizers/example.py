"""The example that `include_example` puts before a problem."""

from __future__ import annotations

import json
from typing import Optional

from trace_lsp.optimizers.lines import Tags, line
from trace_lsp.optimizers.problem import Problem, Variable
from trace_lsp.optimizers.style import KEYS, Style


def example_of(objective: str, tags: Optional[Tags] = None) -> Problem:
    """A small problem whose solution can be worked out."""

    def value(name: str, value: int) -> str:
        return line("int", name, str(value), tags)

    return Problem(
        instruction=objective,
        code=("area0 = multiply(x=width0, y=height0)", "free0 = subtract(x=area0, y=margin0)"),
        documentation=("[multiply] Computes x * y.", "[subtract] Computes x - y."),
        variables=(Variable("width0", "int", "3", "at most 10", 0),),
        constraints=("(int) width0: at most 10",),
        inputs=(value("height0", 4), value("margin0", 2)),
        others=(value("area0", 12),),
        outputs=(value("free0", 10),),
        feedback="It is 10, and 18 is needed.",
        tags=tags,
    )


def example_answer(style: Style) -> str:
    """Its answer."""
    reasoning = "free0 is width0 * 4 - 2. For 18, width0 has to be 5, which is at most 10."
    if not style.has_graph:
        reasoning = "3 gave too little, so width0 should be larger, but at most 10."
    if style.tagged_answer:
        return _tagged(reasoning, style.tags or Tags())
    answer = {
        "reasoning": reasoning,
        "answer": "",
        "suggestion": {"width0": 5},
    }
    named = [(style.key(part), answer[part]) for part in KEYS]
    return json.dumps({key: value for key, value in named if key is not None}, indent=2)


def _tagged(reasoning: str, tags: Tags) -> str:
    return "\n".join(
        [
            f"<{tags.reasoning}>\n{reasoning}\n</{tags.reasoning}>",
            f"<{tags.improved}>",
            f"<{tags.name}>width0</{tags.name}>",
            f"<{tags.value}>\n5\n</{tags.value}>",
            f"</{tags.improved}>",
        ]
    )
