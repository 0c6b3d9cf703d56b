"""A model that keeps what it was asked, and the replies it gives."""

from __future__ import annotations

import json
from typing import Any


class Asked:
    """A function as a program's model: gives its replies in order, and keeps the prompts."""

    def __init__(self, *replies: Any) -> None:
        self.replies = [each if isinstance(each, str) else json.dumps(each) for each in replies]
        self.prompts: list[tuple[str, str]] = []
        self.options: list[dict[str, Any]] = []

    def __call__(self, messages: list[dict[str, str]], **options: Any) -> str:
        self.prompts.append((messages[0]["content"], messages[1]["content"]))
        self.options.append(options)
        return self.replies[len(self.prompts) - 1]

    @property
    def user(self) -> str:
        """The last user prompt."""
        return self.prompts[-1][1]

    @property
    def system(self) -> str:
        """The last system prompt."""
        return self.prompts[-1][0]


def suggesting(**values: Any) -> dict[str, Any]:
    return {"reasoning": "because", "answer": "", "suggestion": values}
