"""The number that a program is judged by, where one was named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Optional

from trace_lsp.trace.node_types import Node


def objective_in(namespace: Mapping[str, Any], name: str) -> Optional[float]:
    """The number of that name, which may be dotted, among a module's; None if there is none."""
    first, *rest = name.split(".")
    value = namespace.get(first)
    for part in rest:
        value = getattr(value, part, None)
    return as_number(value)


def as_number(value: Any) -> Optional[float]:
    """The value, or that of a node, as a number; None if it is none."""
    data = value._data if isinstance(value, Node) else value
    if data is None or isinstance(data, str):
        return None
    try:
        number = float(data)
    except (TypeError, ValueError, OverflowError):
        return None
    return None if math.isnan(number) else number
