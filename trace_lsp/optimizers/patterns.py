"""Repetition in a sequence of calls: what a loop leaves in a trace."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Union

_LEAST = 4
"""A stretch that is repeated less often is no pattern."""

_LONGEST = 200
"""Calls in the longest stretch that is looked for."""

_CANDIDATES = 8
_LEVELS = 3
_KEPT = 3


@dataclass(frozen=True)
class Loop:
    """The same stretch of calls again and again: `rounds`, each with its calls and inner loops."""

    rounds: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True)
class Gap:
    """Rounds of a loop that are left out: how many, of how many calls in the first of them, how
    many with a call that matters, and the positions of the first and the last call among them."""

    rounds: int
    calls: int
    mattering: int
    first: int
    last: int


Step = Union[int, Loop]
"""The position of a call, or a loop of calls."""


def folded(keys: Sequence[Hashable]) -> tuple[Step, ...]:
    """The positions of the keys, with loops, and loops of loops, found. Time linear in the keys."""
    steps: tuple[Step, ...] = tuple(range(len(keys)))
    names = list(keys)
    for _ in range(_LEVELS):
        loops = list(_repetitions(_numbered(names)))
        if not loops:
            break
        steps, names = _joined(steps, names, loops)
    return steps


def outlined(steps: Sequence[Step], matters: Collection[int]) -> Iterator[Union[int, Gap]]:
    """The positions to show, and the gaps between them: of each loop the first round, the last,
    and the first few with a call that `matters`."""
    for step in steps:
        if isinstance(step, Loop):
            yield from _outlined_loop(step, matters)
        else:
            yield step


def _outlined_loop(loop: Loop, matters: Collection[int]) -> Iterator[Union[int, Gap]]:
    rounds = loop.rounds
    inner = [at for at in range(1, len(rounds) - 1) if matters and _any(rounds[at], matters)]
    shown = [0, *inner[:_KEPT], len(rounds) - 1]
    for before, at in zip([-1, *shown], shown):
        if at - before > 1:
            is_last = at == len(rounds) - 1
            yield _gap(rounds[before + 1 : at], len(inner[_KEPT:]) if is_last else 0)
        yield from outlined(rounds[at], matters)


def _gap(rounds: Sequence[Sequence[Step]], mattering: int) -> Gap:
    calls = list(_positions(rounds[0]))
    return Gap(len(rounds), len(calls), mattering, calls[0], max(_positions(rounds[-1])))


def _any(steps: Sequence[Step], matters: Collection[int]) -> bool:
    return any(position in matters for position in _positions(steps))


def _positions(steps: Sequence[Step]) -> Iterator[int]:
    for step in steps:
        if isinstance(step, Loop):
            for each in step.rounds:
                yield from _positions(each)
        else:
            yield step


def _numbered(keys: Sequence[Hashable]) -> list[int]:
    """A small number for each key, which is quicker to compare."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


def _repetitions(keys: list[int]) -> Iterator[tuple[int, int, int]]:
    """Where a stretch is repeated: its start, its length, and how often it is there."""
    next_same = _next_same(keys)
    at = 0
    while at < len(keys):
        length, times = _repetition(keys, next_same, at)
        if times >= _LEAST:
            yield at, length, times
            at += length * times
        else:
            at += 1


def _repetition(keys: list[int], next_same: list[int], at: int) -> tuple[int, int]:
    other = next_same[at]
    for _ in range(_CANDIDATES):
        length = other - at
        if other < 0 or length > _LONGEST:
            break
        stretch, times = keys[at:other], 1
        while keys[at + times * length : at + (times + 1) * length] == stretch:
            times += 1
        if times >= _LEAST:
            return length, times
        other = next_same[other]
    return 1, 1


def _next_same(keys: list[int]) -> list[int]:
    """For each position the next one with the same key, -1 if there is none."""
    last: dict[int, int] = {}
    found = [-1] * len(keys)
    for at in range(len(keys) - 1, -1, -1):
        found[at] = last.get(keys[at], -1)
        last[keys[at]] = at
    return found


def _joined(
    steps: Sequence[Step], names: list[Hashable], loops: list[tuple[int, int, int]]
) -> tuple[tuple[Step, ...], list[Hashable]]:
    """The steps with each repetition as one, and a key for each."""
    joined: list[Step] = []
    keys: list[Hashable] = []
    done = 0
    for start, length, times in loops:
        joined += steps[done:start]
        keys += names[done:start]
        done = start + length * times
        shape = folded(names[start : start + length])
        rounds = (_placed(shape, steps[at : at + length]) for at in range(start, done, length))
        joined.append(Loop(tuple(rounds)))
        keys.append(("loop", *names[start : start + length]))
    return (*joined, *steps[done:]), [*keys, *names[done:]]


def _placed(shape: Sequence[Step], steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps in that shape, whose positions are those of the steps."""
    return tuple(
        Loop(tuple(_placed(each, steps) for each in part.rounds))
        if isinstance(part, Loop)
        else steps[part]
        for part in shape
    )
