"""The words an optimizer asks with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Optional

from trace_lsp.errors import ReplyRefused
from trace_lsp.optimizers.memory import remembered
from trace_lsp.optimizers.steps import Remembered
from trace_lsp.optimizers.style import Style, Tags

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
_CONTEXT = "more to know about the problem"
_FEEDBACK_WITHOUT_GRAPH = "what somebody, or something, said about what came of #Variables"

_TASK = """\
You improve a program from feedback on what it did. You are shown one run of it as a problem with \
these sections:"""
_TASK_WITHOUT_GRAPH = """\
You look for values that get good feedback. You are shown the values that were tried last as a \
problem with these sections:"""

_VALUES = """\
A value is written as (type) name=value. Where the type is code, it is written (code) name:source, \
and the source is a Python function."""

_TAGGED_VALUES = """\
A value stands in <{node} name="..." type="..."> between <{value}> and </{value}>, a variable in \
<{variable} ...>, with what a new value must keep in its <{constraint}>. Where the type is code, the \
value is the source of a Python function."""
_JSON = "Answer with one JSON object and nothing else:"
_TAGGED_FORM = """\
Answer in these tags and with nothing else, with one <{improved}> for each variable that you change:

<{reasoning}>
...
</{reasoning}>
<{improved}>
<{name}>the name of a variable</{name}>
<{value}>
its new value
</{value}>
</{improved}>"""
_TAGGED_ANSWER = """\
- <{reasoning}>: {about}
- <{improved}>: a variable of #Variables, by its name, and its new value, of the same type as now. \
Write a value as it is, with nothing around it: a text without quotes, code as source that is valid \
Python and has the same name and parameters, anything else as in Python. Leave out what should stay \
as it is.

If nothing should change, give the <{reasoning}> alone."""

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
    words = {style.title(each): style.worded(sections[each]) for each in style.sections}
    if style.context:
        words[style.title("Context")] = _CONTEXT
    width = max(len(title) for title in words) + 2
    rows = [f"{title:{width}}{said}" for title, said in words.items()]
    values = _VALUES if style.tags is None else _tagged(_TAGGED_VALUES, style.tags)
    form = _tagged_form if style.tagged_answer else _json_form
    return "\n\n".join((task, "\n".join(rows), style.worded(values), form(style, reasoning)))


def _json_form(style: Style, reasoning: str) -> str:
    said = {"reasoning": reasoning, "answer": _ANSWER, "suggestion": _SUGGESTION}
    parts = [part for part in said if style.key(part) is not None]
    form = ",\n".join(_FORMS[part] for part in parts)
    words = style.worded("\n".join(said[part] for part in parts))
    return "\n\n".join((_JSON, style.worded(f"{{\n{form}\n}}"), words))


def _tagged_form(style: Style, reasoning: str) -> str:
    tags = style.tags or Tags()
    about = reasoning.partition(": ")[2]
    words = style.worded(_tagged(_TAGGED_ANSWER, tags, about=about))
    return f"{_tagged(_TAGGED_FORM, tags)}\n\n{words}"


def _tagged(words: str, tags: Tags, **more: str) -> str:
    return words.format(**asdict(tags), **more)


def user_prompt(
    problem: str,
    style: Style,
    memory: Sequence[Remembered] = (),
    example: str = "",
    variables: Sequence[str] = (),
    memory_tokens: Optional[int] = None,
) -> str:
    """The problem's text between what comes before and after it: an example, what earlier values
    led to, in at most `memory_tokens`, and the names of the variables."""
    parts = [
        example,
        f"This is the problem:\n\n{problem}",
        remembered(memory, style, memory_tokens),
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


def repair_prompt(refusal: ReplyRefused) -> str:
    """What is said of a reply that cannot be used: what is wrong, and that it is asked for again."""
    shorter = " Be much shorter this time." if refusal.reason == "replyCutOff" else ""
    return (
        f"Your reply cannot be used, and nothing of it was taken. {refusal.message}{shorter}\n\n"
        "Answer the problem again, with a whole answer in the form that was asked for."
    )
