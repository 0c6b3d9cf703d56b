"""OptoPrimeV2: its arguments, and how its prompts name things. It cannot take a step yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from trace_lsp.optimizers.later import StepsLater
from trace_lsp.optimizers.optoprime import OptoPrime


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


class OptoPrimeV2(StepsLater, OptoPrime):
    """OptoPrime with answers in tags. `step` and `propose` raise CannotStep.

    `initial_var_char_limit` is how many characters of an input are shown, and
    `truncate_expression` cuts off the others; `problem_context` is more to know. The other
    arguments are those of `OptoPrime`.
    """

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
        super().__init__(parameters, llm, max_tokens=max_tokens, **more)
        self.initial_var_char_limit = initial_var_char_limit
        self.optimizer_prompt_symbol_set = optimizer_prompt_symbol_set or self._symbol_set()
        self.truncate_expression = truncate_expression
        self.problem_context = problem_context

    @staticmethod
    def _symbol_set() -> OptimizerPromptSymbolSet:
        return OptimizerPromptSymbolSet()
