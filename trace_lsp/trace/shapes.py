"""How a call's arguments become named inputs: worked out once for each shape of call.

Two calls have the same shape if they pass as many positional arguments and the same keywords in
the same order. Which parameter each argument goes to depends on nothing else.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Optional, Union


class _At:
    """Stands for an argument while a call is bound: its position, or its keyword."""

    __slots__ = ("key",)

    def __init__(self, key: Union[int, str]) -> None:
        self.key = key


class Shape:
    """The inputs of calls of one shape: `names`, and where each value comes from.

    `names_and_code` are those of a trainable function, whose code is an input as well. `picks` is
    None if the inputs are the positional arguments as they stand.
    """

    __slots__ = ("names", "names_and_code", "picks")

    def __init__(self, bound: dict[str, Any]) -> None:
        self.names = tuple(bound)
        self.names_and_code = (*bound, "__code")
        picks = tuple(bound.values())
        in_place = all(type(each) is _At and each.key == at for at, each in enumerate(picks))
        self.picks = None if in_place else picks

    def values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The inputs' values: arguments where they were passed, else defaults."""
        if self.picks is None:
            return args
        return tuple(
            [
                each
                if type(each) is not _At
                else args[each.key]
                if isinstance(each.key, int)
                else kwargs[each.key]
                for each in self.picks
            ]
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
            found = self._known[key] = Shape(self._bound(args, kwargs))
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


def _named(bound: inspect.BoundArguments) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            arguments.update((f"args_{at}", each) for at, each in enumerate(value))
        elif kind is inspect.Parameter.VAR_KEYWORD:
            arguments.update(value)
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
