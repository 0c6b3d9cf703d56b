"""A trace graph as an optimizer reads it.

The problem holds the minimal subgraph: what lies between the variables and the outputs. Values
from outside it that it uses stand among the inputs, without how they came about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Optional

from trace_lsp.errors import NothingRecorded
from trace_lsp.optimizers.budget import PROBLEM_TOKENS, Shown, choices
from trace_lsp.optimizers.counting import fits
from trace_lsp.optimizers.feedback import numbered
from trace_lsp.optimizers.lines import inert, line, variable_line
from trace_lsp.optimizers.prompts import OBJECTIVE
from trace_lsp.optimizers.style import SECTIONS, Style, Tags
from trace_lsp.trace.graph import NodeRecord, Operator, TraceGraph
from trace_lsp.trace.values import shortened


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

    `text()` is the whole as it is sent. With `tags` its values stand between them.
    (Trace, section 4: "the OptoPrime problem".)
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
    tags: Optional[Tags] = None

    def lines(self) -> tuple[str, ...]:
        """The variables, one entry each, as their section shows them."""
        return tuple(
            variable_line(each.type, each.name, each.value, each.constraint, self.tags)
            for each in self.variables
        )

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
        parts = [f"{style.title(each)}\n{style.inert(texts[each])}" for each in style.sections]
        if style.context:
            parts.insert(1, f"{style.title('Context')}\n{style.inert(style.context)}")
        return "\n\n".join(parts)

    def __str__(self) -> str:
        return self.text()


def build_problem(
    graph: TraceGraph,
    variables: Collection[int] = (),
    objective: str = OBJECTIVE,
    *,
    tokens: int = PROBLEM_TOKENS,
    tags: Optional[Tags] = None,
) -> Problem:
    """The problem of improving the graph's outputs by changing the variables (node ids).

    No variables given means every trainable node of the graph. The problem is of at most `tokens`
    tokens, as `counting.tokens_of` estimates them: of a larger graph the rounds of loops, then
    the middles of values, then calls are left out, and the text says so. The variables and the
    feedback always stay, so it is larger where these are. Raises NothingRecorded if no variable
    led to an output.
    """
    draft = _Draft(graph, frozenset(variables), objective, tags)
    for shown in choices(draft.calls, draft.matters, draft.codes, tokens):
        problem = draft.problem(shown)
        if fits(_parts(problem), tokens):
            break
    return problem


def _parts(problem: Problem) -> Iterable[str]:
    """What counts of a problem: its sections, the largest of which are read last."""
    yield problem.instruction
    yield problem.feedback
    for section in (problem.lines(), problem.constraints, problem.documentation, problem.code):
        yield from section
    for values in (problem.outputs, problem.inputs, problem.others):
        yield from values


class _Draft:
    """What a problem can be made of, and the problem of what is to be shown of it."""

    def __init__(
        self,
        graph: TraceGraph,
        variables: Collection[int],
        objective: str,
        tags: Optional[Tags],
    ) -> None:
        chosen = {
            each.id
            for each in graph.nodes
            if each.trainable and (not variables or each.id in variables)
        }
        if not chosen:
            raise NothingRecorded(
                "The outputs that feedback was given on do not depend on anything that may be "
                "changed. Give feedback on a value that a trainable function or value led to."
            )
        dependent = _dependent(graph, chosen)
        self.calls = [each for each in dependent if each.operator is not None]
        self.codes = {each.id for each in graph.nodes if each.type == "code"}
        inside = {each.id for each in dependent}
        self._inputs = _inputs(graph, self.calls, inside)
        self._names = _names([*dependent, *self._inputs])
        self._variables = [each for each in dependent if each.id in chosen]
        self._given = [each for each in graph.outputs if each.node in self._names]
        self._outputs = {each.node for each in graph.outputs if each.node in inside}
        self._others = [each for each in self.calls if each.id not in self._outputs]
        self._graph = graph
        self._objective = objective
        self._tags = tags

    @property
    def matters(self) -> set[int]:
        """The positions of calls that failed, or that a check found wrong."""
        return {
            at
            for at, each in enumerate(self.calls)
            if each.error or (each.type == "bool" and each.value == "False")
        }

    def problem(self, shown: Shown) -> Problem:
        names, tags = self._names, self._tags
        calls = self.calls if shown.code is None else [self.calls[at] for at in shown.positions]
        used = {parent for call in calls for parent in call.parents}
        inputs = self._inputs if shown.code is None else [e for e in self._inputs if e.id in used]
        others = [each for each in calls if each.id not in self._outputs]
        feedback, told = numbered(self._given, names, is_folded=shown.code is not None)
        outputs = self._shown_outputs({*told, *(each.id for each in calls)}, shown)
        return Problem(
            instruction=self._objective,
            code=tuple(self._code(shown)),
            documentation=self._documentation(calls, shown.limit),
            variables=tuple(
                Variable(names[each.id], each.type, each.value, each.constraint, each.id)
                for each in self._variables
            ),
            constraints=tuple(
                f"({each.type}) {names[each.id]}: {each.constraint}"
                for each in self._variables
                if each.constraint
            ),
            inputs=self._values(inputs, shown.limit, len(self._inputs)),
            others=self._values(others, shown.limit, len(self._others)),
            outputs=self._values(outputs, shown.limit, len(self._outputs)),
            feedback=inert(feedback, tags),
            tags=tags,
        )

    def _shown_outputs(self, ids: Collection[int], shown: Shown) -> list[NodeRecord]:
        """The outputs whose call or feedback is shown, in the order of the graph."""
        found = [self._graph.node(id) for id in sorted(self._outputs)]
        if shown.code is None:
            return found
        return [each for each in found if each.id in ids or each.operator is None]

    def _code(self, shown: Shown) -> Iterable[str]:
        if shown.code is None:
            return (self._call(each) for each in self.calls)
        return (
            self._call(self.calls[part])
            if isinstance(part, int)
            else part.told(lambda at: self._names[self.calls[at].id])
            for part in shown.code
        )

    def _call(self, node: NodeRecord) -> str:
        assert node.operator is not None
        names = self._names
        arguments = ", ".join([f"{argument}={names[parent]}" for argument, parent in node.inputs])
        return f"{names[node.id]} = {node.operator.name}({arguments})"

    def _documentation(self, calls: Iterable[NodeRecord], limit: int) -> tuple[str, ...]:
        """One line for each operator, in order of first use."""
        operators: dict[int, Operator] = {}
        for each in calls:
            if each.operator is not None:
                operators.setdefault(id(each.operator), each.operator)
        lines = (
            f"[{each.name}] {_cut(each.documentation, limit)}".rstrip()
            for each in operators.values()
        )
        return tuple(dict.fromkeys(inert(line, self._tags) for line in lines))

    def _values(self, nodes: list[NodeRecord], limit: int, whole: int) -> tuple[str, ...]:
        """The nodes' values, and how many of the `whole` are left out."""
        names, tags = self._names, self._tags
        lines = [line(each.type, names[each.id], _cut(each.value, limit), tags) for each in nodes]
        if len(nodes) < whole:
            lines.append(f"… ({whole - len(nodes):,} more are left out) …")
        return tuple(lines)


def _cut(text: str, limit: int) -> str:
    return shortened(text, limit)[0] if limit else text


def _dependent(graph: TraceGraph, variables: Collection[int]) -> list[NodeRecord]:
    """The variables and what was computed from them, parents first."""
    found: dict[int, NodeRecord] = {}
    for node in graph.nodes:
        if node.id in variables:
            found[node.id] = node
            continue
        for _, parent in node.inputs:
            if parent in found:
                found[node.id] = node
                break
    return list(found.values())


def _inputs(
    graph: TraceGraph, calls: Iterable[NodeRecord], inside: Collection[int]
) -> list[NodeRecord]:
    """What the calls use from outside the subgraph, in order of use."""
    used = dict.fromkeys(
        parent for call in calls for _, parent in call.inputs if parent not in inside
    )
    return [graph.node(id) for id in used]


def _names(nodes: Iterable[NodeRecord]) -> dict[int, str]:
    """A name for each node that no other node of the problem has."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for node in nodes:
        name, count = node.name, counts.get(node.name, 1)
        while name in taken:
            count += 1
            name = f"{node.name}_{count}"
        counts[node.name] = count
        taken.add(name)
        names[node.id] = name
    return names
