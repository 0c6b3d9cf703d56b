"""The kinds of edit, and how likely each is to be what was wanted.

A new kind is a function from a node to changes, and a row here.
"""

from __future__ import annotations

import ast

from trace_lsp.optimizers.search.kinds import calls, guards, operations, statements, values
from trace_lsp.optimizers.search.kinds.change import Change, Kind

_IF = (ast.If, ast.While)
_ANY = (ast.expr,)
_LINE = (ast.stmt,)

KINDS: tuple[Kind, ...] = (
    Kind("other variable", 1.0, (ast.Name,), values.other_name),
    Kind("other target", 0.5, (ast.Name,), values.other_target),
    Kind("other attribute", 0.7, (ast.Attribute,), values.other_attribute),
    Kind("variable for an expression", 0.4, _ANY, values.name_for_expression),
    Kind("variable for a constant", 0.5, (ast.Constant,), values.name_for_constant),
    Kind("other constant", 1.0, (ast.Constant, ast.UnaryOp), values.other_constant),
    Kind("copied", 0.5, (ast.Name, ast.Attribute), values.copied),
    Kind("joined", 0.4, _ANY, values.joined),
    Kind("variables exchanged", 0.4, _ANY, values.variables_exchanged),
    Kind("one more or less", 0.8, _ANY, values.plus_one),
    Kind("operation with a variable", 0.5, _ANY, values.with_operand),
    Kind("operation with a number", 0.2, _ANY, values.with_number),
    Kind("minus sign", 0.2, _ANY, values.with_sign),
    Kind("part of an expression", 0.6, _ANY, values.part_of),
    Kind("subscript and index", 0.3, (ast.Subscript,), values.both_of_subscript),
    Kind("slice taken", 0.3, _ANY, values.sliced),
    Kind("element for its index", 0.4, (ast.Name,), values.indexed),
    Kind("slice bounds", 0.9, (ast.Slice,), values.other_slice),
    Kind("comparison", 1.5, (ast.Compare,), operations.other_comparison),
    Kind("operator", 1.2, (ast.BinOp,), operations.other_operator),
    Kind("operands swapped", 0.8, (ast.BinOp,), operations.operands_swapped),
    Kind("parentheses", 0.6, (ast.BinOp,), operations.parentheses_moved),
    Kind("and for or", 1.0, (ast.BoolOp,), operations.and_or),
    Kind("condition dropped", 0.6, (ast.BoolOp,), operations.condition_dropped),
    Kind("condition negated", 0.8, _ANY, operations.negated),
    Kind("truth", 0.3, _ANY, operations.truth),
    Kind("extra condition", 0.5, _ANY, operations.extra_condition),
    Kind("branches swapped", 0.6, (ast.IfExp,), operations.branches_swapped),
    Kind("condition for a constant", 0.3, (ast.Constant,), operations.condition_for_truth),
    Kind("both sides", 0.3, (ast.Compare,), operations.both_sides),
    Kind("filter", 0.5, (ast.comprehension,), operations.filter_of),
    Kind("if, elif, while", 0.4, _IF, operations.keyword_else),
    Kind("elements swapped", 0.6, (ast.Tuple, ast.List), operations.element_swapped),
    Kind("sibling", 0.8, (ast.Name, ast.Attribute), calls.sibling),
    Kind("arguments swapped", 0.8, (ast.Call,), calls.arguments_swapped),
    Kind("argument dropped", 0.4, (ast.Call,), calls.argument_dropped),
    Kind("argument added", 0.3, (ast.Call,), calls.argument_added),
    Kind("wrapped", 0.4, _ANY, calls.wrapped),
    Kind("method called", 0.25, _ANY, calls.method_called),
    Kind("called", 0.4, _ANY, calls.called),
    Kind("range", 1.0, (ast.Call,), calls.range_bounds),
    Kind("assignment", 0.8, (ast.Assign, ast.AugAssign), statements.other_assignment),
    Kind("returned", 0.5, (ast.Return,), statements.returned),
    Kind("return missing", 0.6, _LINE, statements.return_missing),
    Kind("statement deleted", 0.3, _LINE, statements.deleted),
    Kind("condition of a block dropped", 0.3, (ast.If,), statements.head_dropped),
    Kind("break or continue", 0.6, (ast.Break, ast.Continue), statements.jump),
    Kind("statement moved", 0.6, _LINE, statements.moved),
    Kind("statements exchanged", 0.4, _LINE, statements.exchanged),
    Kind("statement added", 0.3, _LINE, statements.added),
    Kind("assigned at once", 0.4, (ast.Assign,), statements.simultaneous),
    Kind("exception", 0.5, (ast.ExceptHandler,), statements.other_exception),
    Kind("yield", 0.6, (ast.Yield, ast.YieldFrom), statements.yielded),
    Kind("guard", 0.05, _LINE, guards.guard),
)

__all__ = ["KINDS", "Change", "Kind"]
