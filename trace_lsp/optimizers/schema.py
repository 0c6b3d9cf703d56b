"""The JSON schema of an answer, for endpoints that hold a model to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from trace_lsp.optimizers.problem import Problem
from trace_lsp.optimizers.style import KEYS, Style

_MOST = 100
"""Endpoints refuse a schema with very many parts."""

_TYPES: Mapping[str, Mapping[str, Any]] = {
    "code": {"type": "string"},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "list": {"type": "array"},
    "tuple": {"type": "array"},
    "set": {"type": "array"},
    # A dict whose keys are no strings is written as Python does it.
    "dict": {"type": ["object", "string"]},
}
"""By a variable's type. A variable that is None may get any value."""


def schema_of(problem: Problem, style: Style) -> Optional[dict[str, Any]]:
    """The schema of the problem's answer in that style; None where a schema would not help: the
    answer is no JSON, or there are very many variables."""
    if style.tagged_answer or not style.json_object or len(problem.variables) > _MOST:
        return None
    suggestion = {
        "type": "object",
        "properties": {each.name: dict(_TYPES.get(each.type, {})) for each in problem.variables},
        "additionalProperties": False,
    }
    parts: dict[str, Any] = {part: {"type": "string"} for part in KEYS}
    parts["suggestion"] = suggestion
    named = {part: name for part in KEYS for name in (style.key(part),) if name is not None}
    return {
        "type": "object",
        "properties": {name: parts[part] for part, name in named.items()},
        "required": list(named.values()),
        "additionalProperties": False,
    }
