"""Containers of parameters: objects that can list what in them is trainable."""

from __future__ import annotations

import copy
from collections import UserDict, UserList
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import MemberDescriptorType, MethodType
from typing import TYPE_CHECKING, Any, Optional, Union

from trace_lsp.trace.nodes import Node, ParameterNode

if TYPE_CHECKING:
    from typing_extensions import Self


class NodeContainer:
    """Marks a class whose attributes are looked into for nodes, as the items of a list are."""


class TrainableFunction:
    """A bundled function. `parameter` is its source as a trainable node, None if it has none."""

    __slots__ = ()

    parameter: Optional[ParameterNode]


class ParameterContainer(NodeContainer):
    """An object that has parameters: in its attributes, and as the code of its methods."""

    def parameters(self) -> list[ParameterNode]:
        """Every parameter in this container and in those within it, each one once.

        Raises TypeError if a `parameters_dict` holds something else than parameters and containers
        of them.
        """
        found: dict[int, ParameterNode] = {}
        for _, entry in entries(self, _is_walked):
            if isinstance(entry, ParameterNode):
                found[id(entry)] = entry
            elif not _is_walked(entry):
                found.update((id(each), each) for each in entry.parameters())
        return list(found.values())

    def parameters_dict(self) -> dict[Any, Entry]:
        """What is trainable here by the name of its attribute: parameters and containers of them.

        The object's own attributes come first, as they were assigned, then the methods whose code
        is trainable, as they are defined, those of base classes before the class's own. Properties
        are not evaluated.
        """
        found = ((name, _entry(each)) for name, each in _attributes(self))
        return {name: entry for name, entry in found if entry is not None}

    def copy(self) -> Self:
        """A deep copy that has this container's own parameters, not copies of them."""
        kept: list[Any] = [*self.parameters()]
        for each in (self, *(entry for _, entry in entries(self))):
            attributes = own_attributes(each).values()
            kept += [found for found in attributes if isinstance(found, TrainableFunction)]
        return copy.deepcopy(self, {id(each): each for each in kept})


Entry = Union[ParameterNode, ParameterContainer]


class Seq(UserList[Any], ParameterContainer):
    """A list that is a container of parameters: ``Seq(a, b)``, or ``Seq([a, b])``.

    The name of an item among the parameters is its position.
    """

    def __init__(self, *args: Any) -> None:
        is_sequence = (
            len(args) == 1
            and not isinstance(args[0], Node)
            and hasattr(args[0], "__len__")
            and hasattr(args[0], "__getitem__")
        )
        super().__init__(args[0] if is_sequence else args)

    def parameters_dict(self) -> dict[Any, Entry]:
        """The items that are trainable, by their position as text; then the attributes that are."""
        items = {str(at): _entry(each) for at, each in enumerate(self.data)}
        return _merged(items, super().parameters_dict())


class Map(UserDict[Any, Any], ParameterContainer):
    """A dict that is a container of parameters, in its values and among its keys.

    The name of a value among the parameters is its key. A key that is a node is named by its
    position: ``key_0``, and its value ``value_0``.
    """

    def __init__(self, mapping: Optional[Mapping[Any, Any]] = None, **values: Any) -> None:
        super().__init__(mapping, **values)

    def parameters_dict(self) -> dict[Any, Entry]:
        """The keys and values that are trainable by their names; then the attributes that are.

        Raises TypeError if a key is a container.
        """
        items: dict[Any, Optional[Entry]] = {}
        for at, (key, value) in enumerate(self.data.items()):
            if isinstance(key, NodeContainer):
                raise TypeError(
                    f"A key of a Map is a {type(key).__name__}: it cannot be a container."
                )
            items[f"value_{at}" if isinstance(key, Node) else key] = _entry(value)
            if isinstance(key, ParameterNode):
                items[f"key_{at}"] = key
        return _merged(items, super().parameters_dict())


def entries(
    container: ParameterContainer,
    enters: Callable[[ParameterContainer], bool] = lambda found: True,
) -> Iterator[tuple[tuple[Any, ...], Entry]]:
    """Everything trainable in a container, with its names from there: what is in a container
    follows the container.

    A container is met once, however many ways lead to it. Only those that it `enters` are looked
    into.
    """
    seen = {id(container)}
    pending = [_named(container, ())]
    while pending:
        for names, entry in pending[-1]:
            if isinstance(entry, ParameterNode):
                yield names, entry
            elif id(entry) not in seen:
                seen.add(id(entry))
                yield names, entry
                if enters(entry):
                    pending.append(_named(entry, names))
                    break
        else:
            pending.pop()


def own_attributes(found: object) -> dict[str, Any]:
    """An object's own attributes, as they were assigned, then those in slots."""
    attributes = dict(getattr(found, "__dict__", {}))
    for name, each in _class_attributes(type(found)).items():
        if isinstance(each, MemberDescriptorType):
            with suppress(AttributeError):  # a slot may be empty
                attributes[name] = each.__get__(found)
    return attributes


def _named(
    container: ParameterContainer, names: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], Entry]]:
    for name, entry in container.parameters_dict().items():
        if not isinstance(entry, (ParameterNode, ParameterContainer)):
            raise TypeError(
                f"parameters_dict of {type(container).__name__} has a {type(entry).__name__} for "
                f"{name!r}; it should have parameters, and containers of them."
            )
        yield (*names, name), entry


def _is_walked(container: ParameterContainer) -> bool:
    """False if the class says on its own what its parameters are."""
    return getattr(type(container), "parameters", None) is ParameterContainer.parameters


def _attributes(container: ParameterContainer) -> Iterator[tuple[str, Any]]:
    """The attributes that may be trainable. What is a property, or computed, is not touched."""
    own = own_attributes(container)
    for name, each in own.items():
        if not name.startswith("__"):  # such are the engine's own
            yield name, each
    for name, each in _class_attributes(type(container)).items():
        if name not in own and _entry(_undecorated(each)) is not None:
            yield name, getattr(container, name)


def _class_attributes(kind: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in reversed(kind.__mro__):
        found.update(vars(each))  # what is overridden keeps its place
    return found


def _undecorated(value: Any) -> Any:
    return value.__func__ if isinstance(value, (staticmethod, classmethod)) else value


def _entry(value: Any) -> Optional[Entry]:
    """The value as something trainable, None if it is not."""
    if isinstance(value, MethodType):
        value = value.__func__
    if isinstance(value, TrainableFunction):
        return value.parameter
    return value if isinstance(value, (ParameterNode, ParameterContainer)) else None


def _merged(
    items: Mapping[Any, Optional[Entry]], attributes: Mapping[Any, Entry]
) -> dict[Any, Entry]:
    merged = {name: each for name, each in items.items() if each is not None}
    for name, entry in attributes.items():
        merged[f"self.{name}" if name in items else name] = entry
    return merged
