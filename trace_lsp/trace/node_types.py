"""Nodes: the values of a program that remember what they were computed from.

A `Node` is a leaf, a `ParameterNode` a leaf that may be trained; what was computed is in
`trace_lsp.trace.message_types`. The operators of nodes (``+``, ``[]``, ``.eq`` …) are in
`trace_lsp.trace.operators`.
"""

from __future__ import annotations

import os
import re
import sys
import types
from collections.abc import Sequence
from types import CodeType, FrameType
from typing import Any, NamedTuple, Optional

from trace_lsp.trace.reading import Readable
from trace_lsp.trace.recorder import recorder
from trace_lsp.trace.registration import begin, text_now
from trace_lsp.trace.values import FIXED, shortened, text_of, whole_text

_CLASSES = (__file__, os.path.join(os.path.dirname(__file__), "message_types.py"))
_AMBIGUOUS_BASE = re.compile(r"\d_*\Z")


class Node(Readable):
    """A value with a name and a place in the program's text.

    `name` is ``base:number``; the base is the given name or the value's type. Two nodes are equal
    if their values are; a node's hash is its identity.
    """

    # `_at` is an instruction's index in `_code`. `_text` is the value as text where it may change.
    # `_notes` is not there before something is noted: what few nodes have costs others nothing.
    __slots__ = ("_at", "_base", "_code", "_data", "_notes", "_number", "_serial", "_text")
    _at: int
    _base: str
    _code: CodeType
    _data: Any
    _notes: dict[str, Any]
    _number: int
    _serial: int
    _text: Optional[str]
    # What it was computed from, what of that was passed, and what was not.
    _parents: tuple[Node, ...] = ()
    _arguments: tuple[Node, ...] = ()
    _hidden: tuple[Node, ...] = ()
    __class_getitem__: Any = classmethod(types.GenericAlias)

    def __init__(
        self,
        value: Any,
        *,
        name: Optional[str] = None,
        trainable: bool = False,
        description: Optional[str] = None,
        constraint: Optional[str] = None,
        info: Any = None,
    ) -> None:
        if trainable and not self.trainable:
            raise TypeError("A trainable node is made by node(value, trainable=True).")
        if isinstance(value, Node):
            value, name = value._data, name or value._base
        self._note_given(description=description, constraint=constraint, info=info)
        frame = caller()
        begin(self, value, name or type(value).__name__, frame.f_code, frame.f_lasti)

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
    def parents(self) -> list[Node]:
        """The nodes that this one was computed from, in the order of the arguments."""
        return []

    @property
    def hidden_dependencies(self) -> set[Node]:
        """What a call used inside that is not among its arguments."""
        return set()

    @property
    def children(self) -> list[Node]:
        """The living nodes that were computed from this one. Looks at every object of the process:
        nodes know their parents only, so that what nobody holds any more goes away."""
        from trace_lsp.trace.living import children_of

        return children_of(self)

    @property
    def level(self) -> int:
        """0 for a node without parents, else one more than its highest parent's. Takes time in
        proportion to the graph above the node."""
        from trace_lsp.trace.feedback import levels

        return levels([self])[self._serial]

    @property
    def is_root(self) -> bool:
        return not self._arguments

    @property
    def is_leaf(self) -> bool:
        return not self.children

    @property
    def trainable(self) -> bool:
        return False

    @property
    def description(self) -> Optional[str]:
        """What the value is for, as given; None if nobody said."""
        description: Optional[str] = self._noted("description")
        return description

    @property
    def constraint(self) -> Optional[str]:
        """What a value must keep, as given; None if nobody said."""
        constraint: Optional[str] = self._noted("constraint")
        return constraint

    @property
    def info(self) -> Any:
        """What else is known of how the node came about; None if nothing is."""
        return self._noted("info")

    @property
    def feedback(self) -> dict[Node, list[Any]]:
        """The feedback that arrived here: by the node that it came through, or was given on."""
        arrived: dict[Node, list[Any]] = self._noted("feedback") or {}
        return arrived

    @property
    def parameter_dependencies(self) -> set[ParameterNode]:
        """Every parameter that led to this node, but for hidden dependencies on the way."""
        return {each for each in self._visible() if isinstance(each, ParameterNode)}

    @property
    def expandable_dependencies(self) -> set[Node]:
        """The calls on the way here that have hidden dependencies."""
        return {each for each in self._visible() if each._hidden}

    def _visible(self) -> list[Node]:
        from trace_lsp.trace.graph import ancestors

        return ancestors([self], lambda found: found._arguments, lambda found: found._serial)

    def _note(self, key: str, value: Any) -> None:
        if not hasattr(self, "_notes"):
            self._notes = {}
        self._notes[key] = value

    def _note_given(self, **notes: Any) -> None:
        for key, value in notes.items():
            if value is not None:
                self._note(key, value)

    def _noted(self, key: str) -> Any:
        return self._notes.get(key) if hasattr(self, "_notes") else None

    def _add_feedback(self, child: Node, feedback: Any) -> None:
        arrived = self.feedback
        arrived.setdefault(child, []).append(feedback)
        self._note("feedback", arrived)

    def zero_feedback(self) -> None:
        """Forgets the feedback that arrived here."""
        if hasattr(self, "_notes"):
            self._notes.pop("feedback", None)

    def text(self) -> str:
        """The value as text, as it was when it was recorded."""
        if self._text is None:
            return text_of(self._data)
        return self._text

    def backward(
        self,
        feedback: Any = "",
        propagator: Any = None,
        retain_graph: bool = False,
        visualize: bool = False,
        simple_visualization: bool = True,
        reverse_plot: bool = False,
        print_limit: int = 100,
    ) -> Any:
        """Carries feedback on this node back to every parameter that led to it.

        A `propagator` says how it is carried (default: every parameter gets it as it is, with the
        graph). With `retain_graph` nodes on the way keep what passed through them. With
        `visualize` the graph comes back as a drawing (`drawing.drawing`), else None:
        `simple_visualization` leaves out copies, `reverse_plot` turns the arrows around, and
        values are cut at `print_limit` characters.
        """
        from trace_lsp.trace import feedback as walk

        walk.give(self, feedback, propagator, retain_graph)
        if not visualize:
            return None
        from trace_lsp.trace.drawing import drawing

        return drawing(
            self,
            simple_visualization=simple_visualization,
            reverse_plot=reverse_plot,
            print_limit=print_limit,
        )

    def detach(self) -> Node:
        """A leaf with a deep copy of the value: what leads back from it ends here."""
        from copy import deepcopy

        return deepcopy(self)

    def lt(self, other: Node) -> bool:
        """True if this node comes before the other in a walk back: if its level is higher."""
        return self.level > other.level

    def gt(self, other: Node) -> bool:
        """True if this node comes after the other in a walk back: if its level is lower."""
        return self.level < other.level

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}, {shortened(text_of(self._data), 200)[0]})"

    def __str__(self) -> str:
        return f"{type(self).__name__}: ({self.name}, dtype={self.type}, data={self._data})"

    def __copy__(self) -> Node:
        copied = object.__new__(Node)
        begin(copied, self._data, self._base, self._code, self._at << 1)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Node:
        from copy import deepcopy

        copied = memo[id(self)] = self.__copy__()
        copied._data = deepcopy(self._data, memo)
        return copied

    def __reduce__(self) -> Any:
        # A node is pickled as a leaf: a graph may be too deep, and code has no place elsewhere.
        return _restored, (self._data, self._base)


