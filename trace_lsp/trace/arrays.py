"""What numpy's functions compute of nodes: a node each, as the operators of nodes do.

numpy itself is never imported: it comes to us, by its protocol for foreign operands (NEP 13).
"""

from __future__ import annotations

from typing import Any

from trace_lsp.trace.graph import Operator
from trace_lsp.trace.nodes import Node
from trace_lsp.trace.operations import operate, outside


def array_ufunc(self: Node, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """The node of what a universal function gives, called or by a method of its such as
    ``reduce``. An array on the left of a node comes here as well."""
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}_{method}"
    operator = Operator(name, f"Computes numpy's {name.replace('_', '.')}.")
    names = ("x", "y") if len(inputs) == 2 else tuple(f"args_{at}" for at in range(len(inputs)))
    names = ("x",) if len(inputs) == 1 else names
    function = getattr(ufunc, method)
    return operate(operator, function, names, inputs, outside(), inputs, options)
