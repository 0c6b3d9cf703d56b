"""What every new node goes through: it gets its value, its name and its place."""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING, Any

from trace_lsp.trace.recorder import NOT_TRACING, nodes_read, recorder
from trace_lsp.trace.values import FIXED, text_of

if TYPE_CHECKING:
    from trace_lsp.trace.node_types import Node

_serials = recorder.serials
_scopes = recorder.scopes


def begin(made: Node, data: Any, base: str, code: CodeType, lasti: int) -> None:
    """Gives a new node its value, its name, and its place, and tells the host of it."""
    if _scopes and not base.startswith(f"{_scopes[-1]}/"):  # a copy has its base already
        base = f"{_scopes[-1]}/{base}"
    made._data = data
    made._base = base
    made._code = code
    made._at = lasti >> 1
    made._number = recorder.number(base)
    made._serial = next(_serials)
    # A value that can change is shown as it was when it was recorded.
    made._text = None if type(data) in FIXED else text_now(data)
    if recorder.host is not None:
        recorder.host.on_node(made)


def text_now(data: Any) -> str:
    """The value as text. What its own repr reads is not read by the function that runs, and what
    it calls is not recorded: to record a method's call takes the text of its instance."""
    token = nodes_read.set(NOT_TRACING)
    try:
        return text_of(data)
    finally:
        nodes_read.reset(token)
