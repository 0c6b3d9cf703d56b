"""Nodes: the values of a program that remember what they were computed from.

A `Node` is a leaf; a `ParameterNode` a leaf that may be trained; a `MessageNode` the result of an
operator; an `ExceptionNode` what is there in place of a result when an operator raised.
The operators of nodes (``+``, ``[]``, ``.eq`` …) are in `trace_lsp.trace.operators`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from types import CodeType
from typing import Any, Optional

from trace_lsp.trace.graph import Operator, ancestors
from trace_lsp.trace.recorder import nodes_read, recorder
from trace_lsp.trace.values import shortened, text_of, whole_text

_counts = recorder.counts
_serials = recorder.serials
_AMBIGUOUS_BASE = re.compile(r"\d_*\Z")
FIXED = frozenset({int, float, bool, complex, str, bytes, type(None)})


class Node:
    """A value with a name and a place in the program's text.

    `name` is ``base:number``; the base is the given name or the value's type. Two nodes are equal
    if their values are; a node's hash is its identity.
    """

    __slots__ = ("__weakref__", "_base", "_code", "_data", "_lasti", "_number", "_serial", "_text")

    def __init__(
        self,
        data: Any,
        name: Optional[str] = None,
        code: Optional[CodeType] = None,
        lasti: int = -1,
    ) -> None:
        if code is None:
            frame = sys._getframe(1)
            code, lasti = frame.f_code, frame.f_lasti
        self._data = data
        self._base = name or type(data).__name__
        self._code = code
        self._lasti = lasti
        self._number = next(_counts[self._base])
        self._serial = next(_serials)
        # A value that can change is shown as it was when it was recorded.
        self._text = None if type(data) in FIXED else _text_now(data)
        if recorder.host is not None:
            recorder.host.on_node(self)

    @property
    def data(self) -> Any:
        """The value. Reading it inside a bundled function is noticed, see `bundle`."""
        read = nodes_read.get()
        if read is not None:
            read.append(self)
        return self._data

    @property
    def name(self) -> str:
        return f"{self._base}:{self._number}"

    @property
    def py_name(self) -> str:
        """The name as a Python identifier, unique among the names given since `GRAPH.clear`.

        A base that ends in a digit is kept apart from its number by an underscore.
        """
        separator = "_" if _AMBIGUOUS_BASE.search(self._base) else ""
        return f"{self._base}{separator}{self._number}"

    @property
    def id(self) -> str:
        """The number in the name, as text."""
        return str(self._number)

    @property
    def parents(self) -> tuple[Node, ...]:
        return ()

    @property
    def is_root(self) -> bool:
        return not self.parents

    @property
    def trainable(self) -> bool:
        return False

    @property
    def type(self) -> type:
        return type(self._data)

    def text(self) -> str:
        """The value as text, as it was when it was recorded."""
        if self._text is None:
            return text_of(self._data)
        return self._text

    def backward(self, feedback: Any = "") -> None:
        """Carries feedback on this node back to every parameter that led to it."""
        reached = propagate(self, feedback)
        if recorder.host is not None:
            recorder.host.on_backward(pending_feedback(reached))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}, {shortened(text_of(self._data), 200)[0]})"

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> Any:
        return self.data == (other.data if isinstance(other, Node) else other)

    def __ne__(self, other: object) -> Any:
        return self.data != (other.data if isinstance(other, Node) else other)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __contains__(self, item: Any) -> bool:
        return (item.data if isinstance(item, Node) else item) in self.data


class ParameterNode(Node):
    """A leaf that an optimizer may change.

    `description` says what it is for, `constraint` what a new value must keep.
    """

    __slots__ = ("_feedback", "constraint", "description", "is_code")

    def __init__(
        self,
        data: Any,
        name: Optional[str] = None,
        description: Optional[str] = None,
        constraint: Optional[str] = None,
        code: Optional[CodeType] = None,
        lasti: int = -1,
        is_code: bool = False,
    ) -> None:
        if code is None:
            frame = sys._getframe(1)
            code, lasti = frame.f_code, frame.f_lasti
        self.description = description
        self.constraint = constraint
        self.is_code = is_code
        self._feedback: list[tuple[int, Node, str]] = []
        super().__init__(data, name, code, lasti)

    @property
    def trainable(self) -> bool:
        return True

    @property
    def feedback(self) -> list[tuple[Node, str]]:
        """The outputs this parameter led to that feedback was given on, with the feedback."""
        return [(node, text) for _, node, text in self._feedback]

    def zero_feedback(self) -> None:
        self._feedback = []

    def text(self) -> str:
        """The present value as text, whole."""
        return whole_text(self._data)

    def update(self, value: Any) -> None:
        """Gives the parameter a new value, from the next use of it on."""
        self._data = value
        if recorder.host is not None:
            recorder.host.on_update(self)


class MessageNode(Node):
    """What an operator returned. `inputs` are its arguments by name."""

    __slots__ = ("_names", "_parents", "operator")

    def __init__(
        self,
        data: Any,
        operator: Operator,
        names: tuple[str, ...],
        parents: tuple[Node, ...],
        code: CodeType,
        lasti: int,
        name: Optional[str] = None,
    ) -> None:
        # As in `Node`, whose own `__init__` would cost as much again: this is made for every call.
        self.operator = operator
        self._names = names
        self._parents = parents
        self._data = data
        self._base = base = name or operator.name
        self._code = code
        self._lasti = lasti
        self._number = next(_counts[base])
        self._serial = next(_serials)
        self._text = None if type(data) in FIXED else _text_now(data)
        if recorder.host is not None:
            recorder.host.on_node(self)

    @property
    def parents(self) -> tuple[Node, ...]:
        return self._parents

    @property
    def inputs(self) -> dict[str, Node]:
        return dict(zip(self._names, self._parents))

    @property
    def description(self) -> str:
        return f"[{self.operator.name}] {self.operator.documentation}"


class ExceptionNode(MessageNode):
    """In place of a result: `data` is ``(ErrorClass) message``.

    `comment` is the source of what raised, with the failing line marked, one block for each level
    of the user's own code.
    """

    __slots__ = ("comment",)

    def __init__(
        self,
        data: str,
        operator: Operator,
        names: tuple[str, ...],
        parents: tuple[Node, ...],
        code: CodeType,
        lasti: int,
        comment: str,
    ) -> None:
        self.comment = comment
        super().__init__(data, operator, names, parents, code, lasti)

    def create_feedback(self, style: str = "simple") -> str:
        """The failure as feedback: the data (``simple``), or the marked source (``full``)."""
        if style not in ("simple", "full"):
            raise ValueError(f'style is "simple" or "full", not {style!r}')
        return self.comment if style == "full" else str(self._data)


def node(
    data: Any,
    name: Optional[str] = None,
    trainable: bool = False,
    description: Optional[str] = None,
    constraint: Optional[str] = None,
) -> Node:
    """The value as a node; a node is returned as it is, unless a trainable one is asked for."""
    if not trainable and isinstance(data, Node):
        return data
    frame = sys._getframe(1)
    if not trainable:
        return Node(data, name, frame.f_code, frame.f_lasti)
    if isinstance(data, Node):
        data, name = data._data, name or data._base
    if recorder.host is not None:
        data = _overridden(data, frame.f_code.co_filename, frame.f_lineno)
    return ParameterNode(data, name, description, constraint, frame.f_code, frame.f_lasti)


def _text_now(data: Any) -> str:
    """The value as text. What its own repr reads is not read by the function that runs."""
    if nodes_read.get() is None:
        return text_of(data)
    token = nodes_read.set(None)
    try:
        return text_of(data)
    finally:
        nodes_read.reset(token)


def _overridden(data: Any, file: str, line: int) -> Any:
    """The value a candidate run puts in place of the program's, or the program's."""
    host = recorder.host
    value = host.override(file, line, False) if host is not None else None
    return data if value is None else ast.literal_eval(value)


def propagate(output: Node, feedback: Any) -> list[ParameterNode]:
    """Leaves the feedback at every parameter that led to the output; returns these."""
    if not isinstance(output, Node):
        raise TypeError(f"Feedback is given on a node; this is of type {type(output).__name__}.")
    text = text_of(feedback.data if isinstance(feedback, Node) else feedback)
    given = [(next(_serials), output, text)]
    reached = [each for each in live_ancestors([output]) if isinstance(each, ParameterNode)]
    for parameter in reached:
        parameter._feedback = parameter._feedback + given
    return reached


def pending_feedback(parameters: Iterable[ParameterNode]) -> list[tuple[Node, str]]:
    """The outputs with feedback that any of the parameters led to, in the order it was given."""
    given = {entry[0]: entry for each in parameters for entry in each._feedback}
    return [given[number][1:] for number in sorted(given)]


def live_ancestors(outputs: list[Node]) -> list[Node]:
    """The outputs and every node that led to them, parents first."""
    return ancestors(outputs, lambda found: found.parents, lambda found: found._serial)
