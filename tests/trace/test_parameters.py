"""What is trainable in an object: found without running anything of it, in an order to rely on."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from trace_lsp.trace import ParameterNode, bundle, node
from trace_lsp.trace.parameters import (
    Map,
    NodeContainer,
    ParameterContainer,
    Seq,
    own_attributes,
)


def trainable(value: Any) -> Any:
    return node(value, trainable=True)


class Base(ParameterContainer):
    shared = node("class", trainable=True)

    def __init__(self) -> None:
        self.late = trainable(1)
        self.early = trainable(2)
        self.plain = node(3)
        self.text = "no parameter"

    @bundle(trainable=True)
    def zeta(self, x):
        return x

    @bundle(trainable=True)
    def alpha(self, x):
        return x

    @bundle()
    def fixed(self, x):
        return x

    def ordinary(self, x):
        return x


class Child(Base):
    def __init__(self) -> None:
        super().__init__()
        self.own = trainable(4)

    @bundle(trainable=True)
    def beta(self, x):
        return x

    @bundle(trainable=True)
    def zeta(self, x):
        return x + 1


def test_attributes_come_as_assigned_and_methods_as_defined() -> None:
    child = Child()
    found = child.parameters_dict()
    assert list(found) == ["late", "early", "own", "shared", "zeta", "alpha", "beta"]
    assert found["zeta"].data == Child.zeta.parameter.data
    assert child.parameters() == list(found.values())


def test_what_is_computed_is_not_touched() -> None:
    class Guarded(ParameterContainer):
        def __init__(self) -> None:
            self.p = trainable(1)

        @property
        def costly(self):
            raise AssertionError("a property was evaluated")

        @functools.cached_property
        def cached(self):
            raise AssertionError("a cached property was evaluated")

        def __getattr__(self, name):
            raise AssertionError(f"{name} was asked for")

    assert list(Guarded().parameters_dict()) == ["p"]


def test_an_object_has_its_own_code_to_train() -> None:
    one, other = Base(), Base()
    mine, yours = one.parameters_dict()["zeta"], other.parameters_dict()["zeta"]
    assert mine is not yours
    assert one.zeta.parameter is mine
    mine.update("def zeta(self, x):\n    return -x")
    assert (one.zeta(1).data, other.zeta(1).data) == (-1, 1)


def test_bundled_functions_among_the_attributes() -> None:
    def double(x):
        return 2 * x

    class Holder(ParameterContainer):
        def __init__(self) -> None:
            self.trained = bundle(trainable=True)(double)
            self.fixed = bundle()(double)
            self.borrowed = Base().zeta

        @staticmethod
        @bundle(trainable=True)
        def static(x):
            return x

        @classmethod
        @bundle(trainable=True)
        def of_class(cls, x):
            return x

    holder = Holder()
    found = holder.parameters_dict()
    assert list(found) == ["trained", "borrowed", "static", "of_class"]
    assert found["trained"] is holder.trained.parameter
    assert found["static"] is Holder.static.parameter
    assert all(isinstance(each, ParameterNode) for each in found.values())


def test_a_method_that_is_hidden_by_a_subclass_is_not_listed() -> None:
    class Hiding(Base):
        zeta = None

    assert "zeta" not in Hiding().parameters_dict()


def test_an_attribute_hides_the_method_of_its_name() -> None:
    base = Base()
    base.__dict__["zeta"] = 5
    assert "zeta" not in base.parameters_dict()


def test_containers_in_containers() -> None:
    outer, inner = Base(), Child()
    outer.inner = inner
    found = outer.parameters_dict()
    assert found["inner"] is inner
    listed = outer.parameters()
    assert len({id(each) for each in listed}) == len(listed) == 11  # `shared` is the class's
    assert [each.data for each in outer.parameters()[:3]] == [1, 2, 1]


def test_what_is_reached_twice_is_listed_once_and_circles_end() -> None:
    parent, child = ParameterContainer(), ParameterContainer()
    shared = trainable(1)
    parent.child = child
    parent.same = shared
    child.parent = parent
    child.same = shared
    parent.again = child
    assert parent.parameters() == [shared]
    assert child.parameters() == [shared]
    assert list(parent.parameters_dict()) == ["child", "same", "again"]
    root = ParameterContainer()
    root.parent = parent
    assert root.parameters() == [shared]


def test_deeply_nested_containers() -> None:
    first = outer = ParameterContainer()
    for _ in range(3_000):
        outer.inner = ParameterContainer()
        outer = outer.inner
    outer.p = trainable(1)
    assert [each.data for each in first.parameters()] == [1]


def test_equal_values_are_different_parameters() -> None:
    container = ParameterContainer()
    container.a, container.b = trainable(1), trainable(1)
    assert len(container.parameters()) == 2


def test_a_class_that_says_itself_what_its_parameters_are() -> None:
    class Frozen(Base):
        def parameters(self):
            return [self.early]

    outer = ParameterContainer()
    outer.frozen = Frozen()
    outer.more = trainable(9)
    assert [each.data for each in outer.parameters()] == [2, 9]


def test_a_parameters_dict_with_something_else_is_an_error() -> None:
    class Wrong(ParameterContainer):
        def parameters_dict(self):
            return {"a": trainable(1), "b": 5}

    with pytest.raises(TypeError, match="parameters_dict of Wrong has a int for 'b'"):
        Wrong().parameters()


def test_slots() -> None:
    class Slotted(ParameterContainer):
        __slots__ = ("a", "b", "empty")

        def __init__(self) -> None:
            self.b = trainable(2)
            self.a = trainable(1)
            self.free = trainable(3)

    found = Slotted().parameters_dict()
    assert {name: each.data for name, each in found.items()} == {"free": 3, "a": 1, "b": 2}


def test_own_attributes_of_what_has_none() -> None:
    assert own_attributes(object()) == {}
    assert own_attributes(5) == {}


def test_a_copy_has_the_same_parameters_and_nothing_else_in_common() -> None:
    base = Base()
    base.inner = Child()
    base.settings = {"a": [1]}
    base.zeta.parameter.update("def zeta(self, x):\n    return x + 7")
    copied = base.copy()
    assert type(copied) is Base
    assert copied.inner is not base.inner
    assert copied.settings == base.settings
    assert copied.settings["a"] is not base.settings["a"]
    pairs = zip(copied.parameters(), base.parameters())
    assert all(one is other for one, other in pairs)
    assert len(copied.parameters()) == len(base.parameters())
    base.zeta.parameter.update("def zeta(self, x):\n    return x + 8")
    assert copied.zeta(1).data == 9


def test_a_seq_is_made_of_its_arguments_or_of_one_sequence() -> None:
    a, b = trainable(1), trainable(2)
    assert list(Seq(a, b)) == list(Seq([a, b])) == list(Seq((a, b))) == [a, b]
    assert list(Seq()) == []
    assert list(Seq(a)) == [a]
    listed = trainable([1, 2])
    assert Seq(listed).parameters() == [listed]


def test_a_seq_of_one_that_is_no_sequence() -> None:
    class Endless:
        def __getitem__(self, at: int) -> int:
            return at

    for one in (5, {1, 2}, Endless()):
        assert list(Seq(one)) == [one]


def test_a_seq_is_a_list() -> None:
    seq = Seq(trainable(1), "text")
    seq.append(trainable(2))
    assert len(seq) == 3
    assert seq[1] == "text"
    assert isinstance(seq[1:], Seq)
    assert seq[1:].parameters() == [seq[2]]


def test_the_items_of_a_seq_are_named_by_their_positions() -> None:
    inner = Seq(trainable(3))
    seq = Seq(trainable(1), "text", inner, bundle(trainable=True)(double))
    found = seq.parameters_dict()
    assert list(found) == ["0", "2", "3"]
    assert found["2"] is inner
    assert [each.data for each in seq.parameters()[:2]] == [1, 3]
    assert seq.parameters()[2].is_code


def double(x):
    return 2 * x


def test_a_seq_that_has_attributes() -> None:
    class Named(Seq):
        def __init__(self, *items):
            super().__init__(*items)
            self.bias = trainable(5)

    assert {name: each.data for name, each in Named(trainable(1)).parameters_dict().items()} == {
        "0": 1,
        "bias": 5,
    }


def test_a_map_names_its_values_by_their_keys() -> None:
    inner = Map({"x": trainable(1)})
    table = Map({"a": trainable(2), 7: trainable(3), "inner": inner, "text": "none"})
    assert list(table.parameters_dict()) == ["a", 7, "inner"]
    assert [each.data for each in table.parameters()] == [2, 3, 1]
    assert Map().parameters() == []
    assert Map(a=inner)["a"] is inner


def test_nodes_that_are_keys_of_a_map() -> None:
    key, value = trainable("k"), trainable("v")
    table = Map({node("fixed"): value, key: "plain"})
    assert table.parameters_dict() == {"value_0": value, "key_1": key}
    assert table.parameters() == [value, key]


def test_a_container_cannot_be_a_key() -> None:
    with pytest.raises(TypeError, match="A key of a Map is a ParameterContainer"):
        Map({ParameterContainer(): 1}).parameters()
    with pytest.raises(TypeError, match="A key of a Map is a NodeContainer"):
        Map({NodeContainer(): 1}).parameters()


def test_a_key_and_an_attribute_of_one_name() -> None:
    class Table(Map):
        pass

    table = Table({"rate": trainable(1)})
    table.rate = trainable(2)
    found = {name: each.data for name, each in table.parameters_dict().items()}
    assert found == {"rate": 1, "self.rate": 2}
