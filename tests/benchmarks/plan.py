"""What is measured, at which sizes, and what is wanted of it."""

from __future__ import annotations

from dataclasses import dataclass

ROUNDS = 5
TIMES = {"ours": 5, "theirs": 1}
"""How often each engine does a work in one round. Five times ours are a fraction of once theirs."""

LARGE = 10_000
"""Above this size a work is done once in a round by either."""


@dataclass(frozen=True)
class Timed:
    """A work of `works.py`: the size at which both engines do it, and how many times faster ours is.

    At the `longer` sizes this engine does it alone. At the last of them it may take `at_most` so
    many seconds for each of its size; without that, `GROWTH` times what it took at `size`.
    `label` is how the table calls it, by its size.
    """

    size: int
    faster: float | None = None
    longer: tuple[int, ...] = ()
    at_most: float | None = None
    label: str = ""


GROWTH = 3.0
"""How many times longer a node may take in a graph that is a hundred times as large.

Not 1: a small graph lies in the processor's cache, and ends before the collector runs.
"""

TIMED = {
    "operation, two nodes": Timed(
        10_000, 100, (100_000, 1_000_000), None, "operation, two nodes, {:,} in a chain"
    ),
    "operation, node and constant": Timed(10_000, 60),
    "bundled call, two nodes": Timed(10_000, 35),
    "trainable call": Timed(10_000, 45),
    "call with docstring, defaults and keyword": Timed(10_000, 30),
    "call that raises": Timed(1_000, 40),
    "decorating a function": Timed(1_000, 50),
    "operation under stop_tracing": Timed(10_000, 150),
    "backward on a chain": Timed(
        10_000, 1_000, (100_000, 1_000_000), 0.8e-6, "backward on a chain of {:,}, a node"
    ),
    "fan-in and backward": Timed(
        1_000, None, (10_000, 100_000), None, "call of {:,} arguments and backward, an argument"
    ),
    "fan-out, join and backward": Timed(
        1_000, None, (10_000, 100_000), None, "{:,} uses of a node, joined, and backward, a use"
    ),
    "a new parameter a step, and backward": Timed(
        1_000,
        None,
        (10_000, 100_000),
        None,
        "{:,} steps, each with a parameter, and backward, a step",
    ),
}

STREAMED = {"operation, two nodes": 20, "bundled call, two nodes": 20}
"""How many times faster this engine is in a traced run than trace-opt with nobody listening."""

STREAMED_SIZE = 100_000

HELD = {"operation": 7.5, "bundled call": 7.5, "trainable call": 15, "leaf": 5}
"""How many times fewer bytes a node holds."""

HELD_SIZE = 10_000

TRAINING_MARKS = {"ours": (100, 1_000, 10_000), "theirs": (100, 1_000)}
"""After how many iterations it is looked at what a training loop holds."""

TRAINING_GROWTH = 100_000
"""How many bytes more it may hold at the last mark than at the first: far less than a node each."""

IMPORT_FASTER = 20
IMPORT_AT_MOST = 0.060

DEPTH = 1_000_000
STEPS = (
    "built and freed",
    "gone back through",
    "sliced",
    "made records",
    "cloned",
    "detached",
    "copied",
)
"""What can be done with a chain that deep, see `depth.py`."""

LONGEST = 2_000
"""Up to where it is looked for the longest chain that can be copied."""

NESTING_LIMIT = 100_000
NESTING_SHARE = 1 / 3
"""Of the depth that plain calls reach, what bundled calls reach outside of a traced run."""
