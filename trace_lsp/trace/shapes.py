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


class _At:
    """Stands for an argument while a call is bound: its position, or its keyword."""

    __slots__ = ("key",)

    def __init__(self, key: Union[int, str]) -> None:
        self.key = key


class Shape:
    """The inputs of calls of one shape: `names`, and where each value comes from.

    `names_and_code` are those of a trainable function, whose code is an input as well. `in_place`
    is True if the inputs are the positional arguments as they stand.
    """

    __slots__ = ("_defaults", "_pick", "in_place", "names", "names_and_code")

    def __init__(self, bound: dict[str, Any], args: int, keywords: list[str]) -> None:
        self.names = tuple(bound)
        self.names_and_code = (*bound, "__code")
        self._defaults = tuple(each for each in bound.values() if type(each) is not _At)
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
            found = self._known[key] = Shape(bound, len(args), list(kwargs))
        return found

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name: ``args_0`` … for ``*args``, their own names for ``**kwargs``."""
        if self._signature is None:
            self._signature = _signature(self._function)
        marks = [_At(at) for at in range(len(args))]
        named_marks = {name: _At(name) for name in kwargs}
        try:
            bound = self._signature.bind(*marks, **named_marks)
        except TypeError:
            # A decorator beneath ours may take other arguments than the function it wraps.
            outer = _signature(self._function, follow_wrapped=False)
            if not _binds(outer, args, kwargs):
                self._function(*args, **kwargs)  # raises its TypeError, before anything runs
                raise
            bound = outer.bind(*marks, **named_marks)
        bound.apply_defaults()
        return _named(bound)


def _one_or_none(order: list[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """As `operator.itemgetter`, which gives no tuple for fewer than two."""
    return lambda pool: tuple([pool[at] for at in order])


def _named(bound: inspect.BoundArguments) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            arguments.update((f"args_{at}", each) for at, each in enumerate(value))
        elif kind is inspect.Parameter.VAR_KEYWORD:
            # A keyword may have the name of a positional-only parameter.
            arguments.update(
                (f"kwargs_{key}" if key in arguments else key, value[key]) for key in value
            )
        else:
            arguments[name] = value
    return arguments


def _signature(function: Callable[..., Any], follow_wrapped: bool = True) -> inspect.Signature:
    try:
        return inspect.signature(function, follow_wrapped=follow_wrapped)
    except ValueError:  # some builtins do not say what they take
        return inspect.Signature(
            [
                inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
                inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
            ]
        )


def _binds(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True
