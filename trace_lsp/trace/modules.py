"""Modules: classes with parameters and a `forward`, that can be saved, loaded and written out."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import Field
from types import new_class
from typing import TYPE_CHECKING, Any, Optional

from trace_lsp.trace.parameters import ParameterContainer

if TYPE_CHECKING:
    from trace_lsp.trace.projections import Projection
    from trace_lsp.trace.saving import File

# What tools look up on a class itself, not on its bases.
_OWN = (
    "__module__", "__doc__", "__annotations__", "__annotate__", "__annotate_func__",
    "__firstlineno__", "__static_attributes__", "__type_params__", "__orig_bases__",
)  # fmt: skip


class Module(ParameterContainer):
    """A container of parameters that is called through its `forward`."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes. Subclasses have their own."""
        raise NotImplementedError(f"{type(self).__name__} has no method `forward`.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def save(self, file_name: File) -> None:
        """Writes the names and values of all parameters to a file, and makes its folder if need be.

        The file is a pickle of plain data with the values in it, and no code but what the values
        bring. It is complete, or not written at all: an older file stays until the new one is
        there. Raises TypeError if a value cannot be pickled, and names the parameter.
        """
        from trace_lsp.trace.saving import save

        save(self, file_name)

    def load(self, file_name: File, *, trusted: bool = False) -> None:
        """Takes the values of all parameters from a file that `save` wrote.

        What the file has and the module has not becomes an attribute of the module. Raises
        ValueError, and changes nothing, if a parameter is not in the file, or if the file is not
        one of `save`.

        A file is not believed: the values in it may be made of plain data (with dates, decimals
        and the like), and of whatever the module's present values are made of. Anything else could
        run code while it is read, and is refused, unless the file is `trusted`.
        """
        from trace_lsp.trace.saving import load

        frame = sys._getframe(1)
        load(self, file_name, trusted, (frame.f_code, frame.f_lasti))

    def export(self, filename: File, projections: Optional[Iterable[Projection]] = None) -> None:
        """Writes the class as Python source that has the present values of its parameters.

        Trainable methods have their present code, attributes that hold nodes their present values,
        and what this engine added is taken away (decorators, base classes, `node`, the `.data` of
        what was a node), so that the file needs this engine only if its class names it otherwise.
        What the class uses of its own module is written along: imports, functions, classes,
        constants. What did not change keeps its formatting and its comments. `projections` are
        applied to the whole text, one after the other.

        What cannot be carried over is said in a warning, with its name. Raises TypeError if the
        source of the class cannot be had, and ValueError if the result would not be Python (a
        parameter holds code that does not parse, say); then no file is written.
        """
        from trace_lsp.trace.export import export

        export(self, filename, projections or ())


class Model(Module):
    """Base of classes that are models, in place of the decorator `model`."""


def model(cls: Any) -> Any:
    """Makes a class a model: a decorator for a class with nodes or bundled methods.

    The class comes back as a subclass of itself and of `Model` under its own name, so that its
    instances can be pickled; methods that it has itself (`save`, say) are kept. A class that
    derives from `Module` is one already, and comes back as it is. Raises TypeError for what is no
    class.
    """
    if not isinstance(cls, type):
        name = getattr(cls, "__qualname__", repr(cls))
        raise TypeError(f"@model decorates a class; {name} is a {type(cls).__name__}.")
    if issubclass(cls, Module):
        return cls
    own = {name: vars(cls)[name] for name in _OWN if name in vars(cls)}
    # A `dataclass` further up looks for its ``field(…)`` defaults in the class itself.
    own.update((name, each) for name, each in vars(cls).items() if isinstance(each, Field))
    own["__qualname__"] = cls.__qualname__
    return new_class(cls.__name__, (cls, Model), exec_body=lambda body: body.update(own))
