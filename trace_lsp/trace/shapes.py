"""How a call's arguments become named inputs: worked out once for each shape of call.

Two calls have the same shape if they pass as many positional arguments and the same keywords in
the same order. Which parameter each argument goes to depends on nothing else.
"""

from __future__ import annotations

import inspect
import itertools
import operator
from collections.abc import Callable
from typing import Any, Optional, Union

from trace_lsp.trace.containers import holds_nodes
from trace_lsp.trace.graph import unlike
from trace_lsp.trace.nodes import Node

_EXTRA = (inspect.Parameter.VAR_POSITIONAL,)
_ANY = inspect.Signature(
    [
        inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
        inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
    ]
)
_BY_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


_KNOWN = 1_000
"""Shapes that are kept at most for one function."""


class _At:
    """Stands for an argument while a call is bound: its position, or its keyword."""

    __slots__ = ("key",)

    def __init__(self, key: Union[int, str]) -> None:
        self.key = key


class Shape:
    """The inputs of calls of one shape: `names`, and where each value comes from.

    `names_and_code` are those of a trainable function, whose code is an input as well. `labels`
    are what to name a plain value that is passed as an input: as the parameter, None for those of
    ``*args``. `defaults` are the inputs that were not passed, save those without a keyword.
    `in_place` is True if the inputs are the positional arguments as they stand. With
    `has_default_nodes`, nodes are among the defaults, see `completed`.
    """

    __slots__ = (
        "_binding", "_defaults", "_pick", "defaults", "has_default_nodes", "in_place", "labels",
        "names", "names_and_code",
    )  # fmt: skip

    def __init__(self, binding: inspect.BoundArguments, args: int, keywords: list[str]) -> None:
        bound = _named(binding)
        self.names = tuple(bound)
        self.names_and_code = (*bound, unlike(bound, "__code"))
        self._defaults = tuple(each for each in bound.values() if type(each) is not _At)
        self.has_default_nodes = any(isinstance(x, Node) or holds_nodes(x) for x in self._defaults)
        self._binding = binding if self.has_default_nodes else None
        self.defaults = {
            name: bound[name]
            for name in _of_kind(binding, _BY_KEYWORD)
            if type(bound[name]) is not _At
        }
        extra = sum(len(binding.arguments[name]) for name in _of_kind(binding, _EXTRA))
        self.labels = tuple(
            None if type(each) is _At and each.key in range(args - extra, args) else name
            for name, each in bound.items()
        )
        places: dict[object, int] = {key: args + at for at, key in enumerate(keywords)}
        places.update((at, at) for at in range(args))
        default = itertools.count(args + len(keywords))
        order = [
            places[each.key] if type(each) is _At else next(default) for each in bound.values()
        ]
        self.in_place = order == list(range(args)) and not keywords
        self._pick = operator.itemgetter(*order) if len(order) > 1 else _one_or_none(order)

    def values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The inputs' values: arguments where they were passed, else defaults."""
        if self.in_place:
            return args
        values: tuple[Any, ...] = self._pick((*args, *kwargs.values(), *self._defaults))
        return values

    def completed(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The call's arguments with the defaults of what it does not pass."""
        assert self._binding is not None
        given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
        plain, named = self._binding.args, self._binding.kwargs
        return (
            tuple(given[each.key] if type(each) is _At else each for each in plain),
            {k: given[each.key] if type(each) is _At else each for k, each in named.items()},
        )


class Shapes:
    """The shapes that one function was called with."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._known: dict[object, Shape] = {}
        self._signature: Optional[inspect.Signature] = None

    def shape(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Shape:
        """The call's shape; raises Python's own TypeError if the function does not take it."""
        key = (len(args), *kwargs) if kwargs else len(args)
        found = self._known.get(key)
        if found is None:
            bound = self._bound(args, kwargs)
            if len(self._known) >= _KNOWN:
                self._known.clear()
            found = self._known[key] = Shape(bound, len(args), list(kwargs))
        return found

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> inspect.BoundArguments:
        if self._signature is None:
            self._signature = _signature(self._function)
        marks = [_At(at) for at in range(len(args))]
        named_marks = {name: _At(name) for name in kwargs}
        try:
            bound = self._signature.bind(*marks, **named_marks)
        except TypeError:
            # A decorator beneath ours may take other arguments than the function it wraps.
            outer = _signature(self._function, follow_wrapped=False)
            if hasattr(self._function, "__signature__"):
                outer = _ANY  # what it says need not be what it takes
            elif not _binds(outer, args, kwargs):
                self._function(*args, **kwargs)  # raises its TypeError, before anything runs
                raise
            bound = outer.bind(*marks, **named_marks)
        bound.apply_defaults()
        return bound


def _one_or_none(order: list[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """As `operator.itemgetter`, which gives no tuple for fewer than two."""
    return lambda pool: tuple([pool[at] for at in order])


def _of_kind(bound: inspect.BoundArguments, kinds: tuple[object, ...]) -> list[str]:
    """The parameters of those kinds."""
    return [each.name for each in bound.signature.parameters.values() if each.kind in kinds]


def _named(bound: inspect.BoundArguments) -> dict[str, Any]:
    """The arguments by name: ``args_0`` … for ``*args``, their own names for ``**kwargs``."""
    arguments: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        items = {name: value}
        if kind is inspect.Parameter.VAR_POSITIONAL:
            items = {f"args_{at}": each for at, each in enumerate(value)}
        elif kind is inspect.Parameter.VAR_KEYWORD:
            items = value
        for key, each in items.items():
            if items is value and key in arguments:  # it may be that of a positional-only parameter
                key = f"kwargs_{key}"
            arguments[unlike(arguments, key)] = each
    return arguments


def _signature(function: Callable[..., Any], follow_wrapped: bool = True) -> inspect.Signature:
    try:
        return inspect.signature(function, follow_wrapped=follow_wrapped)
    except (ValueError, TypeError):  # some builtins and objects do not say what they take
        return _ANY


def _binds(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True
