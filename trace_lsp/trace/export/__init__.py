"""A model written back as Python source, with the present values of its parameters.

The text of the class's module goes through three steps, each a function from text to text: present
code (`code`), nothing of this engine (`erasure`), and no more than the class needs (`selection`).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

from trace_lsp.trace.edits import parsed
from trace_lsp.trace.export.code import with_present_code
from trace_lsp.trace.export.erasure import without_engine
from trace_lsp.trace.export.living import Living
from trace_lsp.trace.export.selection import selected
from trace_lsp.trace.parameters import ParameterContainer, TrainableFunction, entries
from trace_lsp.trace.saving import File, write_whole

if TYPE_CHECKING:
    from trace_lsp.trace.projections import Projection

_STACKLEVEL = 4  # whoever called `Module.export`


def export(root: ParameterContainer, filename: File, projections: Iterable[Projection]) -> None:
    """Writes the object's class as source; see `Module.export`."""
    if isinstance(root, TrainableFunction):
        raise TypeError(
            "A bundled function is not exported by itself, but with a class that has it."
        )
    living = Living(root)
    text = without_engine(with_present_code(living.text, living), living)
    text, missing = selected(text, living)
    for projection in projections:
        text = projection.project(text)
    _check(text, root)
    write_whole(filename, text.encode("utf-8"))
    _warn(missing, living)


def _check(text: str, root: ParameterContainer) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about style
            compile(parsed(text), "<export>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise ValueError(
            f"{type(root).__qualname__} cannot be exported: what would be written is not Python "
            f"({error}). No file was written."
        ) from error


def _warn(missing: list[str], living: Living) -> None:
    name = living.kind.__qualname__
    if missing:
        warnings.warn(
            f"The export of {name} uses {', '.join(missing)}, which was not found in its module: "
            "define it in the written file.",
            stacklevel=_STACKLEVEL,
        )
    left = [
        ".".join(map(str, names))
        for names, entry in entries(living.root)
        if not isinstance(entry, ParameterContainer) and not living.is_written(entry)
    ]
    if left:
        warnings.warn(
            f"The export of {name} does not have the present value of {', '.join(left)}: it is not "
            "made by a plain assignment in a class of that file, or differs between its objects.",
            stacklevel=_STACKLEVEL,
        )
