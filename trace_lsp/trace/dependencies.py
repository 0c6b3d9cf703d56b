"""What a bundled function uses besides its arguments.

A node whose value it reads and which is not an argument is a mistake: the graph would not show
that the result depends on it. A node that only takes part in traced operations inside is a hidden
dependency, and the graph shows it beside the inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NoReturn, Union

from trace_lsp.trace.containers import with_items
from trace_lsp.trace.failures import TraceMissingInputsError
from trace_lsp.trace.node_types import InstanceNode, Node

Read = Union[Node, tuple[Node, ...]]
"""A node whose value was read, or those that an operation used."""


def dependencies(
    parents: tuple[Node, ...], read: Sequence[Read], start: int
) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """What a call used besides its parents: hidden dependencies, and external ones, whose values
    it read. Nodes made during the call (from the serial number `start` on) are its own business.
    """
    known = {id(each) for parent in parents for each in with_items(parent)}
    used = [each for group in read if isinstance(group, tuple) for each in group]
    # An object that has methods is as plain as any other value that was not passed.
    used = [each for each in used if not isinstance(each, InstanceNode)]
    return (
        _others(used, known, start),
        _others([each for each in read if isinstance(each, Node)], known, start),
    )


def refuse(name: str, external: Iterable[Node]) -> NoReturn:
    """Raises TraceMissingInputsError: the call read what it was not given."""
    names = ", ".join(dict.fromkeys(each.name for each in external))
    raise TraceMissingInputsError(
        f"{name} reads {names}, which is not among its arguments, so the graph would not show "
        "that its result depends on it. Pass it as an argument, or decorate the function with "
        "@bundle(allow_external_dependencies=True)."
    )


def _others(nodes: Iterable[Node], known: set[int], start: int) -> tuple[Node, ...]:
    """Those of the nodes that are older than the call and not known, each once."""
    others = {id(each): each for each in nodes if each._serial < start}
    return tuple(each for key, each in others.items() if key not in known)
