"""Classes with parameters that are called: `Module`, `Model` and the decorator `model`."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar, get_type_hints

import pytest

from trace_lsp.trace import Node, bundle, node
from trace_lsp.trace.modules import Model, Module, model
from trace_lsp.trace.parameters import ParameterContainer, Seq

T = TypeVar("T")


def trainable(value: Any) -> Any:
    return node(value, trainable=True)


@model
class Scaled:
    """Scales a number."""

    unit = "m"

    def __init__(self, factor: int = 2) -> None:
        super().__init__()
        self.factor = trainable(factor)
        self.calls: list[int] = []

    @bundle(trainable=True)
    def scale(self, x, factor):
        """Scales x."""
        return x * factor

    def forward(self, x):
        return self.scale(x, self.factor)


@model
class Shifted(Scaled.__mro__[1]):  # the class as it was before it was a model
    def forward(self, x):
        return super().forward(x) + 1


class Outer:
    @model
    class Inside:
        def __init__(self) -> None:
            self.p = trainable(1)


def test_a_module_is_called_through_its_forward() -> None:
    class Sum(Module):
        def forward(self, *items, start=0):
            return sum(items, start)

    assert Sum()(1, 2, start=3) == 6
    with pytest.raises(NotImplementedError, match="Module has no method `forward`"):
        Module()(1)


def test_a_model_is_its_class_and_a_module() -> None:
    scaled = Scaled(3)
    assert isinstance(scaled, (Model, Module, ParameterContainer))
    assert scaled(2).data == 6
    assert [each.data for each in scaled.parameters()] == [3, Scaled.scale.parameter.data]
    assert Shifted(3)(2).data == 7


def test_a_model_keeps_what_its_class_was_called_and_said() -> None:
    assert (Scaled.__name__, Scaled.__qualname__) == ("Scaled", "Scaled")
    assert (Scaled.__module__, Scaled.__doc__) == (__name__, "Scales a number.")
    assert Outer.Inside.__qualname__ == "Outer.Inside"
    assert Scaled.unit == "m"
    assert list(inspect.signature(Scaled).parameters) == ["factor"]
    assert "def forward(self, x):" in inspect.getsource(Scaled)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_model_can_be_pickled(protocol: int) -> None:
    scaled = Scaled(3)
    scaled.calls.append(1)
    scaled.factor.update(5)
    scaled.scale.parameter.update("def scale(self, x, factor):\n    return x * factor + 1")
    restored = pickle.loads(pickle.dumps(scaled, protocol))
    assert type(restored) is Scaled
    assert restored.calls == [1]
    assert restored(2).data == 11
    assert restored.factor is not scaled.factor
    inner = pickle.loads(pickle.dumps(Outer.Inside()))
    assert inner.p.data == 1


def test_a_model_can_be_copied() -> None:
    scaled = Scaled(3)
    scaled.scale.parameter.update("def scale(self, x, factor):\n    return x * factor + 1")
    copied = copy.deepcopy(scaled)
    assert copied(2).data == 7
    copied.factor.update(10)
    copied.scale.parameter.update("def scale(self, x, factor):\n    return 0")
    assert (scaled(2).data, copied(2).data) == (7, 0)
    same = scaled.copy()
    assert same.factor is scaled.factor
    assert same.calls is not scaled.calls
    assert copy.copy(scaled).factor is scaled.factor


def test_what_is_a_module_already_comes_back_as_it_is() -> None:
    class Mine(Module):
        pass

    class Yours(Model):
        pass

    assert model(Mine) is Mine
    assert model(Yours) is Yours
    assert model(Scaled) is Scaled


def test_subclasses_of_a_model_are_models() -> None:
    class Special(Scaled):
        def __init__(self) -> None:
            super().__init__(4)
            self.extra = trainable(1)
            self.helper = bundle(trainable=True)(helper)
            self.base = Scaled()

        @bundle(trainable=True)
        def scale(self, x, factor):
            return super().scale(x, factor).data + 1

    special = Special()
    assert special(2).data == 9
    assert list(special.parameters_dict()) == ["factor", "extra", "helper", "base", "scale"]
    assert len(special.parameters()) == 6


def helper():
    return 1


def test_a_models_base_may_be_an_ordinary_class() -> None:
    class Ordinary:
        @bundle()
        def one(self):
            return 1

    @model
    class Extended(Ordinary):
        @bundle(trainable=True)
        def more(self, x):
            return self.one() + x

        def forward(self, x):
            return self.more(x)

    assert Extended()(1).data == 2
    assert list(Extended().parameters_dict()) == ["more"]


def test_methods_of_the_class_itself_are_kept() -> None:
    @model
    class Particular:
        def __init__(self) -> None:
            self.p = trainable(1)

        def __call__(self, x):
            return "called", x

        def save(self, place):
            return "saved", place

        def parameters(self):
            return []

    particular = Particular()
    assert particular(1) == ("called", 1)
    assert particular.save("here") == ("saved", "here")
    assert particular.parameters() == []
    assert list(particular.parameters_dict()) == ["p"]


@model
@dataclass
class Below:
    rate: Any
    names: list[str] = field(default_factory=list)


@dataclass
@model
class Above:
    rate: Any
    names: list[str] = field(default_factory=list)
    limit: int = 5

    def forward(self, x):
        return x * self.rate


@pytest.mark.parametrize("kind", [Below, Above])
def test_dataclasses(kind: Any) -> None:
    made = kind(trainable(2), ["a"])
    assert made.parameters() == [made.rate]
    assert kind(1).names == []
    assert [each.name for each in dataclasses.fields(made)][:2] == ["rate", "names"]
    assert get_type_hints(kind)["names"] == list[str]
    restored = pickle.loads(pickle.dumps(made))
    assert (restored.rate.data, restored.names) == (2, ["a"])


def test_a_dataclass_is_called_and_compared() -> None:
    assert Above(trainable(2))(3).data == 6
    assert Above(1) == Above(1)
    assert repr(Above(1)) == "Above(rate=1, names=[], limit=5)"


def test_frozen_and_slotted_dataclasses() -> None:
    @model
    @dataclass(frozen=True)
    class Frozen:
        rate: Any

    frozen = Frozen(trainable(1))
    assert frozen.parameters() == [frozen.rate]
    with pytest.raises(dataclasses.FrozenInstanceError):
        frozen.rate = 2


@model
class Slotted:
    __slots__ = ("p",)

    def __init__(self) -> None:
        self.p = trainable(3)

    @bundle(trainable=True)
    def add(self, x):
        return x + self.p.data

    def forward(self, x):
        return self.add(x)


def test_a_class_with_slots() -> None:
    slotted = Slotted()
    assert slotted.parameters()[0].data == 3
    assert list(slotted.parameters_dict()) == ["p", "add"]
    restored = pickle.loads(pickle.dumps(slotted))
    assert restored.p.data == 3


def test_abstract_generic_and_tuple_classes() -> None:
    class Abstract(ABC):
        @abstractmethod
        def forward(self, x): ...

    @model
    class Concrete(Abstract, Generic[T]):
        def forward(self, x):
            return x

    assert Concrete()(1) == 1
    assert Concrete[int]()(2) == 2
    with pytest.raises(TypeError, match="abstract"):
        model(Abstract)()

    class Pair(NamedTuple):
        a: Any
        b: Any

    pair = model(Pair)(1, 2)
    assert (pair.a, pair.b, pair.parameters()) == (1, 2, [])
    assert model(type("Row", (Seq,), {}))(trainable(1)).parameters()[0].data == 1


def test_only_classes_are_models() -> None:
    with pytest.raises(TypeError, match="@model decorates a class; helper is a function"):
        model(helper)
    with pytest.raises(TypeError, match=r"@model decorates a class; .*Scaled object.* is a Scaled"):
        model(Scaled())


def test_a_method_may_use_super() -> None:
    @model
    class WithSuper:
        def __init__(self) -> None:
            super().__init__()
            self.p = trainable(1)

        @bundle(trainable=True)
        def kind(self, x):
            return __class__.__name__, super().__str__(), x

        def __str__(self):
            return "own"

    name, text, _ = WithSuper().kind(1).data
    assert name == "WithSuper"
    assert text.startswith("<")


def test_results_of_a_model_lead_back_to_its_parameters() -> None:
    scaled = Scaled(3)
    parameters = scaled.parameters()
    result = scaled(2)
    assert isinstance(result, Node)
    result.backward("too small")
    assert len(parameters) == 2
    assert all(each.feedback for each in parameters)
