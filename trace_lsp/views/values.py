"""Values, names and places as a reader sees them: on one line, and with nothing hidden in them."""

from __future__ import annotations

import math
import re
from pathlib import PurePath

from trace_lsp.trace.graph import NodeRecord, Operator, Place

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters: a terminal would obey them
    "\u2028-\u202e\u2066-\u2069\ufeff"  # separators and marks that reorder what is read
    "\ud800-\udfff\ufffe\uffff]"  # what neither UTF-8 nor XML can hold
)
_BREAK = re.compile(r"\s*\n\s*")
_FAILED = "exception_"


def visible(text: str) -> str:
    r"""The text with every character that acts instead of being seen written out as an escape.

    Line breaks and tabs stay; ``\r\n`` becomes ``\n``. Right-to-left letters stay, the controls
    that turn the direction of what follows do not.
    """
    return _UNSEEN.sub(_escaped, text.replace("\r\n", "\n"))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def one_line(text: str, width: int) -> str:
    """The text on one line of at most `width` characters; ``↵`` is where a line ended."""
    # The rest is never looked at: twice the width leaves room for indentation that is folded.
    start = visible(text[: 2 * width]).strip()
    line = _BREAK.sub(" ↵ ", start).replace("\t", " ")
    if len(text) <= 2 * width and len(line) <= width:
        return line
    return line[: max(width - 1, 0)].rstrip() + "…"


def value_line(node: NodeRecord, width: int) -> str:
    """The node's value on one line: strings in quotes, of code its first line."""
    return line_of(node.value, "" if is_failure(node) else node.type, width)


def line_of(value: str, type: str, width: int) -> str:
    """A value of that type on one line: in quotes if it is a string, its first line if code."""
    if type == "str":
        return one_line(repr(value[: 2 * width]), width)
    if type == "code":
        first, _, rest = value.strip().partition("\n")
        return one_line(f"{first} …" if rest else first, width)
    return one_line(value, width)


def is_failure(node: NodeRecord) -> bool:
    """True for the node that stands where an operator raised."""
    return bool(node.error)


def is_code(node: NodeRecord) -> bool:
    """True for the parameter that holds a trainable function's source."""
    return node.trainable and node.type == "code"


def operator_name(operator: Operator) -> str:
    """What the operator is called where it is used: the user's function, or the engine's name."""
    function = operator.function.rpartition("<locals>.")[2]
    return function or operator.name.removeprefix(_FAILED)


def place_text(place: Place | None) -> str:
    """``file.py:12``, or "" if the place is not known."""
    if place is None or not place.file:
        return ""
    return one_line(f"{base_name(place.file)}:{place.line}", 80)


def base_name(path: str) -> str:
    """The last part of a path of any system: the program may have run on another than this."""
    return re.split(r"[\\/]", path)[-1] or path


def place_uri(place: Place | None) -> str:
    """A link an editor follows to the place (``file:///…#L12``), "" if there is no such file."""
    if place is None or not PurePath(place.file).is_absolute():
        return ""
    return f"{PurePath(place.file).as_uri()}#L{place.line}"


def finite(value: object) -> object:
    """The value; None for a number that JSON has no form for."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def times(number: int) -> str:
    """How often something stands there, with a multiplication sign; "" if once."""
    return f"\N{MULTIPLICATION SIGN} {number:,}" if number > 1 else ""


def counted(number: int, noun: str) -> str:
    """``1 call``, ``1,200 calls``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
