"""`import opto…` after `compat.install()`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator

import pytest

from trace_lsp import compat


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    finders = list(sys.meta_path)
    compat.install()
    yield
    sys.meta_path[:] = finders
    for name in [each for each in sys.modules if each.partition(".")[0] == "opto"]:
        del sys.modules[name]


@pytest.mark.parametrize(("alias", "target"), compat.MODULES.items())
def test_each_module_is_ours(alias: str, target: str) -> None:
    ours = importlib.import_module(target)
    assert importlib.import_module(alias) is ours
    assert ours.__name__ == target
    assert ours.__spec__ is not None
    assert ours.__spec__.name == target


def test_the_ways_in_which_programs_import() -> None:
    namespace: dict[str, object] = {}
    exec(
        "import opto\n"
        "import opto.trace as t\n"
        "from opto import trace\n"
        "from opto.trace import bundle, node, GRAPH, ExecutionError\n"
        "from opto.trace.nodes import ParameterNode\n"
        "from opto.trace.bundle import FunModule\n"
        "from opto.trace.errors import ExecutionError as Error\n"
        "from opto.optimizers import OptoPrime\n"
        "from opto.optimizers.optoprime import OptoPrime as Again\n"
        "import opto.trace.operators as operators\n"
        "same = [t is trace, opto.trace is t, Error is ExecutionError, Again is OptoPrime,\n"
        "        t.bundle is bundle, trace.operators is operators]",
        namespace,
    )
    assert namespace["same"] == [True] * 6
    assert callable(namespace["bundle"])


def test_a_module_does_not_hide_the_function_of_its_name() -> None:
    importlib.import_module("opto.trace.bundle")
    trace = importlib.import_module("opto.trace")
    assert callable(trace.bundle)
    assert callable(importlib.import_module("trace_lsp.trace").bundle)


def test_install_twice_is_install_once() -> None:
    before = list(sys.meta_path)
    compat.install()
    assert sys.meta_path == before


@pytest.mark.parametrize(
    "name",
    ["opto.trainer", "opto.trace.recorder", "opto.models.chat", "opto.errors", "opto.trace.graph"],
)
def test_what_is_not_there_is_not_there(name: str) -> None:
    with pytest.raises(ModuleNotFoundError, match="this engine has no opto"):
        importlib.import_module(name)
    assert name not in sys.modules


def test_other_imports_are_left_alone() -> None:
    assert importlib.util.find_spec("optofluidics") is None
    assert importlib.import_module("json").__name__ == "json"


def test_without_it_there_is_no_opto() -> None:
    sys.meta_path[:] = [each for each in sys.meta_path if "compat" not in type(each).__module__]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("opto")
