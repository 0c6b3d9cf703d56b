"""`opto` in a process that a traced program starts: this engine, which nobody listens to.

The folder around this one is the last on a traced program's path, which `multiprocessing` hands
on. So a worker can import what the program's own file imports, and an installed `opto` comes first.
"""

import os
import sys
from importlib import util

_NAME = "trace_lsp"


def _load_by_path() -> None:
    """Makes the engine importable from where this file lies, and nothing else from there."""
    folder = os.path.abspath(__file__)
    for _ in range(5):
        folder = os.path.dirname(folder)
    spec = util.spec_from_file_location(
        _NAME, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    package = util.module_from_spec(spec)
    sys.modules[_NAME] = package
    spec.loader.exec_module(package)


if _NAME not in sys.modules:
    _load_by_path()

from trace_lsp import compat  # noqa: E402

compat.install()
del sys.modules["opto"]
import opto  # type: ignore[import-not-found]  # noqa: E402, F401  the import system takes it
