"""`import opto` resolves to this engine: by one table, and only after `install()`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Optional

MODULES = {
    "opto": "trace_lsp",
    "opto.trace": "trace_lsp.trace",
    "opto.trace.broadcast": "trace_lsp.trace.broadcast",
    "opto.trace.bundle": "trace_lsp.trace.bundle",
    "opto.trace.containers": "trace_lsp.trace.containers",
    "opto.trace.errors": "trace_lsp.trace.failures",
    "opto.trace.iterators": "trace_lsp.trace.iterators",
    "opto.trace.modules": "trace_lsp.trace.modules",
    "opto.trace.nodes": "trace_lsp.trace.nodes",
    "opto.trace.operators": "trace_lsp.trace.operators",
    "opto.trace.projections": "trace_lsp.trace.projections",
    "opto.trace.projections.code_projections": "trace_lsp.trace.projections",
    "opto.trace.projections.projections": "trace_lsp.trace.projections",
    "opto.trace.propagators": "trace_lsp.trace.propagators",
    "opto.trace.propagators.graph_propagator": "trace_lsp.trace.propagators",
    "opto.trace.propagators.propagators": "trace_lsp.trace.propagators",
    "opto.trace.utils": "trace_lsp.trace.utils",
    "opto.optimizers": "trace_lsp.optimizers",
    "opto.optimizers.opro": "trace_lsp.optimizers.opro",
    "opto.optimizers.opro_v2": "trace_lsp.optimizers.opro_v2",
    "opto.optimizers.optimizer": "trace_lsp.optimizers.optimizer",
    "opto.optimizers.optoprime": "trace_lsp.optimizers.optoprime",
    "opto.optimizers.optoprime_batchopt": "trace_lsp.optimizers.optoprime_batchopt",
    "opto.optimizers.optoprime_v2": "trace_lsp.optimizers.optoprime_v2",
    "opto.optimizers.optoprimemulti": "trace_lsp.optimizers.optoprimemulti",
    "opto.optimizers.textgrad": "trace_lsp.optimizers.textgrad",
    "opto.utils": "trace_lsp.models",
    "opto.utils.llm": "trace_lsp.models.llm",
}
"""Which module of ours stands for which of `opto`."""


class _Alias(Loader):
    """Loads a module by giving the one that stands for it."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._own_spec: Optional[ModuleSpec] = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._target)
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system put the alias's spec on the module; its own must stay.
        module.__spec__ = self._own_spec
        # What came along is known at once: an import of it later would put the module
        # `opto.trace.bundle` where the function `bundle` is.
        for alias, target in MODULES.items():
            if target in sys.modules:
                _make_known(alias, sys.modules[target])


def _make_known(alias: str, module: ModuleType) -> None:
    sys.modules.setdefault(alias, module)
    around, _, name = alias.rpartition(".")
    # What is known is not imported again, so that nobody else would put it there.
    if around in sys.modules and not hasattr(sys.modules[around], name):
        setattr(sys.modules[around], name, module)


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        if name.partition(".")[0] != "opto":
            return None
        if name not in MODULES:
            # Left to the other finders, a file of ours of that name would be loaded once more.
            raise ModuleNotFoundError(f"this engine has no {name}", name=name)
        is_package = any(each.startswith(f"{name}.") for each in MODULES)
        return ModuleSpec(name, _Alias(MODULES[name]), is_package=is_package)


def install() -> None:
    """From now on, `import opto…` in this process gives this engine. May be called again."""
    if not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
