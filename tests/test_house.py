"""The house's own rules: who may import whom, what the child may need, how large things may grow."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "trace_lsp"
FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if "workspace" not in path.relative_to(PACKAGE).parts
)

# Which room may import which others. Every room may import itself.
MAY_IMPORT = {
    "errors": set(),
    "compat": set(),
    "trace": {"errors"},
    "models": {"errors", "trace"},
    "source": {"errors"},
    "optimizers": {"errors", "models", "trace"},
    "state": set(),
    "runs": {"compat", "errors", "source", "state", "trace"},
    "session": {"errors", "models", "optimizers", "runs", "source", "state", "trace"},
    "views": {"optimizers", "runs", "session", "source", "trace"},
    "server": {"errors", "models", "optimizers", "runs", "session", "source", "trace", "views"},
    "demo": {"server"},
    "commandline": {"errors", "models", "optimizers", "runs", "session", "source", "views"},
    "cli": {"commandline", "demo", "errors", "server"},
    "__main__": {"cli"},
    "__init__": set(),
}  # fmt: skip

# What looks the other way, when it is used and not before.
LATE = {
    ("trace/operators.py", "trace_lsp.models.llm"),  # the operator that asks a model
}

# What views may read of the others: types, and the text of values.
TYPES = {
    "trace_lsp.optimizers.problem",
    "trace_lsp.optimizers.suggestion",
    "trace_lsp.runs.configuration",
    "trace_lsp.runs.interpreter",
    "trace_lsp.runs.record",
    "trace_lsp.session.history_types",
    "trace_lsp.session.proposal",
    "trace_lsp.source.text",
    "trace_lsp.source.trainables",
    "trace_lsp.trace.graph",
    "trace_lsp.trace.values",
}

# Each of these is known in these rooms only.
AT_HOME = {
    "pygls": "server",
    "lsprotocol": "server",
    "openai": "models",
    "httpx2": "models",
    "jedi": "source",
    "json_repair": "optimizers",
    "platformdirs": "state",
    "jsonc": "runs",
    "dotenv": "runs",
    "tomllib": "runs",
    "tomli": "runs",
    "sqlite3": "session",
    "graphviz": ("trace", "views"),
    "pygraphviz": "views",
    "subprocess": "runs",
    "multiprocessing": "runs",
}

# What is loaded into the person's interpreter.
CHILD = (
    "trace", "optimizers", "models/adapter.py", "models/chat.py", "models/counting.py",
    "models/llm.py", "models/notices.py", "models/request.py", "models/response.py",
    "models/waiting.py", "runs/child", "runs/lines.py", "runs/wire.py", "compat.py", "errors.py",
)  # fmt: skip


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield str(node.module), node.lineno


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    allowed = MAY_IMPORT[room(path)] | {room(path)}
    for module, line in imports(path):
        if (str(path.relative_to(PACKAGE)), module) in LATE:
            continue
        if module.startswith("trace_lsp."):
            other = module.split(".")[1]
            assert other in allowed, f"{path}:{line}: {room(path)} imports {module}"


def test_views_read_types_only() -> None:
    for path in FILES:
        if room(path) != "views":
            continue
        for module, line in imports(path):
            is_own = module.startswith("trace_lsp.views")
            assert is_own or not module.startswith("trace_lsp") or module in TYPES, f"{path}:{line}"


def test_each_library_is_known_where_it_is_at_home() -> None:
    for path in FILES:
        for module, line in imports(path):
            home = AT_HOME.get(module.split(".")[0], room(path))
            rooms = home if isinstance(home, tuple) else (home,)
            assert room(path) in rooms, f"{path}:{line}: {module} is known in {rooms} only"


def test_only_runs_starts_processes() -> None:
    starting = {"create_subprocess_exec", "create_subprocess_shell", "Popen", "fork", "system"}
    for path in FILES:
        names = {
            node.attr
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Attribute)
        }
        assert room(path) == "runs" or not names & starting, f"{path} starts a process"


def child_files() -> list[Path]:
    places = [PACKAGE / place for place in CHILD]
    return [path for path in FILES for place in places if path == place or place in path.parents]


def test_the_childs_code_is_python_3_9() -> None:
    assert child_files()
    for path in child_files():
        ast.parse(path.read_text("utf-8"), feature_version=(3, 9))


def test_the_child_needs_nothing_installed() -> None:
    # As the child's first file does it, in an interpreter without site-packages or environment.
    program = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location(
    "trace_lsp", {str(PACKAGE / "__init__.py")!r}, submodule_search_locations=[{str(PACKAGE)!r}]
)
sys.modules["trace_lsp"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
import trace_lsp.compat, trace_lsp.optimizers, trace_lsp.runs.child.program
for name in sorted({{name.partition(".")[0] for name in sys.modules}}):
    assert name in sys.stdlib_module_names or name in ("trace_lsp", "__main__"), name
"""
    command = [sys.executable, "-I", "-S", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_is_global() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not isinstance(node, ast.Global), f"{path}:{node.lineno}"


def test_module_level_names_that_hold_containers_are_constants() -> None:
    displays = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
    for path in FILES:
        for node in ast.parse(path.read_text("utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.AnnAssign):
                targets = [node.target]
            value = getattr(node, "value", None)
            for target in targets:
                if isinstance(target, ast.Name) and isinstance(value, displays):
                    name = target.id
                    assert name.isupper() or name == "__all__", f"{path}:{node.lineno}: {name}"


def test_only_the_command_line_and_the_demo_print() -> None:
    for path in FILES:
        if room(path) in ("cli", "demo"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", f"{path}:{node.lineno}"


def test_files_and_functions_fit_the_eye() -> None:
    for path in FILES:
        lines = path.read_text("utf-8").count("\n")
        assert lines <= 400, f"{path} has {lines} lines"
    lengths = [length(function) for _, function in functions()]
    assert statistics.median(lengths) <= 8
    assert statistics.quantiles(lengths, n=10)[-1] <= 35


def test_everything_is_annotated() -> None:
    for path, function in functions():
        arguments = [
            *function.args.posonlyargs,
            *function.args.args,
            *function.args.kwonlyargs,
            *filter(None, [function.args.vararg, function.args.kwarg]),
        ]
        for argument in arguments:
            assert argument.annotation or argument.arg in ("self", "cls"), (
                f"{path}:{function.lineno}: {argument.arg}"
            )
        assert function.returns, f"{path}:{function.lineno}: {function.name}"
