"""OptoPrimeV2: OptoPrime with values, and answers, in tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Optional

from trace_lsp.optimizers.optoprime import OptoPrime
from trace_lsp.optimizers.problem import Problem
from trace_lsp.optimizers.steps import StepAnswer, StepRequest
from trace_lsp.optimizers.style import SECTIONS, Style, Tags, masked_from
from trace_lsp.trace.graph import NodeRecord, TraceGraph
from trace_lsp.trace.values import shortened


class OptimizerPromptSymbolSet:
    """The titles of sections, and the tags around values. A subclass may change them."""

    variables_section_title = "# Variables"
    inputs_section_title = "# Inputs"
    outputs_section_title = "# Outputs"
    others_section_title = "# Others"
    feedback_section_title = "# Feedback"
    instruction_section_title = "# Instruction"
    code_section_title = "# Code"
    documentation_section_title = "# Documentation"
    context_section_title = "# Context"

    node_tag = "node"
    variable_tag = "variable"
    value_tag = "value"
    constraint_tag = "constraint"
    reasoning_tag = "reasoning"
    improved_variable_tag = "variable"
    name_tag = "name"

    expect_json = False
    """True if the answer is JSON instead of tags."""


class OptimizerPromptSymbolSetJSON(OptimizerPromptSymbolSet):
    """The same, with an answer in JSON."""

    expect_json = True


class OptimizerPromptSymbolSet2(OptimizerPromptSymbolSet):
    """Short tags."""

    node_tag = "const"
    variable_tag = "var"
    value_tag = "data"
    reasoning_tag = "reason"
    improved_variable_tag = "var"


class OptoPrimeV2(OptoPrime):
    """OptoPrime with values, and answers, in tags.

    Of a value that is neither a variable nor an output `initial_var_char_limit` characters are
    shown (2,000 at most, which is what a trace keeps of it); `truncate_expression(value, limit)`
    says how it is cut. `optimizer_prompt_symbol_set` names the sections and the tags, and says
    whether the answer is JSON; `problem_context` is more to know, in a section of its own. The
    other arguments are those of `OptoPrime`.
    """

    sections = tuple(section for section in SECTIONS if section != "Constraints")

    def __init__(
        self,
        parameters: Any,
        llm: Any = None,
        *,
        max_tokens: int = 8192,
        initial_var_char_limit: int = 2000,
        optimizer_prompt_symbol_set: Optional[OptimizerPromptSymbolSet] = None,
        truncate_expression: Optional[Callable[[Any, int], str]] = None,
        problem_context: Optional[str] = None,
        **more: Any,
    ) -> None:
        self.optimizer_prompt_symbol_set = optimizer_prompt_symbol_set or self._symbol_set()
        self.problem_context = problem_context
        super().__init__(parameters, llm, max_tokens=max_tokens, **more)
        self.initial_var_char_limit = initial_var_char_limit
        self.truncate_expression = truncate_expression

    @staticmethod
    def _symbol_set() -> OptimizerPromptSymbolSet:
        return OptimizerPromptSymbolSet()

    def _style(self, mask: Iterable[str]) -> Style:
        symbols = self.optimizer_prompt_symbol_set
        usual = super()._style(())
        titles = {**_titles_of(symbols), **usual.titles}
        return replace(
            usual,
            titles=titles,
            masked=masked_from(mask, titles),
            tags=tags_of(symbols),
            tagged_answer=not symbols.expect_json,
            context=self.problem_context or "",
        )

    def _request(self, graph: TraceGraph, mask: Iterable[str]) -> StepRequest:
        outputs = {output.node for output in graph.outputs}
        nodes = tuple(
            each if each.trainable or each.id in outputs else replace(each, value=self._cut(each))
            for each in graph.nodes
        )
        return super()._request(replace(graph, nodes=nodes), mask)

    def _cut(self, node: NodeRecord) -> str:
        limit = self.initial_var_char_limit
        if self.truncate_expression is not None:
            return str(self.truncate_expression(node.value, limit))
        return shortened(node.value, limit)[0]

    def _record(self, problem: Problem, request: StepRequest, answer: StepAnswer) -> None:
        super()._record(replace(problem, tags=request.style.tags), request, answer)


def tags_of(symbols: OptimizerPromptSymbolSet) -> Tags:
    """The tags that the symbol set names."""
    return Tags(
        symbols.node_tag,
        symbols.variable_tag,
        symbols.value_tag,
        symbols.constraint_tag,
        symbols.reasoning_tag,
        symbols.improved_variable_tag,
        symbols.name_tag,
    )


def _titles_of(symbols: OptimizerPromptSymbolSet) -> dict[str, str]:
    """The titles that the symbol set names, by section."""
    names = {section: f"{section.lower()}_section_title" for section in (*SECTIONS, "Context")}
    return {
        section: getattr(symbols, name) for section, name in names.items() if hasattr(symbols, name)
    }


def style_of(symbols: Optional[OptimizerPromptSymbolSet] = None) -> Style:
    """The style of OptoPrimeV2's questions.

    A session that has no optimizer asks in the same way with
    ``build_problem(graph, variables, style.worded(OBJECTIVE), tags=style.tags)``.
    """
    symbols = symbols or OptimizerPromptSymbolSet()
    return Style(
        OptoPrimeV2.sections,
        titles=_titles_of(symbols),
        tags=tags_of(symbols),
        tagged_answer=not symbols.expect_json,
    )