class InstanceNode(Node):
    """The leaf that stands for an object in the calls of its methods."""

    __slots__ = ("__weakref__",)


class ParameterNode(Node):
    """A leaf that an optimizer may change.

    `description` says what it is for, `constraint` what a new value must keep. `projections` are
    applied to a new value by ``Optimizer.project``. `is_code` is True for a function's source.
    """

    __slots__ = ("__weakref__", "_given", "is_code")

    def __init__(
        self,
        value: Any,
        *,
        name: Optional[str] = None,
        trainable: bool = True,
        description: Optional[str] = None,
        constraint: Optional[str] = None,
        projections: Optional[Sequence[Any]] = None,
        info: Any = None,
    ) -> None:
        self.is_code = False
        self._given: list[Given] = []
        self._note_given(projections=projections)
        super().__init__(
            value, name=name, description=description, constraint=constraint, info=info
        )
        if not trainable:
            self.trainable = False

    @property
    def trainable(self) -> bool:
        """False while the parameter is frozen: optimizers then leave it as it is."""
        return not self._noted("frozen")

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        self._note("frozen", not trainable)

    @property
    def projections(self) -> list[Any]:
        return list(self._noted("projections") or ())

    @property
    def feedback(self) -> dict[Node, list[Any]]:
        """What was given on the outputs that this parameter led to, by the output."""
        arrived = dict(super().feedback)
        for each in self._given:
            arrived[each.output] = [*arrived.get(each.output, ()), each.text]
        return arrived

    def _add_feedback(self, child: Node, feedback: Any) -> None:
        arrived = super().feedback
        arrived.setdefault(child, []).append(feedback)
        self._note("feedback", arrived)

    def zero_feedback(self) -> None:
        super().zero_feedback()
        self._given = []

    def text(self) -> str:
        """The present value as text, whole."""
        return whole_text(self._data)

    def update(self, value: Any) -> None:
        """Gives the parameter a new value (a node's value, for a node), from the next use on."""
        self._data = value._data if isinstance(value, Node) else value
        self._text = None if type(self._data) in FIXED else text_now(self._data)
        if recorder.host is not None:
            recorder.host.on_update(self)

    def __copy__(self) -> ParameterNode:
        copied = object.__new__(ParameterNode)
        copied.is_code, copied._given, copied._notes = self.is_code, [], self._own_notes()
        begin(copied, self._data, self._base, self._code, self._at << 1)
        return copied

    def __reduce__(self) -> Any:
        return _restored_parameter, (self._data, self._base, self.is_code, self._own_notes())

    def _own_notes(self) -> dict[str, Any]:
        notes = dict(getattr(self, "_notes", ()))
        notes.pop("feedback", None)
        return notes


class Given(NamedTuple):
    """Feedback that was given on an output, with a number that grows as it is given."""

    number: int
    output: Node
    text: str


AbstractNode = Node


def caller() -> FrameType:
    """The frame that a node's class was called from."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename in _CLASSES and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _restored(data: Any, base: str) -> Node:
    return Node(data, name=base)


def _restored_parameter(
    data: Any, base: str, is_code: bool, notes: dict[str, Any]
) -> ParameterNode:
    restored = ParameterNode(data, name=base)
    restored.is_code = is_code
    restored._notes = notes
    return restored
