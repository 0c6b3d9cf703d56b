"""Methods: what they are called on stands in the graph, and is otherwise left alone."""

from __future__ import annotations

import copy
import dataclasses
import enum
import functools
import gc
import pickle
import socket
import sys
import threading
import weakref
from abc import ABC, abstractmethod
from typing import Any

import pytest

from trace_lsp.trace import GRAPH, bundle, node
from trace_lsp.trace.living import living
from trace_lsp.trace.records import record


class Scale:
    def __init__(self, offset: int = 0) -> None:
        self.offset = offset

    @bundle()
    def weigh(self, x):
        return x + self.offset

    @bundle()
    def double(self, x):
        return 2 * x

    @bundle(trainable=True)
    def learned(self, x):
        return x + self.offset

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]


def test_one_node_stands_for_an_instance_while_somebody_holds_it() -> None:
    scale = Scale(5)
    first, second = scale.weigh(1), scale.double(2)
    assert first.inputs["self"] is second.inputs["self"]
    assert first.inputs["self"].data is scale
    before = first.inputs["self"]
    GRAPH.clear()
    assert scale.weigh(1).inputs["self"] is not before
    assert Scale(5).weigh(1).inputs["self"] is not scale.weigh(1).inputs["self"]


def test_an_instance_is_not_changed_and_not_kept_alive() -> None:
    scale, untouched = Scale(5), Scale(5)
    result = scale.weigh(1)
    assert vars(scale) == {"offset": 5}
    assert scale == untouched
    untouched.weigh(2)
    assert scale == untouched
    gone = weakref.ref(scale)
    gc.disable()
    try:
        del scale, result
        assert gone() is None
    finally:
        gc.enable()


def test_a_copy_is_another_instance() -> None:
    scale = Scale(5)
    held = scale.weigh(1)
    for other in (copy.copy(scale), copy.deepcopy(scale), pickle.loads(pickle.dumps(scale))):
        other.offset = 7
        result = other.weigh(1)
        assert result.data == 8
        assert result.inputs["self"].data is other
    assert held.inputs["self"].data is scale


def test_copies_take_their_own_parameter_along() -> None:
    scale = Scale(5)
    scale.learned.parameter.update("def learned(self, x):\n    return x * self.offset")
    shallow, deep = copy.copy(scale), copy.deepcopy(scale)
    restored = pickle.loads(pickle.dumps(scale))
    assert [each.learned(2).data for each in (scale, shallow, deep, restored)] == [10] * 4
    deep.learned.parameter.update("def learned(self, x):\n    return 0")
    assert [each.learned(2).data for each in (scale, shallow, deep, restored)] == [10, 10, 0, 10]


def test_what_can_be_neither_copied_nor_pickled_may_be_on_an_instance() -> None:
    class Server:
        def __init__(self) -> None:
            self.lock = threading.Lock()
            self.socket = socket.socket()
            self.frame = sys._getframe()

        @bundle()
        def answer(self, x):
            with self.lock:
                return x + 1

        @bundle(trainable=True)
        def learned(self, x):
            with self.lock:
                return x + 2

    server = Server()
    server.learned.parameter.update(server.learned.parameter.data.replace("2", "3"))
    try:
        assert (server.answer(1).data, server.learned(1).data) == (2, 4)
        assert server.answer(server.lock.locked()).data == 1
    finally:
        server.socket.close()


class Uncopied:
    """Says so if it is copied."""

    def __copy__(self) -> Any:
        raise AssertionError("copied")

    def __deepcopy__(self, memo: Any) -> Any:
        raise AssertionError("copied")

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise AssertionError("copied")

    def __add__(self, other: Any) -> Any:
        return self


@pytest.mark.parametrize(
    "options", [{}, {"traceable_code": True}, {"_process_inputs": False}, {"trainable": True}]
)
def test_no_value_is_copied_to_be_recorded(options: dict[str, Any]) -> None:
    @bundle(**options)
    def first(x, y=None):
        return x

    value = Uncopied()
    for argument in (value, node(value), [value], {"a": node(value)}):
        first(argument, y=value).backward("x")
    assert (node(value) + 1).data is value
    record(node(value, trainable=True))


