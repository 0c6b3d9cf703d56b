"""A trace graph as an optimizer reads it.

The problem holds the minimal subgraph: what lies between the variables and the outputs. Values
from outside it that it uses stand among the inputs, without how they came about.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Optional

from trace_lsp.errors import NothingRecorded
from trace_lsp.optimizers.prompts import OBJECTIVE
from trace_lsp.optimizers.style import SECTIONS, Style
from trace_lsp.trace.graph import NodeRecord, Operator, TraceGraph

_FORGED = re.compile(rf"^#(?=(?:{'|'.join(SECTIONS)})\b)", re.MULTILINE)


@dataclass(frozen=True)
class Variable:
    """Something the optimizer may change.

    `name` is what the problem calls it, `type` its type's name (``code`` for functions), `value`
    its text, never shortened, `constraint` a sentence or "", `node` the parameter's node id.
    """

    name: str
    type: str
    value: str
    constraint: str
    node: int


@dataclass(frozen=True)
class Problem:
    """An OPTO problem, section by section; each entry is one line (or block) of its section.

    `text()` is the whole as it is sent. (Trace, section 4: "the OptoPrime problem".)
    """

    instruction: str
    code: tuple[str, ...]
    documentation: tuple[str, ...]
    variables: tuple[Variable, ...]
    constraints: tuple[str, ...]
    inputs: tuple[str, ...]
    others: tuple[str, ...]
    outputs: tuple[str, ...]
    feedback: str

    def lines(self) -> tuple[str, ...]:
        """The variables, one entry each, as their section shows them."""
        return tuple(_line(each.type, each.name, _inert(each.value)) for each in self.variables)

    def sections(self) -> dict[str, str]:
        """The text of each section by its name, in the order in which they are sent."""
        parts: tuple[Iterable[str], ...] = (
            (self.instruction,),
            self.code,
            self.documentation,
            self.lines(),
            self.constraints,
            self.inputs,
            self.others,
            self.outputs,
            (self.feedback,),
        )
        return {title: "\n".join(part) for title, part in zip(SECTIONS, parts)}

    def text(self, style: Optional[Style] = None) -> str:
        """The problem as it is sent, in that style or the usual one."""
        style = style or Style()
        texts = {**self.sections(), **dict.fromkeys(style.masked, "")}
        return "\n\n".join(
            f"{style.title(each)}\n{style.inert(texts[each])}" for each in style.sections
        )

    def __str__(self) -> str:
        return self.text()


def build_problem(
    graph: TraceGraph, variables: Collection[int] = (), objective: str = OBJECTIVE
) -> Problem:
    """The problem of improving the graph's outputs by changing the variables (node ids).

    No variables given means every trainable node of the graph. Raises NothingRecorded if none of
    them led to an output.
    """
    chosen = {each.id for each in graph.nodes if each.trainable and _is_in(each.id, variables)}
    if not chosen:
        raise NothingRecorded(
            "The outputs that feedback was given on do not depend on anything that may be changed. "
            "Give feedback on a value that a trainable function or value led to."
        )
    dependent = _dependent(graph, chosen)
    calls = [each for each in dependent if each.operator is not None]
    inputs = _inputs(graph, calls, {each.id for each in dependent})
    names = _names([*dependent, *inputs])
    outputs = {output.node for output in graph.outputs}
    return Problem(
        instruction=objective,
        code=tuple(_code(each, each.operator, names) for each in calls if each.operator),
        documentation=_documentation(calls),
        variables=tuple(_variable(each, names) for each in dependent if each.id in chosen),
        constraints=tuple(
            f"({each.type}) {names[each.id]}: {each.constraint}"
            for each in dependent
            if each.id in chosen and each.constraint
        ),
        inputs=_values(inputs, names),
        others=_values([each for each in calls if each.id not in outputs], names),
        outputs=_values([each for each in dependent if each.id in outputs], names),
        feedback=_feedback(graph, names),
    )


def _is_in(id: int, variables: Collection[int]) -> bool:
    return not variables or id in variables


def _dependent(graph: TraceGraph, variables: Collection[int]) -> list[NodeRecord]:
    """The variables and what was computed from them, parents first."""
    found: dict[int, NodeRecord] = {}
    for node in graph.nodes:
        if node.id in variables or any(parent in found for parent in node.parents):
            found[node.id] = node
    return list(found.values())


def _inputs(
    graph: TraceGraph, calls: Iterable[NodeRecord], inside: Collection[int]
) -> list[NodeRecord]:
    """What the calls use from outside the subgraph, in order of use."""
    used = dict.fromkeys(
        parent for call in calls for parent in call.parents if parent not in inside
    )
    return [graph.node(id) for id in used]


def _names(nodes: Iterable[NodeRecord]) -> dict[int, str]:
    """A name for each node that no other node of the problem has."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for node in nodes:
        name, count = node.name, 1
        while name in taken:
            count += 1
            name = f"{node.name}_{count}"
        taken.add(name)
        names[node.id] = name
    return names


def _code(node: NodeRecord, operator: Operator, names: dict[int, str]) -> str:
    arguments = ", ".join(f"{argument}={names[parent]}" for argument, parent in node.inputs)
    return f"{names[node.id]} = {operator.name}({arguments})"


def _documentation(calls: Iterable[NodeRecord]) -> tuple[str, ...]:
    """One line for each operator, in order of first use."""
    lines = (
        _inert(f"[{each.operator.name}] {each.operator.documentation}".rstrip())
        for each in calls
        if each.operator is not None
    )
    return tuple(dict.fromkeys(lines))


def _variable(node: NodeRecord, names: dict[int, str]) -> Variable:
    return Variable(names[node.id], node.type, node.value, node.constraint, node.id)


def _values(nodes: Iterable[NodeRecord], names: dict[int, str]) -> tuple[str, ...]:
    return tuple(_line(each.type, names[each.id], _inert(each.value)) for each in nodes)


def _line(type: str, name: str, value: str) -> str:
    separator = ":" if type == "code" else "="
    return f"({type}) {name}{separator}{value}"


def _inert(value: str) -> str:
    """The value with no line of it that could be taken for a section's title."""
    return _FORGED.sub(" #", value)


def _feedback(graph: TraceGraph, names: dict[int, str]) -> str:
    """The feedback once if it is the same on every output, else under each output's name.

    Feedback on an output that the variables did not lead to would say nothing about them.
    """
    given = [output for output in graph.outputs if output.node in names]
    texts = list(dict.fromkeys(output.feedback for output in given))
    if len(texts) == 1:
        return _inert(texts[0])
    return _inert("\n".join(f"{names[each.node]}: {each.feedback}" for each in given))
