"""jedi, held back so that nothing it looks at can run.

Left to itself it starts a process, or else loads compiled modules into this one, a workspace's own
among them, and has the workspace in `sys.path` while it looks for a module, from where other
threads would import. So modules are found here: as source files only, and none is loaded.
"""

from __future__ import annotations

import atexit
import builtins
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import jedi
from jedi.api.environment import InterpreterEnvironment
from jedi.file_io import FileIO
from jedi.inference.compiled.subprocess import InferenceStateSameProcess
from jedi.inference.compiled.subprocess.functions import ImplicitNSInfo

from trace_lsp.source.parsed import unwarned
from trace_lsp.source.text import Position

_ENGINE = ("opto", "trace_lsp")
_ENGINES_FOLDER = str(Path(__file__).parents[1])

# jedi pickles what it has parsed. The usual place may be in the workspace, if that is a home.
jedi.settings.cache_directory = tempfile.mkdtemp(prefix="trace-lsp-")
atexit.register(shutil.rmtree, jedi.settings.cache_directory, ignore_errors=True)


def names_at(position: Position, text: str, file: Path, roots: list[Path]) -> list[str]:
    """The full names of what the name that ends there may stand for; the text is the file's.

    One thread at a time, as jedi keeps the trees that it has read, and changes them.
    """
    project = jedi.Project(roots[0], sys_path=roots[1:])
    with unwarned():
        try:
            script = jedi.Script(text, path=file, project=project, environment=_Environment())
            found = script.infer(position.line + 1, position.column)
            return [name.full_name for name in found if name.full_name]
        # On odd code jedi breaks with errors of its own, of any class: an AttributeError, say.
        except Exception:  # noqa: BLE001
            return []


class _Source(FileIO):  # type: ignore[misc]  # jedi is not typed
    def get_last_modified(self) -> None:
        """Not known: jedi then goes by the text, as a file may be replaced by an older one."""


class _Environment(InterpreterEnvironment):  # type: ignore[misc]
    def get_sys_path(self) -> list[str]:
        return []

    def get_inference_state_subprocess(self, inference_state: object) -> _Modules:
        return _Modules(inference_state)


class _Modules(InferenceStateSameProcess):  # type: ignore[misc]
    """What jedi asks the interpreter for."""

    def load_module(self, dotted_name: str, sys_path: list[str]) -> object:
        """Python's own builtins, which jedi cannot do without; no other compiled module."""
        return self.create_simple_object(builtins) if dotted_name == "builtins" else None

    def get_module_info(
        self,
        string: str,
        full_name: str,
        sys_path: Iterable[str] = (),
        path: Iterable[str] = (),
        is_global_search: bool = True,
    ) -> tuple[FileIO | ImplicitNSInfo | None, bool | None]:
        """A module's file and whether it is a package; None and None if there is no such module."""
        if full_name == "builtins":
            return None, False
        folders = [os.path.join(each, string) for each in (*sys_path, *path)]
        for folder in folders:
            for file in (os.path.join(folder, "__init__.py"), f"{folder}.py"):
                if os.path.isfile(file):
                    return _Source(file), file != f"{folder}.py"
        spaces = [folder for folder in folders if os.path.isdir(folder)]
        if full_name in _ENGINE:
            spaces.insert(0, _ENGINES_FOLDER)
        return (ImplicitNSInfo(full_name, spaces), True) if spaces else (None, None)
