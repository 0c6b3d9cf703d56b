"""The words an optimizer asks with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trace_lsp.optimizers.steps import Remembered
from trace_lsp.optimizers.style import Style

OBJECTIVE = (
    "Change the values in #Variables so that #Outputs improves in the way that #Feedback asks for."
)
OBJECTIVE_WITHOUT_GRAPH = (
    "Find values for #Variables that would get better feedback than those tried so far."
)

_SECTIONS: Mapping[str, str] = {
    "Instruction": "what to do, or the question to answer",
    "Code": "what was computed, one call a line, in the order in which it ran",
    "Documentation": "what each function in #Code does; it may say little, so learn also from "
    "the values",
    "Variables": "what you may change",
    "Constraints": "what a new value of a variable must keep",
    "Inputs": "values that the program was given or worked out on its own; they cannot be changed",
    "Others": "values in between",
    "Outputs": "the results that the feedback is about",
    "Feedback": "what somebody, or something, said about #Outputs",
}
_FEEDBACK_WITHOUT_GRAPH = "what somebody, or something, said about what came of #Variables"

_TASK = """\
You improve a program from feedback on what it did. You are shown one run of it as a problem with \
these sections:"""
_TASK_WITHOUT_GRAPH = """\
You look for values that get good feedback. You are shown the values that were tried last as a \
problem with these sections:"""

_VALUES = """\
A value is written as (type) name=value. Where the type is code, it is written (code) name:source, \
and the source is a Python function.

Answer with one JSON object and nothing else:"""

_REASONING = """\
- "reasoning": what the feedback means for each variable, given how #Code uses it and the values you \
see, and what you expect of the change."""
_REASONING_WITHOUT_GRAPH = """\
- "reasoning": what the feedback means for each variable, compared with the values tried before, and \
what you expect of the change."""
_ANSWER = """\
- "answer": the answer, if #Instruction asks for one; otherwise an empty string."""
_SUGGESTION = """\
- "suggestion": new values for variables in #Variables only, of the same type as now. Leave out what \
should stay as it is. For code, give the whole function as one string: valid Python, with the same \
name and parameters.

If nothing should change, let "suggestion" be {}."""

_FORMS: Mapping[str, str] = {
    "reasoning": '  "reasoning": "..."',
    "answer": '  "answer": "..."',
    "suggestion": '  "suggestion": {"<name of a variable>": <its new value>, ...}',
}


def system_prompt(style: Style) -> str:
    """What an answer is asked of, and in what form it shall come."""
    sections = dict(_SECTIONS)
    task, reasoning = _TASK, _REASONING
    if not style.has_graph:
        sections["Feedback"] = _FEEDBACK_WITHOUT_GRAPH
        task, reasoning = _TASK_WITHOUT_GRAPH, _REASONING_WITHOUT_GRAPH
    width = max(len(style.title(each)) for each in style.sections) + 2
    rows = [f"{style.title(each):{width}}{style.worded(sections[each])}" for each in style.sections]
    said = {"reasoning": reasoning, "answer": _ANSWER, "suggestion": _SUGGESTION}
    parts = [part for part in said if style.key(part) is not None]
    form = ",\n".join(_FORMS[part] for part in parts)
    paragraphs = (
        task,
        "\n".join(rows),
        style.worded(_VALUES),
        style.worded(f"{{\n{form}\n}}"),
        style.worded("\n".join(said[part] for part in parts)),
    )
    return "\n\n".join(paragraphs)


def user_prompt(
    problem: str,
    style: Style,
    memory: Sequence[Remembered] = (),
    example: str = "",
    variables: Sequence[str] = (),
) -> str:
    """The problem's text between what comes before and after it: an example, what earlier values
    led to, and the names of the variables."""
    parts = [
        example,
        f"This is the problem:\n\n{problem}",
        remembered(memory, style),
        f"Say which new values you suggest for {', '.join(variables)}." if variables else "",
        "Your answer:",
    ]
    return "\n\n".join(part for part in parts if part)


def example_prompt(problem: str, answer: str) -> str:
    """An example problem, and how it should be answered."""
    return (
        f"This is an example of a problem:\n\n{problem}\n\n"
        f"It could be answered so:\n\n{answer}\n\n"
        "Here the example ends."
    )


def remembered(memory: Sequence[Remembered], style: Style) -> str:
    """What earlier values of the variables led to, as text; "" if there were none."""
    if not memory:
        return ""
    rounds = [
        f"Try {number}:\n{_lines(each.variables, style)}\n"
        f"What was said about it: {style.inert(each.feedback)}"
        for number, each in enumerate(memory, start=1)
    ]
    heading = "Earlier values of the variables, the oldest first, and what they led to:"
    return "\n\n".join([heading, *rounds])


def _lines(lines: Sequence[str], style: Style) -> str:
    return style.inert("\n".join(lines))
