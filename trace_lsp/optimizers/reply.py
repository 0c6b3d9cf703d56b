"""A model's reply, read: a suggestion for known variables, no change wanted, or a refusal."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Optional

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.chat import Reply
from trace_lsp.optimizers.new_values import as_text, converted
from trace_lsp.optimizers.problem import Problem
from trace_lsp.optimizers.style import KEYS, Style, Tags
from trace_lsp.optimizers.suggestion import REFUSALS, Refused, Suggestion
from trace_lsp.optimizers.tagged import is_tagged, read_tagged

if TYPE_CHECKING:
    from typing import TypeGuard  # 3.10 and newer

__all__ = ["as_text", "read_reply"]

_NO_CHANGE = re.compile(r"\W*TERMINATE\W*\Z")
_FENCED = re.compile(r"^[ \t]*```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_OBJECT = re.compile(r"\{(?=\s*(?:[\"'}]|\w+\s*:))")
_PIECE = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[{}\[\]\"']", re.DOTALL)
_NOT_LETTERS = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|\W", re.DOTALL)


def read_reply(reply: Reply, problem: Problem, style: Optional[Style] = None) -> Suggestion:
    """The suggestion that the reply means; one without values if it wants no change.

    `style` is that of the question: it says what the parts of the answer are called. An answer in
    tags is understood where JSON was asked for, and the other way round.
    Raises ReplyRefused with the reason and the raw reply if it cannot be used as a whole: part of
    a suggestion is never taken.
    """
    style = style or Style()
    try:
        answer = _answer(reply, style)
        values = _values(answer["suggestion"], problem)
    except Refused as refused:
        detail = f" {refused.detail}" if refused.detail else ""
        raise ReplyRefused(REFUSALS[refused.reason] + detail, refused.reason, reply.text) from None
    return Suggestion(
        reasoning=_text(answer["reasoning"]),
        answer=_text(answer["answer"]),
        values=values,
        tokens=reply.tokens,
        raw=reply.text,
        model=reply.model,
    )


def _answer(reply: Reply, style: Style) -> Mapping[str, Any]:
    """The parts of the answer, None for those that it does not have."""
    if reply.finish == "filtered":
        raise Refused("contentFiltered")
    text = reply.text.strip()
    if not text:
        raise Refused("replyCutOff" if reply.finish == "length" else "emptyReply")
    nothing: dict[str, Any] = dict.fromkeys(KEYS)
    if _NO_CHANGE.match(text):
        return nothing
    tags = style.tags or Tags()
    if style.tagged_answer or is_tagged(text, tags):
        found = read_tagged(text, tags, reply.finish == "length")
        if found is not None:
            return {**nothing, **found}
    names = {part: name for part in KEYS for name in (style.key(part),) if name is not None}
    found = _in_json(text, names.values(), reply.finish == "length")
    return {**nothing, **{part: found.get(name) for part, name in names.items()}}


def _in_json(text: str, names: Collection[str], is_cut_off: bool) -> Mapping[str, Any]:
    """The reply's JSON object: the one with any of these names in it."""
    found = _exact(text, names)
    if found is not None:
        return found
    if is_cut_off:
        raise Refused("replyCutOff", f"It is {len(text)} characters long.")
    return _repaired(text, names)


def _exact(text: str, names: Collection[str]) -> Optional[Mapping[str, Any]]:
    """The object if the text, or a fenced block of it, is JSON as it should be."""
    for candidate in (text, *_FENCED.findall(text)):
        try:
            found = json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        if _is_answer(found, names):
            return found
    return None


def _repaired(text: str, names: Collection[str]) -> Mapping[str, Any]:
    """The object in a text that is nearly JSON, the last one if there are several.

    A text that does not close its last bracket was cut off, whatever the endpoint said: what a
    repair would make of it is half a suggestion.
    """
    answer: Optional[Mapping[str, Any]] = None
    start = _OBJECT.search(text)
    while start is not None:
        found, end = _object_at(text, start.start())
        if end < 0:
            raise Refused("replyCutOff", f"It is {len(text)} characters long.")
        if _is_answer(found, names):
            answer = found
        start = _OBJECT.search(text, end)
    if answer is None:
        raise Refused("unreadableReply")
    return answer


def _object_at(text: str, start: int) -> tuple[object, int]:
    """What the object that begins there means, None if nothing; and its end, -1 if it has none."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        end = _end_of_object(text, start)
        return _nearly_json(text[start:end]) if end > 0 else None, end


def _end_of_object(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed, -1 if it is not.

    A repair closes whatever is open, and does not say so: half a suggestion would look whole.
    """
    depth = 0
    for found in _PIECE.finditer(text, start):
        piece = found[0]
        if piece in ('"', "'"):
            return -1  # a string without an end
        depth += (piece in ("{", "[")) - (piece in ("}", "]"))
        if depth == 0 and piece in ("}", "]"):
            return found.end()
    return -1


def _nearly_json(text: str) -> object:
    """What a Python dict, or JSON with small mistakes, means; None if that is not sure."""
    try:
        return json.loads(json.dumps(ast.literal_eval(text)))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        pass
    try:
        import json_repair
    except ImportError:  # in the user's interpreter, where only a model of the user's is read
        return None
    try:
        found = json_repair.loads(text, skip_json_loads=True)
        # A repair drops what it cannot place, and what is left would be half a suggestion.
        kept = json.dumps(found, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return found if _letters(kept) == _letters(text) else None


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text).lower()


def _is_answer(found: object, names: Collection[str]) -> TypeGuard[dict[str, Any]]:
    return isinstance(found, dict) and not set(names).isdisjoint(found)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _values(suggested: object, problem: Problem) -> dict[str, object]:
    """The new values by variable, only those that differ from the present ones."""
    if suggested is None or suggested == "":
        return {}
    if not isinstance(suggested, dict):
        raise Refused("unreadableReply", '"suggestion" is not an object.')
    variables = {variable.name: variable for variable in problem.variables}
    values: dict[str, object] = {}
    for name, value in suggested.items():
        # `p:0` is how a program prints the name of what is `p0` here, and `p1:0` that of `p1_0`.
        identifier = re.sub(r"(?<=\d):", "_", name).replace(":", "")
        variable = variables.get(name) or variables.get(identifier)
        if variable is None:
            known = ", ".join(variables)
            raise Refused("unknownVariable", f"It names `{name}`; there is {known}.")
        new = converted(value, variable)
        if as_text(new) != variable.value:
            values[variable.name] = new
    return values
