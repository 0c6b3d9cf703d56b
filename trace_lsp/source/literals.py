"""A literal's new value, written the way its author wrote the old one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from trace_lsp.errors import NotParsable
from trace_lsp.source.indentation import contents_in
from trace_lsp.source.parsed import ParsedText

_STRING = re.compile(r"([A-Za-z]*)(\"\"\"|'''|\"|')(\\\n)?")


def new_literal(old: str, new: str, name: str) -> str:
    """The source of `new` in the style of `old`; `old` itself if both mean the same value.

    A string keeps the old one's prefix and quotes where it can. Both are Python literals, with
    line feeds between lines. Raises NotParsable if `new` is none.
    """
    source, value = _read(new, f"The new value of `{name}`")
    present = ast.literal_eval(f"(\n{old}\n)")
    if repr(value) == repr(present):
        return old
    if not isinstance(value, (str, bytes)) or type(value) is not type(present):
        return source
    return next((each for each in _styled(old, value) if _means(each, value)), source)


def _read(source: str, what: str) -> tuple[str, object]:
    """A literal without brackets, blanks and comments around it, and its value."""
    # In a call, where it belongs: there it may have several lines, and must not become two
    # arguments.
    parsed = ParsedText(f"node({source}\n)", what)
    expression = _only_argument(parsed.tree)
    try:
        value = ast.literal_eval(expression) if expression else ...
    except (ValueError, TypeError, RecursionError):
        value = ...
    if expression is None or value is ...:
        raise NotParsable(f"{what} must be one literal, and is not: {source.strip()[:200]}")
    return "\n".join(contents_in(parsed.lines, parsed.range_of(expression))), value


def _only_argument(tree: ast.Module) -> ast.expr | None:
    """The argument if the program is a call by name with nothing else."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return None
    call = tree.body[0].value
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None
    return call.args[0] if len(call.args) == 1 and not call.keywords else None


def _styled(old: str, value: str | bytes) -> Iterator[str]:
    """Ways to write a string with the first of the old one's quotes, the nearest to it first.

    Not each of them means the value: a raw string cannot hold everything.
    """
    style = _STRING.match(old)
    if style is None:
        return
    prefix, quote, begun = style[1], style[2], style[3] or ""
    text = value if isinstance(value, str) else value.decode("latin-1")
    if "r" in prefix.lower():
        yield f"{prefix}{quote}{text}{quote}"
        prefix = re.sub("[rR]", "", prefix)
    # What the author typed as it is may stay so; a line break only within triple quotes.
    kept = set(old) - {"\n"} | ({"\n"} if len(quote) > 1 else set())
    escaped = _escaped(text, quote, kept, isinstance(value, bytes))
    if "\n" in text:
        yield f"{prefix}{quote}{begun}{escaped}{quote}"
    yield f"{prefix}{quote}{escaped}{quote}"


def _escaped(text: str, quote: str, kept: set[str], ascii_only: bool) -> str:
    """The text as it stands between the quotes.

    Characters that cannot be seen are escaped unless they are to be kept; of quotes only those
    that would end the string.
    """
    mark = quote[0]
    characters = []
    for at, each in enumerate(text):
        if each == mark:
            ends = len(quote) == 1 or at == len(text) - 1 or text[max(0, at - 2) : at] == mark * 2
            characters.append("\\" * ends + each)
        elif each != "\\" and (each in kept or _is_plain(each, ascii_only)):
            characters.append(each)
        else:
            characters.append(each.encode("unicode_escape").decode())
    return "".join(characters)


def _is_plain(character: str, ascii_only: bool) -> bool:
    return character.isprintable() and (character.isascii() or not ascii_only)


def _means(source: str, value: str | bytes) -> bool:
    try:
        return bool(ast.literal_eval(source) == value)
    except (SyntaxError, ValueError):
        return False
