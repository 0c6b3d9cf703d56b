"""A model's reply, read: a suggestion for known variables, no change wanted, or a refusal."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Optional

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.chat import Reply
from trace_lsp.optimizers.imports import with_imports_inside
from trace_lsp.optimizers.problem import Problem, Variable
from trace_lsp.optimizers.style import KEYS, Style
from trace_lsp.optimizers.suggestion import REFUSALS, Suggestion
from trace_lsp.trace.code import CodeRejected, check_code
from trace_lsp.trace.definitions import signature_of

if TYPE_CHECKING:
    from typing import TypeGuard  # 3.10 and newer

_NO_CHANGE = re.compile(r"\W*TERMINATE\W*\Z")
_FENCED = re.compile(r"^[ \t]*```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_OBJECT = re.compile(r"\{(?=\s*(?:[\"'}]|\w+\s*:))")
_BLANKS = re.compile(r"^[ \t]+", re.MULTILINE)
_NOT_LETTERS = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|\W", re.DOTALL)


def read_reply(reply: Reply, problem: Problem, style: Optional[Style] = None) -> Suggestion:
    """The suggestion that the reply means; one without values if it wants no change.

    `style` is that of the question: it says what the parts of the answer are called.
    Raises ReplyRefused with the reason and the raw reply if it cannot be used as a whole: part of
    a suggestion is never taken.
    """
    names = {part: (style or Style()).key(part) for part in KEYS}
    try:
        found = _answer(reply, [name for name in names.values() if name is not None])
        answer = {part: found.get(name or "") for part, name in names.items()}
        values = _values(answer["suggestion"], problem)
    except _Refused as refused:
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


class _Refused(Exception):
    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def _answer(reply: Reply, names: Collection[str]) -> Mapping[str, Any]:
    """The reply's JSON object: the one with any of these names in it."""
    if reply.finish == "filtered":
        raise _Refused("contentFiltered")
    text = reply.text.strip()
    if not text:
        raise _Refused("replyCutOff" if reply.finish == "length" else "emptyReply")
    if _NO_CHANGE.match(text):
        return {}
    found = _exact(text, names)
    if found is not None:
        return found
    if reply.finish == "length":
        raise _Refused("replyCutOff", f"It is {len(text)} characters long.")
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
            raise _Refused("replyCutOff", f"It is {len(text)} characters long.")
        if _is_answer(found, names):
            answer = found
        start = _OBJECT.search(text, end)
    if answer is None:
        raise _Refused("unreadableReply")
    return answer


def _object_at(text: str, start: int) -> tuple[object, int]:
    """What the object that begins there means, None if nothing; and its end, -1 if it has none."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        end = _end_of_object(text, start)
        return _nearly_json(text[start:end]) if end > 0 else None, end


def _end_of_object(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed, -1 if it is not."""
    depth, quote, at = 0, "", start
    while at < len(text):
        character = text[at]
        if character == "\\" and quote:
            at += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        else:
            depth += (character in "{[") - (character in "}]")
            if depth == 0:
                return at + 1
        at += 1
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
        raise _Refused("unreadableReply", '"suggestion" is not an object.')
    variables = {variable.name: variable for variable in problem.variables}
    values: dict[str, object] = {}
    for name, value in suggested.items():
        # `p:0` is how a program prints the name of what is `p0` here, and `p1:0` that of `p1_0`.
        identifier = re.sub(r"(?<=\d):", "_", name).replace(":", "")
        variable = variables.get(name) or variables.get(identifier)
        if variable is None:
            known = ", ".join(variables)
            raise _Refused("unknownVariable", f"It names `{name}`; there is {known}.")
        converted = _converted(value, variable)
        if as_text(converted) != variable.value:
            values[variable.name] = converted
    return values


def as_text(value: object) -> str:
    """The value as a problem shows it: a string as it is, anything else as its repr."""
    return value if isinstance(value, str) else repr(value)


def _converted(value: object, variable: Variable) -> object:
    convert = _CONVERTERS.get(variable.type)
    if convert is None:
        raise _Refused(
            "wrongType", f"`{variable.name}` is of type {variable.type}, which has no text form."
        )
    if variable.type == "code":
        return _code(value, variable)
    try:
        converted = convert(value)
        # It goes to the program as a literal: a NaN, say, has none.
        if ast.literal_eval(repr(converted)) != converted:
            raise ValueError(value)
    except (ValueError, TypeError, SyntaxError, OverflowError, RecursionError, MemoryError):
        shown = as_text(value)[:80]
        raise _Refused(
            "wrongType", f"`{variable.name}` is of type {variable.type}; it says {shown!r}."
        ) from None
    return converted


def _code(value: object, variable: Variable) -> str:
    if not isinstance(value, str):
        raise _Refused("wrongType", f"`{variable.name}` is code; it says {as_text(value)[:80]!r}.")
    source = re.sub(r"\r\n?", "\n", value)
    if source.lstrip().startswith("```"):
        fenced = _FENCED.search(source)
        source = fenced.group(1) if fenced else source
    source = source.strip("\n").rstrip()
    source = _BLANKS.sub(lambda blanks: blanks[0].expandtabs(4), source)
    source = with_imports_inside(source)
    signature = signature_of(variable.value)
    tree = ast.parse(f"{signature}\n ...").body[0]
    assert isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef))
    try:
        function = check_code(source, tree.name, signature)
    except CodeRejected as error:
        raise _Refused(error.reason, str(error)) from None
    return "\n".join(source.split("\n")[function.lineno - 1 : function.end_lineno])


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _bool(value: object) -> bool:
    named = {"true": True, "false": False}
    if isinstance(value, str) and value.strip().lower() in named:
        return named[value.strip().lower()]
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(value)
    number = int(value)
    if isinstance(value, float) and number != value:
        raise ValueError(value)
    return number


def _float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(value)
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _container(kind: type) -> Callable[[object], object]:
    def convert(value: object) -> object:
        if isinstance(value, str):
            value = ast.literal_eval(value.strip())
        if kind in (tuple, set, frozenset) and isinstance(value, list):
            value = kind(value)
        if not isinstance(value, kind):
            raise TypeError(value)
        return value

    return convert


def _none(value: object) -> object:
    return value


_CONVERTERS: Mapping[str, Callable[[object], object]] = {
    "code": _string,
    "str": _string,
    "bool": _bool,
    "int": _int,
    "float": _float,
    "list": _container(list),
    "tuple": _container(tuple),
    "dict": _container(dict),
    "set": _container(set),
    "NoneType": _none,
}
