"""How a problem is put to a model: which sections, under what titles, and how it shall answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from trace_lsp.optimizers.budget import TOKENS
from trace_lsp.optimizers.lines import SECTIONS, Tags

__all__ = ["KEYS", "SECTIONS", "WITHOUT_GRAPH", "Style", "Tags"]

WITHOUT_GRAPH: tuple[str, ...] = ("Instruction", "Variables", "Constraints", "Feedback")
"""The sections that say nothing of how the outputs came about."""

KEYS = ("reasoning", "answer", "suggestion")
"""The parts of an answer."""

_SECTION = re.compile(rf"#({'|'.join(SECTIONS)})\b")
_KEY = re.compile(rf'"({"|".join(KEYS)})"')


@dataclass(frozen=True)
class Style:
    """The form of a question. Without arguments it is OptoPrime's.

    `sections` are shown, those in `masked` without what is in them. `titles` renames sections and
    `keys` the parts of the answer, by their names; `keys` None for a part that is not wanted.
    `example` puts an example first; `highlight` names the variables at the end. `json_object`
    asks the endpoint to enforce JSON, of the answer's schema where it can. With `tags` values stand
    between them, and with `tagged_answer` those of the answer do too. `context` is more to know.

    `tokens` is how large the question may be, as `counting.tokens_of` estimates it.
    `repair_turns` is how often a model whose reply cannot be used is told why, and asked again.
    `sampling` are options like ``temperature``, by the endpoint's names for them. `by_edges` asks
    not one question but one for each edge of the graph (`textgrad`).
    """

    sections: tuple[str, ...] = SECTIONS
    masked: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Optional[str]] = field(default_factory=dict)
    example: bool = False
    highlight: bool = False
    json_object: bool = True
    tags: Optional[Tags] = None
    tagged_answer: bool = False
    context: str = ""
    tokens: int = TOKENS
    repair_turns: int = 1
    sampling: Mapping[str, Any] = field(default_factory=dict)
    by_edges: bool = False

    @property
    def has_graph(self) -> bool:
        return "Code" in self.sections

    def title(self, section: str) -> str:
        return self.titles.get(section, f"#{section}")

    def key(self, part: str) -> Optional[str]:
        """What the part of the answer is called; None if it is not asked for."""
        return self.keys.get(part, part)

    def worded(self, words: str) -> str:
        """Words of ours with the sections and keys as they are called here.

        For nothing else: what comes from the program keeps its own words.
        """
        words = _SECTION.sub(lambda found: self.title(found[1]), words)
        return _KEY.sub(lambda found: f'"{self.key(found[1]) or found[1]}"', words)

    def inert(self, value: str) -> str:
        """The value with no line of it that could be taken for a section's title."""
        if not self.titles:
            return value  # a problem's own values are inert under the usual titles
        titles = "|".join(re.escape(title) for title in self.titles.values())
        return re.sub(rf"^(?={titles})", " ", value, flags=re.MULTILINE)


def titles_from(symbols: Mapping[str, str]) -> dict[str, str]:
    """The titles by section that opto's `prompt_symbols` mean, which has them by small names.

    Raises ValueError for a section that there is not, and for a title that is no single line.
    """
    sections = {section.lower(): section for section in SECTIONS}
    for name, title in symbols.items():
        if name not in sections:
            raise ValueError(f"`prompt_symbols` names {', '.join(sections)}; not {name!r}.")
        if not isinstance(title, str) or not title.strip() or "\n" in title:
            raise ValueError(f"The title of {name!r} should be one line, not {title!r}.")
    return {sections[name]: title for name, title in symbols.items()}


def keys_from(keys: Mapping[str, Optional[str]]) -> dict[str, Optional[str]]:
    """Opto's `json_keys`, checked: known parts, names that differ, and a name for the suggestion.

    Raises ValueError for anything else.
    """
    unknown = set(keys) - set(KEYS)
    if unknown:
        raise ValueError(f"`json_keys` names {', '.join(KEYS)}; not {sorted(unknown)}.")
    named = [name for name in ({part: part for part in KEYS} | dict(keys)).values() if name]
    if not keys.get("suggestion", "suggestion") or len(set(named)) != len(named):
        raise ValueError(f"`json_keys` needs different names, one for the suggestion: {keys!r}.")
    return dict(keys)


def masked_from(mask: Iterable[str], titles: Mapping[str, str]) -> tuple[str, ...]:
    """The sections that a step's `mask` means: by title, with or without the usual ``#``.

    Raises ValueError for a section that there is not.
    """
    named = {title: section for section, title in titles.items()}
    named.update({f"#{section}": section for section in SECTIONS})
    named.update({section: section for section in SECTIONS})
    for each in mask:
        if each not in named:
            raise ValueError(f"`mask` names sections like #Code; there is no {each!r}.")
    return tuple(named[each] for each in mask)


def encode_style(style: Style) -> dict[str, Any]:
    """The style as JSON-ready data."""
    return {
        "sections": list(style.sections),
        "masked": list(style.masked),
        "titles": dict(style.titles),
        "keys": dict(style.keys),
        "example": style.example,
        "highlight": style.highlight,
        "json_object": style.json_object,
        "tags": asdict(style.tags) if style.tags else None,
        "tagged_answer": style.tagged_answer,
        "context": style.context,
        "tokens": style.tokens,
        "repair_turns": style.repair_turns,
        "sampling": dict(style.sampling),
        "by_edges": style.by_edges,
    }


def decode_style(data: Mapping[str, Any]) -> Style:
    """What `encode_style` made; raises KeyError, TypeError or ValueError for anything else."""
    sections, masked = tuple(data["sections"]), tuple(data["masked"])
    if not set(sections) | set(masked) <= set(SECTIONS):
        raise ValueError(f"not sections: {sections!r}, {masked!r}")
    return Style(
        sections,
        masked,
        {str(name): str(title) for name, title in dict(data["titles"]).items()},
        {str(part): name for part, name in dict(data["keys"]).items()},
        bool(data["example"]),
        bool(data["highlight"]),
        bool(data["json_object"]),
        Tags(**data["tags"]) if data["tags"] else None,
        bool(data["tagged_answer"]),
        str(data["context"]),
        int(data["tokens"]),
        int(data["repair_turns"]),
        dict(data["sampling"]),
        bool(data["by_edges"]),
    )
