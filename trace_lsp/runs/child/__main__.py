"""The child's first file: started by path, with two descriptors as its arguments: the wire's, and
that of a file for crashes.

Makes `trace_lsp` importable from where this file lies, and nothing else from there: the folder
around it may hold packages that are not the user's.
"""

import faulthandler
import importlib.util
import os
import sys


def _load_by_path() -> None:
    folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    init = os.path.join(folder, "__init__.py")
    spec = importlib.util.spec_from_file_location(
        "trace_lsp", init, submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["trace_lsp"] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    # The folder of this file must not shadow the user's modules; the program's own comes instead.
    sys.path.pop(0)
    _load_by_path()
    from trace_lsp.runs.child.program import main

    # From here on a crash of the interpreter says where, in a file that the server reads.
    os.set_inheritable(int(sys.argv[2]), False)
    faulthandler.enable(int(sys.argv[2]), all_threads=False)
    main(int(sys.argv[1]))
