"""The engine: records what a program computes, and carries feedback back through it.

Works on the standard library alone, on Python 3.9 and newer: it is loaded into the user's own
interpreter. A program written for `opto.trace` finds the same names here.
"""

from trace_lsp.trace import operators
from trace_lsp.trace.bundle import FunModule, bundle
from trace_lsp.trace.failures import ExecutionError, TraceMissingInputsError
from trace_lsp.trace.nodes import ExceptionNode, MessageNode, Node, ParameterNode, node
from trace_lsp.trace.recorder import GRAPH, stop_tracing

__all__ = [
    "GRAPH",
    "ExceptionNode",
    "ExecutionError",
    "FunModule",
    "MessageNode",
    "Node",
    "ParameterNode",
    "TraceMissingInputsError",
    "bundle",
    "node",
    "operators",
    "stop_tracing",
]