def test_classes_of_every_kind() -> None:
    @dataclasses.dataclass(frozen=True)
    class Frozen:
        offset: int

        @bundle(trainable=True)
        def learned(self, x):
            return x + self.offset

    @dataclasses.dataclass(slots=True)
    class Slotted:
        offset: int

        @bundle(trainable=True)
        def learned(self, x):
            return x + self.offset

        @bundle()
        def weigh(self, x):
            return x + self.offset

    class Unit(enum.Enum):
        KILO = 1000

        @bundle()
        def of(self, x):
            return x * self.value

    frozen, slotted = Frozen(1), Slotted(1)
    assert frozen.learned.parameter.data.startswith("def learned")
    assert (frozen, hash(frozen)) == (Frozen(1), hash(Frozen(1)))
    assert dataclasses.replace(frozen, offset=3).learned(1).data == 4
    assert (slotted.learned(1).data, slotted.weigh(1).data) == (2, 2)
    held = slotted.weigh(2)
    assert held.inputs["self"] is slotted.weigh(3).inputs["self"]
    slotted.learned.parameter.update("def learned(self, x):\n    return x * 10")
    assert slotted.learned(1).data == 10
    assert (Unit.KILO.of(2).data, list(Unit)) == (2000, [Unit.KILO])


def test_properties_and_the_like_above_and_beneath() -> None:
    class Shop:
        rate = 3

        @bundle()
        @staticmethod
        def double(x):
            return 2 * x

        @bundle(trainable=True)
        @classmethod
        def price(cls, x):
            return x * cls.rate

        @bundle
        @property
        def beneath(self):
            return self.rate

        @property
        @bundle(trainable=True)
        def above(self):
            return self.rate

        @functools.cached_property
        @bundle()
        def cached(self):
            return self.rate

        @bundle()
        def hooked(self, x):
            return x

    class Cheap(Shop):
        rate = 1

    assert Shop.double(2).data == Shop().double(2).data == 4
    assert (Shop.price(2).data, Cheap.price(2).data, Cheap().price(2).data) == (6, 2, 2)
    shop = Shop()
    assert (shop.beneath.data, shop.above.data, shop.cached.data) == (3, 3, 3)
    assert shop.cached is shop.cached
    assert isinstance(vars(Shop)["beneath"], property)


def test_abstract_and_inherited_methods() -> None:
    class Base(ABC):
        @bundle()
        @abstractmethod
        def price(self, x): ...

        @bundle(trainable=True)
        def learned(self, x):
            return x + 1

    class Child(Base):
        @bundle()
        def price(self, x):
            return x

        @bundle(trainable=True)
        def learned(self, x):
            return super().learned(x) * 2

    with pytest.raises(TypeError, match="abstract"):
        Base()  # type: ignore[abstract]
    assert (Child().price(1).data, Child().learned(1).data) == (1, 4)
    child = Child()
    child.learned.parameter.update("def learned(self, x):\n    return super().learned(x) * 3")
    assert (child.learned(1).data, Child().learned(1).data) == (6, 4)


def test_a_repr_that_calls_the_instances_own_methods() -> None:
    class Agent:
        @bundle()
        def score(self):
            return 5

        def __repr__(self) -> str:
            return f"Agent({self.score().data})"

    result = Agent().score()
    assert record(result.inputs["self"]).value == "Agent(5)"
    assert len(living()) == 2


def test_a_methods_instance_is_the_same_kind_of_input_at_every_call() -> None:
    scale = Scale(1)

    @bundle()
    def outer(x):
        return scale.weigh(x)

    first, held, second = outer(1), scale.weigh(1), outer(1)
    assert held.data == 2
    assert first.hidden_dependencies == second.hidden_dependencies == set()


def test_a_method_called_on_something_else() -> None:
    assert Scale.double(5, 1).data == 2
    assert Scale.double(5, 1).inputs["self"].data == 5
    with pytest.raises(TypeError, match=r"Scale.double\(\) missing 2 required"):
        Scale.double()
