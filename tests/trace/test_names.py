"""Every public name of the API is where programs import it from."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from trace_lsp import compat

OPERATORS = """
    pos neg abs invert round floor ceil trunc add subtract multiply floor_divide divide mod
    node_divmod power lshift rshift and_ or_ xor lt le eq neq ne ge gt cond not_ is_ is_not in_
    not_in getitem pop len_ keys values get dict_update dict_pop dict_popitem list_append
    list_extend list_insert list_remove list_pop list_reverse list_sort list_clear set_add
    set_remove set_discard set_pop set_clear set_update set_intersection_update
    set_symmetric_difference_update to_list to_dict to_set to_tuple make_list make_dict
    make_tuple make_set ord_ chr_ concat lower upper title swapcase capitalize split strip
    replace format join node_getattr call identity clone call_llm
"""
PROPAGATORS = "AbstractPropagator AbstractFeedback Propagator SumPropagator"
NAMES = {
    "opto.trace": """
        node Node bundle Module Model model NodeContainer apply_op ExecutionError GRAPH stop_tracing
        operators propagators projections utils nodes containers modules iterators errors broadcast
    """,
    "opto.trace.nodes": """
        AbstractNode Node ParameterNode MessageNode ExceptionNode GRAPH Graph NAME_SCOPES USED_NODES
        IDENTITY_OPERATORS get_op_name node NodeVizStyleGuide NodeVizStyleGuideColorful
    """,
    "opto.trace.bundle": """
        bundle FunModule trace_nodes to_data wrap_node detach_inputs TraceMissingInputsError
        update_local disable_external_dependencies_check ALLOW_EXTERNAL_DEPENDENCIES
        ExecutionError ExceptionNode MessageNode Node ParameterNode node GRAPH get_op_name
    """,
    "opto.trace.operators": OPERATORS,
    "opto.trace.modules": "Module Model model",
    "opto.trace.containers": "NodeContainer ParameterContainer Seq Map trainable_method",
    "opto.trace.broadcast": "apply_op recursive_conversion",
    "opto.trace.iterators": "iterate SeqIterable DictIterable",
    "opto.trace.errors": "ExecutionError TraceMissingInputsError",
    "opto.trace.utils": "contain sum_feedback for_all_methods",
    "opto.trace.propagators": f"{PROPAGATORS} GraphPropagator TraceGraph",
    "opto.trace.propagators.propagators": PROPAGATORS,
    "opto.trace.propagators.graph_propagator": "GraphPropagator TraceGraph",
    "opto.trace.projections": "Projection BlackCodeFormatter DocstringProjection",
    "opto.optimizers": """
        Optimizer OptoPrime OptoPrimeV1 OptoPrimeV2 OptoPrimeMulti OptoprimeBatchOpt OPRO OPROv2
        TextGrad
    """,
    "opto.optimizers.optimizer": "Optimizer",
    "opto.optimizers.optoprime": "OptoPrime",
    "opto.optimizers.optoprime_v2": "OptoPrimeV2",
    "opto.optimizers.optoprimemulti": "OptoPrimeMulti",
    "opto.optimizers.optoprime_batchopt": "OptoprimeBatchOpt",
    "opto.optimizers.opro": "OPRO",
    "opto.optimizers.opro_v2": "OPROv2",
    "opto.optimizers.textgrad": "TextGrad",
    "opto.utils.llm": "LLM AbstractModel LiteLLM CustomLLM AutoGenLLM DummyLLM",
}


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    finders = list(sys.meta_path)
    compat.install()
    yield
    sys.meta_path[:] = finders
    for name in [each for each in sys.modules if each.partition(".")[0] == "opto"]:
        del sys.modules[name]


@pytest.mark.parametrize(("module", "names"), NAMES.items())
def test_every_name_is_there(module: str, names: str) -> None:
    found = importlib.import_module(module)
    missing = [name for name in names.split() if not hasattr(found, name)]
    assert missing == []


def test_all_operators_are_in_the_table() -> None:
    assert len(set(OPERATORS.split())) == 85


@pytest.mark.parametrize("module", NAMES)
def test_a_module_can_be_renamed_as_it_is_imported(module: str) -> None:
    # In an interpreter of its own, where this import is the first.
    last = NAMES[module].split()[-1]
    program = (
        "from trace_lsp import compat\n"
        "compat.install()\n"
        f"import {module} as renamed\n"
        f"from {module} import {last}\n"
        "import sys\n"
        f"assert sys.modules[{module!r}].{last} is {last}\n"
        f"assert callable(renamed) or renamed.{last} is {last}, renamed\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr


def test_all_that_is_public_is_there() -> None:
    trace = importlib.import_module("trace_lsp.trace")
    assert all(hasattr(trace, name) for name in trace.__all__)
    namespace: dict[str, object] = {}
    exec("from opto.trace import *", namespace)
    assert set(NAMES["opto.trace"].split()) - set(namespace) == {
        "nodes", "containers", "modules", "errors", "broadcast",
    }  # fmt: skip
