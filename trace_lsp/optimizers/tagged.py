"""A reply in tags: its reasoning, and the variables with their new values.

Values are text as it is, code for the most part, so that a reader of XML could not read them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Optional

from trace_lsp.optimizers.lines import Tags
from trace_lsp.optimizers.suggestion import Refused

_CDATA = re.compile(r"\s*<!\[CDATA\[(.*)\]\]>\s*\Z", re.DOTALL)


def read_tagged(text: str, tags: Tags, is_cut_off: bool) -> Optional[Mapping[str, Any]]:
    """The reasoning and the suggestion in the reply's tags; None if there are none.

    `is_cut_off` says that the endpoint ended the reply: then there may have been more variables,
    and it is refused. Raises Refused for tags that do not fit together.
    """
    reasoning, rest = _reasoning(text, tags)
    found = list(_variable(tags).finditer(rest))
    if reasoning is None and not found and not _any_tag(tags).search(rest):
        return None
    around = _variable(tags).sub("", rest)
    if is_cut_off or _opens(tags).search(around):
        raise Refused("replyCutOff", f"It is {len(text)} characters long.")
    if _any_tag(tags).search(around):
        raise Refused("unreadableReply", "Its tags do not fit together.")
    suggestion: dict[str, str] = {}
    for each in found:
        name, value = each["name"].strip(), _value(each["value"])
        if suggestion.setdefault(name, value) != value:
            raise Refused("severalValues", f"It gives two values to `{name}`.")
    return {"reasoning": (reasoning or "").strip(), "suggestion": suggestion}


def is_tagged(text: str, tags: Tags) -> bool:
    """True for a reply that begins with a tag, whatever else is in it."""
    start = re.compile(rf"\s*(?:```\w*\s*)?<(?:{tags.reasoning}|{tags.improved})\b")
    return start.match(text) is not None


def _reasoning(text: str, tags: Tags) -> tuple[Optional[str], str]:
    """The reasoning, None if there is none, and the rest of the reply."""
    tag = re.escape(tags.reasoning)
    whole = re.search(rf"<{tag}\s*>(.*?)</{tag}\s*>", text, re.DOTALL)
    if whole is not None:
        return whole[1], text[: whole.start()] + text[whole.end() :]
    return None, text


def _variable(tags: Tags) -> re.Pattern[str]:
    """A variable with its name and its value. A value ends where the variable does."""
    variable, name, value = (re.escape(each) for each in (tags.improved, tags.name, tags.value))
    return re.compile(
        rf"<{variable}\b[^>]*>\s*<{name}\s*>(?P<name>[^<]*)</{name}\s*>"
        rf"\s*<{value}\s*>(?P<value>(?:(?!<{variable}\b[^>]*>\s*<{name}\s*>).)*?)</{value}\s*>"
        rf"\s*</{variable}\s*>",
        re.DOTALL,
    )


def _any_tag(tags: Tags) -> re.Pattern[str]:
    names = "|".join(re.escape(each) for each in (tags.reasoning, tags.improved))
    return re.compile(rf"</?(?:{names})\b[^>]*>|</?(?:{names})\Z")


def _opens(tags: Tags) -> re.Pattern[str]:
    """A tag that is opened and not closed."""
    names = "|".join(re.escape(each) for each in (tags.reasoning, tags.improved))
    return re.compile(rf"<({names})\b[^>]*>(?!.*</\1\s*>)|<[^<>\n]*\Z", re.DOTALL)


def _value(text: str) -> str:
    """The value without the line breaks that its tags stand on."""
    plain = _CDATA.match(text)
    text = plain[1] if plain else text
    text = re.sub(r"\A[ \t]*\r?\n", "", text)
    return re.sub(r"\r?\n[ \t]*\Z", "", text)
