"""Nodes that were computed: the results of operators, and what stands in place of one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from trace_lsp.trace.graph import Operator
from trace_lsp.trace.node_types import Node, caller
from trace_lsp.trace.registration import begin

_OPERATOR_NAME = re.compile(r"\[([^\[\]]+)\]\s*")


def get_op_name(description: str) -> str:
    """The name in brackets at the start of a description; raises ValueError if there is none."""
    match = _OPERATOR_NAME.match(description or "")
    if match is None:
        raise ValueError(f"{description!r} does not start with the operator's name in brackets.")
    return match.group(1)


class MessageNode(Node):
    """What an operator returned. `inputs` are its arguments by name."""

    # `_parents` are the arguments, one for each of the names, and then the hidden dependencies.
    __slots__ = ("_names", "_parents", "operator")

    def __init__(
        self,
        value: Any,
        *,
        inputs: Union[Sequence[Node], Mapping[str, Node]],
        description: str,
        constraint: Optional[str] = None,
        name: Optional[str] = None,
        info: Any = None,
    ) -> None:
        if not isinstance(inputs, Mapping):
            inputs = {each.name: each for each in inputs}
        for key, each in inputs.items():
            if not isinstance(each, Node):
                raise TypeError(f"The input {key} is not a node but {type(each).__name__}.")
        if isinstance(value, Node):
            value = value._data
        operator_name = get_op_name(description)
        self.operator = Operator(operator_name, _OPERATOR_NAME.sub("", description, count=1))
        self._names, self._parents = tuple(inputs), tuple(inputs.values())
        super().__init__(value, name=name, constraint=constraint, info=info)

    @property
    def _arguments(self) -> tuple[Node, ...]:  # type: ignore[override]
        return self._parents[: len(self._names)]

    @property
    def _hidden(self) -> tuple[Node, ...]:  # type: ignore[override]
        return self._parents[len(self._names) :]

    @property
    def parents(self) -> list[Node]:
        return list(self._arguments)

    @property
    def hidden_dependencies(self) -> set[Node]:
        return set(self._hidden)

    @property
    def inputs(self) -> dict[str, Node]:
        return dict(zip(self._names, self._parents))

    @property
    def op_name(self) -> str:
        return self.operator.name

    @property
    def description(self) -> str:
        """The operator's name in brackets, and what it does."""
        return f"[{self.operator.name}] {self.operator.documentation}"

    @property
    def info(self) -> Any:
        """How the node came about, as a dict: ``fun_name``, ``doc``, ``file``, ``line_number``;
        the call's ``inputs`` and ``output``; the ``external_dependencies`` that it read. Each
        node has its own."""
        from trace_lsp.trace.info import info_of

        given = self._noted("info")
        return info_of(self) if given is None else given


class ExceptionNode(MessageNode):
    """In place of a result: `data` is ``(ErrorClass) message``.

    `comment` is the source of what raised, with the failing line marked, one block for each level
    of the user's own code.
    """

    # The comment, or what it is made of when somebody asks for it.
    __slots__ = ("_story",)

    def __init__(
        self,
        value: BaseException,
        *,
        inputs: Union[Sequence[Node], Mapping[str, Node]],
        description: str = "[exception] The operator raised an exception.",
        constraint: Optional[str] = None,
        name: Optional[str] = None,
        info: Any = None,
    ) -> None:
        from trace_lsp.trace import failures

        self._story: Any = failures.story(value)
        super().__init__(
            failures.summary(value),
            inputs=inputs,
            description=description,
            constraint=constraint,
            name=name or get_op_name(description),
            info=info,
        )

    def __copy__(self) -> ExceptionNode:
        copied = _restored_failure(self._data, self._base, self.operator, self.comment)
        copied._code, copied._at = self._code, self._at
        return copied

    def __reduce__(self) -> Any:
        # An error is sent from process to process with its node, and still tells its story there.
        return _restored_failure, (self._data, self._base, self.operator, self.comment)

    @property
    def comment(self) -> str:
        # Not kept as text: around a failure inside, its levels are told with those that are alike.
        text: str = self._story if isinstance(self._story, str) else self._story.text()
        return text

    @comment.setter
    def comment(self, text: str) -> None:
        self._story = text

    def create_feedback(self, style: str = "simple") -> str:
        """The failure as feedback: the data (``simple``), or the marked source (``full``)."""
        if style not in ("simple", "full"):
            raise ValueError(f'style is "simple" or "full", not {style!r}')
        if style == "simple":
            return str(self._data)
        given = self.info.get("error_comment") if isinstance(self.info, dict) else None
        return self.comment if given is None else str(given)


def _restored_failure(data: str, base: str, operator: Operator, comment: str) -> ExceptionNode:
    restored = object.__new__(ExceptionNode)
    restored.operator, restored._story = operator, comment
    restored._names, restored._parents = (), ()
    frame = caller()
    begin(restored, data, base, frame.f_code, frame.f_lasti)
    return restored
