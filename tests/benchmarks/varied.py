"""Arguments like others, by chance: what a held-out check is made of."""

from __future__ import annotations

import copy
import random
from typing import Any


def varied(given: list[tuple[Any, ...]], count: int, rng: random.Random) -> list[tuple[Any, ...]]:
    """So many tuples of arguments, each made of one of the given ones."""
    made = []
    for _ in range(count):
        like = copy.deepcopy(rng.choice(given))
        other = copy.deepcopy(rng.choice(given))
        made.append(tuple(_value(a, b, rng) for a, b in zip(like, other)))
    return made


def _value(like: Any, other: Any, rng: random.Random) -> Any:
    if type(like) is type(other) and rng.random() < 0.3:
        like = other
    if isinstance(like, bool) or like is None:
        return like
    if isinstance(like, int):
        return max(0, like + rng.randint(-3, 5)) if like >= 0 else like + rng.randint(-3, 3)
    if isinstance(like, float):
        return round(like + rng.choice([-1.5, -0.5, 0.25, 0.5, 2.0]), 3)
    if isinstance(like, str):
        return _text(like, other if isinstance(other, str) else like, rng)
    if isinstance(like, (list, tuple)):
        return type(like)(_items(list(like), other, rng))
    if isinstance(like, dict):
        return {key: value for key, value in like.items() if rng.random() < 0.8}
    return like


def _text(like: str, other: str, rng: random.Random) -> str:
    letters = list(like)
    action = rng.randrange(4)
    if action == 0 and letters:
        letters.pop(rng.randrange(len(letters)))
    elif action == 1 and (like or other):
        letters.insert(rng.randint(0, len(letters)), rng.choice(like + other))
    elif action == 2:
        letters += list(other)[: rng.randint(0, 4)]
    return "".join(letters)


def _items(like: list[Any], other: Any, rng: random.Random) -> list[Any]:
    pool = [*like, *(other if isinstance(other, (list, tuple)) else [])]
    action = rng.randrange(5)
    if action == 0 and like:
        like.pop(rng.randrange(len(like)))
    elif action == 1 and pool:
        like.insert(rng.randint(0, len(like)), copy.deepcopy(rng.choice(pool)))
    elif action == 2:
        rng.shuffle(like)
    elif action == 3 and like:
        at = rng.randrange(len(like))
        like[at] = _value(like[at], rng.choice(pool), rng)
    return like
