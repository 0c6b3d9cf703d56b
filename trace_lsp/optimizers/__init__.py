"""OPTO: from a trace graph with feedback to better values of its parameters."""

from trace_lsp.optimizers.optimizer import Optimizer
from trace_lsp.optimizers.optoprime import OptoPrime

__all__ = ["Optimizer", "OptoPrime"]
