"""How a bug of the benchmark's sets is written down."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


def always(*_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Bug:
    """A right function, and one piece of its text that is wrong in the buggy one.

    `checks` are the arguments of the checks that the search sees, `others` of some that it does
    not; what should come back is what the right function returns. More held-out arguments are made
    of the checks by chance; those that `allows` says no to are not meant.
    """

    kind: str
    name: str
    right: str
    was: str
    now: str
    checks: list[tuple[Any, ...]]
    others: list[tuple[Any, ...]] = field(default_factory=list)
    allows: Callable[..., bool] = always

    @property
    def wrong(self) -> str:
        """The buggy function."""
        assert self.right.count(self.was) == 1, f"{self.name}: {self.was!r}"
        return self.right.replace(self.was, self.now)


def bug(
    kind: str, right: str, was: str, now: str, checks: list[tuple[Any, ...]], **more: Any
) -> Bug:
    """A bug whose function is the last that the text defines at its left margin."""
    text = textwrap.dedent(right).lstrip("\n")
    name = [line for line in text.splitlines() if line.startswith("def ")][-1]
    name = name.removeprefix("def ").partition("(")[0]
    return Bug(kind, name, text, was, now, checks, **more)
