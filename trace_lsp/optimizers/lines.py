"""How a problem writes a value: in one line, or between tags."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from typing import Optional

SECTIONS = (
    "Instruction",
    "Code",
    "Documentation",
    "Variables",
    "Constraints",
    "Inputs",
    "Others",
    "Outputs",
    "Feedback",
)

_FORGED = re.compile(rf"^#(?=(?:{'|'.join(SECTIONS)})\b)", re.MULTILINE)


@dataclass(frozen=True)
class Tags:
    """What the tags around values, and around the parts of an answer, are called."""

    node: str = "node"
    variable: str = "variable"
    value: str = "value"
    constraint: str = "constraint"
    reasoning: str = "reasoning"
    improved: str = "variable"
    name: str = "name"

    def inert(self, value: str) -> str:
        """The value with nothing in it that could be taken for one of these tags."""
        if "<" not in value:
            return value
        names = "|".join(re.escape(name) for name in sorted(set(astuple(self))))
        return re.sub(rf"<(?=/?(?:{names})\b)", "< ", value)


def line(type: str, name: str, value: str, tags: Optional[Tags] = None) -> str:
    """A value as the sections show it."""
    if tags is not None:
        return _tagged(tags.node, type, name, value, tags)
    separator = ":" if type == "code" else "="
    return f"({type}) {name}{separator}{inert(value)}"


def variable_line(
    type: str, name: str, value: str, constraint: str, tags: Optional[Tags] = None
) -> str:
    """A variable as its section shows it; in tags with what it must keep."""
    if tags is None:
        return line(type, name, value)
    return _tagged(tags.variable, type, name, value, tags, constraint)


def inert(value: str, tags: Optional[Tags] = None) -> str:
    """The value with no line of it that could be taken for a section's title, nor for a tag."""
    value = _FORGED.sub(" #", value)
    return value if tags is None else tags.inert(value)


def _tagged(tag: str, type: str, name: str, value: str, tags: Tags, constraint: str = "") -> str:
    lines = [
        f'<{tag} name="{name}" type="{type}">',
        f"<{tags.value}>\n{inert(value, tags)}\n</{tags.value}>",
    ]
    if constraint:
        lines.append(f"<{tags.constraint}>\n{inert(constraint, tags)}\n</{tags.constraint}>")
    return "\n".join([*lines, f"</{tag}>"])
