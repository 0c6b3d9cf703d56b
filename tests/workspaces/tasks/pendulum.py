"""A row of people by height, as a pendulum swings: the smallest in the middle."""

from opto import trace


@trace.bundle(trainable=True)
def lined_up(heights):
    """The heights in the order in which the people should stand."""
    return sorted(heights)


lined_up([]).eq([])
lined_up([170]).eq([170])
lined_up([3, 1]).eq([1, 3])
lined_up([2, 3, 1]).eq([3, 1, 2])
lined_up([4, 1, 3, 2]).eq([3, 1, 2, 4])
lined_up([5, 5, 1, 2, 9]).eq([9, 5, 1, 2, 5])
