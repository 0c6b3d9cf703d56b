"""What optimizers are made of: parameters in each form, and the published arguments."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from trace_lsp.models.llm import LLM, DummyLLM
from trace_lsp.optimizers import (
    OPRO,
    OPROv2,
    OptoPrime,
    OptoprimeBatchOpt,
    OptoPrimeMulti,
    OptoPrimeV1,
    OptoPrimeV2,
    TextGrad,
)
from trace_lsp.optimizers.opro_v2 import OPROPromptSymbolSet
from trace_lsp.optimizers.optimizer import Optimizer
from trace_lsp.optimizers.optoprime_v2 import (
    OptimizerPromptSymbolSet,
    OptimizerPromptSymbolSet2,
    OptimizerPromptSymbolSetJSON,
)
from trace_lsp.trace import bundle, node
from trace_lsp.trace.propagators import GraphPropagator

ALL = [
    Optimizer, OptoPrime, OptoPrimeV2, OptoPrimeMulti, OptoprimeBatchOpt, OPRO, OPROv2, TextGrad,
]  # fmt: skip


class Holder:
    """A module: it has parameters, and it is no iterable."""

    def __init__(self, *held: Any) -> None:
        self.held = held

    def parameters(self) -> list[Any]:
        return list(self.held)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("form", [list, tuple, iter, lambda held: Holder(*held), dict.fromkeys])
def test_parameters_in_each_form(kind: Any, form: Any) -> None:
    x, y = node(1, trainable=True), node(2, trainable=True)
    optimizer = kind(form([x, y]))
    assert [id(each) for each in optimizer.parameters] == [id(x), id(y)]


def test_a_bundled_function_is_a_module_too() -> None:
    @bundle(trainable=True)
    def f(x):
        return x

    assert OptoPrime(f).parameters[0] is f.parameter


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (5, "a list of trainable nodes, or a module that has `parameters`; it was given 5"),
        (None, "it was given None"),
        (Holder, "it was given <class"),
        ("x", "takes trainable nodes; it was given 'x'"),
        ([5], "takes trainable nodes; it was given 5"),
        (Holder("x"), "it was given 'x'"),
    ],
)
def test_what_are_no_parameters(kind: Any, given: object, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        kind(given)


def test_a_single_node_is_no_list() -> None:
    with pytest.raises(TypeError, match=r"write \[node\], not ParameterNode\(x:0, \[1\]\)"):
        OptoPrime(node([1], name="x", trainable=True))
    with pytest.raises(TypeError, match="takes trainable nodes; it was given Node"):
        OptoPrime([node(1)])


@pytest.mark.parametrize("kind", ALL)
def test_an_unknown_keyword_is_a_warning_at_the_programs_line(kind: Any) -> None:
    with pytest.warns(UserWarning, match=f"{kind.__name__} does not know `speed`, `x`: no") as seen:
        optimizer = kind([node(1, trainable=True)], speed=5, x=1, objective="Do it.")
    assert optimizer.objective == "Do it."
    assert seen[0].filename == __file__


PUBLISHED: list[tuple[Any, dict[str, Any]]] = [
    (Optimizer, {}),
    (
        OptoPrime,
        {
            "include_example": True,
            "memory_size": 3,
            "prompt_symbols": {"variables": "#Params"},
            "json_keys": {"answer": None},
            "use_json_object_format": False,
            "highlight_variables": True,
            "verbose": "output",
        },
    ),
    (OptoPrimeV1, {"memory_size": 3}),
    (OptoprimeBatchOpt, {"memory_size": 3}),
    (OPRO, {"memory_size": 3}),
    (
        OptoPrimeV2,
        {
            "memory_size": 3,
            "initial_var_char_limit": 100,
            "optimizer_prompt_symbol_set": OptimizerPromptSymbolSet2(),
            "use_json_object_format": False,
            "truncate_expression": lambda value, limit: str(value)[:limit],
            "problem_context": "It is about tea.",
        },
    ),
    (OPROv2, {"memory_size": 3, "problem_context": "It is about tea."}),
    (
        OptoPrimeMulti,
        {
            "num_responses": 4,
            "temperature_min_max": [0.2, 0.8],
            "selector": max,
            "generation_technique": "multi_experts",
            "selection_technique": "moa",
            "experts_list": ["a baker"],
            "llm_profiles": ["a", "b"],
            "llm_weights": [1.0, 2.0],
        },
    ),
    (TextGrad, {}),
]


@pytest.mark.parametrize(("kind", "arguments"), PUBLISHED)
def test_the_published_arguments_are_known(kind: Any, arguments: dict[str, Any]) -> None:
    common = {
        "propagator": GraphPropagator(),
        "objective": "Do it.",
        "ignore_extraction_error": False,
        "max_tokens": 77,
        "log": True,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer = kind([node(1, trainable=True)], **common, **arguments)
    kept = {**common, **arguments, "log": []}
    for name in ("memory_size", "prompt_symbols", "json_keys"):
        kept.pop(name, None)
    assert {name: getattr(optimizer, name) for name in kept} == kept


def test_the_defaults_of_each() -> None:
    x = [node(1, trainable=True)]
    assert [kind(x).max_tokens for kind in ALL] == [4096, 4096, 8192, 4096, 4096, 4096, 8192, 4096]
    sizes = [kind(x).memory.maxlen for kind in (OptoPrime, OptoPrimeV2, OPRO, OPROv2)]
    assert sizes == [0, 0, None, 5]
    assert OptoprimeBatchOpt(x).highlight_variables
    assert (OptoPrime(x).log, TextGrad(x).log, OptoPrime(x, log=False).summary_log) == (
        [],
        None,
        None,
    )
    assert isinstance(OptoPrime(x).propagator, GraphPropagator)
    assert OptoPrimeMulti(x, temperature_range=[1.3, 0.1]).temperature_min_max == [0.1, 1.3]
    assert OptoPrimeMulti(x).temperature_range == [1.0, 0.0]
    assert OptoPrimeMulti(x, llm_profiles=["a", "b"]).llm_weights == [1.0, 1.0]
    assert type(OptoPrimeV2(x).optimizer_prompt_symbol_set) is OptimizerPromptSymbolSet
    assert type(OPROv2(x).optimizer_prompt_symbol_set) is OPROPromptSymbolSet
    assert OptimizerPromptSymbolSetJSON.expect_json


def test_the_model_is_the_second_argument_and_is_checked_at_once() -> None:
    x, llm = [node(1, trainable=True)], DummyLLM(lambda messages: "")
    for kind in ALL[1:]:
        assert kind(x, llm).llm is llm
        with pytest.raises(TypeError, match="A model is an LLM"):
            kind(x, "gpt-4o")


def test_a_propagator_is_checked() -> None:
    with pytest.raises(TypeError, match="A propagator is a Propagator; this is 'sum'"):
        OptoPrime([node(1, trainable=True)], propagator="sum")


def test_an_llm_object_is_a_model_outside_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from trace_lsp.errors import NoModel

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    x = node(1, trainable=True)
    optimizer = OptoPrime([x], LLM("m"))
    optimizer.backward(x + 1, "more")
    with pytest.raises(NoModel):
        optimizer.step()
