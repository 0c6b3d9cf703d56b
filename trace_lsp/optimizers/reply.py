"""A model's reply, read: a suggestion for known variables, no change wanted, or a refusal."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Optional

from trace_lsp.errors import ReplyRefused
from trace_lsp.models.chat import Reply
from trace_lsp.optimizers.problem import Problem, Variable
from trace_lsp.optimizers.suggestion import REFUSALS, Suggestion
from trace_lsp.trace.code import CodeRejected, check_code
from trace_lsp.trace.definitions import signature_of

if TYPE_CHECKING:
    from typing import TypeGuard  # 3.10 and newer

_NO_CHANGE = re.compile(r"\W*TERMINATE\W*\Z")
_FENCED = re.compile(r"```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_EXPECTED = frozenset({"reasoning", "answer", "suggestion"})


def read_reply(reply: Reply, problem: Problem) -> Suggestion:
    """The suggestion that the reply means; one without values if it wants no change.

    Raises ReplyRefused with the reason and the raw reply if it cannot be used as a whole: part of
    a suggestion is never taken.
    """
    try:
        answer = _answer(reply)
        values = _values(answer.get("suggestion"), problem)
    except _Refused as refused:
        detail = f" {refused.detail}" if refused.detail else ""
        raise ReplyRefused(REFUSALS[refused.reason] + detail, refused.reason, reply.text) from None
    return Suggestion(
        reasoning=_text(answer.get("reasoning")),
        answer=_text(answer.get("answer")),
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


def _answer(reply: Reply) -> Mapping[str, Any]:
    """The reply's JSON object."""
    if reply.finish == "filtered":
        raise _Refused("contentFiltered")
    text = reply.text.strip()
    if not text:
        raise _Refused("replyCutOff" if reply.finish == "length" else "emptyReply")
    if _NO_CHANGE.match(text):
        return {}
    found = _exact(text)
    if found is not None:
        return found
    if reply.finish == "length":
        raise _Refused("replyCutOff", f"It is {len(text)} characters long.")
    return _repaired(text)


def _exact(text: str) -> Optional[Mapping[str, Any]]:
    """The object if the text, or a fenced block of it, is JSON as it should be."""
    for candidate in (text, *_FENCED.findall(text)):
        try:
            found = json.loads(candidate, strict=False)
        except ValueError:
            continue
        if _is_answer(found):
            return found
    return None


def _repaired(text: str) -> Mapping[str, Any]:
    """The object in a text that is nearly JSON.

    A text that does not close its last bracket was cut off, whatever the endpoint said: what a
    repair would make of it is half a suggestion.
    """
    try:
        import json_repair
    except ImportError:  # in the user's interpreter, where only a model of the user's is read
        raise _Refused("unreadableReply", "It is not valid JSON.") from None
    start = text.find("{")
    if start < 0:
        raise _Refused("unreadableReply")
    inside = text[start:].removesuffix("```").rstrip()
    end = inside.rfind("}")
    if end < 0 or inside.count('"', end) % 2:
        raise _Refused("replyCutOff", f"It is {len(text)} characters long.")
    found = json_repair.loads(inside[: end + 1])
    candidates = found if isinstance(found, list) else [found]
    for candidate in candidates:
        if _is_answer(candidate):
            return candidate
    raise _Refused("unreadableReply")


def _is_answer(found: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(found, dict) and not _EXPECTED.isdisjoint(found)


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
        variable = variables.get(name) or variables.get(name.replace(":", ""))
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
        return convert(value)
    except (ValueError, TypeError, SyntaxError, OverflowError):
        shown = as_text(value)[:80]
        raise _Refused(
            "wrongType", f"`{variable.name}` is of type {variable.type}; it says {shown!r}."
        ) from None


def _code(value: object, variable: Variable) -> str:
    if not isinstance(value, str):
        raise _Refused("wrongType", f"`{variable.name}` is code; it says {as_text(value)[:80]!r}.")
    fenced = _FENCED.search(value)
    source = (fenced.group(1) if fenced else value).strip("\r\n").rstrip()
    source = source.replace("\r\n", "\n").expandtabs(4)
    tree = ast.parse(variable.value).body[0]
    assert isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef))
    try:
        function = check_code(source, tree.name, signature_of(variable.value, tree))
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
