"""A game of ten frames, to be scored."""

from opto import trace


@trace.bundle(trainable=True)
def score(rolls):
    """The score of a game of ten-pin bowling; `rolls` are the pins that each roll knocks down."""
    raise NotImplementedError


assert score([0] * 20) == 0
assert score([3, 4] * 10) == 70
assert score([5, 5, 3] + [0] * 17) == 16
assert score([10, 3, 4] + [0] * 16) == 24
assert score([9, 1] * 10 + [9]) == 190
assert score([10] * 12) == 300
