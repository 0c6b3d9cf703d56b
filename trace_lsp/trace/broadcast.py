"""What is done to nodes wherever they stand in containers: lists, tuples, dicts, sets, and objects
of a `NodeContainer` class."""

from __future__ import annotations

import copy
import operator
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from trace_lsp.trace.nodes import Node, leaf
from trace_lsp.trace.parameters import NodeContainer, TrainableFunction, own_attributes

_CONTAINERS = (list, tuple, dict, set, frozenset, NodeContainer)


def recursive_conversion(
    true_func: Callable[[Node], Any], false_func: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    """A function that copies a value with `true_func` applied to every node in it, and
    `false_func` to everything else that is no container.

    Copies are of the container's own class (a namedtuple stays one), and what holds itself is
    copied to what holds itself. The keys of a dict stay as they are. Bundled functions count as
    values, not as containers.
    """
    return lambda value: _Conversion(true_func, false_func).of(value)


def to_data(obj: Any) -> Any:
    """A copy of the value with the data of each node in place of the node; keys of dicts too.

    What a node holds in turn is unwrapped as well. Only containers are copied.
    """
    return _Unwrapping().of(obj)


def wrap_node(obj: Any) -> Any:
    """A copy of the value with a new node in place of everything that is no container or node."""
    frame = sys._getframe(1)
    where = (frame.f_code, frame.f_lasti)
    return recursive_conversion(lambda found: found, lambda value: leaf(value, None, *where))(obj)


def detach_inputs(obj: Any) -> Any:
    """A copy of the value with each node in it detached: a leaf with a copy of its data."""
    return recursive_conversion(lambda found: found.detach(), lambda value: value)(obj)


class _Conversion:
    """One conversion. `made` are the copies so far, by the id of the original."""

    def __init__(self, node: Callable[[Node], Any], other: Callable[[Any], Any]) -> None:
        self.node = node
        self.other = other
        self.made: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        if isinstance(value, Node):
            return self.node(value)
        if isinstance(value, TrainableFunction) or not isinstance(value, _CONTAINERS):
            return self.other(value)
        if id(value) in self.made:
            return self.made[id(value)]
        if isinstance(value, (tuple, set, frozenset)):
            return self._rebuilt(value)
        copied: Any = copy.copy(value)
        self.made[id(value)] = copied
        if isinstance(value, list):
            copied[:] = [self.of(each) for each in value]
        elif isinstance(value, dict):
            copied.clear()
            for key, each in list(value.items()):
                copied[self.key(key)] = self.of(each)
        else:
            for name, each in _parts(value).items():
                object.__setattr__(copied, name, self.of(each))  # a frozen class refuses others
        return copied

    def key(self, key: Any) -> Any:
        return key

    def _rebuilt(self, value: Any) -> Any:
        items = [self.of(each) for each in value]
        if id(value) in self.made:  # what it holds, holds it
            return self.made[id(value)]
        if isinstance(value, tuple) and all(map(operator.is_, items, value)):
            return value
        make = getattr(type(value), "_make", type(value))  # of a namedtuple
        made = self.made[id(value)] = make(items)
        return made


class _Unwrapping(_Conversion):
    def __init__(self) -> None:
        super().__init__(self._data, lambda value: value)

    def _data(self, found: Node) -> Any:
        data = found.data
        return self.of(data) if _holds_nodes(data) else data

    def key(self, key: Any) -> Any:
        return self.of(key)


def apply_op(op: Callable[..., Any], output: Any, *args: Any, **kwargs: Any) -> Any:
    """Applies an operator at every place of containers of one shape; returns the output.

    Where all inputs are nodes, what `op` makes of them goes to that place of `output`; a node
    beside containers is used at every place of them. Lists, dicts and `NodeContainer` objects in
    `output` are changed in place; a tuple is made anew, so the one returned counts. A place that
    holds neither nodes nor containers stays as it is in `output`.

    Raises TypeError or ValueError, and changes nothing, if the shapes differ; if `op` raises,
    nothing is changed either.
    """
    broadcast = _Broadcast(op)
    result = broadcast.at("output", output, args, kwargs)
    for write in broadcast.writes:
        write()
    return result


class _Broadcast:
    """One `apply_op`. The writes wait until everything has been computed."""

    def __init__(self, op: Callable[..., Any]) -> None:
        self._op = op
        self._inside: set[int] = set()
        self.writes: list[Callable[[], Any]] = []

    def at(self, place: str, output: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What goes to that place of the output, from what the inputs hold there."""
        inputs = {**{f"input {at}": each for at, each in enumerate(args)}, **kwargs}
        others = {name: each for name, each in inputs.items() if not isinstance(each, Node)}
        if not others:
            return self._op(*args, **kwargs)
        if not _is_container(output) and not isinstance(output, Node):
            _check(not any(map(_is_container, others.values())), TypeError, place, output, others)
            if _holds_nodes(output):
                raise TypeError(f"{place} is a set of nodes: what is in a set has no place.")
            return output
        same = all(type(each) is type(output) for each in others.values())
        _check(same, TypeError, place, output, others)
        if id(output) in self._inside:
            return output
        self._inside.add(id(output))
        made = self._parts(place, output, args, kwargs, others)
        self._inside.discard(id(output))
        return self._written(output, made)

    def _parts(
        self,
        place: str,
        output: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        others: dict[str, Any],
    ) -> dict[Any, Any]:
        parts = _parts(output)
        within = {name: _parts(each) for name, each in others.items()}
        if isinstance(output, NodeContainer):  # its attributes may be fewer
            same = all(parts.keys() <= each.keys() for each in within.values())
        else:
            same = all(parts.keys() == each.keys() for each in within.values())
        _check(same, ValueError, place, output, others)

        def part(value: Any, key: Any) -> Any:
            return value if isinstance(value, Node) else _parts(value)[key]

        return {
            key: self.at(
                _place(place, output, key),
                each,
                tuple(part(value, key) for value in args),
                {name: part(value, key) for name, value in kwargs.items()},
            )
            for key, each in parts.items()
        }

    def _written(self, output: Any, made: dict[Any, Any]) -> Any:
        if isinstance(output, tuple):
            return getattr(type(output), "_make", type(output))(made.values())
        put = setattr if isinstance(output, NodeContainer) else type(output).__setitem__
        self.writes += [partial(put, output, key, each) for key, each in made.items()]
        return output


def _check(
    is_same: bool, error: type[Exception], place: str, output: Any, others: dict[str, Any]
) -> None:
    if not is_same:
        shapes = ", ".join(f"{name} {_shape(each)}" for name, each in others.items())
        raise error(
            f"The shapes differ at {place}: it is {_shape(output)}; of the inputs, {shapes}."
        )


def _shape(value: Any) -> str:
    kind = type(value).__name__
    if isinstance(value, dict):
        return f"a {kind} with the keys {list(value)}"
    if isinstance(value, (list, tuple)):
        return f"a {kind} of {len(value)}"
    if _is_container(value):
        return f"a {kind} with {', '.join(_parts(value)) or 'no attributes'}"
    return f"a {kind}"


def _is_container(value: Any) -> bool:
    """True for what has places: a set has none, and a bundled function is a value."""
    has_places = isinstance(value, (list, tuple, dict, NodeContainer))
    return has_places and not isinstance(value, (Node, TrainableFunction))


def _parts(value: Any) -> dict[Any, Any]:
    """What is in a container, by index, key, or the name of the attribute."""
    if isinstance(value, NodeContainer):
        attributes = own_attributes(value).items()
        return {name: each for name, each in attributes if not name.startswith("__")}
    return dict(value) if isinstance(value, dict) else dict(enumerate(value))


def _place(around: str, container: Any, key: Any) -> str:
    return f"{around}.{key}" if isinstance(container, NodeContainer) else f"{around}[{key!r}]"


def _holds_nodes(value: Any) -> bool:
    """True if there is a node anywhere in a list, tuple, dict or set."""
    pending, seen = [value], set()
    while pending:
        each = pending.pop()
        if isinstance(each, Node):
            return True
        if isinstance(each, (list, tuple, dict, set, frozenset)) and id(each) not in seen:
            seen.add(id(each))  # a container may hold itself
            pending.extend(each)
            if isinstance(each, dict):
                pending.extend(each.values())
    return False
