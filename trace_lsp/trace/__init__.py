"""The engine: records what a program computes, and carries feedback back through it.

Works on the standard library alone, on Python 3.9 and newer: it is loaded into the user's own
interpreter. A program written for `opto.trace` finds the same names here.
"""

from trace_lsp.trace import iterators, operators, projections, propagators, utils
from trace_lsp.trace.broadcast import apply_op
from trace_lsp.trace.bundle import FunModule, bundle
from trace_lsp.trace.failures import ExecutionError, TraceMissingInputsError
from trace_lsp.trace.modules import Model, Module, model
from trace_lsp.trace.nodes import GRAPH, ExceptionNode, MessageNode, Node, ParameterNode, node
from trace_lsp.trace.parameters import NodeContainer
from trace_lsp.trace.recorder import stop_tracing

__all__ = [
    "GRAPH",
    "ExceptionNode",
    "ExecutionError",
    "FunModule",
    "MessageNode",
    "Model",
    "Module",
    "Node",
    "NodeContainer",
    "ParameterNode",
    "TraceMissingInputsError",
    "apply_op",
    "bundle",
    "iterators",
    "model",
    "node",
    "operators",
    "projections",
    "propagators",
    "stop_tracing",
    "utils",
]
