"""The middle of some numbers."""

from opto import trace


@trace.bundle(trainable=True)
def median(numbers):
    """The middle one; the mean of the middle two if their count is even."""
    ordered = sorted(numbers)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half] + ordered[half + 1]) / 2


assert median([5]) == 5
assert median([9, 1, 4]) == 4
assert median([4, 1, 3, 2]) == 2.5
assert median([2, 8]) == 5.0
assert median([7, 7, 1, 0, 3, 9]) == 5.0
