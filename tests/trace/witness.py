"""A host that checks every node of a test at the moment it is made."""

from __future__ import annotations

from typing import Any

from trace_lsp.trace.nodes import Node, ParameterNode
from trace_lsp.trace.records import Places
from trace_lsp.trace.verify import verify_node


class Witness:
    """Install it as ``recorder.host``. A node that breaks what is true of every graph raises
    GraphError in the line that made it; `seen` counts the nodes."""

    def __init__(self) -> None:
        self.seen = 0
        self._places = Places()

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:
        return function(*args, **kwargs)

    def on_node(self, node: Node) -> None:
        verify_node(node, self._places)
        self.seen += 1

    def on_backward(self, outputs: list[tuple[Node, str]]) -> None:
        pass

    def on_update(self, parameter: ParameterNode) -> None:
        pass

    def step(self, request: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("no optimizer takes a step here")

    def ask_model(self, request: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("no model is asked here")

    def override(self, file: str, line: int, is_code: bool) -> str | None:
        return None
